"""Caching, and readings of words put together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from er_engine.phonemes.inventory import words_of
from er_engine.phonemes.words import MAX_READINGS, ReadingCache, Readings, WordG2P, combine

reading = st.lists(st.sampled_from(["p", "a", "tʃ", "oʊ"]), min_size=1, max_size=4).map(tuple)
readings = st.lists(reading, min_size=1, max_size=4, unique=True).map(tuple)


class Speller:
    """Reads a word as its letters and counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, words: Sequence[str]) -> list[Readings]:
        """One reading of each word; none of `?`."""
        self.asked.extend(words)
        return [() if word == "?" else (tuple(word),) for word in words]


@given(st.lists(readings, min_size=1, max_size=5))
def test_combinations(words: list[Readings]) -> None:
    """The first takes every best reading; others differ in one word; all are distinct and few."""
    found = combine(words)
    assert words_of(found[0]) == [alternatives[0] for alternatives in words]
    assert 1 <= len(found) <= MAX_READINGS
    assert len(set(found)) == len(found)
    for other in found[1:]:
        pairs = zip(words_of(other), words_of(found[0]), strict=True)
        assert sum(a != b for a, b in pairs) == 1


def test_the_most_different_reading_comes_first() -> None:
    """Of two words with a second reading, the one that changes more is taken before."""
    found = combine([(("ð", "ə"), ("ð", "i")), (("dʒ", "i", "z"), ("h", "eɪ", "s"))])
    assert found[1] == ("ð", "ə", "|", "h", "eɪ", "s")


def test_an_unreadable_word_makes_the_text_unreadable() -> None:
    """A text has no pronunciation where a word has none, and none where there are no words."""
    g2p = WordG2P("speller", Speller(), str.split)
    assert g2p.pronounce(["a b", "a ?", "", "?"]) == [(("a", "|", "b"),), (), (), ()]


def test_minor_words_keep_one_reading_beside_others() -> None:
    """A minor word has all readings alone, and the best one in a longer text."""

    class Two:
        def read(self, words: Sequence[str]) -> list[Readings]:
            return [(("ə",), ("eɪ",)) for _ in words]

    g2p = WordG2P("two", Two(), str.split, frozenset({"a"}))
    alone, beside = g2p.pronounce(["a", "a a"])
    assert alone == (("ə",), ("eɪ",))
    assert beside == (("ə", "|", "ə"),)


def test_words_are_read_once() -> None:
    """A word that was read before is not read again."""
    speller = Speller()
    g2p = WordG2P("speller", speller, str.split)
    g2p.pronounce(["a b", "b c", "a b"])
    g2p.pronounce(["c a", "a b"])
    assert speller.asked == ["a", "b", "c"]


def test_the_cache_is_bounded() -> None:
    """The cache never holds more than its size, and answers right when it is too small."""
    cache = ReadingCache(3)
    for start in range(0, 20, 4):
        keys = [str(number) for number in range(start, start + 4)]
        found = cache.fill(keys, lambda missing: [((key,),) for key in missing])
        assert found == {key: ((key,),) for key in keys}
        assert len(cache) <= 3


def test_threads_get_the_same_answers() -> None:
    """Eight threads with a cache that overflows read what one thread reads."""
    texts = [f"{a}{b} {b}{c}" for a in "abcd" for b in "efgh" for c in "ijkl"]
    expected = WordG2P("speller", Speller(), str.split).pronounce(texts)
    shared = WordG2P("speller", Speller(), str.split)
    shared._words, shared._texts = ReadingCache(5), ReadingCache(7)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(shared.pronounce, [texts] * 40))
