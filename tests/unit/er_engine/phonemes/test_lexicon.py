"""Pronunciation lexicons."""

from __future__ import annotations

from pathlib import Path

import pytest

from er_engine.errors import PhonemeError
from er_engine.phonemes import lexicon as lexicon_module
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.lexicon import CmuLexicon, UserLexicon


def written(readings: tuple[tuple[str, ...], ...]) -> list[str]:
    """Readings as strings."""
    return [" ".join(reading) for reading in readings]


def test_all_readings_of_a_word() -> None:
    """The dictionary's alternatives come in its order, without duplicates."""
    either, chip, nothing = CmuLexicon().read(["either", "chip", "zzxyq"])
    assert written(either) == ["i ð ɚ", "aɪ ð ɚ"]
    assert written(chip) == ["tʃ ɪ p"]
    assert nothing == ()


def test_marked_alternatives_are_no_words() -> None:
    """The dictionary's own spelling of alternatives, `either(2)`, can't be asked for."""
    assert CmuLexicon().read(["either(2)", ""]) == [(), ()]


def test_the_whole_dictionary_can_be_read() -> None:
    """Every one of the 126 thousand words has phonemes of the inventory."""
    lexicon = CmuLexicon()
    words = [word for word in lexicon.words() if "(" not in word]
    assert len(words) > 120_000
    assert all(lexicon.read(words))


def test_missing_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pocketsphinx the message says what to install."""
    monkeypatch.setattr(lexicon_module, "find_spec", lambda _: None)
    with pytest.raises(PhonemeError, match="pip install"):
        lexicon_module.dictionary_path()


def test_user_lexicon(tmp_path: Path) -> None:
    """A user's file may mix IPA and ARPABET, comments, tabs and several readings."""
    path = tmp_path / "own.txt"
    path.write_text("# ours\nNexstar N EH K S T AA R\nbjörk\tbjœrk\n\nnexstar nɛkstɑɹ\n;;; end\n")
    nexstar, bjork, none = UserLexicon.load(path).read(["nexstar", "bjork", "x"])
    assert written(nexstar) == ["n ɛ k s t ɑ ɹ"]
    assert written(bjork) == ["b j œ r k"]
    assert none == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"chip\n", "line 1: expected a word and its pronunciation"),
        (b"chip CH IH P\nfoo F QQ\n", "line 2: 'QQ'"),
        (b"\xff\xfe\n", "not UTF-8"),
    ],
)
def test_bad_user_lexicon(tmp_path: Path, content: bytes, message: str) -> None:
    """A bad file is refused with its name, the line and the symbol."""
    path = tmp_path / "own.txt"
    path.write_bytes(content)
    with pytest.raises(PhonemeError) as caught:
        UserLexicon.load(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_lexicon_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file and a folder are errors of ours that name the path."""
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(PhonemeError, match=f"{path.name}: .*; check the path"):
            default_g2p("en", lexicon=path)
