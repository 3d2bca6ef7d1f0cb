"""The JSON shapes that the HTTP service, its clients and `resolve --json` share.

Unknown keys in a request are ignored, so that a line of a query file can be posted as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from er_engine.errors import QueryError
from er_engine.options import DEFAULT_CONTEXT_BOOST, MAX_CONTEXT_BOOST, ResolveOptions
from er_engine.types import Candidate, Decision, Hypothesis, Resolution
from er_engine.wire_explanation import WireExplanation, rounded

MAX_HYPOTHESES = 50
MAX_TEXT_LENGTH = 1_000
MAX_K = 100
MAX_BATCH = 64
DEFAULT_K = 5
MAX_CONTEXT = 100
MAX_FILTERS = 10
MAX_FILTER_VALUES = 50
MAX_ID_LENGTH = 500
NOTHING_HEARD = "the text is empty; give the words that were heard"
PROBLEM_TYPE = "urn:er-engine:problem:{}"


def not_blank(text: str) -> str:
    """Refuse a text of white space alone."""
    if not text.strip():
        raise ValueError("the text is empty")
    return text


FilterValue = Annotated[str, Field(max_length=MAX_TEXT_LENGTH)] | bool | int | FiniteFloat
_FILTER_VALUES = Field(min_length=1, max_length=MAX_FILTER_VALUES)


class WireHypothesis(BaseModel):
    """One ASR transcript."""

    text: str = Field(max_length=MAX_TEXT_LENGTH, examples=["shipping potato"])
    score: FiniteFloat | None = Field(
        default=None,
        description="log-probability; used to weigh hypotheses where each has one, in any order",
        examples=[-3.1],
    )


def _some_words(nbest: list[WireHypothesis]) -> list[WireHypothesis]:
    """Refuse a list of blank texts alone; beside others a blank one is ignored."""
    if all(not item.text.strip() for item in nbest):
        problem = PydanticCustomError("blank", NOTHING_HEARD)
        place = InitErrorDetails(type=problem, loc=(0, "text"), input=nbest[0].text)
        raise ValidationError.from_exception_data("nbest", [place])
    return nbest


WireNBest = Annotated[
    list[WireHypothesis],
    Field(min_length=1, max_length=MAX_HYPOTHESES),
    AfterValidator(_some_words),
]


def first_words(nbest: Sequence[WireHypothesis]) -> str:
    """The first text that is not blank: what to show of an n-best list."""
    return next(item.text for item in nbest if item.text.strip())


class ResolveRequest(BaseModel):
    """One utterance: its n-best list, best first, and how many candidates are wanted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "nbest": [{"text": "shipping potato", "score": -3.1}],
                    "k": 5,
                    "type": "tv",
                    "attributes": {"year": [2018, 2019]},
                    "min_probability": 0.05,
                    "context": ["tv1"],
                    "explain": True,
                }
            ]
        }
    )

    nbest: WireNBest = Field(
        description="best first; an empty text is ignored, as long as another one has words"
    )
    k: int = Field(default=DEFAULT_K, ge=1, le=MAX_K)
    type: str | None = Field(default=None, description="only entities of exactly this type")
    catalog: str | None = Field(
        default=None, description="name of a served catalog; the first one if absent"
    )
    attributes: dict[str, FilterValue | Annotated[list[FilterValue], _FILTER_VALUES]] = Field(
        default_factory=dict,
        max_length=MAX_FILTERS,
        description="only entities that have all of these attributes; a list takes any of its "
        "values",
    )
    min_probability: float = Field(
        default=0.0, ge=0, le=1, description="leave out candidates that are less likely"
    )
    context: list[Annotated[str, Field(max_length=MAX_ID_LENGTH)]] = Field(
        default_factory=list,
        max_length=MAX_CONTEXT,
        description="ids of entities that are likelier than others: on the screen, used lately",
    )
    context_boost: float = Field(
        default=DEFAULT_CONTEXT_BOOST,
        ge=-MAX_CONTEXT_BOOST,
        le=MAX_CONTEXT_BOOST,
        description="added to the log-odds of each entity in the context",
    )
    precision: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="probability that `match` needs, in place of the model's threshold",
    )
    no_match_share: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="how often nothing in the catalog is meant, in place of the share that the "
        "model's probabilities suppose",
    )
    explain: bool = Field(default=False, description="say where each score comes from")

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """The n-best list as the resolver takes it."""
        return tuple(Hypothesis(item.text, item.score) for item in self.nbest)

    def options(self) -> ResolveOptions:
        """What else is asked for."""
        return ResolveOptions(
            attributes=self.attributes,
            min_probability=self.min_probability,
            context=tuple(self.context),
            context_boost=self.context_boost,
            precision=self.precision,
            no_match_share=self.no_match_share,
            explain=self.explain,
        )


