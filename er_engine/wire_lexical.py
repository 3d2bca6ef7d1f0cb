"""JSON shapes of the lexical baseline that is shown beside the engine's answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from er_engine.types import Entity, Hypothesis
from er_engine.wire import DEFAULT_K, MAX_K, WireNBest
from er_engine.wire_explanation import rounded


class LexicalRequest(BaseModel):
    """What was heard, as for `resolve`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"nbest": [{"text": "shipping potato"}], "k": 5}]}
    )

    nbest: WireNBest
    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K)
    type: str | None = Field(default=None, description="only entities of exactly this type")

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """The n-best list."""
        return tuple(Hypothesis(item.text, item.score) for item in self.nbest)


class LexicalCandidate(BaseModel):
    """One answer of the baseline; it knows no probability."""

    id: str = Field(examples=["tv1"])
    name: str = Field(examples=["Chip and Potato"])
    type: str | None = None
    score: float = Field(description="similarity of spelling; higher is better", examples=[0.71])

    @classmethod
    def of(cls, entity: Entity, score: float) -> LexicalCandidate:
        """Make the wire shape of an answer."""
        return cls(id=entity.id, name=entity.name, type=entity.type, score=rounded(score))


class LexicalResponse(BaseModel):
    """What a lexical search would have answered, best first."""

    baseline: str = Field(description="name of the baseline", examples=["rapidfuzz_blend"])
    candidates: list[LexicalCandidate]
    milliseconds: float = Field(
        description="of scoring; making the table of a catalog, once, is not counted",
        examples=[4.2],
    )
