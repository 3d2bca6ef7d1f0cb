"""What a simulation gave: how often the recogniser was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from er_engine.text import spoken_forms
from er_engine.types import Query

_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Summary:
    """Rates over queries with a `reference`, compared in spoken form.

    `exact_rate`: the first hypothesis is what was said. `oracle_rate`: some hypothesis is.
    `word_error_rate`: word edits of the first hypotheses over words said (any spoken variant of
    the reference may be the one that was said: the closest counts).
    """

    queries: int
    exact_rate: float
    oracle_rate: float
    word_error_rate: float
    examples: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def summarise(queries: Sequence[Query]) -> Summary:
    """Measure the queries that have a `reference`; rates of none are 0."""
    exact = oracle = edits = words = 0
    wrong: list[tuple[str, str]] = []
    measured = [query for query in queries if query.reference]
    for query in measured:
        said = [form.split() for form in spoken_forms(query.reference or "")] or [[]]
        heard = [_first(hypothesis.text) for hypothesis in query.nbest]
        right = [words_heard in said for words_heard in heard]
        exact += right[0]
        oracle += any(right)
        distance, length = min((_word_edits(form, heard[0]), len(form)) for form in said)
        edits, words = edits + distance, words + length
        if not right[0]:
            wrong.append((query.reference or "", query.nbest[0].text))
    n = max(len(measured), 1)
    step = max(len(wrong) // _EXAMPLES, 1)
    examples = tuple(wrong[::step][:_EXAMPLES])
    return Summary(len(measured), exact / n, oracle / n, edits / max(words, 1), examples)


def _first(text: str) -> list[str]:
    return next(iter(spoken_forms(text)), "").split()


def _word_edits(said: list[str], heard: list[str]) -> int:
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(said, heard))
