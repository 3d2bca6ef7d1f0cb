"""The default G2P, with the real lexicon and the real model."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import MissingExtraError, PhonemeError
from er_engine.phonemes import espeak as espeak_module
from er_engine.phonemes.default import default_g2p, is_english
from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.inventory import SYMBOLS, join_words, words_of


def said(text: str, g2p: G2P | None = None) -> list[str]:
    """Pronunciations of a text, without spaces inside words."""
    readings = (g2p or default_g2p()).pronounce([text])[0]
    return [" ".join("".join(word) for word in words_of(reading)) for reading in readings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chip and potato", "tʃɪp ənd pəteɪtoʊ"),
        ("schitt's creek", "ʃɪts kɹik"),
        ("o'neill", "oʊnil"),
        ("oneill", "oʊnil"),
        ("targaryen's", "tɑɹɡɹiənz"),
        ("nash's", "næʃɪz"),
        ("n c a a", "ɛn si eɪ eɪ"),
        ("a b c", "eɪ bi si"),
        ("a star", "ə stɑɹ"),
        ("s g and a", "ɛs dʒi ənd eɪ"),
        ("a and e", "eɪ ənd i"),
        ("you and i and a dog", "ju ənd aɪ ənd ə dɔɡ"),
        ("cats and a dog", "kæts ənd ə dɔɡ"),
        ("get 'em", "ɡɛt əm"),
        ("the beatles'", "ðə bitəlz"),
        ("bnb", "biɛnbi"),
        ("café", "kəfeɪ"),
        ("weiß", "waɪs"),
        ("世界 tour", "tʊɹ"),
    ],
)
def test_best_reading(text: str, expected: str) -> None:
    """Words, letters, possessives, apostrophes and accents are read as people say them."""
    assert said(text)[0] == expected


def test_accents_do_not_matter() -> None:
    """An accented letter is read as the letter without."""
    assert said("björk høst łódź") == said("bjork host lodz")


@pytest.mark.parametrize("text", ["", " ", "!!!", "日本", "привет", "42", "'"])
def test_nothing_to_read(text: str) -> None:
    """Text without Latin letters has no English pronunciation."""
    assert default_g2p().pronounce([text]) == [()]


def test_no_texts() -> None:
    """Nothing in, nothing out."""
    assert default_g2p().pronounce([]) == []


def test_compounds_get_a_second_reading() -> None:
    """An unknown word of two known ones has their readings after the model's."""
    assert "smaɪlbɪt" in said("smilebit")[1:]


def test_lexicon_alone_reads_no_unknown_words() -> None:
    """Without the model a text with an unknown word has no pronunciation."""
    lexicon = default_g2p("en", ("lexicon",))
    assert said("targaryen", lexicon) == []
    assert said("potato", lexicon) == ["pəteɪtoʊ"]
    assert lexicon.name.startswith("lexicon-")


def test_names_tell_g2ps_apart() -> None:
    """The name, part of a model's fingerprint, lists what was used in a fixed order."""
    name = default_g2p().name
    assert re.fullmatch("lexicon-[0-9a-f]{8}[+]neural-[0-9]+-[0-9a-f]{8}", name)
    assert default_g2p("en", ("neural", "lexicon")).name == name
    assert isinstance(default_g2p(), G2P)


def test_own_lexicon_comes_first(tmp_path: Path) -> None:
    """A user's own words win, and change the name."""
    path = tmp_path / "own.txt"
    path.write_text("potato ˈspʌd\n")
    g2p = default_g2p(lexicon=path)
    assert said("chip potato", g2p) == ["tʃɪp spəd"]
    assert g2p.name.startswith("user-")
    assert said("chip potato") == ["tʃɪp pəteɪtoʊ"]


@pytest.mark.parametrize(
    ("lang", "names", "message"),
    [
        ("en", ("phonetisaurus",), "phonetisaurus"),
        ("en", (), "no G2P"),
        ("de", ("neural",), "English only"),
    ],
)
def test_wrong_names(lang: str, names: tuple[str, ...], message: str) -> None:
    """An unknown name, no name, or a G2P of the wrong language is refused by name."""
    with pytest.raises(PhonemeError, match=message):
        default_g2p(lang, names)


def test_other_languages_need_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without eSpeak another language is refused by naming the extra."""
    monkeypatch.setattr(espeak_module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"er-engine\[espeak\]"):
        default_g2p("de")


def test_own_lexicon_is_for_english(tmp_path: Path) -> None:
    """A lexicon file for another language is refused."""
    with pytest.raises(PhonemeError, match="English"):
        default_g2p("de", lexicon=tmp_path / "own.txt")


@pytest.mark.parametrize(
    ("lang", "expected"), [("en", True), ("en-GB", True), ("en_us", True), ("eng", False)]
)
def test_english_codes(lang: str, expected: bool) -> None:
    """English is recognised by the first part of the code."""
    assert is_english(lang) is expected


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_without_errors(text: str) -> None:
    """Whatever the text, pronunciations are well-formed, distinct and the same again."""
    found = default_g2p().pronounce([text])[0]
    assert len(set(found)) == len(found)
    for pronunciation in found:
        assert set(pronunciation) <= set(SYMBOLS[1:])
        assert join_words(words_of(pronunciation)) == pronunciation
    assert default_g2p("en", ("lexicon", "neural")).pronounce([text, text]) == [found, found]


def test_threads_share_a_g2p() -> None:
    """Eight threads read what one thread reads."""
    texts = ["chip and potato", "schitt's creek", "smilebit", "n c a a", "daenerys targaryen"] * 3
    expected = default_g2p().pronounce(texts)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(default_g2p().pronounce, [texts] * 24))


def test_nothing_unwanted_is_imported() -> None:
    """The default G2P imports nothing of GPL licence, nothing that downloads, nothing slow."""
    script = (
        "import sys; from er_engine.phonemes.default import default_g2p;"
        "from er_engine.phonemes.similarity import articulatory_costs; articulatory_costs();"
        "default_g2p().pronounce(['targaryen potato']); print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    unwanted = {
        "phonemizer",
        "espeakng_loader",
        "panphon",
        "g2p_en",
        "nltk",
        "pocketsphinx",
        "torch",
    }
    assert not unwanted & set(ran.stdout.split())
