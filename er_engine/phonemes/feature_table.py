"""Makes `features.tsv` and `nearest.tsv` from panphon; run it again when the inventory grows.

    python -m er_engine.phonemes.feature_table

panphon is slow to import and to ask, so its answers are kept as two small tables beside this file.
A test makes them again and compares.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from er_engine.files import write_atomically
from er_engine.phonemes.symbols import AFFRICATES, ALIASES, DIPHTHONGS, SYMBOLS

# The same for every symbol of the inventory: length and tone are dropped, clicks have no symbol.
_CONSTANT = frozenset({"velaric", "long", "hitone", "hireg"})
_SIGNS = {1: "+", -1: "-", 0: "0"}
_TIE = "\u0361"


def features_tsv() -> str:
    """Return the table of features: a row of weights, then one row for each phoneme."""
    table = _panphon()
    columns = [number for number, name in enumerate(table.names) if name not in _CONSTANT]
    names = [table.names[number] for number in columns]
    header = ["symbol", *(f"start_{name}" for name in names), *(f"end_{name}" for name in names)]
    weights = [f"{table.weights[number]:g}" for number in columns]
    rows = [header, ["weight", *weights, *weights]]
    for symbol in SYMBOLS[3:]:
        vectors = [_vector(table, part) for part in _start_and_end(symbol)]
        rows.append([symbol, *(_SIGNS[v[number]] for v in vectors for number in columns)])
    return "".join("\t".join(row) + "\n" for row in rows)


def nearest_tsv() -> str:
    """Return the nearest inventory symbol of every IPA letter of panphon that has none."""
    table = _panphon()
    plain = [s for s in SYMBOLS[3:] if s not in DIPHTHONGS and s != "ɚ"]
    vectors = np.array([_vector(table, _start_and_end(symbol)[0]) for symbol in plain])
    weights = np.zeros(len(table.names))
    weights[: len(table.weights)] = table.weights  # the tone features have none
    rows = ["letter\tnearest\tdistance\n"]
    for letter in sorted({segment for segment, _ in table.segments}):
        if _is_letter(letter) and letter not in {*SYMBOLS, *ALIASES}:
            distances = np.abs(vectors - _vector(table, letter)) @ weights
            best = int(distances.argmin())
            rows.append(f"{letter}\t{plain[best]}\t{distances[best]:g}\n")
    return "".join(rows)


def main() -> None:
    """Write both tables beside this file."""
    folder = Path(__file__).parent
    write_atomically(folder / "features.tsv", features_tsv())
    write_atomically(folder / "nearest.tsv", nearest_tsv())


@cache
def _panphon() -> Any:
    import panphon

    return panphon.FeatureTable()


def _is_letter(segment: str) -> bool:
    """Return whether this is one letter without diacritics; tone letters don't count."""
    return len(unicodedata.normalize("NFD", segment)) == 1 and segment.isalpha()


def _start_and_end(symbol: str) -> tuple[str, str]:
    """Return the two phases of a symbol, as panphon writes them.

    A diphthong moves from its first vowel to its second, ɚ from a schwa to an ɹ. An affricate
    starts as panphon's affricate (a stop with delayed release) and ends as its fricative. All
    others stay as they are.
    """
    if symbol in DIPHTHONGS:
        return symbol[0], symbol[1]
    if symbol in AFFRICATES:
        return symbol[0] + _TIE + symbol[1], symbol[1]
    return ("ə", "ɹ") if symbol == "ɚ" else (symbol, symbol)


def _vector(table: Any, segment: str) -> list[int]:
    vectors = table.word_to_vector_list(segment, numeric=True)
    if len(vectors) != 1:
        raise ValueError(f"panphon has no features for {segment!r}")
    vector: list[int] = vectors[0]
    return vector


if __name__ == "__main__":
    main()
