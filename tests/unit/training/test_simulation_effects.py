"""Effects on speech: what each one changes, and what it leaves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.simulation.augment import PADDING, Effects, add_noise, augment, draw_effects
from training.simulation.effects import (
    Signal,
    change_pitch,
    change_speed,
    coloured_noise,
    reverberate,
    telephone,
)
from training.simulation.waves import SAMPLE_RATE


def tone(hertz: float, seconds: float = 0.5) -> Signal:
    """A sine of amplitude 8,000."""
    return 8000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def loudest(signal: Signal) -> float:
    """The frequency with the most power, in Hz."""
    windowed = signal * np.hanning(len(signal))
    return float(np.argmax(np.abs(np.fft.rfft(windowed))) * SAMPLE_RATE / len(signal))


def power(signal: Signal) -> float:
    """Mean square."""
    return float(np.mean(signal**2))


def test_noise_has_the_wanted_level() -> None:
    """The noise is as many decibels below the speech as asked for, and padding surrounds it."""
    speech = tone(250).astype(np.int16)
    noisy = add_noise(speech, 20.0, np.random.default_rng(1)).astype(np.float64)
    assert len(noisy) == len(speech) + 2 * PADDING
    noise = noisy - np.pad(speech.astype(np.float64), PADDING)
    measured = 10 * np.log10(power(speech.astype(np.float64)) / power(noise))
    assert measured == pytest.approx(20.0, abs=0.2)


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0])
def test_coloured_noise_falls_as_its_slope_says(slope: float) -> None:
    """Noise has unit power, and each octave has 3 dB less for each unit of the slope."""
    noise = coloured_noise(1 << 17, slope, np.random.default_rng(2))
    spectrum = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / SAMPLE_RATE)
    low = spectrum[(hertz > 500) & (hertz < 700)].mean()
    high = spectrum[(hertz > 4000) & (hertz < 5600)].mean()
    assert power(noise) == pytest.approx(1.0, abs=0.02)
    assert np.log2(low / high) / 3 == pytest.approx(slope, abs=0.1)


@pytest.mark.parametrize("factor", [0.9, 1.0, 1.07, 1.1])
def test_speed_changes_length_and_pitch(factor: float) -> None:
    """Faster speech is shorter by the factor and higher by the factor."""
    changed = change_speed(tone(500), factor)
    assert len(changed) == pytest.approx(len(tone(500)) / factor, abs=60)
    assert loudest(changed) == pytest.approx(500 * factor, abs=4)


@pytest.mark.parametrize("semitones", [-2.0, -0.5, 1.3, 2.0])
def test_pitch_changes_without_the_length(semitones: float) -> None:
    """A tone moves by the semitones; length and, within 1.5 dB, loudness stay."""
    changed = change_pitch(tone(500), semitones)
    assert len(changed) == len(tone(500))
    assert loudest(changed) == pytest.approx(500 * 2 ** (semitones / 12), abs=5)
    inner = changed[2000:-2000]
    assert abs(10 * np.log10(power(inner) / power(tone(500)))) < 1.5


def test_a_telephone_has_no_bass_and_no_treble() -> None:
    """Inside 300 to 3,400 Hz a tone passes; an octave outside it loses at least 15 dB."""
    for hertz, passes in ((150, False), (1000, True), (2500, True), (6800, False)):
        change = 10 * np.log10(power(telephone(tone(hertz))[1000:]) / power(tone(hertz)))
        assert (change > -1) if passes else (change < -15)


def test_a_room_echoes_and_dies_away() -> None:
    """A click is followed by an echo that falls by about 60 dB in the given time; energy stays."""
    click = np.zeros(100)
    click[0] = 1000.0
    wet = reverberate(click, 0.4, np.random.default_rng(3))
    assert len(wet) == pytest.approx(0.4 * SAMPLE_RATE, abs=200)
    assert np.sum(wet**2) == pytest.approx(1000.0**2)
    early, late = power(wet[200:1000]), power(wet[5400:6200])
    # Between the middles of the two windows lie 5,200 samples, 0.325 s: 48.75 dB.
    assert 10 * np.log10(early / late) == pytest.approx(48.75, abs=2)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_samples=st.integers(1, 6_000),
    strength=st.floats(0.1, 1.0),
    snr_db=st.sampled_from([10.0, 24.0, 40.0]),
)
def test_any_speech_survives_any_effects(
    seed: int, n_samples: int, strength: float, snr_db: float
) -> None:
    """Loud speech of any length comes back finite, unclipped, padded, and the same each time."""
    rng = np.random.default_rng(seed)
    speech = np.where(rng.random(n_samples) < 0.5, 32_767, -32_768).astype(np.int16)
    effects = draw_effects(strength, rng)
    first = augment(speech, effects, snr_db, np.random.default_rng(seed))
    again = augment(speech, effects, snr_db, np.random.default_rng(seed))
    assert first.dtype == np.int16
    assert np.array_equal(first, again)
    assert len(first) > 2 * PADDING
    if effects != Effects():
        assert int(np.abs(first.astype(int)).max()) <= 32_000


def test_without_effects_there_is_white_noise_alone() -> None:
    """Strength 0 draws nothing, tags nothing, and gives what adding noise gives."""
    effects = draw_effects(0.0, np.random.default_rng(1))
    assert effects.tags() == {}
    speech = tone(300).astype(np.int16)
    plain = add_noise(speech, 30.0, np.random.default_rng(4))
    assert np.array_equal(augment(speech, effects, 30.0, np.random.default_rng(4)), plain)


def test_strength_sets_shares_and_amounts() -> None:
    """Stronger settings use effects more often and further, within their limits; tags tell them."""
    shares = {}
    for strength in (0.3, 1.0):
        drawn = [draw_effects(strength, np.random.default_rng(n)) for n in range(600)]
        shares[strength] = np.mean([effects.telephone for effects in drawn])
        assert max(abs(e.speed - 1) for e in drawn) == pytest.approx(0.1 * strength, abs=0.006)
        assert max(abs(e.pitch) for e in drawn) == pytest.approx(2 * strength, abs=0.06)
        assert all(e.reverb == 0 or 0.1 <= e.reverb <= 0.5 for e in drawn)
        assert all(
            e.tags().keys() <= {"speed", "pitch", "reverb", "telephone", "noise"} for e in drawn
        )
    assert shares[0.3] == pytest.approx(0.1, abs=0.04)
    assert shares[1.0] == pytest.approx(1 / 3, abs=0.06)
