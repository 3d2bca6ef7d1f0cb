"""The JSON shape of an explanation: what was heard beside the name, and where a score is from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from er_engine.types import Explanation


class WireContribution(BaseModel):
    """One similarity of what was heard and the name; `contribution` is `value` times `weight`."""

    feature: str = Field(examples=["alignment"])
    value: float = Field(examples=[0.84])
    weight: float = Field(examples=[0.18])
    contribution: float = Field(examples=[0.15])


class WireExplanation(BaseModel):
    """The hypothesis and the surface form that agree best, side by side."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "hypothesis": 0,
                    "heard": "chip potato",
                    "name": "chip and potato",
                    "heard_phonemes": "tʃɪp pəteɪtoʊ",
                    "name_phonemes": "tʃɪp ænd pəteɪtoʊ",
                    "alignment": [["tʃ", "tʃ"], ["ɪ", "ɪ"], ["p", "p"], [None, "æ"]],
                    "contributions": [
                        {"feature": "vector", "value": 0.9, "weight": 0.3, "contribution": 0.27}
                    ],
                    "pair_score": 0.81,
                    "prior": 0.0,
                }
            ]
        }
    )

    hypothesis: int = Field(description="position in the n-best list, from 0")
    heard: str = Field(description="the hypothesis as said")
    name: str = Field(description="the surface form as said")
    heard_phonemes: str = Field(description="in IPA, words separated by a space")
    name_phonemes: str = Field(description="in IPA, words separated by a space")
    alignment: list[tuple[str | None, str | None]] = Field(
        description="pairs of phonemes, heard and name; null where one side has none"
    )
    contributions: list[WireContribution] = Field(description="they add up to `pair_score`")
    pair_score: float = Field(description="of these two; the score fuses all hypotheses")
    prior: float = Field(description="what the context added to the score")
    facts: str = Field("", description="heard words that attributes of the entity explain")

    @classmethod
    def of(cls, details: Explanation) -> WireExplanation:
        """Make the wire shape of an explanation."""
        return cls(
            hypothesis=details.hypothesis,
            heard=details.heard,
            name=details.name,
            heard_phonemes=details.heard_phonemes,
            name_phonemes=details.name_phonemes,
            alignment=list(details.alignment),
            contributions=[
                WireContribution(
                    feature=part.feature,
                    value=rounded(part.value),
                    weight=rounded(part.weight),
                    contribution=rounded(part.contribution),
                )
                for part in details.contributions
            ],
            pair_score=rounded(details.pair_score),
            prior=rounded(details.prior),
            facts=details.facts,
        )


def rounded(value: float) -> float:
    """Six digits: more than any score means, readable, and equal across machines."""
    return round(float(value), 6)
