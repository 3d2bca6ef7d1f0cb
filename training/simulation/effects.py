"""Effects on speech: speed, pitch, telephone band, reverberation. float64 (n,) in and out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.simulation.waves import SAMPLE_RATE

Signal = NDArray[np.float64]
TELEPHONE_BAND = (300.0, 3400.0)  # Hz, the band of an analogue telephone line (ITU-T G.120).
_WINDOW = 512  # samples (32 ms): long enough for the pitch of a low voice.
_HOP = 128
_WET = 0.5  # amplitude (root of the energy) of the reverberation over that of the direct sound.


def change_speed(speech: Signal, factor: float) -> Signal:
    """Play faster (`factor` over 1) or slower; pitch moves along, as in Kaldi's perturbation.

    The result has about `n / factor` samples.
    """
    return _resample(speech, Fraction(1 / factor).limit_denominator(200))


def change_pitch(speech: Signal, semitones: float) -> Signal:
    """Move the pitch by `semitones` and keep the length: stretch in time, then resample."""
    if len(speech) < 2 * _WINDOW:
        return speech
    ratio = 2.0 ** (semitones / 12.0)
    stretched = _stretch(speech, ratio)
    moved = _resample(stretched, Fraction(1 / ratio).limit_denominator(100))
    return np.resize(np.pad(moved, (0, max(0, len(speech) - len(moved)))), len(speech))


def telephone(speech: Signal) -> Signal:
    """Keep the band of a telephone line (Butterworth, fourth order)."""
    from scipy.signal import butter, sosfilt

    sections = butter(4, TELEPHONE_BAND, "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(sosfilt(sections, speech), dtype=np.float64)


def reverberate(speech: Signal, seconds: float, rng: np.random.Generator) -> Signal:
    """Add the echo of a room: noise that decays by 60 dB in `seconds` after the direct sound.

    The result has the energy of the input and is `seconds` longer.
    """
    from scipy.signal import fftconvolve

    if not len(speech):
        return speech
    n_samples = max(2, round(seconds * SAMPLE_RATE))
    # 60 dB are a factor of 1,000 in amplitude, exp(-6.9).
    tail = rng.normal(0.0, 1.0, n_samples) * np.exp(-np.log(1000) * np.linspace(0, 1, n_samples))
    tail[0] = 0.0
    response = tail * _WET / np.sqrt(np.sum(tail**2))
    response[0] = 1.0
    wet = np.asarray(fftconvolve(speech, response), dtype=np.float64)
    energy = float(np.sum(wet**2))
    return wet * np.sqrt(float(np.sum(speech**2)) / energy) if energy else wet


def coloured_noise(n_samples: int, slope: float, rng: np.random.Generator) -> Signal:
    """Noise of unit power; its power falls with frequency to the `slope` (0 white, 1 pink)."""
    white = rng.normal(0.0, 1.0, n_samples)
    if slope == 0 or n_samples < 2:
        return white
    spectrum = np.fft.rfft(white)
    # Below 50 Hz all noise is flat: nothing of it is heard, and it would take all the power.
    frequencies = np.maximum(np.fft.rfftfreq(n_samples, 1 / SAMPLE_RATE), 50.0)
    shaped = np.fft.irfft(spectrum * frequencies ** (-slope / 2), n_samples)
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)), dtype=np.float64)


def _resample(speech: Signal, ratio: Fraction) -> Signal:
    from scipy.signal import resample_poly

    if ratio == 1 or not len(speech):
        return speech
    return np.asarray(resample_poly(speech, ratio.numerator, ratio.denominator), dtype=np.float64)


def _stretch(speech: Signal, ratio: float) -> Signal:
    """Make longer by `ratio` at the same pitch (phase vocoder, Flanagan and Golden 1966)."""
    from scipy.signal import istft, stft

    options: dict[str, Any] = {"nperseg": _WINDOW, "noverlap": _WINDOW - _HOP}
    frames = stft(speech, **options)[2]
    times = np.arange(0, frames.shape[1] - 1, 1 / ratio)
    left = times.astype(int)
    share = times - left
    size = (1 - share) * np.abs(frames[:, left]) + share * np.abs(frames[:, left + 1])
    # Each output frame goes on from the phase of the one before as the input does there.
    steps = np.angle(frames[:, left + 1]) - np.angle(frames[:, left])
    phase = np.angle(frames[:, :1]) + np.cumsum(
        np.roll(steps, 1, axis=1) * (np.arange(len(left)) > 0), axis=1
    )
    return np.asarray(istft(size * np.exp(1j * phase), **options)[1], dtype=np.float64)
