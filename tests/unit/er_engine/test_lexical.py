import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.lexical.baselines import FAST, lexical_retrievers, sum_retriever
from er_engine.lexical.metaphone import metaphone, metaphone_keys
from er_engine.lexical.ngrams import bm25, ngrams, tfidf, words
from er_engine.lexical.pooling import KeyTable, PooledRetriever
from er_engine.search import FloatArray, Retriever
from er_engine.types import Pronunciation, SurfaceForm


class SpellingG2P:
    """Says the letters: good enough to see which strings are compared."""

    name = "spelling"

    def pronounce(self, spoken: list[str]) -> list[tuple[Pronunciation, ...]]:
        """See `G2P.pronounce`."""
        return [
            (tuple("|" if c == " " else c for c in text if c in "abdefilmnopst "),)
            for text in spoken
        ]


def forms_of(*names: str) -> list[SurfaceForm]:
    """One surface form for each name."""
    return [SurfaceForm(name, name, SpellingG2P().pronounce([name])[0][0]) for name in names]


CATALOG = [
    forms_of("breaking bad"),
    forms_of("pan am", "the pan am show"),
    forms_of("forty two"),
    forms_of("philip morris"),
]


def every_baseline() -> list[Retriever]:
    """All baselines over the small catalog."""
    g2p = SpellingG2P()
    return [*lexical_retrievers(CATALOG, g2p, "en"), sum_retriever(CATALOG, g2p, "en")]


@pytest.mark.parametrize("baseline", every_baseline(), ids=lambda baseline: baseline.name)
def test_finds_names_and_aliases(baseline: Retriever) -> None:
    """Every baseline ranks the entity first whose name or alias was heard exactly."""
    scores = baseline.score(["breaking bad", "the pan am show", "forty two", "philip morris"])
    assert scores.dtype == np.float32
    assert scores.shape == (4, 4)
    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("baseline", every_baseline(), ids=lambda baseline: baseline.name)
def test_scores_do_not_depend_on_the_batch(baseline: Retriever) -> None:
    """A hypothesis gets the same scores alone and among others, in more than one chunk."""
    texts = [f"breaking bad {number}" for number in range(70)]
    together = baseline.score(texts)
    alone = np.vstack([baseline.score([text]) for text in texts])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("baseline", every_baseline(), ids=lambda baseline: baseline.name)
def test_unspeakable_hypotheses_get_scores(baseline: Retriever) -> None:
    """A hypothesis without any word is scored like any other, and no score is undefined."""
    assert np.isfinite(baseline.score(["?!", "", "breaking bad"])).all()


def test_names_are_distinct_and_fast_ones_exist() -> None:
    """No two baselines share a name, and the fast ones are among them."""
    names = [baseline.name for baseline in every_baseline()]
    assert len(set(names)) == len(names)
    assert set(FAST) <= set(names)


def test_both_sides_are_spoken() -> None:
    """A number heard as digits is compared in its spoken form."""
    ratio = every_baseline()[0]
    assert ratio.score(["42"])[0].argmax() == 2
    assert ratio.score(["42"])[0, 2] == pytest.approx(1.0)


def test_double_metaphone_hears_what_spelling_hides() -> None:
    """`fillip maurice` has nearly the code of Philip Morris, though few of its letters."""
    by_name = {baseline.name: baseline for baseline in every_baseline()}
    assert by_name["double_metaphone"].score(["fillip moris"])[0].argmax() == 3
    assert by_name["double_metaphone"].score(["fillip moris"])[0, 3] > 0.99


def test_codes_without_word_boundaries_are_compared_whole() -> None:
    """Where spaces do not count, codes that differ in them alone are equal; else they are not."""
    catalog, heard = ["PN TM\tpan tim"], ["PNTM\tpantim"]
    whole = metaphone(spelling_weight=0.0, by_words=False)(catalog)(heard)
    assert whole[0, 0] == pytest.approx(1.0)
    assert metaphone(spelling_weight=0.0)(catalog)(heard)[0, 0] < 0.95


