from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.terminal import cell, harmless


@given(st.text())
def test_no_character_acts_on_the_terminal(text: str) -> None:
    """Whatever the text, no control character is left, and printable ones stay."""
    shown = harmless(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp")]
    assert harmless(shown) == shown


@pytest.mark.parametrize("text", ["Amélie", "君の名は。", "[REC] [red]x[/]", "नमस्‍ते", "👩‍🚀"])
def test_names_stay_as_they_are(text: str) -> None:
    """Other scripts, joiners and brackets are shown as written."""
    assert harmless(text) == text
    assert cell(text).plain == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb", r"a\u202eb"),
        ("a\nb", r"a\nb"),
        ("\x9b2J", r"\x9b2J"),
        ("\x7f", r"\x7f"),
    ],
)
def test_acting_characters_are_written_as_escapes(text: str, shown: str) -> None:
    """ESC, C1 controls, line ends and marks that turn the direction are written out."""
    assert harmless(text) == shown


def test_kept_characters_stay() -> None:
    """Lines of a message stay lines."""
    assert harmless("a\nb\x1b", keep="\n") == "a\nb\\x1b"
