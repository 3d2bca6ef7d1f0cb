"""The values that flow through er-engine: entities, hypotheses, queries, candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Decision = Literal["match", "ambiguous", "no_match"]

# A pronunciation is a sequence of symbols of the phoneme inventory (er_engine.phonemes.inventory),
# with WORD_BOUNDARY between words and neither at the start nor at the end.
Pronunciation = tuple[str, ...]
WORD_BOUNDARY = "|"


@dataclass(frozen=True, slots=True)
class Entity:
    """One catalog record. `popularity` is any non-negative number, higher is more popular."""

    id: str
    name: str
    type: str | None = None
    aliases: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    pronunciations: tuple[str, ...] = ()
    popularity: float = 0.0
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One ASR transcript; `score` is a log-probability where the recogniser gives one.

    Hypotheses are weighed by their scores where each of a list has one, else by their order. A
    blank one, which some recognisers give for silence, is ignored beside others.

    `extra` keeps unknown keys (such as the recogniser's name).
    """

    text: str
    score: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it but white space."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Query:
    """One utterance: its n-best list (best first) and the entities that are right.

    An empty `entity_ids` means that nothing in the catalog is right. `tags` are names with values
    (`{"voice": "slt"}`; True for a bare name). `extra` keeps unknown keys.
    """

    id: str
    nbest: tuple[Hypothesis, ...]
    entity_ids: tuple[str, ...] = ()
    type: str | None = None
    reference: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def heard(self) -> tuple[Hypothesis, ...]:
        """The n-best list without blank hypotheses; as it is where all are blank."""
        return tuple(item for item in self.nbest if not item.blank) or self.nbest


@dataclass(frozen=True, slots=True)
class SurfaceForm:
    """One way to say an entity.

    `text` is as written ("Chip & Potato"), `spoken` its normalised spoken form ("chip and potato"),
    `pronunciation` one pronunciation of it. An entity has several; the best one counts.
    """

    text: str
    spoken: str
    pronunciation: Pronunciation


@dataclass(frozen=True, slots=True)
class Contribution:
    """One similarity: `contribution` is `value` times `weight`.

    Of `name_floor` and `facts` it is what they add to the others.
    """

    feature: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The heard form and the surface form that agree best, side by side.

    Attributes:
        hypothesis: position in the n-best list, from 0.
        heard: the hypothesis as said.
        name: the surface form as said.
        heard_phonemes: its phonemes, words separated by a space.
        name_phonemes: the same for the surface form.
        alignment: pairs of phonemes (heard, name); None where one side has none.
        contributions: each similarity that counts; their sum is `pair_score`.
        pair_score: score of these two forms; the candidate's score fuses all hypotheses.
        prior: what the context added to the candidate's score.
        facts: heard words that attributes of the entity explain; the rest is compared with the
            name.
    """

    hypothesis: int
    heard: str
    name: str
    heard_phonemes: str
    name_phonemes: str
    alignment: tuple[tuple[str | None, str | None], ...]
    contributions: tuple[Contribution, ...]
    pair_score: float
    prior: float
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer: an entity, its score (higher is better) and the probability that it is right.

    `explanation` is one line for people; `details` are there when they were asked for. `phonemes`
    are those of the surface form that matched, in IPA, with a space between words.
    """

    entity: Entity
    score: float
    probability: float
    surface_form: str
    explanation: str = ""
    details: Explanation | None = None
    phonemes: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to one n-best list: a decision and the candidates, best first.

    `timings` are milliseconds of each stage; two equal answers may have taken different times.
    """

    decision: Decision
    no_match_probability: float
    candidates: tuple[Candidate, ...]
    timings: Mapping[str, float] = field(default_factory=dict, compare=False)
