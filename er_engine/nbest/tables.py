"""Plain text, one utterance on each line, its hypotheses best first.

`tsv`: `id<TAB>hypothesis<TAB>hypothesis...`. `text`: `hypothesis | hypothesis...`, without an id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from er_engine.inputs.lines import decode
from er_engine.nbest.documents import Line, Reading, Source
from er_engine.nbest.utterance import Utterance
from er_engine.types import Hypothesis

_TAB = "\t"
_BETWEEN = "|"


def fits_tsv(lines: Sequence[str]) -> bool:
    """Tell whether most lines have an id and a hypothesis; some may be wrong."""
    return 2 * sum(_TAB in line.strip() for line in lines) > len(lines)


def read_tsv(lines: Sequence[Line]) -> Iterator[Reading]:
    """Yield the utterance of each line."""
    for number, raw in lines:
        source = Source(number, "line", raw, f"#{number}")
        try:
            name, *texts = decode(raw).rstrip("\r\n").split(_TAB)
            if not name.strip() or not texts:
                raise ValueError("no id and hypothesis; write id<TAB>hypothesis<TAB>hypothesis...")
        except ValueError as error:
            yield source, error
        else:
            yield source, [Utterance(tuple(map(Hypothesis, texts)), name.strip())]


def read_text(lines: Sequence[Line]) -> Iterator[Reading]:
    """Yield the utterance of each line; it is named by the file and the line."""
    for number, raw in lines:
        source = Source(number, "line", raw, f"#{number}")
        try:
            texts = decode(raw).split(_BETWEEN)
        except ValueError as error:
            yield source, error
        else:
            yield source, [Utterance(tuple(map(Hypothesis, texts)))]
