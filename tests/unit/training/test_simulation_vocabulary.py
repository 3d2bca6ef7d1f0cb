"""What the recogniser knows: shares, pronunciations, files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from er_engine.errors import ConfigError
from er_engine.phonemes.lexicon import CmuLexicon
from er_engine.types import Entity
from training.simulation.recogniser import PocketSphinx, open_recogniser
from training.simulation.settings import RecogniserSettings
from training.simulation.vocabulary import (
    Vocabulary,
    build_vocabulary,
    catalog_names,
    read_names,
)
from training.simulation.waves import SAMPLE_RATE, Samples

NAMES = [
    f"{first} {last}" for first in ("Anna", "Bob", "Zoë", "Kim") for last in ("Ng", "Li", "Day")
]


def test_words_and_whole_names_are_pronounced() -> None:
    """Words come with ARPABET phones of the recogniser; a whole name has those of its words."""
    vocabulary = dict(build_vocabulary(["Zoë Potter's 2"], 1.0, 1.0).entries)
    assert vocabulary["potter's"] == "P AA T ER Z"
    assert vocabulary["zoe"] == "Z OW IY"
    assert vocabulary["zoe potter's two"] == "Z OW IY P AA T ER Z T UW"


def test_what_has_no_pronunciation_is_left_out() -> None:
    """Names in other scripts and of symbols give no entry, and stop nothing."""
    assert build_vocabulary(["東京", "!?", ""], 1.0, 1.0).entries == ()


def test_shares_are_seeded_and_growing() -> None:
    """A share keeps the same words each time, more of them when it grows; all at 1, none at 0."""
    sizes = []
    for share in (0.0, 0.5, 1.0):
        first, again = (build_vocabulary(NAMES, share, share, seed=4) for _ in range(2))
        assert first == again
        sizes.append(len(first.entries))
    assert sizes[0] == 0
    assert sizes[2] == 7 + 12
    assert sizes[0] < sizes[1] < sizes[2]
    half = set(build_vocabulary(NAMES, 0.5, 0.5, seed=4).entries)
    assert half <= set(build_vocabulary(NAMES, 0.9, 0.9, seed=4).entries)
    assert half != set(build_vocabulary(NAMES, 0.5, 0.5, seed=5).entries)


def test_a_vocabulary_file_comes_back(tmp_path: Path) -> None:
    """What was written is read back, also when it is empty."""
    for vocabulary in (Vocabulary(), build_vocabulary(NAMES, 1.0, 1.0)):
        vocabulary.write(tmp_path / "v.tsv")
        assert Vocabulary.read(tmp_path / "v.tsv") == vocabulary


def test_names_come_from_catalog_or_file(tmp_path: Path) -> None:
    """A catalog gives names and aliases, a file its lines; without names it is an error."""
    assert catalog_names([Entity("1", "A", aliases=("B", "C"))]) == ["A", "B", "C"]
    path = tmp_path / "names.txt"
    path.write_text("Anna Ng\n\n Bob \n")
    assert read_names(path) == ["Anna Ng", "Bob"]
    path.write_text("\n")
    with pytest.raises(ConfigError, match="there is no name in it"):
        read_names(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_names(path)


def test_any_entry_can_be_taught() -> None:
    """Known words, unknown words, apostrophes and names are all taken by PocketSphinx."""
    names = ["the zzyzx o'qwerty's", "Potato", "Aaberg Wilkerson", "zzyzx"]
    recogniser = PocketSphinx(RecogniserSettings(vocabulary=build_vocabulary(names, 1.0, 1.0)))
    assert isinstance(recogniser.recognise(_quiet()), list)


def test_scores_are_shares_of_the_list() -> None:
    """Each hypothesis has the logarithm of its share, or none has a score where one has none."""
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    hum = (9_000 * np.sin(2 * np.pi * (200 + 200 * times) * times)).astype(np.int16)
    found = PocketSphinx(RecogniserSettings()).recognise(hum)
    assert len({hypothesis.text for hypothesis in found}) == len(found) > 1
    scores = [hypothesis.score for hypothesis in found if hypothesis.score is not None]
    assert len(scores) == len(found)
    assert sum(map(math.exp, scores)) == pytest.approx(1.0, abs=1e-3)


def test_a_wrong_language_model_is_told(tmp_path: Path) -> None:
    """A file that is no language model is named, with what could be read instead."""
    path = tmp_path / "x.lm"
    path.write_text("nonsense\n")
    with pytest.raises(ConfigError, match=r"x\.lm: pocketsphinx cannot read it; it takes ARPA"):
        open_recogniser(RecogniserSettings(language_model=str(path)))


def test_another_language_model_is_used(tmp_path: Path) -> None:
    """With the dictionary's words in k alone as language model, no other word is ever heard."""
    words = sorted(
        word for word in CmuLexicon().words() if word.startswith("k") and "(" not in word
    )
    lines = [f"-3 {word}" for word in ("<s>", "</s>", *words)]
    path = tmp_path / "k.arpa"
    path.write_text(
        "\n".join(
            ["\\data\\", f"ngram 1={len(lines)}", "", "\\1-grams:", *lines, "", "\\end\\", ""]
        )
    )
    recogniser = open_recogniser(RecogniserSettings(language_model=str(path)))
    heard = {word for found in recogniser.recognise(_quiet()) for word in found.text.split()}
    assert heard
    assert all(word.startswith("k") for word in heard)


def _quiet() -> Samples:
    """Half a second of digital silence, in which PocketSphinx always hears some word."""
    return np.zeros(SAMPLE_RATE // 2, dtype=np.int16)
