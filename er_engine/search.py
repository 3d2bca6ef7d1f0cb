"""The seams of er-engine: what a vector store, a retriever and an entity store promise.

`index` implements the vector store on FAISS and the entity store on SQLite; the lexical baselines
are retrievers. The exact NumPy searcher here is the reference that all others are tested against,
and what training mines with. Scores are inner products of unit vectors: higher is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from er_engine.types import Entity, SurfaceForm

if TYPE_CHECKING:
    from er_engine.facts.fact_index import Facts
    from er_engine.rerank.ngrams import CatalogNgrams

FloatArray = NDArray[np.float32]
RowArray = NDArray[np.int64]
MaskArray = NDArray[np.bool_]
MISSING_ROW = -1


@runtime_checkable
class Searcher(Protocol):
    """Nearest vectors by inner product."""

    @property
    def dimension(self) -> int:
        """Width of the vectors."""

    def __len__(self) -> int:
        """Number of vectors."""

    def search(
        self, queries: FloatArray, k: int, allowed: MaskArray | None = None
    ) -> tuple[FloatArray, RowArray]:
        """Return the k best rows for each query.

        Args:
            queries: float32 (n, dimension); made unit length here (a zero vector stays zero).
            k: at least 1; may exceed the number of vectors.
            allowed: bool (len(self),); only rows where it is true are found. None allows all.

        Returns:
            scores float32 (n, k), descending, and rows int64 (n, k); where there are fewer than k
            vectors the rest is -inf and MISSING_ROW. Equal scores are ordered by row.

        Raises:
            ValueError: wrong width, or k below 1.
        """


@runtime_checkable
class Retriever(Protocol):
    """Scores every entity of a catalog for hypotheses; the lexical baselines are retrievers."""

    @property
    def name(self) -> str:
        """Short name for reports, such as `rapidfuzz_wratio`."""

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """Return float32 (n_hypotheses, n_entities), higher is better, in catalog order."""


@runtime_checkable
class EntityStore(Protocol):
    """Entities by row, in catalog order."""

    def __len__(self) -> int:
        """Number of entities."""

    def get(self, rows: Sequence[int]) -> list[Entity]:
        """Return the entities of these rows, in the order asked for.

        Raises:
            IndexError: a row is out of range.
        """

    def row_of(self, entity_id: str) -> int | None:
        """Return the row of the entity with this id, or None."""


@runtime_checkable
class CatalogIndex(Protocol):
    """What the resolver needs of an opened catalog index.

    A *form row* is the row of one surface form, which is also the row of its vector; an *entity
    row* is the row of one entity, in catalog order. One entity has one or more form rows.
    """

    @property
    def searcher(self) -> Searcher:
        """Vectors by form row."""

    @property
    def entities(self) -> EntityStore:
        """Entities by entity row."""

    @property
    def ngrams(self) -> CatalogNgrams:
        """N-gram indexes of the surface forms, by form row."""

    @property
    def facts(self) -> Facts:
        """What is known of the entities beside their names."""

    @property
    def form_entities(self) -> RowArray:
        """int64 (n_forms,): the entity row of each form row, ascending."""

    @property
    def popularity(self) -> FloatArray:
        """float32 (n_entities,): as given in the catalog."""

    @property
    def encoder_fingerprint(self) -> str:
        """Fingerprint of the encoder that made the vectors."""

    @property
    def g2p(self) -> str:
        """Name of the G2P that made the pronunciations."""

    @property
    def lang(self) -> str:
        """Language of the catalog, such as `en`."""

    def forms(self, rows: Sequence[int] | RowArray) -> list[SurfaceForm]:
        """Return the surface forms of these form rows, in the order asked for."""

    def entities_of_type(self, type_name: str) -> MaskArray:
        """Return bool (n_entities,): which have exactly this type; all false if none has."""

    def entities_with(self, attribute: str, texts: frozenset[str]) -> MaskArray:
        """Return bool (n_entities,): which have one of these values of an attribute.

        The values are as `er_engine.attributes.attribute_texts` writes them.
        """


def unit_length(vectors: NDArray[np.floating]) -> FloatArray:
    """Scale each row to length 1; zero rows stay zero. Any float (n, d) in, float32 (n, d) out."""
    vectors32 = np.ascontiguousarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(vectors32, axis=1, keepdims=True)
    return (vectors32 / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


class ExactSearcher:
    """Inner products with every vector: slow, simple, and right by construction."""

    def __init__(self, vectors: NDArray[np.floating]) -> None:
        if vectors.ndim != 2:
            raise ValueError(f"vectors must be (n, dimension), got shape {vectors.shape}")
        self._vectors = unit_length(vectors)

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        """Number of vectors."""
        return int(self._vectors.shape[0])

    def search(
        self, queries: FloatArray, k: int, allowed: MaskArray | None = None
    ) -> tuple[FloatArray, RowArray]:
        """See `Searcher.search`."""
        check_search(queries, k, self.dimension)
        candidates = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        scores = unit_length(queries) @ self._vectors[candidates].T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return pad_results(np.take_along_axis(scores, order, axis=1), candidates[order], k)


def check_search(queries: FloatArray, k: int, dimension: int) -> None:
    """Raise ValueError unless `queries` is (n, dimension) and k is at least 1."""
    if queries.ndim != 2 or queries.shape[1] != dimension:
        raise ValueError(f"queries must be (n, {dimension}), got shape {queries.shape}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")


def pad_results(scores: FloatArray, rows: RowArray, k: int) -> tuple[FloatArray, RowArray]:
    """Fill up to k columns with -inf and MISSING_ROW."""
    missing = k - scores.shape[1]
    if missing > 0:
        n = scores.shape[0]
        scores = np.hstack([scores, np.full((n, missing), -np.inf, dtype=np.float32)])
        rows = np.hstack([rows, np.full((n, missing), MISSING_ROW, dtype=np.int64)])
    return scores.astype(np.float32), rows.astype(np.int64)
