"""JSON shapes of feedback and of what it would change; the service and its client share them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from er_engine.types import Hypothesis
from er_engine.wire import MAX_ID_LENGTH, MAX_TEXT_LENGTH, WireNBest, not_blank

FeedbackKind = Literal["correction", "rephrase"]
MAX_ACCEPTED = 1_000
_EXAMPLE: dict[str, Any] = {
    "nbest": [{"text": "shipping potato"}],
    "entity_id": "tv1",
    "kind": "rephrase",
    "answered_id": "tv7",
}


class FeedbackRequest(BaseModel):
    """The entity that the user meant in the end by what was heard at first.

    `correction`: the user chose another entity than the answer. `rephrase`: the user said it again
    in other words, and then it was found.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    nbest: WireNBest = Field(description="what was heard at first")
    entity_id: str = Field(
        min_length=1, max_length=MAX_ID_LENGTH, description="what the user meant in the end"
    )
    kind: FeedbackKind = "correction"
    answered_id: str | None = Field(
        default=None, max_length=MAX_ID_LENGTH, description="what the first answer was"
    )
    type: str | None = Field(default=None, max_length=200, description="the query's `type`")

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What was heard at first."""
        return tuple(Hypothesis(item.text, item.score) for item in self.nbest)


class StoredFeedback(FeedbackRequest):
    """Feedback as it is stored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_EXAMPLE, "number": 17, "stored": "2026-11-21T08:30:00Z"}]
        }
    )

    number: int = Field(description="grows; `feedback-NUMBER` in exported data", examples=[17])
    stored: datetime | None = Field(
        default=None,
        description="when it was stored; null where that was not noted",
        examples=["2026-11-21T08:30:00Z"],
    )


class FeedbackDeleted(BaseModel):
    """The feedback is gone for good; aliases that were made of it stay."""

    deleted: int = Field(description="how much; 0 when it is repeated", examples=[120])


class FeedbackPage(BaseModel):
    """Some feedback, oldest first; ask again with `next_cursor` until there is none."""

    feedback: list[StoredFeedback]
    next_cursor: str | None = Field(description="of the next page; null on the last one")


class FeedbackReceipt(BaseModel):
    """The feedback is stored."""

    number: int = Field(description="`feedback-NUMBER` in exported data", examples=[17])


class AliasProposal(BaseModel):
    """What people said for an entity so often that it could become an alias."""

    entity_id: str = Field(examples=["tv1"])
    alias: str = Field(examples=["shipping potato"])
    count: int = Field(description="how often it was heard when this was meant", examples=[7])
    share: float = Field(
        description="of all feedback on what was heard; below 1 others meant something else by it",
        examples=[1.0],
    )


class AcceptedAlias(AliasProposal):
    """A proposal that is an alias now."""

    new: bool = Field(
        default=True, description="false where it was one before, as when a request is repeated"
    )


class AliasReport(BaseModel):
    """What self-learning would change; nothing changes until it is accepted."""

    proposals: list[AliasProposal]


class AliasChoice(BaseModel):
    """One proposal that a person accepts or dismisses."""

    entity_id: str
    alias: Annotated[str, Field(max_length=MAX_TEXT_LENGTH), AfterValidator(not_blank)]


class AcceptAliases(BaseModel):
    """Which proposals become aliases: the chosen ones, or all with at least `min_count`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"choices": [{"entity_id": "tv1", "alias": "shipping potato"}]}]
        }
    )

    choices: list[AliasChoice] = Field(default_factory=list, max_length=MAX_ACCEPTED)
    min_count: int | None = Field(
        default=None, ge=1, description="accept all that were meant at least so often"
    )
    min_share: float = Field(
        default=0.8, ge=0, le=1, description="and in at least this share of all feedback on them"
    )

    @model_validator(mode="after")
    def _one_way(self) -> AcceptAliases:
        if bool(self.choices) == (self.min_count is not None):
            raise ValueError("give either `choices` or `min_count`")
        return self


class DismissAliases(BaseModel):
    """Proposals that are not made again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"choices": [{"entity_id": "tv1", "alias": "chipping away"}]}]
        }
    )

    choices: list[AliasChoice] = Field(min_length=1, max_length=MAX_ACCEPTED)


class AcceptedAliases(BaseModel):
    """The aliases that are now part of the catalog, and those that were accepted before."""

    accepted: list[AcceptedAlias]
