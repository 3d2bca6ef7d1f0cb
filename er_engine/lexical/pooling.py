"""From scores of distinct keys to scores of entities: the best form of each side counts.

A *key* is what a baseline compares: a spoken text, a phonetic code, a string of phonemes. A catalog
entity has several (aliases, variants of numbers, pronunciations), and so has a hypothesis. Equal
keys are scored once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from er_engine.search import FloatArray, RowArray

# Scores of queries against the catalog's keys: (n,) strings in, float32 (n, n_keys) out.
Scorer = Callable[[Sequence[str]], FloatArray]
# Makes a scorer of the catalog's keys.
ScorerFactory = Callable[[Sequence[str]], Scorer]
# The keys of each hypothesis; never empty for a hypothesis (the empty string stands for nothing).
KeysOf = Callable[[Sequence[str]], list[tuple[str, ...]]]

# Keys scored at a time: with 36,000 entities one chunk of scores is 9 MB.
CHUNK = 64


@dataclass(frozen=True)
class KeyTable:
    """Which keys belong to which entity.

    `keys` are distinct. `columns` int64 (n_pairs,) holds the key row of each (entity, key) pair,
    entities ascending; `starts` int64 (n_entities,) says where each entity's pairs begin.
    """

    keys: tuple[str, ...]
    columns: RowArray
    starts: RowArray

    @classmethod
    def of(cls, groups: Sequence[Sequence[str]]) -> KeyTable:
        """Number the distinct keys of all groups; a group without a key gets the empty string."""
        rows: dict[str, int] = {}
        columns: list[int] = []
        starts: list[int] = []
        for group in groups:
            starts.append(len(columns))
            columns += [rows.setdefault(key, len(rows)) for key in dict.fromkeys(group or ("",))]
        return cls(tuple(rows), np.array(columns, dtype=np.int64), np.array(starts, dtype=np.int64))

    def best(self, scores: FloatArray) -> FloatArray:
        """Take the best key of each group: (n, n_keys) in, (n, n_groups) out."""
        if not len(self.starts):
            return np.empty((scores.shape[0], 0), dtype=np.float32)
        return np.maximum.reduceat(scores[:, self.columns], self.starts, axis=1)


class PooledRetriever:
    """A baseline: scores keys with one scorer and takes the best key of each side.

    The scorer is made when the first score is asked for, so that listing baselines costs nothing.
    """

    def __init__(
        self,
        name: str,
        entity_keys: Callable[[], Sequence[Sequence[str]]],
        keys_of: KeysOf,
        factory: ScorerFactory,
    ) -> None:
        self._name = name
        self._entity_keys = entity_keys
        self._keys_of = keys_of
        self._factory = factory

    @property
    def name(self) -> str:
        """Short name for reports."""
        return self._name

    @cached_property
    def _table(self) -> KeyTable:
        return KeyTable.of(self._entity_keys())

    @cached_property
    def _scorer(self) -> Scorer:
        return self._factory(self._table.keys)

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """See `Retriever.score`."""
        queries = KeyTable.of(self._keys_of(hypotheses))
        by_key = np.empty((len(queries.keys), len(self._table.starts)), dtype=np.float32)
        for start in range(0, len(queries.keys), CHUNK):
            scores = self._scorer(queries.keys[start : start + CHUNK])
            by_key[start : start + CHUNK] = self._table.best(scores)
        return queries.best(by_key.T).T


class SumRetriever:
    """The plain sum of other retrievers' scores."""

    def __init__(self, name: str, parts: Sequence[PooledRetriever]) -> None:
        self._name = name
        self._parts = tuple(parts)

    @property
    def name(self) -> str:
        """Short name for reports."""
        return self._name

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """See `Retriever.score`."""
        total = self._parts[0].score(hypotheses)
        for part in self._parts[1:]:
            total = total + part.score(hypotheses)
        return total
