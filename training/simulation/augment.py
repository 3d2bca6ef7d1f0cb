"""Making clean speech as imperfect as microphones, rooms and lines do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.effects import (
    Signal,
    change_pitch,
    change_speed,
    coloured_noise,
    reverberate,
    telephone,
)
from training.simulation.waves import SAMPLE_RATE, Samples, to_int16

# 100 ms before and after: with 250 ms the recogniser ends its hypotheses in junk words.
PADDING = SAMPLE_RATE // 10
# How fast the power of a noise falls with frequency.
NOISE_SLOPES = {"white": 0.0, "pink": 1.0, "brown": 2.0}
_PEAK = 32_000.0  # Louder speech is made softer, so that nothing is clipped.


@dataclass(frozen=True, slots=True)
class Effects:
    """What is done to one utterance, besides noise of the level that was drawn for it.

    `speed` is a factor; `pitch` is in semitones; `reverb` is the time in which the echo falls by
    60 dB, in seconds; `noise` is a name in NOISE_SLOPES. The default does nothing.
    """

    speed: float = 1.0
    pitch: float = 0.0
    reverb: float = 0.0
    telephone: bool = False
    noise: str = "white"

    def tags(self) -> dict[str, object]:
        """What was applied, for a query's tags; nothing for what was not."""
        default = Effects()
        names = ("speed", "pitch", "reverb", "telephone", "noise")
        return {n: getattr(self, n) for n in names if getattr(self, n) != getattr(default, n)}


def draw_effects(strength: float, rng: np.random.Generator) -> Effects:
    """Draw the effects of one utterance.

    Args:
        strength: 0 draws none. At 1, half of the utterances change speed (0.9 to 1.1) and half
            pitch (up to 2 semitones), a third comes through a telephone, a third from a room with
            0.1 to 0.5 s of reverberation, and the noise is white, pink or brown. Between 0 and 1
            both shares and amounts are smaller in proportion.
        rng: source of the draws; always as many are taken.
    """
    if strength <= 0:
        return Effects()
    chances, amounts = rng.random(5), rng.random(4)
    speed = 1 + strength * 0.1 * (2 * amounts[0] - 1) if chances[0] < 0.5 else 1.0
    pitch = strength * 2 * (2 * amounts[1] - 1) if chances[1] < 0.5 else 0.0
    reverb = 0.1 + 0.4 * strength * amounts[2] if chances[2] < strength / 3 else 0.0
    colours = tuple(NOISE_SLOPES)
    return Effects(
        speed=round(float(speed), 2),
        pitch=round(float(pitch), 1),
        reverb=round(float(reverb), 2),
        telephone=bool(chances[3] < strength / 3),
        noise=colours[int(amounts[3] * len(colours))] if chances[4] < strength else "white",
    )


def augment(speech: Samples, effects: Effects, snr_db: float, rng: np.random.Generator) -> Samples:
    """Apply the effects and add noise, in the order voice, room, noise, line.

    Args:
        speech: int16 (n,).
        effects: what to apply; the default leaves what `add_noise` gives.
        snr_db: power of the speech over power of the noise, in dB, before the line.
        rng: source of the noise and of the room.

    Returns:
        int16, with PADDING samples more on both sides; longer or shorter by speed and reverb.
    """
    if effects == Effects():
        return add_noise(speech, snr_db, rng)
    signal = speech.astype(np.float64)
    if effects.speed != 1:
        signal = change_speed(signal, effects.speed)
    if effects.pitch:
        signal = change_pitch(signal, effects.pitch)
    if effects.reverb:
        signal = reverberate(signal, effects.reverb, rng)
    signal = _noisy(signal, snr_db, rng, effects.noise)
    if effects.telephone:
        signal = telephone(signal)
    peak = float(np.max(np.abs(signal), initial=0.0))
    return to_int16(signal * min(1.0, _PEAK / peak) if peak else signal)


def add_noise(speech: Samples, snr_db: float, rng: np.random.Generator) -> Samples:
    """Pad with PADDING samples on both sides and add white noise over the whole length.

    Args:
        speech: int16 (n,).
        snr_db: power of the speech over power of the noise, in dB.
        rng: source of the noise.

    Returns:
        int16 (n + 2 * PADDING,).
    """
    return to_int16(_noisy(speech.astype(np.float64), snr_db, rng, "white"))


def _noisy(speech: Signal, snr_db: float, rng: np.random.Generator, noise: str) -> Signal:
    padded = np.pad(speech, PADDING)
    power = float(np.mean(speech**2)) if len(speech) else 0.0
    amplitude = np.sqrt(power / 10 ** (snr_db / 10))
    return np.asarray(padded + coloured_noise(len(padded), NOISE_SLOPES[noise], rng) * amplitude)
