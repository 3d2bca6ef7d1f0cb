"""What a simulation gave: how often the recogniser was right, and in what conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from er_engine.phonemes.english import fold
from er_engine.text import spoken_forms
from er_engine.types import Query

_EXAMPLES = 6
_EFFECTS = ("speed", "pitch", "reverb", "telephone")


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates over `queries` utterances, compared in spoken form without accents.

    `exact_rate`: the first hypothesis is what was said. `oracle_rate`: some hypothesis is.
    `word_error_rate`: word edits of the first hypotheses over words said (any spoken variant of
    the reference may be the one that was said: the closest counts).
    """

    queries: int
    exact_rate: float
    oracle_rate: float
    word_error_rate: float


@dataclass(frozen=True, slots=True)
class Summary(Rates):
    """The rates over all, examples (said, heard) of errors, and the rates of groups.

    A group is a voice (`voice flite:slt`), a level of noise (`28 dB`), a colour of noise
    (`pink noise`), an effect (`telephone`) or `no effect`.
    """

    examples: tuple[tuple[str, str], ...]
    groups: Mapping[str, Rates]

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Outcome:
    exact: bool
    oracle: bool
    edits: int
    words: int


def summarise(queries: Sequence[Query]) -> Summary:
    """Measure the queries that have a `reference`; rates of none are 0."""
    measured = [query for query in queries if query.reference]
    outcomes = [_outcome(query) for query in measured]
    groups: dict[str, list[_Outcome]] = defaultdict(list)
    for query, outcome in zip(measured, outcomes, strict=True):
        for name in _groups(query.tags or {}):
            groups[name].append(outcome)
    wrong = [q for q, outcome in zip(measured, outcomes, strict=True) if not outcome.exact]
    step = max(len(wrong) // _EXAMPLES, 1)
    examples = tuple((q.reference or "", q.nbest[0].text) for q in wrong[::step][:_EXAMPLES])
    rates = {name: _rates(groups[name]) for name in sorted(groups)}
    return Summary(**asdict(_rates(outcomes)), examples=examples, groups=rates)


def _groups(tags: Mapping[str, Any]) -> Iterator[str]:
    if "voice" not in tags:
        return
    yield f"voice {tags['voice']}"
    yield f"{tags.get('snr_db', 0):g} dB"
    yield f"{tags.get('noise', 'white')} noise"
    effects = [name for name in _EFFECTS if name in tags]
    yield from effects or ["no effect"]


def _outcome(query: Query) -> _Outcome:
    said = [form.split() for form in spoken_forms(fold(query.reference or ""))] or [[]]
    heard = [_first(hypothesis.text) for hypothesis in query.nbest]
    right = [words in said for words in heard]
    edits, words = min((_word_edits(form, heard[0]), len(form)) for form in said)
    return _Outcome(right[0], any(right), edits, words)


def _rates(outcomes: Sequence[_Outcome]) -> Rates:
    n = max(len(outcomes), 1)
    return Rates(
        queries=len(outcomes),
        exact_rate=sum(o.exact for o in outcomes) / n,
        oracle_rate=sum(o.oracle for o in outcomes) / n,
        word_error_rate=sum(o.edits for o in outcomes) / max(sum(o.words for o in outcomes), 1),
    )


def _first(text: str) -> list[str]:
    return next(iter(spoken_forms(fold(text))), "").split()


def _word_edits(said: list[str], heard: list[str]) -> int:
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(said, heard))