class WireCandidate(BaseModel):
    """One answer; `surface_form` is the way to say the entity that matched."""

    id: str
    name: str
    type: str | None
    score: float = Field(description="higher is better")
    probability: float = Field(description="that this entity is the right one")
    surface_form: str
    phonemes: str = Field(
        default="", description="of `surface_form`, in IPA, words separated by a space"
    )
    explanation: WireExplanation | None = Field(
        default=None, description="present when the request says `explain`"
    )

    @classmethod
    def of(cls, candidate: Candidate) -> WireCandidate:
        """Make the wire shape of a candidate."""
        details = candidate.details
        more = {} if details is None else {"explanation": WireExplanation.of(details)}
        return cls(
            id=candidate.entity.id,
            name=candidate.entity.name,
            type=candidate.entity.type,
            score=rounded(candidate.score),
            probability=rounded(candidate.probability),
            surface_form=candidate.surface_form,
            phonemes=candidate.phonemes,
            **more,
        )


class ResolveResponse(BaseModel):
    """The decision, and the candidates, best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decision": "match",
                    "no_match_probability": 0.02,
                    "candidates": [
                        {
                            "id": "tv1",
                            "name": "Chip and Potato",
                            "type": "tv",
                            "score": 0.91,
                            "probability": 0.97,
                            "surface_form": "Chip and Potato",
                            "phonemes": "tʃɪp ənd pəteɪtoʊ",
                        }
                    ],
                }
            ]
        }
    )

    decision: Decision
    no_match_probability: float
    candidates: list[WireCandidate]
    timings_ms: dict[str, float] | None = Field(
        default=None,
        description="milliseconds of each stage; the service always says them",
        examples=[{"queue": 0.1, "hear": 1.2, "encode": 9.5, "retrieve": 4.1, "total": 30.2}],
    )

    @classmethod
    def of(cls, resolution: Resolution, **more: Any) -> ResolveResponse:
        """Make the wire shape of a resolution; `more` may hold `timings_ms`."""
        return cls(
            decision=resolution.decision,
            no_match_probability=rounded(resolution.no_match_probability),
            candidates=[WireCandidate.of(candidate) for candidate in resolution.candidates],
            **more,
        )


class FieldProblem(BaseModel):
    """One field of a request that is wrong."""

    field: str = Field(examples=["nbest[0].text"])
    message: str = Field(examples=[NOTHING_HEARD])


class Problem(BaseModel):
    """The body of every answer that is not a success: problem details (RFC 9457)."""

    type: str = Field(
        description="what kind of problem it is; stable, for programs",
        examples=["urn:er-engine:problem:invalid-request"],
    )
    title: str = Field(examples=["Invalid request"])
    status: int = Field(examples=[422])
    detail: str = Field(
        description="what is wrong, and what to do; for people",
        examples=["k: Input should be greater than or equal to 1"],
    )
    request_id: str | None = Field(
        default=None, description="what the log of the service calls this request"
    )
    errors: list[FieldProblem] | None = Field(
        default=None, description="the first fields that are wrong"
    )


def check_hypotheses(texts: list[str]) -> None:
    """Hold a resolve call from elsewhere (the command line) to the limits of the service.

    Raises:
        QueryError: no text, only empty ones, a too long one, or too many of them.
    """
    if not 1 <= len(texts) <= MAX_HYPOTHESES:
        raise QueryError(f"{len(texts)} hypotheses; 1 to {MAX_HYPOTHESES} are taken")
    if not any(text.strip() for text in texts):
        raise QueryError("hypothesis 1 is empty; give the words that were heard")
    for number, text in enumerate(texts, start=1):
        if len(text) > MAX_TEXT_LENGTH:
            raise QueryError(
                f"hypothesis {number} has {len(text):,} characters; at most {MAX_TEXT_LENGTH:,} "
                "are taken (is it one utterance?)"
            )


def field_path(location: tuple[int | str, ...]) -> str:
    """Name a place in a request: `nbest[2].text`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def plain_message(message: str) -> str:
    """What a validator says, without pydantic's own words before it."""
    return message.removeprefix("Value error, ")


def describe_problem(location: tuple[int | str, ...], message: str) -> str:
    """Say where in a request a problem lies: `nbest[2].text: the text is empty`."""
    path = field_path(location)
    return f"{path}: {plain_message(message)}" if path else plain_message(message)


def to_json(resolution: Resolution) -> dict[str, Any]:
    """Return the answer as plain JSON values."""
    return ResolveResponse.of(resolution).model_dump(mode="json", exclude_unset=True)
