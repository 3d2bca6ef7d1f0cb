"""Pairs of what was said and what was heard, as phonemes, and how much each pair counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.inventory import WORD_BOUNDARY, ids
from er_engine.phonemes.similarity import (
    articulatory_costs,
    fitting_costs,
    global_costs,
    pad,
    transposed,
)
from er_engine.types import Pronunciation
from training.examples import Utterance

IdArray = NDArray[np.uint8]
# Alike by less than the first is not what was said (a name and any other are alike by 0.5, 0.62 in
# one of twenty); from the second on a pair counts in full.
STRANGERS, ALIKE = 0.5, 0.75
# Fewer sounds than these fit somewhere into any name.
LEAST_PART = 5
# Longer ones are rare and slow to align.
LONGEST = 48


@dataclass(frozen=True, slots=True)
class Spoken:
    """Phonemes of one text without word boundaries, and where its words begin.

    `sounds` is uint8 (n,); `starts` is bool (n + 1,), True where a word begins and at the end.
    """

    sounds: IdArray
    starts: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pair:
    """Something said and what was heard for it; `weight` is how much it counts."""

    said: Spoken
    heard: Spoken
    weight: float


def spoken(pronunciation: Pronunciation) -> Spoken:
    """Part the phonemes of a pronunciation from its word boundaries."""
    sounds, starts, begins = [], [], True
    for symbol in pronunciation:
        if symbol == WORD_BOUNDARY:
            begins = True
        else:
            sounds.append(symbol)
            starts.append(begins)
            begins = False
    return Spoken(ids(sounds), np.array([*starts, True], dtype=np.bool_))


def make_pairs(utterances: Sequence[Utterance], g2p: G2P, weight: float = 1.0) -> list[Pair]:
    """Pair what was said with each hypothesis; strangers are left out.

    All hypotheses of an utterance together count `weight`, the better ranked ones no more than
    others. Of several readings of what was said the one nearest to the hypothesis is taken.

    Args:
        utterances: what was said and heard.
        g2p: reads both.
        weight: of an utterance.
    """
    texts = list(dict.fromkeys(text for u in utterances for text in (u.said, *u.heard)))
    readings = {
        text: [found for one in group if 0 < len((found := spoken(one)).sounds) <= LONGEST]
        for text, group in zip(texts, g2p.pronounce(texts), strict=True)
    }
    groups = []
    for utterance in utterances:
        share = weight / max(1, len(utterance.heard))
        for heard in utterance.heard:
            if readings[heard] and readings[utterance.said]:
                first = readings[heard][0]
                groups.append([Pair(said, first, share) for said in readings[utterance.said]])
    flat = [pair for group in groups for pair in group]
    alike = likeness(flat)
    pairs, start = [], 0
    for group in groups:
        best = int(alike[start : start + len(group)].argmax())
        trust = (float(alike[start + best]) - STRANGERS) / (ALIKE - STRANGERS)
        if trust > 0:
            pair = group[best]
            pairs.append(Pair(pair.said, pair.heard, pair.weight * min(1.0, trust)))
        start += len(group)
    return pairs


def likeness(pairs: Sequence[Pair], chunk: int = 4_096) -> NDArray[np.float32]:
    """How alike both sides of each pair sound by articulation, float32 (n,) in 0..1.

    The better of the whole and, where both sides are long enough, of the shorter within the longer.
    """
    parts = [_likeness(pairs[at : at + chunk]) for at in range(0, len(pairs), chunk)]
    return np.concatenate([np.zeros(0, dtype=np.float32), *parts])


def _likeness(pairs: Sequence[Pair]) -> NDArray[np.float32]:
    costs = articulatory_costs()
    a, a_lengths = pad([pair.said.sounds for pair in pairs])
    b, b_lengths = pad([pair.heard.sounds for pair in pairs])
    a_alone, b_alone = costs.deletion[a].sum(axis=1), costs.insertion[b].sum(axis=1)
    whole = 1 - global_costs(a, a_lengths, b, b_lengths, costs) / np.maximum(a_alone, b_alone)
    a_in_b = 1 - fitting_costs(a, a_lengths, b, b_lengths, costs) / a_alone
    b_in_a = 1 - fitting_costs(b, b_lengths, a, a_lengths, transposed(costs)) / b_alone
    part = np.where(a_lengths <= b_lengths, a_in_b, b_in_a)
    long_enough = np.minimum(a_lengths, b_lengths) >= LEAST_PART
    return np.asarray(np.where(long_enough, np.maximum(whole, part), whole))
