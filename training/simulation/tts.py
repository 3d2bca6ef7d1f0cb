"""Text to speech: what a voice promises, and the voices of flite, Festival and eSpeak NG.

All three are programs that users install themselves (they are small and free); a voice is named
`program:voice`, such as `flite:slt`.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import unicodedata
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import ConfigError, SimulationError

SAMPLE_RATE = 16_000  # Hz; what the recogniser's acoustic model expects.
Samples = NDArray[np.int16]
_TIMEOUT = 120  # seconds for one program run; a batch of 100 titles takes about 20.


@runtime_checkable
class Voice(Protocol):
    """Speaks texts."""

    @property
    def name(self) -> str:
        """`program:voice`, such as `flite:slt`; written into each query's tags."""

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """Return int16 (n_samples,) at SAMPLE_RATE for each text; empty where nothing was said.

        Raises:
            SimulationError: the program is missing, or failed.
        """


def open_voice(name: str) -> Voice:
    """Return the voice that `program:voice` names.

    Raises:
        ConfigError: the name is not of that form, or the program is unknown.
        SimulationError: the program is not installed.
    """
    program, colon, voice = name.partition(":")
    if program not in _VOICES or not colon or not voice.replace("_", "").replace("-", "").isalnum():
        raise ConfigError(
            f"voice {name!r}: write PROGRAM:VOICE, such as flite:slt; "
            f"programs: {', '.join(_VOICES)}"
        )
    return _VOICES[program](voice)


def speakable(text: str) -> str:
    """ASCII for English voices: accents folded, what has no ASCII form left out."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ß", "ss"))
    plain = folded.translate(_LETTERS).encode("ascii", "ignore").decode()
    return " ".join("".join(c for c in plain if c.isprintable()).split())


# Letters that NFKD does not take apart.
_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "œ": "oe", "đ": "d", "Đ": "D",
     "ı": "i", "ð": "d", "þ": "th", "Þ": "Th", "–": "-", "—": "-"}
)  # fmt: skip


class FliteVoice:
    """A voice of flite (Debian package `flite`): slt, rms, awb, kal16."""

    def __init__(self, voice: str) -> None:
        self.name = f"flite:{voice}"
        self._voice = voice
        self._program = _program("flite", "flite")

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """See `Voice.speak`."""
        with tempfile.TemporaryDirectory() as folder:
            return [self._speak(text, Path(folder) / "speech.wav") for text in texts]

    def _speak(self, text: str, path: Path) -> Samples:
        words = speakable(text)
        if not words:
            return _silence()
        # The leading space keeps a title such as "-30-" from being read as an option.
        command = [self._program, "-voice", self._voice, "-t", f" {words}", "-o", str(path)]
        _run(command, self.name)
        return read_wave(path, self.name)


class FestivalVoice:
    """A voice of Festival (Debian packages `festival`, `festvox-*`): ked_diphone, kal_diphone, ...

    Festival starts slowly, so one run speaks the whole batch.
    """

    def __init__(self, voice: str) -> None:
        self.name = f"festival:{voice}"
        self._voice = voice
        self._program = _program("festival", "festival")

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """See `Voice.speak`."""
        words = [speakable(text) for text in texts]
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{number}.wav" for number in range(len(words))]
            script = Path(folder) / "batch.scm"
            lines = [self._line(w, path) for w, path in zip(words, paths, strict=True) if w]
            script.write_text("\n".join([f"(voice_{self._voice})", *lines, ""]))
            _run([self._program, "-b", str(script)], self.name)
            return [
                read_wave(path, self.name) if w else _silence()
                for w, path in zip(words, paths, strict=True)
            ]

    @staticmethod
    def _line(words: str, path: Path) -> str:
        quoted = words.replace("\\", " ").replace('"', " ")
        spoken = f'(utt.synth (Utterance Text "{quoted}"))'
        return f'(utt.save.wave (utt.wave.resample {spoken} {SAMPLE_RATE}) "{path}" \'riff)'


class EspeakVoice:
    """A voice of eSpeak NG (Debian package `espeak-ng`), such as en-us; 22,050 Hz, resampled."""

    def __init__(self, voice: str) -> None:
        self.name = f"espeak:{voice}"
        self._voice = voice
        self._program = _program("espeak-ng", "espeak-ng")

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """See `Voice.speak`."""
        with tempfile.TemporaryDirectory() as folder:
            return [self._speak(text, Path(folder) / "speech.wav") for text in texts]

    def _speak(self, text: str, path: Path) -> Samples:
        if not text.strip():
            return _silence()
        command = [self._program, "-v", self._voice, "-w", str(path), "--", text]
        _run(command, self.name)
        return read_wave(path, self.name)


_VOICES: dict[str, type[FliteVoice] | type[FestivalVoice] | type[EspeakVoice]] = {
    "flite": FliteVoice,
    "festival": FestivalVoice,
    "espeak": EspeakVoice,
}


def read_wave(path: Path, voice: str) -> Samples:
    """Read a mono 16-bit WAVE file; other sample rates are converted to SAMPLE_RATE.

    Raises:
        SimulationError: the file is missing, or is no such WAVE file.
    """
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth())
            rate, data = file.getframerate(), file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SimulationError(f"voice {voice} wrote no speech: {error}") from error
    if shape != (1, 2):
        raise SimulationError(f"voice {voice} wrote (channels, bytes) {shape}, not mono 16-bit")
    samples = np.frombuffer(data, dtype="<i2").astype(np.int16)
    return samples if rate == SAMPLE_RATE else _resample(samples, rate)


def _resample(samples: Samples, rate: int) -> Samples:
    from scipy.signal import resample_poly

    divisor = int(np.gcd(rate, SAMPLE_RATE))
    changed = resample_poly(samples.astype(np.float64), SAMPLE_RATE // divisor, rate // divisor)
    return to_int16(changed)


def to_int16(samples: NDArray[np.float64]) -> Samples:
    """Round and clip to 16 bits: float64 (n,) in, int16 (n,) out."""
    clipped: Samples = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return clipped


def _silence() -> Samples:
    return np.zeros(0, dtype=np.int16)


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SimulationError(
            f"the program '{name}' is not installed; on Debian or Ubuntu: apt install {package}"
        )
    return found


def _run(command: list[str], voice: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, arguments never reach a shell
            command, capture_output=True, timeout=_TIMEOUT, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulationError(f"voice {voice}: {error}") from error
    if done.returncode:
        message = done.stderr.decode(errors="replace").strip().splitlines()
        raise SimulationError(
            f"voice {voice} failed (exit code {done.returncode}): {message[-1:] or 'no message'}"
        )
