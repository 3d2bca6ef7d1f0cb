"""A user's own recordings: listed, checked, converted, recognised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile

from er_engine.cli import main
from er_engine.errors import QueryError, SimulationError
from er_engine.queries import read_queries
from er_engine.types import Hypothesis
from training.simulation.recordings import read_recordings
from training.simulation.settings import RecogniserSettings, SimulationSettings
from training.simulation.simulate import Engines, simulate
from training.simulation.waves import SAMPLE_RATE, Samples, read_recording

FITS = {"chip and potato": ["tv1", "tv2"]}


def listing(folder: Path, *lines: dict[str, object], name: str = "recordings.jsonl") -> Path:
    """Write a list of recordings."""
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def sound(path: Path, rate: int = SAMPLE_RATE, seconds: float = 0.5) -> None:
    """Write a mono 16-bit file."""
    hum = 9000 * np.sin(np.arange(int(rate * seconds)) * 2 * np.pi * 300 / rate)
    wavfile.write(path, rate, hum.astype(np.int16))


def test_a_list_names_files_and_answers(tmp_path: Path) -> None:
    """A file is ID.wav unless named; ids are those given, or all that sound like the reference."""
    for name in ("a.wav", "b.wav", "other.wav"):
        sound(tmp_path / name)
    listing(
        tmp_path,
        {"id": "a", "reference": "Chip & Potato"},
        {"id": "b", "reference": "Chip & Potato", "entity_ids": []},
        {"id": "c", "reference": "x", "entity_ids": ["tv9"], "audio": "other.wav"},
    )
    found = read_recordings(tmp_path, FITS)
    assert [Path(prompt.audio or "").name for prompt in found] == ["a.wav", "b.wav", "other.wav"]
    assert [prompt.entity_ids for prompt in found] == [("tv1", "tv2"), (), ("tv9",)]
    own = listing(tmp_path, {"id": "b", "reference": "hello"}, name="own.jsonl")
    assert [prompt.id for prompt in read_recordings(tmp_path, FITS, own)] == ["b"]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A missing folder, list or file is an error that names it."""
    with pytest.raises(QueryError, match="no such folder"):
        read_recordings(tmp_path / "none", FITS)
    with pytest.raises(QueryError, match="no such list of recordings"):
        read_recordings(tmp_path, FITS)
    listing(tmp_path, {"id": "a", "reference": "hello"})
    with pytest.raises(QueryError, match=r"'a', field 'audio': there is no file .*a\.wav \(1 of 1"):
        read_recordings(tmp_path, FITS)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32])
def test_formats_and_sample_rates_are_converted(tmp_path: Path, rate: int, kind: type) -> None:
    """The same tone in any format, rate and number of channels comes back as the same samples."""
    times = np.arange(rate // 2) / rate
    level = 0.5 * np.sin(2 * np.pi * 300 * times)
    formats: dict[type, Any] = {
        np.uint8: level * 127 + 128,
        np.int16: level * 32_767,
        np.int32: level * 2_147_483_000,
        np.float32: level,
    }
    scaled = formats[kind].astype(kind)
    wavfile.write(tmp_path / "x.wav", rate, np.stack([scaled, scaled], axis=1))
    samples = read_recording(tmp_path / "x.wav").astype(np.float64)
    expected = 16_383 * np.sin(2 * np.pi * 300 * np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE)
    assert len(samples) == pytest.approx(SAMPLE_RATE // 2, abs=2)
    inner = slice(500, 7_000)
    assert np.abs(samples[inner] - expected[inner]).max() < 500


def test_files_that_are_no_recording_are_told(tmp_path: Path) -> None:
    """Text, a cut header, a folder and an hour of speech are refused by name."""
    (tmp_path / "text.wav").write_text("hello")
    (tmp_path / "cut.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    (tmp_path / "folder.wav").mkdir()
    sound(tmp_path / "long.wav", rate=4_000, seconds=61)
    for name in ("text", "cut", "folder", "long", "none"):
        with pytest.raises(SimulationError, match=f"recording .*{name}.wav"):
            read_recording(tmp_path / f"{name}.wav")


class Ear:
    """Hears the number of samples."""

    def recognise(self, samples: Samples) -> list[Hypothesis]:
        """One hypothesis."""
        return [Hypothesis(f"{len(samples)} samples")]


def no_voice(name: str) -> object:
    """There are no voices here."""
    raise SimulationError(f"no voice {name}")


def ear(settings: RecogniserSettings) -> Ear:
    """A fresh ear."""
    return Ear()


def test_recordings_are_heard_as_they_are(tmp_path: Path) -> None:
    """No voice is opened, no noise or padding added; the tags name the file and nothing else."""
    sound(tmp_path / "a.wav")
    listing(tmp_path, {"id": "a", "reference": "Chip & Potato", "tags": {"who": "me"}})
    prompts = read_recordings(tmp_path, FITS)
    engines = Engines(voice=no_voice, recogniser=ear)  # type: ignore[arg-type]
    settings = SimulationSettings(strength=1.0)
    (query,) = simulate(prompts, tmp_path / "q.jsonl", settings, engines=engines)
    assert query.nbest[0].text == "8000 samples"
    assert query.tags == {"who": "me", "audio": "a.wav"}


def test_the_command_recognises_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--audio` needs no program that speaks; whatever is heard comes with the file's name."""
    monkeypatch.setenv("PATH", str(tmp_path))
    # Of digital silence PocketSphinx always hears some word.
    wavfile.write(tmp_path / "a.wav", 8_000, np.zeros(8_000, dtype=np.int16))
    listing(tmp_path, {"id": "a", "reference": "hello"})
    catalog = tmp_path / "c.jsonl"
    catalog.write_text('{"id": "1", "name": "Hello"}\n')
    options = ["--audio", str(tmp_path), "--vocabulary", "none", "--json"]
    assert main(["simulate", str(catalog), "-o", str(tmp_path / "q.jsonl"), *options]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["prompts"], summary["queries"]) == (1, 1)
    (query,) = read_queries(tmp_path / "q.jsonl")
    assert (query.id, query.entity_ids, query.reference) == ("a", ("1",), "hello")
    assert query.tags == {"audio": "a.wav"}
