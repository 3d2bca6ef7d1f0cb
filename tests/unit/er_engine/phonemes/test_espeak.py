"""eSpeak through phonemizer, where the extra is installed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("phonemizer")
pytest.importorskip("espeakng_loader")

from er_engine.errors import PhonemeError
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.espeak import EspeakG2P
from er_engine.phonemes.inventory import SYMBOLS, words_of


def said(lang: str, text: str) -> list[str]:
    """Pronunciations of a text, without spaces inside words."""
    readings = EspeakG2P(lang).pronounce([text])[0]
    return [" ".join("".join(word) for word in words_of(reading)) for reading in readings]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "chip and potato", "tʃɪp ænd pəteɪtoʊ"),
        ("en", "butter nurse button", "bətɚ nɚs bətən"),
        ("en-GB", "four lots", "fɔ lɑts"),
        ("de", "München", "mʏnçən"),
        ("fr", "bon vin", "bɔ̃ vɛ̃"),
        ("es", "niño", "niɲo"),
        ("ru", "привет", "privet"),
        ("ja", "タワー", "tawaa"),
        ("zh", "北京", "peɪ tɕiŋ"),
        ("de_AT", "eins", "aɪns"),
    ],
)
def test_languages(lang: str, text: str, expected: str) -> None:
    """Languages are found by their common codes and written in the inventory."""
    assert said(lang, text) == [expected]


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "日本"), ("de", "привет"), ("ja", "東京"), ("en", ""), ("fr", "!!!")]
)
def test_nothing_to_read(lang: str, text: str) -> None:
    """Another script, symbols or nothing have no pronunciation."""
    assert EspeakG2P(lang).pronounce([text, text]) == [(), ()]


def test_unreadable_texts_leave_their_neighbours_alone() -> None:
    """Each text gets its own reading, whatever stands beside it in the batch."""
    g2p = EspeakG2P("en")
    alone = [g2p.pronounce([text])[0] for text in ("chip", "potato")]
    assert (
        EspeakG2P("en").pronounce(["!", "chip", "", "日本", "two\nlines", "potato"])[1::4] == alone
    )


def test_unknown_language_lists_near_ones() -> None:
    """An unknown language is refused with the codes that look like it."""
    with pytest.raises(PhonemeError, match=r"'xn-us'; near ones: .*en-us"):
        EspeakG2P("xn-us")
    with pytest.raises(PhonemeError, match="'日本'; for example"):
        EspeakG2P("日本")


def test_english_uses_the_lexicons_symbols() -> None:
    """English readings of eSpeak have only symbols that the lexicon's readings have."""
    texts = ["the quick brown fox jumps over a lazy dog", "four nurses thought about goats", "cats"]
    found = {
        symbol for reading in EspeakG2P("en").pronounce(texts) for p in reading for symbol in p
    }
    assert found <= {"|", *SYMBOLS[3:42]}


def test_espeak_adds_a_second_reading() -> None:
    """Beside lexicon and model, eSpeak's reading comes after theirs, and only when it differs."""
    g2p = default_g2p("en", ("lexicon", "neural", "espeak"))
    creek, chip = g2p.pronounce(["schitt's creek", "chip"])
    assert ["".join(words_of(reading)[0]) for reading in creek] == ["ʃɪts", "skɪts"]
    assert len(chip) == 1
    assert g2p.name == f"{default_g2p().name}+espeak"


def test_threads_share_a_g2p() -> None:
    """Eight threads of one G2P, and a second G2P of another language, read as one thread does."""
    texts = [f"{word} number {end}" for word in ("chip", "potato") for end in ("one", "two", "six")]
    english, german = EspeakG2P("en"), EspeakG2P("de")
    expected = EspeakG2P("en").pronounce(texts), EspeakG2P("de").pronounce(texts)

    def read(_: int) -> bool:
        return (english.pronounce(texts), german.pronounce(texts)) == expected

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(24)))
