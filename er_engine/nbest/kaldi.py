"""Kaldi's text files: `utt-1 words`, `utt-2 words`, ... as `nbest-to-linear` writes them.

The number after the last `-` is the rank. Costs, which Kaldi writes into files of their own
(`utt-1 12.3`), make scores: see `kaldi_costs.py`. A `text` file with one hypothesis for each
utterance is the format `kaldi-text`, where nothing is cut from the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from er_engine.inputs.fields import FieldError
from er_engine.inputs.lines import decode
from er_engine.nbest.documents import Line, Reading, Source
from er_engine.nbest.utterance import Utterance, shares
from er_engine.types import Hypothesis

Costs = Mapping[str, float]

_RANKED = re.compile(r"(\S+)-([1-9][0-9]{0,5})")
_Ranked = dict[int, tuple[Source, str, str]]


def fits(lines: Sequence[str]) -> bool:
    """Tell whether most lines start with a ranked key, and some utterance has a second rank."""
    keys = [_RANKED.fullmatch(line.split(None, 1)[0]) for line in lines if line.strip()]
    ranks = {int(found[2]) for found in keys if found}
    if 2 * sum(map(bool, keys)) <= len(lines) or not {1, 2} <= ranks:
        return False
    return not all(map(_is_cost, lines))


def _is_cost(line: str) -> bool:
    """Files of costs have the same keys, and are no hypotheses."""
    parts = line.split()
    return len(parts) == len(("key", "cost")) and parts[1].lstrip("-").replace(".", "").isdigit()


def read(lines: Sequence[Line], costs: Costs | None = None) -> Iterator[Reading]:
    """Yield the n-best list of each utterance, by rank; `costs` are those of each key."""
    utterances: dict[str, _Ranked] = {}
    for number, raw in lines:
        source = Source(number, "line", raw, f"#{number}")
        try:
            key, text = _entry(raw)
            found = _RANKED.fullmatch(key)
            if not found:
                raise FieldError(
                    "key", key, "does not end in a rank such as -1; is this --format kaldi-text?"
                )
            ranked = utterances.setdefault(found[1], {})
            if int(found[2]) in ranked:
                first = ranked[int(found[2])][0].number
                raise FieldError("key", key, f"line {first} has the same key")
            ranked[int(found[2])] = (source, key, text)
        except ValueError as error:
            yield source, error
    for name, ranked in utterances.items():
        yield _reading(name, ranked, costs)


def read_single(lines: Sequence[Line]) -> Iterator[Reading]:
    """Yield the only hypothesis of each utterance."""
    for number, raw in lines:
        source = Source(number, "line", raw, f"#{number}")
        try:
            key, text = _entry(raw)
        except ValueError as error:
            yield source, error
        else:
            yield source, [Utterance((Hypothesis(text),), key)]


def _reading(name: str, ranked: _Ranked, costs: Costs | None) -> Reading:
    rows = [ranked[rank] for rank in sorted(ranked)]
    # A list that turns out wrong is handed back whole, not its first line alone.
    source = Source(rows[0][0].number, "line", b"".join(row[0].raw for row in rows), "")
    if costs is None:
        return source, [Utterance(tuple(Hypothesis(text) for _, _, text in rows), name)]
    missing = next((key for _, key, _ in rows if key not in costs), None)
    if missing is not None:
        return source, FieldError("key", missing, "has no cost; add it to each file of --costs")
    scores = shares([-costs[key] for _, key, _ in rows])
    nbest = [Hypothesis(row[2], score) for row, score in zip(rows, scores, strict=True)]
    return source, [Utterance(tuple(nbest), name)]


def _entry(raw: bytes) -> tuple[str, str]:
    parts = decode(raw).split(maxsplit=1)
    if not parts:
        raise ValueError("there is only white space in this line")
    return parts[0], parts[1] if len(parts) > 1 else ""
