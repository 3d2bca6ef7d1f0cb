"""n-gram tokens, TF-IDF cosine on them, and BM25."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from er_engine.lexical.pooling import Scorer, ScorerFactory
from er_engine.search import FloatArray

Tokenizer = Callable[[str], list[str]]


def words(text: str) -> list[str]:
    """Split at white space."""
    return text.split()


def ngrams(*sizes: int) -> Tokenizer:
    """Make a tokenizer: all n-grams of these sizes, one space of padding at each end.

    N-grams run across word boundaries, which are a space in them: a boundary in another place
    costs a few n-grams, not a whole word.
    """

    def tokens(text: str) -> list[str]:
        padded = f" {text} "
        return [
            padded[start : start + size]
            for size in sizes
            for start in range(len(padded) - size + 1)
        ]

    return tokens


def tfidf(tokenize: Tokenizer) -> ScorerFactory:
    """Make a factory: cosine of TF-IDF vectors, with idf = ln((1 + n) / (1 + df)) + 1.

    Unknown n-grams of a query count in its length, so that scores of different hypotheses of one
    utterance can be compared.
    """

    def factory(choices: Sequence[str]) -> Scorer:
        return _TfIdf(choices, tokenize).score

    return factory


class _TfIdf:
    def __init__(self, choices: Sequence[str], tokenize: Tokenizer) -> None:
        from scipy.sparse import csr_array

        self._tokenize = tokenize
        counts = [Counter(tokenize(choice)) for choice in choices]
        frequency = Counter(token for count in counts for token in count)
        self._rows = {token: row for row, token in enumerate(frequency)}
        self._unknown = math.log(1 + len(choices)) + 1
        self._idf = {
            token: math.log((1 + len(choices)) / (1 + df)) + 1 for token, df in frequency.items()
        }
        # Tokens by documents: a query's few rows are added up.
        self._documents = csr_array(self._vectors(counts).T)

    def _vectors(self, counts: Sequence[Counter[str]]) -> Any:
        from scipy.sparse import csr_array

        data: list[float] = []
        columns: list[int] = []
        starts = [0]
        for count in counts:
            weights = {token: n * self._idf.get(token, self._unknown) for token, n in count.items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            known = [token for token in weights if token in self._rows]
            data += [weights[token] / length for token in known]
            columns += [self._rows[token] for token in known]
            starts.append(len(columns))
        shape = (len(counts), len(self._rows))
        return csr_array((np.array(data, dtype=np.float32), columns, starts), shape=shape)

    def score(self, queries: Sequence[str]) -> FloatArray:
        vectors = self._vectors([Counter(self._tokenize(query)) for query in queries])
        scores: FloatArray = (vectors @ self._documents).toarray()
        return scores


def bm25(tokenize: Tokenizer, k1: float, b: float) -> ScorerFactory:
    """Make a factory: BM25 (Lucene's variant) of the bm25s package."""

    def factory(choices: Sequence[str]) -> Scorer:
        import bm25s

        model = bm25s.BM25(k1=k1, b=b, method="lucene")
        model.index([tokenize(choice) for choice in choices], show_progress=False)

        def score(queries: Sequence[str]) -> FloatArray:
            scores = np.zeros((len(queries), len(choices)), dtype=np.float32)
            for row, query in enumerate(queries):
                # bm25s fails on a query without tokens.
                if tokens := tokenize(query):
                    scores[row] = model.get_scores(tokens)
            return scores

        return score

    return factory
