"""The semantic tower in torch: a BERT sentence embedding of the spoken form, by name or path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from er_engine.encoder.config import PACKAGED_MINILM
from er_engine.encoder.sentence_embedder import packaged_minilm
from er_engine.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def load_semantic_model(name_or_path: str) -> SentenceTransformer:
    """Load any sentence-transformers model by name or path, on the CPU.

    Raises:
        EncoderError: it can't be found or read.
    """
    from sentence_transformers import SentenceTransformer

    location = str(packaged_minilm()) if name_or_path == PACKAGED_MINILM else name_or_path
    try:
        with _no_progress_bar():
            return SentenceTransformer(location, device="cpu")
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"semantic model {name_or_path!r} can't be loaded: {error}. Give the folder of a "
            f"sentence-transformers model, a hub name, or {PACKAGED_MINILM!r}"
        ) from error


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Loading 0.1 s of weights needs no bar on every command's standard error."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def semantic_width(model: SentenceTransformer) -> int:
    """Width of the model's sentence embeddings.

    Raises:
        EncoderError: the model doesn't say.
    """
    width = model.get_embedding_dimension()
    if width is None:
        raise EncoderError("the semantic model does not tell the width of its embeddings")
    return width