def test_metaphone_keys_have_both_codes() -> None:
    """Primary and alternate code are keys of their own; a word without a code stays itself."""
    assert metaphone_keys("schmidt 7") == ("XMT 7\tschmidt 7", "SMT 7\tschmidt 7")
    assert metaphone_keys("pan") == ("PN\tpan",)
    assert metaphone_keys("") == ("\t",)


def test_sum_ignores_word_boundaries_in_sounds() -> None:
    """Entities with the same phonemes, a boundary in another place, sound equally right."""
    split = SurfaceForm("same", "same", ("a", "|", "n", "t"))
    whole = SurfaceForm("same", "same", ("a", "n", "|", "t"))
    other = SurfaceForm("same", "same", ("m", "|", "d", "p"))
    scores = sum_retriever([[split], [whole], [other]], SpellingG2P(), "en").score(["ant"])[0]
    assert scores[0] == scores[1] > scores[2]


def test_ngrams_run_across_words() -> None:
    """N-grams are padded by one space and contain word boundaries."""
    assert ngrams(2)("a bc") == [" a", "a ", " b", "bc", "c "]
    assert ngrams(5, 1)("ab") == [" ", "a", "b", " "]


def test_tfidf_matches_a_hand_computed_cosine() -> None:
    """TF-IDF scores are cosines with smoothed idf; unknown words lengthen the query."""
    scores = tfidf(words)(["red fox", "red dog"])(["red fox", "red bat"])
    red, other = 1.0, np.log(3 / 2) + 1
    unknown = np.log(3) + 1
    assert scores[0, 0] == pytest.approx(1.0)
    assert scores[0, 1] == pytest.approx(red**2 / (red**2 + other**2))
    expected = red**2 / np.sqrt((red**2 + unknown**2) * (red**2 + other**2))
    np.testing.assert_allclose(scores[1], [expected, expected], rtol=1e-6)


def test_bm25_matches_a_hand_computed_score() -> None:
    """BM25 is Lucene's: idf = ln(1 + (n - df + 0.5) / (df + 0.5)), tf / (tf + k1)."""
    scores = bm25(words, k1=1.0, b=0.0)(["red fox", "red red dog", "bat"])(["red", "", "unseen"])
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    np.testing.assert_allclose(scores[0], [idf / 2, idf * 2 / 3, 0.0], rtol=1e-6)
    assert not scores[1:].any()


def test_best_key_of_each_side_counts() -> None:
    """The score of a hypothesis and an entity is the best over the keys of both."""

    def same_length(choices: tuple[str, ...]) -> object:
        def score(queries: tuple[str, ...]) -> FloatArray:
            return np.array(
                [[-abs(len(q) - len(c)) for c in choices] for q in queries], dtype=np.float32
            )

        return score

    retriever = PooledRetriever(
        "length",
        lambda: [["a", "aaaa"], ["aaaaaaa", "a"], []],
        lambda texts: [tuple(text.split("/")) for text in texts],
        same_length,  # type: ignore[arg-type]
    )
    scores = retriever.score(["aaaaa", "aaaaa/aaaaaaa"])
    assert scores.tolist() == [[-1.0, -2.0, -5.0], [-1.0, 0.0, -5.0]]


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4), max_size=5))
def test_key_table_takes_the_best_of_each_group(groups: list[list[str]]) -> None:
    """The best of a group is the maximum of its keys; an empty group has the empty key."""
    table = KeyTable.of(groups)
    value = {"": 0.0, "a": 1.0, "b": 2.0, "c": 3.0}
    scores = np.array([[value[key] for key in table.keys]], dtype=np.float32)
    assert len(set(table.keys)) == len(table.keys)
    assert table.best(scores).tolist() == [
        [max((value[key] for key in group), default=0.0) for group in groups]
    ]
