"""Held-out utterances of `data/training`, and how often an encoder misses what was said in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.examples import Utterance, utterance_of

if TYPE_CHECKING:
    from er_engine.encoder.weighted_sum import WeightedSum
    from training.form_table import FormTable

DATA = Path(__file__).resolve().parents[1] / "data" / "training"
KINDS = ("films", "people", "composed")
# Of each utterance that is tested; all hypotheses count the same.
TESTED_HYPOTHESES = 3
_CHUNK = 1_000


def tested_utterances() -> tuple[tuple[Utterance, ...], tuple[str, ...]]:
    """Utterances of the held-out entities, and all their names and other spoken forms."""
    from er_engine.catalog import read_catalog
    from er_engine.queries import read_queries
    from er_engine.text import normalise

    folder, tested, names = DATA / "held_out", [], []
    for kind in KINDS:
        entities = read_catalog(folder / f"{kind}.jsonl.gz").entities
        name_of = {entity.id: normalise(entity.name) for entity in entities}
        names.extend(name_of.values())
        for query in read_queries(folder / f"{kind}_nbest.jsonl.gz"):
            if utterance := utterance_of(query, name_of, TESTED_HYPOTHESES):
                tested.append(utterance)
                names.append(utterance.said)
    return tuple(tested), tuple(name for name in dict.fromkeys(names) if name)


def misses(
    module: WeightedSum,
    table: FormTable,
    tested: tuple[Utterance, ...],
    names: tuple[str, ...],
) -> list[int]:
    """For each hypothesis 1 where neither what was said nor what was meant is alone in front."""
    from training.mining import encode_rows

    column = {name: index for index, name in enumerate(names)}
    queries = [(text, {u.said, *u.names}) for u in tested for text in u.heard]
    vectors = encode_rows(module, table, np.array([table.row_of[name] for name in names]))
    heard = encode_rows(module, table, np.array([table.row_of[text] for text, _ in queries]))
    found = []
    for start in range(0, len(queries), _CHUNK):
        scores = heard[start : start + _CHUNK] @ vectors.T
        for row, (_, right) in zip(scores, queries[start : start + _CHUNK], strict=True):
            columns = [column[name] for name in right if name in column]
            best = row[columns].max()
            row[columns] = -np.inf
            found.append(int(row.max() >= best))
    return found
