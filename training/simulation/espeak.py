"""eSpeak NG as a voice: the program, or the library of the extra `espeak`.

Both are GPL-3.0; nothing of them is loaded unless an eSpeak voice is asked for. It speaks some 140
languages, but sounds more like a robot than flite and Festival do.
"""

from __future__ import annotations

import ctypes
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from er_engine.errors import SimulationError
from training.simulation.programs import run_program
from training.simulation.waves import Samples, at_sample_rate, read_wave, silence

_PROGRAM = "espeak-ng"
# Of speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_ESPEAK_CHARS_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class EspeakVoice:
    """A voice of eSpeak NG, such as en-us, en-gb-scotland or en-us+f3; 22,050 Hz, resampled."""

    def __init__(self, voice: str) -> None:
        self.name = f"espeak:{voice}"
        self._voice = voice
        self._program = shutil.which(_PROGRAM)
        if self._program is None and find_spec("espeakng_loader") is None:
            raise SimulationError(
                "eSpeak NG is not installed: pip install 'er-engine[espeak]', or on Debian or "
                f"Ubuntu: apt install {_PROGRAM}"
            )

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """See `Voice.speak`."""
        if self._program is None:
            return self._speak_with_library(texts)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "speech.wav"
            return [self._run(self._program, text, path) for text in texts]

    def _speak_with_library(self, texts: Sequence[str]) -> list[Samples]:
        # What the library said before changes what it says next; a fresh process has said nothing.
        try:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                return pool.submit(_speak_all, list(texts), self._voice).result()
        except BrokenProcessPool as error:
            raise SimulationError(f"voice {self.name}: eSpeak NG crashed: {error}") from error

    def _run(self, program: str, text: str, path: Path) -> Samples:
        if not text.strip():
            return silence()
        run_program([program, "-v", self._voice, "-w", str(path), "--", text], self.name)
        return read_wave(path, self.name)


class _VoiceSpec(ctypes.Structure):
    """`espeak_VOICE` of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class _Library:
    """The library of espeakng-loader; its state is global, so one for each process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._chunks: list[Samples] = []
        self._lib: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self._rate: int = self._lib.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self._rate <= 0:
            raise SimulationError(f"eSpeak NG cannot start: error {self._rate}")
        if hasattr(self._lib, "espeak_ng_SetRandSeed"):  # Since 1.52; else the clock is the seed.
            self._lib.espeak_ng_SetRandSeed(ctypes.c_long(1))
        self._callback = _CALLBACK(self._take)  # Kept here: the library only has its address.
        self._lib.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str) -> Samples:
        if not text.strip():
            return silence()
        self._set_voice(voice)
        self._chunks.clear()
        encoded = text.encode().replace(b"\0", b" ")
        code = self._lib.espeak_Synth(
            encoded, ctypes.c_size_t(len(encoded) + 1), 0, 1, 0, _ESPEAK_CHARS_UTF8, None, None
        )
        if code:
            raise SimulationError(f"voice espeak:{voice} failed on {text!r}: error {code}")
        return at_sample_rate(np.concatenate([silence(), *self._chunks]), self._rate)

    def _set_voice(self, voice: str) -> None:
        name = voice.encode()
        # As the program does: a voice of that name, or one for that language.
        spec = _VoiceSpec(languages=name)
        if self._lib.espeak_SetVoiceByName(name) and self._lib.espeak_SetVoiceByProperties(
            ctypes.byref(spec)
        ):
            raise SimulationError(f"voice espeak:{voice}: eSpeak NG has no such voice")

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0  # Go on.


def _speak_all(texts: list[str], voice: str) -> list[Samples]:
    library = _Library()
    return [library.speak(text, voice) for text in texts]
