"""Make the joint model of letters and phonemes of the CMU dictionary, and measure it.

python -m training.graphones.make [-o er_engine/phonemes/graphones.npz] [--measure]

Takes about two minutes on one core. `--measure` leaves out every twentieth word, reads these with
the model made of the others, and writes nothing. The same dictionary gives the same file.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from er_engine.phonemes.graphone_search import readings
from er_engine.phonemes.graphones import GRAPHONES, NOTHING, PHONEMES, GraphoneModel
from er_engine.phonemes.lexicon import dictionary_path
from training.graphones.aligning import ROUNDS, best_paths, learn
from training.graphones.lattices import lattices, spell
from training.graphones.ngrams import Model, estimate, grow, prune

ORDER = 8
# Graphones seen less often are abbreviations and slips; words that need one are left out.
LEAST_SEEN = 4
# See `prune`: keeps the file near a megabyte; the error rate is that of the whole model.
THRESHOLD = 1.0
_ENTRY = re.compile(r"([a-z]+)(?:\(\d+\))? (.+)")
_HELD_OUT_SHARE = 20
_BATCH = 256

Sounds = tuple[int, ...]
Entry = tuple[str, Sounds]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or measure; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m training.graphones.make", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("-o", "--output", type=Path, default=GRAPHONES)
    parser.add_argument("--measure", action="store_true", help="error rates on held-out words")
    args = parser.parse_args(arguments)
    entries = read_entries(dictionary_path().read_text(encoding="utf-8").splitlines())
    if args.measure:
        print(measure(entries))
        return 0
    write_model(make_model(entries), args.output)
    print(f"{args.output}: {args.output.stat().st_size:,} bytes")
    return 0


def read_entries(lines: Iterable[str]) -> list[Entry]:
    """Return words of the letters a-z with each of their pronunciations (places in `PHONEMES`)."""
    number = {phoneme: place for place, phoneme in enumerate(PHONEMES)}
    matches = (_ENTRY.fullmatch(line.strip()) for line in lines)
    return [(m[1], tuple(number[symbol] for symbol in m[2].split())) for m in matches if m]


def make_model(
    entries: Sequence[Entry],
    order: int = ORDER,
    threshold: float = THRESHOLD,
    least_seen: int = LEAST_SEEN,
    rounds: int = ROUNDS,
) -> GraphoneModel:
    """Align all entries and count n-grams of their graphones."""
    paths = aligned(entries, rounds)
    seen = Counter(graphone for path in paths for graphone in path)
    common = [path for path in paths if path and all(seen[g] >= least_seen for g in path)]
    graphones = sorted({graphone for path in common for graphone in path})
    number = {graphone: place for place, graphone in enumerate(graphones, start=2)}
    tree = grow([[number[g] for g in path] for path in common], len(graphones) + 2, order)
    return packed(prune(estimate(tree), threshold), graphones)


def aligned(entries: Sequence[Entry], rounds: int = ROUNDS) -> list[list[int]]:
    """Return the graphones of each entry; none where its letters can't stand for its sounds."""
    words = [[ord(letter) - ord("a") for letter in word] for word, _ in entries]
    grids = lattices(words, [sounds for _, sounds in entries])
    probabilities = learn(grids, rounds)
    paths: list[list[int]] = [[] for _ in entries]
    for grid in grids:
        for row, path in zip(grid.rows.tolist(), best_paths(grid, probabilities), strict=True):
            paths[row] = path
    return paths


def packed(model: Model, graphones: Sequence[int]) -> GraphoneModel:
    """Return the model as it is read with; the first two graphones are start and end."""
    letters = np.full((len(graphones) + 2, 2), NOTHING, dtype=np.uint8)
    phonemes = letters.copy()
    for place, graphone in enumerate(graphones, start=2):
        written, heard = spell(graphone)
        letters[place, : len(written)] = written
        phonemes[place, : len(heard)] = heard
    tree = model.tree
    children = np.bincount(tree.parent[1:], minlength=len(tree.parent))
    return GraphoneModel(
        letters, phonemes, children, tree.token, model.log_probability, model.log_back_off
    )


def write_model(model: GraphoneModel, path: Path) -> None:
    """Write the file; the same model gives the same bytes."""
    np.savez_compressed(path, **model.arrays())  # type: ignore[arg-type]


def measure(entries: Sequence[Entry]) -> str:
    """Return the error rates on words that the model was made without, in words."""
    model = make_model([entry for entry in entries if not _held_out(entry[0])])
    right: dict[str, list[Sounds]] = defaultdict(list)
    for word, sounds in entries:
        if _held_out(word):
            right[word].append(sounds)
    words = sorted(right)
    found: list[Sounds] = []
    for start in range(0, len(words), _BATCH):
        found.extend(
            each[0][0] if each else () for each in readings(model, words[start : start + _BATCH])
        )
    return _rates([right[word] for word in words], found)


def _rates(right: Sequence[Sequence[Sounds]], found: Sequence[Sounds]) -> str:
    """Compare each reading with the nearest right one."""
    from rapidfuzz.distance import Levenshtein

    nearest = [
        min((Levenshtein.distance(sounds, one), len(one)) for one in each)
        for sounds, each in zip(found, right, strict=True)
    ]
    phonemes = sum(edits for edits, _ in nearest) / sum(length for _, length in nearest)
    words = sum(edits > 0 for edits, _ in nearest) / len(nearest)
    return f"{len(found)} words: {100 * phonemes:.1f} % of phonemes, {100 * words:.1f} % of words"


def _held_out(word: str) -> bool:
    return int(hashlib.sha256(word.encode()).hexdigest(), 16) % _HELD_OUT_SHARE == 0


if __name__ == "__main__":
    raise SystemExit(main())
