"""All spoken forms of a training run, with their phonemes and sentence embeddings, by row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.encoder.phoneme_ids import phoneme_ids
from er_engine.encoder.sentence_embedder import SentenceEmbedder, load_sentence_embedder
from er_engine.files import write_atomically
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
    """Embed each text once: what an earlier run in this folder embedded is read back."""
    embedder = load_sentence_embedder(model_name)
    key = hashlib.sha256(f"{model_name}\n{embedder.fingerprint}".encode()).hexdigest()[:12]
    list_file, array_file = cache_folder / f"texts-{key}.txt", cache_folder / f"texts-{key}.npy"
    known, rows = _read_cache(list_file, array_file)
    missing = [text for text in texts if text not in known]
    if missing:
        new = _embed(missing, embedder, progress)
        rows = new if rows is None else np.concatenate([rows, new])
        known.update((text, len(known)) for text in missing)
        array_file.unlink(missing_ok=True)
        write_atomically(list_file, "\n".join(known))
        np.save(array_file, rows)
    assert rows is not None
    return rows[[known[text] for text in texts]]


def _read_cache(
    list_file: Path, array_file: Path
) -> tuple[dict[str, int], NDArray[np.float16] | None]:
    if not (list_file.is_file() and array_file.is_file()):
        return {}, None
    texts = list_file.read_text(encoding="utf-8").split("\n")
    try:
        rows: NDArray[np.float16] = np.load(array_file, allow_pickle=False)
    except (ValueError, EOFError):  # writing it was interrupted
        return {}, None
    if len(texts) != len(rows):
        return {}, None
    return {text: row for row, text in enumerate(texts)}, rows


def _embed(texts: list[str], embedder: SentenceEmbedder, progress: Progress) -> NDArray[np.float16]:
    rows = np.zeros((len(texts), embedder.width), dtype=np.float16)
    for start in progress.track(range(0, len(texts), _CHUNK), "sentence embeddings"):
        rows[start : start + _CHUNK] = embedder.embed(texts[start : start + _CHUNK])
    return rows
