"""eSpeak NG as a voice, from the library of the extra."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from er_engine.errors import SimulationError
from training.simulation.tts import Voice, open_voice
from training.simulation.waves import SAMPLE_RATE

NEEDS_LIBRARY = pytest.mark.skipif(
    find_spec("espeakng_loader") is None, reason="the extra espeak is not installed"
)


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is no program espeak-ng."""
    monkeypatch.setenv("PATH", str(tmp_path))


@NEEDS_LIBRARY
@pytest.mark.usefixtures("no_program")
def test_the_library_speaks() -> None:
    """Longer texts take longer, nothing is said of nothing, and the same batch sounds the same."""
    voice = open_voice("espeak:en-gb")
    assert isinstance(voice, Voice)
    texts = ["chip", "chip and potato", " "]
    short, long, nothing = voice.speak(texts)
    assert 0.2 * SAMPLE_RATE < len(short) < len(long) < 3 * SAMPLE_RATE
    assert len(nothing) == 0
    assert np.array_equal(long, voice.speak(texts)[1])
    assert int(np.abs(long.astype(int)).max()) > 1000


@NEEDS_LIBRARY
@pytest.mark.usefixtures("no_program")
def test_unknown_voices_are_told() -> None:
    """A voice that is neither a name nor a language is named."""
    with pytest.raises(SimulationError, match="espeak:xx-none: eSpeak NG has no such voice"):
        open_voice("espeak:xx-none").speak(["hello"])


@pytest.mark.usefixtures("no_program")
def test_without_program_and_library_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra and the Debian package."""
    monkeypatch.setattr("training.simulation.espeak.find_spec", lambda name: None)
    with pytest.raises(SimulationError, match=r"er-engine\[espeak\].*apt install espeak-ng"):
        open_voice("espeak:en-us")
