"""Text to speech: what a voice promises, and the voices of flite, Festival and eSpeak NG.

flite and Festival are programs that users install themselves (they are small and free), eSpeak NG
also comes with an extra. A voice is named `program:voice`, such as `flite:slt`.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from er_engine.errors import ConfigError
from training.simulation.espeak import EspeakVoice
from training.simulation.programs import find_program, run_program
from training.simulation.waves import SAMPLE_RATE, Samples, read_wave, silence


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
    if program not in _VOICES or not colon or not re.fullmatch(r"\w[\w+-]*", voice, re.ASCII):
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
        self._program = find_program("flite", "flite")

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """See `Voice.speak`."""
        with tempfile.TemporaryDirectory() as folder:
            return [self._speak(text, Path(folder) / "speech.wav") for text in texts]

    def _speak(self, text: str, path: Path) -> Samples:
        words = speakable(text)
        if not words:
            return silence()
        # The leading space keeps a title such as "-30-" from being read as an option.
        command = [self._program, "-voice", self._voice, "-t", f" {words}", "-o", str(path)]
        run_program(command, self.name)
        return read_wave(path, self.name)


class FestivalVoice:
    """A voice of Festival (Debian packages `festival`, `festvox-*`): ked_diphone, kal_diphone, ...

    Festival starts slowly, so one run speaks the whole batch.
    """

    def __init__(self, voice: str) -> None:
        self.name = f"festival:{voice}"
        self._voice = voice
        self._program = find_program("festival", "festival")

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """See `Voice.speak`."""
        words = [speakable(text) for text in texts]
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{number}.wav" for number in range(len(words))]
            script = Path(folder) / "batch.scm"
            lines = [self._line(w, path) for w, path in zip(words, paths, strict=True) if w]
            script.write_text("\n".join([f"(voice_{self._voice})", *lines, ""]))
            run_program([self._program, "-b", str(script)], self.name)
            return [
                read_wave(path, self.name) if w else silence()
                for w, path in zip(words, paths, strict=True)
            ]

    @staticmethod
    def _line(words: str, path: Path) -> str:
        quoted = words.replace("\\", " ").replace('"', " ")
        spoken = f'(utt.synth (Utterance Text "{quoted}"))'
        return f'(utt.save.wave (utt.wave.resample {spoken} {SAMPLE_RATE}) "{path}" \'riff)'


_VOICES: dict[str, type[FliteVoice] | type[FestivalVoice] | type[EspeakVoice]] = {
    "flite": FliteVoice,
    "festival": FestivalVoice,
    "espeak": EspeakVoice,
}
