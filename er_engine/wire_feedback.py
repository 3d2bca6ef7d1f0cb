"""JSON shapes of feedback and of what it would change; the service and its client share them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from er_engine.types import Hypothesis
from er_engine.wire import MAX_HYPOTHESES, MAX_TEXT_LENGTH, WireHypothesis, not_blank

FeedbackKind = Literal["correction", "rephrase", "confirmation"]
MAX_ACCEPTED = 1_000


class FeedbackRequest(BaseModel):
    """The entity that the user meant in the end.

    `correction`: the user chose another entity. `rephrase`: the user said it again, and `rephrase`
    is what was heard then. `confirmation`: the answer was right.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "nbest": [{"text": "shipping potato"}],
                    "entity_id": "tv1",
                    "kind": "rephrase",
                    "rephrase": [{"text": "chip and potato"}],
                }
            ]
        }
    )

    nbest: list[WireHypothesis] = Field(
        min_length=1, max_length=MAX_HYPOTHESES, description="what was heard at first"
    )
    entity_id: str | None = Field(description="null: nothing in the catalog was meant")
    kind: FeedbackKind = "correction"
    rephrase: list[WireHypothesis] = Field(default_factory=list, max_length=MAX_HYPOTHESES)
    type: str | None = Field(default=None, description="the `type` of the query")
    request_id: str | None = Field(
        default=None, max_length=200, description="two feedbacks with one id are one: safe to retry"
    )

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What was heard at first."""
        return tuple(Hypothesis(item.text, item.score) for item in self.nbest)


class FeedbackReceipt(BaseModel):
    """The feedback is stored."""

    id: str = Field(description="in the exported training data, too", examples=["fb-17"])


class AliasProposal(BaseModel):
    """What people said for an entity so often that it could become an alias."""

    entity_id: str = Field(examples=["tv1"])
    alias: str = Field(examples=["shipping potato"])
    count: int = Field(description="feedbacks that say so", examples=[7])


class AliasReport(BaseModel):
    """What self-learning would change; nothing changes until it is accepted."""

    proposals: list[AliasProposal]


class AliasChoice(BaseModel):
    """One proposal that a person accepts."""

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
    min_count: int | None = Field(default=None, ge=1)


class AcceptedAliases(BaseModel):
    """The aliases that are now part of the catalog."""

    accepted: list[AliasProposal]
