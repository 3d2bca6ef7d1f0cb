"""What holds for the spoken forms of any text."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from er_engine.text import MAX_VARIANTS, normalise, spoken_forms

# NFKC alone would lose how these are said, so they are read before it.
READ_BEFORE_NFKC = "™℠№´¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞‚‛′ʹʻʼʽˈ"
PIECES = [
    "St", "st.", "Dr.", "dr", "Mr", "Ms.", "Co", "co", "co.", "Inc.", "Ave", "ave", "Rd", "vs", "v",
    "v.", "V", "V.", "I", "X", "II", "iv", "IV", "XIII", "MIX", "Henry", "Rocky", "Part", "and",
    "&", "+", "@", "%", "#", "$", "$5", "€", "'n'", "n'", "n", "N", "'", '"', "-", ":", "(", ")",
    ",", ", The", ".", "/", "1", "07", "428", "1984", "2001", "90210", "1,000", "3.14", "7:30",
    "9/11", "1/2", "½", "21st", "'90s", "1970s", "million", "am", "pm", "NCAA", "ncaa", "NASA",
    "S.W.A.T.", "a.", "b. c.", "M*A*S*H", "AT&T", "iPhone", "YouTube", "CA", "NY", "no", "No.",
    "Vol.", "pt", "ft", "ft.", "mt", "Mt", "Oct.", "w/", "w", "Ph.D.", "ww", "WWII", "!", "s1m0ne",
    "tru$t", "p!nk", "Wi-Fi", "bbc", "hmm", "pp", "Ünal", "ﬁ", "ß", "İ", "ά", "न", "स्ते", "\u0301",
    "\u200d", "x", "triple", "the", "DVDs", "MSA's",
]  # fmt: skip
names = st.lists(
    st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", " ", " "])), max_size=8
).map(lambda pieces: "".join(piece + space for piece, space in pieces))
texts = st.one_of(names, st.text(max_size=60), st.text(alphabet="IVXaA .,'-&$19:/()", max_size=20))
languages = st.sampled_from(["en", "de", "fr", "hi", "xx"])


@example("st.iv", "en")
@example("44iv", "en")
@example("s.w.a.t.\u0301", "en")
@example("mt&", "en")
@example("ß", "en")
@given(texts, languages)
def test_normalising_twice_changes_nothing(text: str, lang: str) -> None:
    """The first form of a first form is itself."""
    once = normalise(text, lang)
    assert normalise(once, lang) == once


@given(texts)
def test_forms_hold_only_words(text: str) -> None:
    """Forms are case-folded words in NFKC with one space between them, without digits."""
    for form in spoken_forms(text):
        assert form == " ".join(form.split())
        assert form == unicodedata.normalize("NFKC", form)
        assert not form.upper().isupper() or form == form.casefold()
        assert not any(char.isdecimal() for char in form)
        for word in form.split(" "):
            assert re.fullmatch(r"[^\W_]\S*", word)
            assert not word.endswith("'")
            assert all(char == "'" or unicodedata.category(char)[0] in "LMN" for char in word)


@given(texts, languages)
def test_there_are_few_forms_and_all_differ(text: str, lang: str) -> None:
    """Any text, in any language, has from zero to MAX_VARIANTS distinct forms."""
    forms = spoken_forms(text, lang)
    assert len(forms) == len(set(forms)) <= MAX_VARIANTS
    assert all(forms)


@given(texts, languages)
def test_compatible_writings_sound_alike(text: str, lang: str) -> None:
    """A text and its NFKC have the same forms, save for characters that NFKC garbles."""
    text = "".join(char for char in text if char not in READ_BEFORE_NFKC)
    compatible = unicodedata.normalize("NFKC", text)
    assert spoken_forms(text, lang) == spoken_forms(compatible, lang)


@given(names.map(str.lower))
def test_the_fast_path_gives_what_the_rules_give(text: str) -> None:
    """A space at the end, which leaves the fast path, changes nothing."""
    assert spoken_forms(text) == spoken_forms(text + " ")


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz '", max_size=40))
def test_the_fast_path_is_right_for_plain_words(text: str) -> None:
    """Plain words in small letters have the same forms with and without the fast path."""
    assert spoken_forms(text.strip()) == spoken_forms(text + " ")


@pytest.mark.parametrize(
    "piece",
    ["a", "a ", "1", "1 ", "1,", "1,111", "NCAA ", "a.", "(", " ", " : ", "$", "'", "e\u0301",
     "\u0300\u0316", "न्", "1:", "1.", "V ", "a-b ", "b"],
)  # fmt: skip
def test_a_million_characters_have_one_form(piece: str) -> None:
    """A very long text has its first form only, and no pattern backtracks over it for minutes."""
    text = "A" + piece * (1_000_000 // len(piece))
    assert len(spoken_forms(text)) == 1
