"""All spoken forms of a training run, with their phonemes and sentence embeddings, by row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.encoder.weighted_sum import phoneme_ids
from er_engine.phonemes.g2p import G2P
from training.progress import Progress

_CHUNK = 2_048


@dataclass(frozen=True, slots=True)
class FormTable:
    """Rows are spoken forms; `row_of` finds them.

    `pronunciations` holds for each row uint8 phoneme ids, best first (possibly none);
    `semantic` is float16 (n, semantic width), or (n, 0) without a semantic tower.
    """

    spoken: tuple[str, ...]
    row_of: dict[str, int]
    pronunciations: list[list[NDArray[np.uint8]]]
    semantic: NDArray[np.float16]


def make_form_table(
    spoken: Sequence[str],
    g2p: G2P,
    semantic_model: str | None,
    cache_folder: Path,
    progress: Progress,
) -> FormTable:
    """Pronounce and embed each distinct spoken form; embeddings are kept in `cache_folder`."""
    texts = tuple(dict.fromkeys(spoken))
    pronunciations = [
        [phoneme_ids(pronunciation) for pronunciation in group] for group in g2p.pronounce(texts)
    ]
    if semantic_model is None:
        semantic = np.zeros((len(texts), 0), dtype=np.float16)
    else:
        semantic = _embeddings(texts, semantic_model, cache_folder, progress)
    return FormTable(texts, {text: row for row, text in enumerate(texts)}, pronunciations, semantic)


def _embeddings(
    texts: Sequence[str], model_name: str, cache_folder: Path, progress: Progress
) -> NDArray[np.float16]:
    key = hashlib.sha256("\n".join([model_name, *texts]).encode()).hexdigest()[:16]
    cache = cache_folder / f"semantic-{key}.npy"
    if cache.is_file():
        found: NDArray[np.float16] = np.load(cache, allow_pickle=False)
        if len(found) == len(texts):
            return found
    from er_engine.encoder.semantic_tower import load_semantic_model, semantic_width

    model = load_semantic_model(model_name)
    rows = np.zeros((len(texts), semantic_width(model)), dtype=np.float16)
    for start in progress.track(range(0, len(texts), _CHUNK), "sentence embeddings"):
        chunk = list(texts[start : start + _CHUNK])
        rows[start : start + _CHUNK] = model.encode(chunk, batch_size=64, show_progress_bar=False)
    np.save(cache, rows)
    return rows
