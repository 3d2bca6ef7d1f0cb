"""Every searcher against plain NumPy: ids and scores, where others were found to go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from er_engine.search import (
    MISSING_ROW,
    ExactSearcher,
    FloatArray,
    MaskArray,
    RowArray,
    Searcher,
    unit_length,
)
from index.faiss_searcher import FaissSearcher
from index.live.joined_search import JoinedSearcher

WIDTH = 32
EXACT, EIGHT_BITS = 1e-6, 6e-3


@dataclass(frozen=True)
class Kind:
    """A searcher under test; `tolerance` is how far a score may be from the exact one."""

    name: str
    tolerance: float
    make: Callable[[FloatArray, Path], Searcher]


def _faiss(kind: str, scan_up_to: int, saved: bool) -> Callable[[FloatArray, Path], Searcher]:
    def make(vectors: FloatArray, directory: Path) -> Searcher:
        made = FaissSearcher.from_vectors(vectors, kind, scan_up_to)
        if not saved:
            return made
        made.write(directory / "vectors.faiss")
        return FaissSearcher.read(directory / "vectors.faiss", scan_up_to)

    return make


def _joined(kind: str, cut: int, scan_up_to: int) -> Callable[[FloatArray, Path], Searcher]:
    """Rows from `cut` on lie beside the main searcher, as changes of a live catalog do."""

    def make(vectors: FloatArray, directory: Path) -> Searcher:
        main = FaissSearcher.from_vectors(vectors[:cut], kind, scan_up_to)
        return JoinedSearcher(main, unit_length(vectors[cut:]), alive=None)

    return make


KINDS = [
    Kind("exact", EXACT, lambda vectors, _: ExactSearcher(vectors)),
    # The cut parts equal vectors; with 8 bits those of the two sides would score differently.
    Kind("joined", EXACT, _joined("flat", 715, 0)),
    Kind("joined-none-beside", EXACT, _joined("flat", 2000, 0)),
    Kind("joined-ivf", EIGHT_BITS, _joined("ivf", 1200, 0)),
]
for _saved in (False, True):
    _suffix = "-loaded" if _saved else ""
    KINDS += [
        Kind(f"flat{_suffix}", EXACT, _faiss("flat", 0, _saved)),
        Kind(f"sq8{_suffix}", EIGHT_BITS, _faiss("sq8", 0, _saved)),
        Kind(f"ivf-scan{_suffix}", EIGHT_BITS, _faiss("ivf", 1 << 30, _saved)),
        Kind(f"ivf-lists{_suffix}", EIGHT_BITS, _faiss("ivf", 0, _saved)),
    ]


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    """2,000 vectors in 40 clusters, not of unit length, with copies and a zero vector."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(40, WIDTH))
    made = centres[rng.integers(0, 40, 2000)] + 0.3 * rng.normal(size=(2000, WIDTH))
    made *= rng.uniform(0.1, 9.0, size=(2000, 1))
    made[700:730] = made[11]
    made[1500] = 0.0
    return made.astype(np.float32)


@pytest.fixture(scope="module")
def queries(vectors: FloatArray) -> FloatArray:
    """37 noisy copies, far from unit length; more than FAISS takes in one way."""
    rng = np.random.default_rng(8)
    near = vectors[rng.integers(0, 1400, 37)]
    near = near / np.linalg.norm(near, axis=1, keepdims=True)
    noisy = near + 0.05 * rng.normal(size=near.shape)
    return (noisy * rng.uniform(0.01, 50, size=(37, 1))).astype(np.float32)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of searcher in turn."""
    found: Kind = request.param
    return found


@pytest.fixture(scope="module")
def searcher(kind: Kind, vectors: FloatArray, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The searcher under test, holding `vectors`."""
    return kind.make(vectors, tmp_path_factory.mktemp("searcher"))


