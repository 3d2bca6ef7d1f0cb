"""Hard negatives: the names that the current model takes for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from er_engine.encoder.weighted_sum import PHONEME_IDS, pad_phonemes
from er_engine.search import ExactSearcher, FloatArray

if TYPE_CHECKING:
    from er_engine.encoder.weighted_sum import WeightedSum
    from training.form_table import FormTable

_BATCH = 256
_QUERY_CHUNK = 512
# Nearest neighbours kept for each name; the batch maker draws a few of them.
KEPT = 12


def encode_rows(module: WeightedSum, table: FormTable, rows: NDArray[np.int64]) -> FloatArray:
    """Vectors of spoken forms in their first pronunciation, float32 (len(rows), dimension)."""
    vectors = np.zeros((len(rows), module.get_embedding_dimension()), dtype=np.float32)
    lengths = [len(p[0]) if (p := table.pronunciations[row]) else 0 for row in rows]
    order = np.argsort(lengths, kind="stable")
    was_training = module.training
    module.eval()
    with torch.inference_mode():
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            sounds = [table.pronunciations[row] for row in rows[chosen]]
            features = {
                PHONEME_IDS: pad_phonemes([s[0] if s else np.zeros(0, np.uint8) for s in sounds]),
                "semantic_embedding": torch.from_numpy(
                    table.semantic[rows[chosen]].astype(np.float32)
                ),
            }
            vectors[chosen] = module(features)["sentence_embedding"].numpy()
    module.train(was_training)
    return vectors


def mine_neighbours(
    module: WeightedSum, table: FormTable, rows: NDArray[np.int64]
) -> dict[int, NDArray[np.int64]]:
    """For each of `rows` the other rows that are nearest to it, nearest first."""
    vectors = encode_rows(module, table, rows)
    searcher = ExactSearcher(vectors)
    neighbours = {}
    for start in range(0, len(rows), _QUERY_CHUNK):
        _, found = searcher.search(vectors[start : start + _QUERY_CHUNK], min(KEPT + 1, len(rows)))
        for offset, near in enumerate(found):
            own = start + offset
            neighbours[int(rows[own])] = rows[near[near != own][:KEPT]]
    return neighbours
