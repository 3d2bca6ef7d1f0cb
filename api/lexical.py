"""What a lexical search would have answered: shown beside the engine's answer, to compare."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from er_engine.errors import QueryError
from er_engine.rerank.order import likeliest
from er_engine.resolver import Resolver
from er_engine.search import CatalogIndex, FloatArray, Retriever
from er_engine.types import Entity, Hypothesis

# On many sets the strongest baseline, and one that answers in milliseconds.
BASELINE = "rapidfuzz_blend"
# More hypotheses add little to a lexical search, and each costs a pass over all names.
MAX_HYPOTHESES = 5
# Above this a pass takes a noticeable part of a second.
MAX_FORMS = 300_000
MAX_TABLES = 4


@dataclass(frozen=True, slots=True)
class LexicalAnswer:
    """Entities with their scores, best first, and how long scoring took."""

    found: tuple[tuple[Entity, float], ...]
    milliseconds: float


class LexicalSearch:
    """Keeps the tables of the catalogs that were compared last; thread-safe."""

    def __init__(self) -> None:
        self._tables: OrderedDict[str, tuple[CatalogIndex, Retriever]] = OrderedDict()
        self._changing = threading.Lock()

    def top(
        self,
        catalog: str,
        resolver: Resolver,
        n_best: Sequence[Hypothesis],
        k: int,
        type: str | None = None,  # noqa: A002 - the name of the option everywhere
    ) -> LexicalAnswer:
        """Return the k most similar entities; each counts with its best hypothesis and form.

        Args:
            catalog: name of the catalog, under which its table is kept.
            resolver: what would answer the query.
            n_best: hypotheses, of which the likeliest MAX_HYPOTHESES are compared, as the engine
                chooses its own: by score where each has one, else the first ones.
            k: how many entities.
            type: only entities of exactly this type.

        Raises:
            QueryError: the catalog is too large to be compared with while it serves.
        """
        index = resolver.index
        if len(index.form_entities) > MAX_FORMS:
            raise QueryError(
                f"catalog {catalog!r} has {len(index.form_entities):,} surface forms; the baseline "
                f"compares up to {MAX_FORMS:,} while serving: use `er-engine evaluate`"
            )
        texts = likeliest(n_best, MAX_HYPOTHESES).texts
        retrievers = self._retrievers(catalog, resolver)
        began = time.perf_counter()
        parts = [retriever.score(texts) for retriever in retrievers]
        scores = np.concatenate(parts, axis=1).max(axis=0) if parts else np.empty(0, np.float32)
        rows = _best(_masked(scores, index, type), k)
        milliseconds = (time.perf_counter() - began) * 1000
        entities = index.entities.get(rows)
        found = tuple((item, float(scores[row])) for item, row in zip(entities, rows, strict=True))
        return LexicalAnswer(found, milliseconds)

    def _retrievers(self, catalog: str, resolver: Resolver) -> list[Retriever]:
        """One of the main index, kept, and one of what changed since, made for each query."""
        index = resolver.index
        main: CatalogIndex = getattr(index, "main", index)
        retrievers = []
        if len(main.form_entities):
            retrievers.append(self._kept(catalog, main, resolver))
        if len(index.form_entities) > len(main.form_entities):
            retrievers.append(_retriever(index, resolver, len(main.form_entities)))
        return retrievers

    def _kept(self, catalog: str, main: CatalogIndex, resolver: Resolver) -> Retriever:
        with self._changing:
            known = self._tables.get(catalog)
            if known is None or known[0] is not main:
                known = (main, _retriever(main, resolver, 0))
                known[1].score(["a"])  # makes its table now
                self._tables[catalog] = known
            self._tables.move_to_end(catalog)
            while len(self._tables) > MAX_TABLES:
                self._tables.popitem(last=False)
            return known[1]


def _retriever(index: CatalogIndex, resolver: Resolver, start: int) -> Retriever:
    """The baseline over the entities whose forms begin at this form row."""
    from er_engine.lexical.baselines import lexical_retrievers

    rows = np.arange(start, len(index.form_entities), dtype=np.int64)
    owners = index.form_entities[start:].tolist()
    pairs = zip(owners, index.forms(rows), strict=True)
    groups = [[form for _, form in group] for _, group in groupby(pairs, key=lambda pair: pair[0])]
    found = lexical_retrievers(groups, resolver.model.g2p, index.lang)
    return next(item for item in found if item.name == BASELINE)


def _masked(scores: FloatArray, index: CatalogIndex, type_name: str | None) -> FloatArray:
    """-inf where an entity is gone, or has another type."""
    alive = getattr(index, "alive", None)
    allowed = np.ones(len(scores), dtype=np.bool_) if alive is None else alive
    if type_name is not None:
        allowed = allowed & index.entities_of_type(type_name)
    return np.where(allowed, scores, -np.inf).astype(np.float32)


def _best(scores: FloatArray, k: int) -> list[int]:
    """The rows of the k highest scores, descending; ties by row, what is masked left out."""
    order = np.argsort(-scores, kind="stable")[:k]
    return [int(row) for row in order if np.isfinite(scores[row])]