def _unit(vectors: FloatArray) -> np.ndarray:
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def _reference(
    vectors: FloatArray, queries: FloatArray, k: int, allowed: MaskArray | None
) -> tuple[np.ndarray, RowArray, np.ndarray]:
    """Return the best scores and rows in float64, and the scores of all rows."""
    everything = _unit(queries) @ _unit(vectors).T
    ranked = everything.copy()
    if allowed is not None:
        ranked[:, ~allowed] = -np.inf
    rows = np.argsort(-ranked, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(ranked, rows, axis=1), rows, everything


def _assert_agrees(
    searcher: Searcher,
    kind: Kind,
    vectors: FloatArray,
    queries: FloatArray,
    k: int,
    allowed: MaskArray | None = None,
) -> None:
    scores, rows = searcher.search(queries, k, allowed)
    best, best_rows, everything = _reference(vectors, queries, k, allowed)
    found = int(np.sum(allowed)) if allowed is not None else len(vectors)
    width = min(k, found)
    assert scores.shape == rows.shape == (len(queries), k)
    assert scores.dtype == np.float32
    assert rows.dtype == np.int64
    assert (rows[:, width:] == MISSING_ROW).all()
    assert np.isneginf(scores[:, width:]).all()
    scores, rows, best = scores[:, :width], rows[:, :width], best[:, :width]
    # The score is that of the row, and no better row was missed.
    own = np.take_along_axis(everything, rows, axis=1)
    np.testing.assert_allclose(scores, own, atol=kind.tolerance, rtol=0)
    np.testing.assert_allclose(own, best, atol=2 * kind.tolerance, rtol=0)
    assert all(len(set(line)) == width for line in rows.tolist())
    if allowed is not None:
        assert allowed[rows].all()
    steps = np.diff(scores, axis=1)
    assert (steps <= 0).all()
    assert (np.diff(rows, axis=1)[steps == 0] > 0).all()
    if kind.tolerance == EXACT:
        clear = np.abs(own - best) > EXACT
        assert (rows[clear] == best_rows[:, :width][clear]).all()


@pytest.mark.parametrize("k", [1, 3, 10])
def test_unnormalised_queries(
    searcher: Searcher, kind: Kind, k: int, vectors: FloatArray, queries: FloatArray
) -> None:
    """Ids and scores are those of unit vectors, whatever the length of queries and vectors."""
    _assert_agrees(searcher, kind, vectors, queries, k)


def test_first_result_is_the_same_row(
    searcher: Searcher, kind: Kind, vectors: FloatArray, queries: FloatArray
) -> None:
    """Where the best row leads by more than the tolerance, every searcher finds that row."""
    _, rows = searcher.search(queries, 1)
    best, best_rows, _ = _reference(vectors, queries, 2, None)
    clear = best[:, 0] - best[:, 1] > 2 * kind.tolerance
    assert clear.sum() > 20
    np.testing.assert_array_equal(rows[clear, 0], best_rows[clear, 0])


def test_k_above_the_number_of_vectors(
    searcher: Searcher, kind: Kind, vectors: FloatArray, queries: FloatArray
) -> None:
    """All vectors come back, then -inf and MISSING_ROW."""
    _assert_agrees(searcher, kind, vectors, queries[:3], len(vectors) + 5)


def test_zero_query(searcher: Searcher, vectors: FloatArray, queries: FloatArray) -> None:
    """A zero vector scores zero everywhere, so the first rows come first; others are unmoved."""
    mixed = queries[:4].copy()
    mixed[2] = 0.0
    scores, rows = searcher.search(mixed, 5)
    assert scores[2].tolist() == [0.0] * 5
    assert rows[2].tolist() == [0, 1, 2, 3, 4]
    alone_scores, alone_rows = searcher.search(mixed[[0]], 5)
    np.testing.assert_array_equal(rows[[0]], alone_rows)
    np.testing.assert_allclose(scores[[0]], alone_scores, atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.01])
def test_allowed_rows(
    searcher: Searcher, kind: Kind, share: float, vectors: FloatArray, queries: FloatArray
) -> None:
    """Only allowed rows are found, and the best of them, also where they are few."""
    allowed = np.random.default_rng(9).random(len(vectors)) < share
    _assert_agrees(searcher, kind, vectors, queries, 4, allowed)


