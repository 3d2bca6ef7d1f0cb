"""Alignment costs from counted confusions, on the scale of the articulatory costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.confusion_table import LOST, ConfusionTable
from er_engine.phonemes.inventory import UNKNOWN_ID
from er_engine.phonemes.similarity import Costs, articulatory_costs, sound_ids

# Chosen on held-out simulated speech and on recordings whose entities nobody reports on. On real
# speech the learned costs alone are worse than the articulatory ones, both together better.
BLEND = 0.5
# So many nats less likely than being heard as said cost 1, as the most different sounds do.
NATS = 7.0
LEAST_GAP, MOST = 0.2, 1.2
# What speakers with an accent exchange, by far the most common pairs: German, Slavic and Indian
# speakers the first, Japanese, Korean and Chinese speakers the second. The voices that were counted
# have no such accent. No development set of native voices is worse for it.
ACCENTED = (("v", "w"), ("ɹ", "l"))
ACCENTED_COST = 0.45


def confusion_costs(table: ConfusionTable, blend: float = BLEND, nats: float = NATS) -> Costs:
    """Return symmetric costs: of confusing two phonemes, and of having one too many.

    A confusion costs the logarithm of how much less likely it is than hearing the phoneme as it was
    said; a phoneme too many costs that of how much less likely an insertion is than just hearing
    this phoneme. Both are divided by `nats`, averaged over both directions (what a recogniser
    prefers to write depends on the recogniser; which sounds it takes for each other much less), and
    averaged with the articulatory costs. What accents exchange costs ACCENTED_COST at most.

    Args:
        table: counts of confusions.
        blend: share of the learned costs, 0 to 1; 0 gives the articulatory ones.
        nats: difference of log-probabilities that costs 1.
    """
    logs = np.log(table.outcomes)
    as_said = np.diag(logs)
    substituted = ((as_said[:, None] - logs[:, :LOST]) / nats).clip(0.0, MOST)
    added = ((np.log(table.heard_shares) - np.log(table.insertions)) / nats).clip(LEAST_GAP, MOST)
    lost = ((as_said - logs[:, LOST]) / nats).clip(LEAST_GAP, MOST)
    articulatory = articulatory_costs()
    gaps = _blended((added + lost) / 2, articulatory.deletion, blend)
    confused = _blended((substituted + substituted.T) / 2, articulatory.substitution, blend)
    return Costs(_with_accents(confused), gaps, gaps)


def _with_accents(confused: NDArray[np.float32]) -> NDArray[np.float32]:
    """No exchange that accents bring costs more than ACCENTED_COST."""
    result = confused.copy()
    for pair in ACCENTED:
        a, b = (int(sound_ids((sound,))[0]) for sound in pair)
        result[[a, b], [b, a]] = np.minimum(result[[a, b], [b, a]], np.float32(ACCENTED_COST))
    result.setflags(write=False)
    return result


def _blended(
    learned: NDArray[np.float64], articulatory: NDArray[np.float32], blend: float
) -> NDArray[np.float32]:
    """Average both; what is no phoneme keeps its articulatory costs."""
    result = articulatory.copy()
    phonemes = (slice(UNKNOWN_ID + 1, None),) * learned.ndim
    result[phonemes] = blend * learned[phonemes] + (1 - blend) * articulatory[phonemes]
    result.setflags(write=False)
    return result
