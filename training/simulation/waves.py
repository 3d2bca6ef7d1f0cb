"""Speech as arrays: the sample rate that the recogniser hears, and reading WAVE files."""

from __future__ import annotations

import struct
import warnings
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import SimulationError

SAMPLE_RATE = 16_000  # Hz; what the recogniser's acoustic model expects.
MAX_SECONDS = 60.0  # One utterance of a user is never longer; a whole meeting is a mistake.
_FEWEST_HZ = 4_000  # Below, there are no consonants left to recognise.
Samples = NDArray[np.int16]


def silence() -> Samples:
    """No speech at all: int16 (0,)."""
    return np.zeros(0, dtype=np.int16)


def to_int16(samples: NDArray[np.float64]) -> Samples:
    """Round and clip to 16 bits: float64 (n,) in, int16 (n,) out."""
    clipped: Samples = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return clipped


def at_sample_rate(samples: Samples, rate: int) -> Samples:
    """Convert int16 (n,) at `rate` Hz to SAMPLE_RATE."""
    if rate == SAMPLE_RATE:
        return samples
    from scipy.signal import resample_poly

    divisor = int(np.gcd(rate, SAMPLE_RATE))
    changed = resample_poly(samples.astype(np.float64), SAMPLE_RATE // divisor, rate // divisor)
    return to_int16(changed)


def read_wave(path: Path, voice: str) -> Samples:
    """Read the mono 16-bit WAVE file that a voice wrote, converted to SAMPLE_RATE.

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
    return at_sample_rate(np.frombuffer(data, dtype="<i2").astype(np.int16), rate)


def read_recording(path: Path) -> Samples:
    """Read a user's WAVE file: any sample rate and PCM or float format; channels are averaged.

    Returns:
        int16 (n,) at SAMPLE_RATE.

    Raises:
        SimulationError: the file is missing, no WAVE file, or longer than MAX_SECONDS.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # Chunks that nobody needs.
            rate, data = wavfile.read(path)
    except OSError as error:
        raise SimulationError(f"recording {path}: cannot be read: {error.strerror}") from error
    except (ValueError, EOFError, IndexError, ZeroDivisionError, struct.error) as error:
        raise SimulationError(
            f"recording {path}: not a WAVE file that can be read: {error}"
        ) from error
    if rate < _FEWEST_HZ or len(data) > MAX_SECONDS * rate:
        raise SimulationError(
            f"recording {path}: {len(data)} samples at {rate} Hz; one utterance has at most "
            f"{MAX_SECONDS:.0f} seconds, and at least {_FEWEST_HZ} Hz"
        )
    return at_sample_rate(_mono_int16(np.asarray(data)), int(rate))


def _mono_int16(data: NDArray[np.generic]) -> Samples:
    mono = data.astype(np.float64)
    if data.dtype == np.uint8:
        mono = (mono - 128) * 256
    elif data.dtype == np.int32:  # 24 bits too: they come in the upper bytes.
        mono = mono / 65_536
    elif np.issubdtype(data.dtype, np.floating):
        mono = np.nan_to_num(mono) * 32_767
    return to_int16(mono if mono.ndim == 1 else mono.mean(axis=1))