def test_fewer_allowed_rows_than_k(
    searcher: Searcher, kind: Kind, vectors: FloatArray, queries: FloatArray
) -> None:
    """With three allowed rows and k of 10, seven results are missing; with none, all are."""
    allowed = np.zeros(len(vectors), dtype=np.bool_)
    _assert_agrees(searcher, kind, vectors, queries[:2], 10, allowed)
    allowed[[3, 700, 1999]] = True
    _assert_agrees(searcher, kind, vectors, queries[:2], 10, allowed)


@pytest.mark.parametrize("k", [1, 7, 31, 40])
def test_equal_scores_are_ordered_by_row(searcher: Searcher, k: int, vectors: FloatArray) -> None:
    """Of 31 equal vectors the lowest rows are found, wherever k cuts."""
    _, rows = searcher.search(vectors[[11]], k)
    equal = [11, *range(700, 730)]
    assert rows[0, :31].tolist() == equal[:k]


def test_batch_does_not_change_the_answer(
    searcher: Searcher, vectors: FloatArray, queries: FloatArray
) -> None:
    """A query alone and in a batch of 37 get the same rows."""
    together, rows_together = searcher.search(queries, 5)
    for number in (0, 15, 36):
        alone, rows_alone = searcher.search(queries[[number]], 5)
        np.testing.assert_array_equal(rows_together[[number]], rows_alone)
        np.testing.assert_allclose(together[[number]], alone, atol=1e-6)


def test_no_queries(searcher: Searcher, vectors: FloatArray) -> None:
    """No queries give no results, of the right shape."""
    scores, rows = searcher.search(np.zeros((0, WIDTH), np.float32), 3)
    assert scores.shape == rows.shape == (0, 3)


def test_wrong_calls_are_refused(searcher: Searcher, vectors: FloatArray) -> None:
    """A wrong width and a k below 1 raise ValueError."""
    assert isinstance(searcher, Searcher)
    assert (len(searcher), searcher.dimension) == (2000, WIDTH)
    with pytest.raises(ValueError, match="queries must be"):
        searcher.search(np.zeros((1, WIDTH + 1), np.float32), 1)
    with pytest.raises(ValueError, match="k must be at least 1"):
        searcher.search(np.zeros((1, WIDTH), np.float32), 0)


@pytest.mark.parametrize("cut", [1200, 2000])
def test_rows_that_are_gone_are_never_found(
    cut: int, vectors: FloatArray, queries: FloatArray
) -> None:
    """A joined searcher answers as if only living rows were allowed, with and without a filter."""
    rng = np.random.default_rng(10)
    alive, allowed = rng.random(len(vectors)) < 0.5, rng.random(len(vectors)) < 0.5
    main = FaissSearcher.from_vectors(vectors[:cut], "flat")
    searcher = JoinedSearcher(main, unit_length(vectors[cut:]), alive)
    for wanted in (None, allowed):
        living = alive if wanted is None else alive & wanted
        scores, rows = searcher.search(queries, 5, wanted)
        best, best_rows, _ = _reference(vectors, queries, 5, living)
        np.testing.assert_array_equal(rows, best_rows)
        np.testing.assert_allclose(scores, best, atol=EXACT)


@pytest.mark.parametrize("name", ["flat", "sq8", "ivf", "auto"])
@pytest.mark.parametrize("n", [1, 2, 30])
def test_tiny_catalogs(name: str, n: int) -> None:
    """Every kind works for a handful of vectors, too."""
    vectors = np.random.default_rng(1).normal(size=(n, WIDTH)).astype(np.float32)
    scores, rows = FaissSearcher.from_vectors(vectors, name).search(vectors[[n - 1]], n + 1)
    assert rows[0, 0] == n - 1
    assert scores[0, 0] == pytest.approx(1.0, abs=EIGHT_BITS)
    assert rows[0, -1] == MISSING_ROW
