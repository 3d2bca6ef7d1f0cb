from __future__ import annotations

from er_engine.export.homophones import homophones
from er_engine.phonemes.default import default_g2p


def test_groups_of_names_that_sound_alike() -> None:
    """Names with one reading are a group, whatever their spelling; others are in none."""
    names = ["Write", "Breaking Bad", "Right", "428", "Four Twenty Eight", "Rite"]
    assert homophones(names, default_g2p("en")) == [(0, 2, 5), (3, 4)]


def test_what_can_not_be_said_is_in_no_group() -> None:
    """Names without sounds do not sound alike."""
    assert homophones(["!!!", "???"], default_g2p("en")) == []
