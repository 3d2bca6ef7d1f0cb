"""The readings of two models of spelling and sound, one of which judges the other."""

from __future__ import annotations

from collections.abc import Sequence

from er_engine.phonemes.joint import JointReader
from er_engine.phonemes.words import Readings, WordReader

# The network's reading is kept where the joint model finds it less probable than its own by no more
# than this (nats). Beyond, it is nearly always one in which sounds were swapped, lost or made up.
MAX_LAG = 6.0


class JudgedReader:
    """Reads a word with the joint model, then with the network, where that is plausible.

    The network (no attention, one guess after the other) knows whole words well, but lets sounds
    change places in unfamiliar ones ("periwinkle"). The joint model reads from left to right, and
    can say how likely any reading is. What it can't read the network reads alone.
    """

    def __init__(self, joint: JointReader, network: WordReader) -> None:
        self._joint = joint
        self._network = network

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`; at most two readings."""
        distinct = list(dict.fromkeys(words))
        own = dict(zip(distinct, self._joint.scored(distinct), strict=True))
        other = dict(zip(distinct, self._network.read(distinct), strict=True))
        found = {word: (own[word][0][0],) if own[word] else other[word] for word in distinct}
        differing = [
            word for word in distinct if own[word] and other[word] not in (found[word], ())
        ]
        given = self._joint.log_probability(differing, [other[word][0] for word in differing])
        for word, score in zip(differing, given.tolist(), strict=True):
            if own[word][0][1] - score <= MAX_LAG:
                found[word] = (*found[word], other[word][0])
        return [found[word] for word in words]
