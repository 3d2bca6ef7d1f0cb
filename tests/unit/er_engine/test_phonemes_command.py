"""`er-engine phonemes`."""

from __future__ import annotations

import json

import pytest

from er_engine.cli import main
from er_engine.phonemes import espeak as espeak_module
from er_engine.phonemes.default import default_g2p


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The table shows text, spoken form, G2P and IPA, without colours when piped."""
    assert main(["phonemes", "Chip & Potato"]) == 0
    out = capsys.readouterr().out
    assert "chip and potato" in out
    assert " lexicon+neural " in out
    assert "tʃɪp ənd pəteɪtoʊ" in out
    assert "\x1b" not in out


def test_a_text_of_several_pronunciations_is_named_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each further pronunciation has a line of its own."""
    assert main(["phonemes", "Either"]) == 0
    out = capsys.readouterr().out
    assert out.count("Either") == 1
    assert out.index("iðɚ") < out.index("aɪðɚ")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON gives every pronunciation in phonemes parted by spaces, texts in the order given."""
    assert main(["phonemes", "Potato", "Either", "--g2p", "lexicon", "--json"]) == 0
    name = default_g2p("en", ("lexicon",)).name
    assert json.loads(capsys.readouterr().out) == [
        {"text": "Potato", "spoken": "potato", "g2p": name,
         "pronunciations": ["p ə t eɪ t oʊ"]},
        {"text": "Either", "spoken": "either", "g2p": name,
         "pronunciations": ["i ð ɚ", "aɪ ð ɚ"]},
    ]  # fmt: skip


def test_symbols_have_no_pronunciation(capsys: pytest.CaptureFixture[str]) -> None:
    """Text without words says that there is no pronunciation."""
    assert main(["phonemes", "!!!"]) == 0
    assert "no pronunciation" in capsys.readouterr().out


def test_all_without_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`all` prints lexicon and neural, and says what it leaves out."""
    monkeypatch.setattr(espeak_module, "find_spec", lambda _: None)
    assert main(["phonemes", "chip", "--g2p", "all", "--json"]) == 0
    captured = capsys.readouterr()
    names = [row["g2p"].split("-")[0] for row in json.loads(captured.out)]
    assert names == ["lexicon", "neural"]
    assert "er-engine[espeak]" in captured.err


def test_other_language_without_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another language without eSpeak fails by naming the extra, for every choice of G2P."""
    monkeypatch.setattr(espeak_module, "find_spec", lambda _: None)
    for extra in ([], ["--g2p", "all"]):
        assert main(["phonemes", "hallo", "--lang", "de", *extra]) == 1
        assert "er-engine[espeak]" in capsys.readouterr().err


def test_unknown_g2p() -> None:
    """An unknown G2P is wrong usage."""
    with pytest.raises(SystemExit) as caught:
        main(["phonemes", "chip", "--g2p", "magic"])
    assert caught.value.code == 2
