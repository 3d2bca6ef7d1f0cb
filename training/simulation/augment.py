"""Making clean speech as imperfect as a microphone does."""

from __future__ import annotations

import numpy as np

from training.simulation.tts import SAMPLE_RATE, Samples, to_int16

# 100 ms before and after: with 250 ms the recogniser ends its hypotheses in junk words.
PADDING = SAMPLE_RATE // 10


def add_noise(speech: Samples, snr_db: float, rng: np.random.Generator) -> Samples:
    """Pad with PADDING samples on both sides and add white noise over the whole length.

    Args:
        speech: int16 (n,).
        snr_db: power of the speech over power of the noise, in dB.
        rng: source of the noise.

    Returns:
        int16 (n + 2 * PADDING,).
    """
    padded = np.pad(speech.astype(np.float64), PADDING)
    power = float(np.mean(speech.astype(np.float64) ** 2)) if len(speech) else 0.0
    amplitude = np.sqrt(power / 10 ** (snr_db / 10))
    noisy = padded + rng.normal(0.0, 1.0, len(padded)) * amplitude
    return to_int16(noisy)
