"""Batches of pairs: something heard beside the name that was said."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from er_engine.errors import TrainingError
from er_engine.phonemes.confusion_table import ConfusionTable
from training.config import PairConfig
from training.confusion.sampling import ConfusionSampler
from training.examples import Utterance
from training.form_table import FormTable
from training.random_confusions import ConfusionMaker, PhonemeIds

NO_FORM = -1
# Confusions drawn from the counted table; the others also bring what was never recorded.
COUNTED_SHARE = 0.7
RANK_DECAY = 0.85
# Where only a part of a name was said: how often it must find the whole name, not the part.
MEANT_SHARE = 0.7
# A part shorter than this names nothing: "the", "mr".
MIN_PART_SOUNDS = 4
# Training looks at the first sounds of very long names; the encoder itself reads them whole.
MAX_SOUNDS = 64


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the pairs: phoneme ids uint8 (ragged) and sentence embeddings (n, width)."""

    sounds: list[PhonemeIds]
    semantic: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs ready for the loss.

    `weights` and `has_text` are float32 (n,): how much a pair counts, and whether its anchor has a
    sentence embedding at all. `false_negatives` is bool (n, n).
    """

    anchors: Side
    positives: Side
    weights: Tensor
    has_text: Tensor
    false_negatives: Tensor


@dataclass(slots=True)
class _Recording:
    """Rows of what was heard, best first, and of the names that were meant."""

    heard: list[int]
    names: list[int]


@dataclass(slots=True)
class _Pair:
    anchor: PhonemeIds
    anchor_row: int
    positive: PhonemeIds
    positive_row: int
    weight: float
    part: PhonemeIds | None = None


class BatchMaker:
    """Draws batches; with mined neighbours, names that sound alike meet in one batch."""

    def __init__(
        self,
        table: FormTable,
        utterances: tuple[Utterance, ...],
        names: tuple[str, ...],
        config: PairConfig,
        min_similarity: float,
        recorded: tuple[Utterance, ...] = (),
        confusions: ConfusionTable | None = None,
    ) -> None:
        self._table = table
        self._config = config
        if not config.nbest:
            utterances, recorded, confusions = (), (), None
        self._plausible = ConfusionMaker(config.confusion_rate)
        self._counted = confusions and ConfusionSampler(confusions, config.confusion_rate)
        self.name_rows = np.array(
            [row for name in names if table.pronunciations[row := table.row_of[name]]],
            dtype=np.int64,
        )
        if not len(self.name_rows):
            raise TrainingError("no name to train on has a pronunciation")
        self._heard = self._heard_by_name((*utterances, *recorded), min_similarity)
        said = {table.row_of[utterance.said] for utterance in recorded}
        self._recorded_rows = np.array(sorted(said & self._heard.keys()), dtype=np.int64)
        # Where nothing heard is like what was said, synthetic confusions are all there is.
        self._spoken_rows = np.array(sorted(self._heard)) if self._heard else self.name_rows
        self.neighbours: dict[int, NDArray[np.int64]] = {}

    def _heard_by_name(
        self, utterances: tuple[Utterance, ...], min_similarity: float
    ) -> dict[int, list[_Recording]]:
        heard = defaultdict(list)
        for utterance in utterances:
            said = self._table.row_of[utterance.said]
            rows = [self._table.row_of[text] for text in utterance.heard]
            rows = [row for row in rows if self._alike(row, said) >= min_similarity]
            names = [self._table.row_of[name] for name in utterance.names]
            names = [row for row in names if self._table.pronunciations[row]]
            if rows and names and self._table.pronunciations[said]:
                heard[said].append(_Recording(rows, names))
        return dict(heard)

    def _alike(self, row: int, other: int) -> float:
        a, b = self._table.pronunciations[row], self._table.pronunciations[other]
        return Levenshtein.normalized_similarity(a[0].tobytes(), b[0].tobytes()) if a and b else 0.0

    def draw(self, size: int, random: np.random.Generator) -> Batch:
        """Draw `size` pairs."""
        rows: list[int] = []
        while len(rows) < size:
            seed = int(random.choice(self._pool(random)))
            rows.append(seed)
            near = self.neighbours.get(seed)
            if near is not None and len(near) and self._config.neighbours > 1:
                rows.extend(random.choice(near, self._config.neighbours - 1).tolist())
        return self._batch([self._pair(row, random) for row in rows[:size]])

    def _confuse(self, sounds: PhonemeIds, random: np.random.Generator) -> PhonemeIds:
        """As recognisers were counted to, mostly; sometimes in any way that is plausible."""
        if self._counted and len(sounds) and random.random() < COUNTED_SHARE:
            return self._counted.confuse(sounds, random)
        return self._plausible.confuse(sounds, random)

    def _pool(self, random: np.random.Generator) -> NDArray[np.int64]:
        if len(self._recorded_rows) and random.random() < self._config.recordings:
            return self._recorded_rows
        return self._spoken_rows if random.random() < 0.75 else self.name_rows

    def _pair(self, name: int, random: np.random.Generator) -> _Pair:
        config = self._config
        positive = self._pronunciation(name, random)
        draw = random.random()
        if draw < config.partial:
            return self._partial_pair(name, positive, random)
        if draw < config.partial + config.extra_words:
            return self._pair_with_extra_words(name, positive, random)
        recorded = self._heard.get(name)
        if recorded is None or draw < config.partial + config.extra_words + config.synthetic:
            return _Pair(self._confuse(positive, random), NO_FORM, positive, name, 1.0)
        recording = recorded[int(random.integers(len(recorded)))]
        return self._recorded_pair(name, positive, recording, random)

    def _recorded_pair(
        self, name: int, positive: PhonemeIds, recording: _Recording, random: np.random.Generator
    ) -> _Pair:
        """What was heard with what was said, with another hypothesis, or with what was meant."""
        config, heard = self._config, recording.heard
        rank = min(int(random.geometric(0.35)) - 1, len(heard) - 1)
        anchor = heard[rank]
        weight = RANK_DECAY**rank
        if random.random() < config.hypothesis_pairs and len(heard) > 1:
            other = heard[int(random.integers(len(heard)))]
            return _Pair(
                self._pronunciation(anchor, random),
                anchor,
                self._pronunciation(other, random),
                other,
                weight,
            )
        sounds = self._pronunciation(anchor, random)
        if random.random() < config.recorded_noise:
            sounds = self._confuse(sounds, random)
        if random.random() < MEANT_SHARE and name not in recording.names:
            meant = int(random.choice(recording.names))
            full = self._pronunciation(meant, random)
            return _Pair(sounds, anchor, full, meant, weight, part=positive)
        return _Pair(sounds, anchor, positive, name, weight)

    def _partial_pair(self, name: int, positive: PhonemeIds, random: np.random.Generator) -> _Pair:
        """A few of the name's words, misheard: "janice" for "janice oneill"."""
        words = self._table.spoken[name].split()
        length = int(random.integers(1, max(2, len(words))))
        start = int(random.integers(0, len(words) - length + 1))
        # Words and sounds are not aligned here; shares of letters find the cut closely enough.
        letters = np.cumsum([0, *(len(word) for word in words)]) / sum(map(len, words))
        cut = np.rint(letters[[start, start + length]] * len(positive)).astype(int)
        part = positive[cut[0] : cut[1]]
        if len(part) < MIN_PART_SOUNDS:
            part = positive
        meant = positive if random.random() < MEANT_SHARE else part
        return _Pair(self._confuse(part, random), NO_FORM, meant, name, 0.7, part)

    def _pair_with_extra_words(
        self, name: int, positive: PhonemeIds, random: np.random.Generator
    ) -> _Pair:
        """Sounds of another form before or after: "pop fm channel" for "fm"."""
        other = self._pronunciation(int(random.choice(self.name_rows)), random)
        extra = other[: int(random.integers(2, 7))]
        heard = self._confuse(positive, random)
        sides = [heard, extra] if random.random() < 0.5 else [extra, heard]
        return _Pair(np.concatenate(sides), NO_FORM, positive, name, 0.7)

    def _pronunciation(self, row: int, random: np.random.Generator) -> PhonemeIds:
        choices = self._table.pronunciations[row]
        if not choices:
            return np.zeros(0, dtype=np.uint8)
        return choices[0 if random.random() < 0.7 else int(random.integers(len(choices)))]

    def _batch(self, pairs: list[_Pair]) -> Batch:
        return Batch(
            anchors=Side(
                [pair.anchor[:MAX_SOUNDS] for pair in pairs],
                self._semantic([pair.anchor_row for pair in pairs]),
            ),
            positives=Side(
                [pair.positive[:MAX_SOUNDS] for pair in pairs],
                self._semantic([pair.positive_row for pair in pairs]),
            ),
            weights=torch.tensor([pair.weight for pair in pairs]),
            has_text=torch.tensor([float(pair.anchor_row != NO_FORM) for pair in pairs]),
            false_negatives=torch.from_numpy(self._false_negatives(pairs)),
        )

    def _semantic(self, rows: list[int]) -> Tensor:
        # NO_FORM reads the last row; the loss leaves such anchors out, by `has_text`.
        return torch.from_numpy(self._table.semantic[rows].astype(np.float32))

    def _false_negatives(self, pairs: list[_Pair]) -> NDArray[np.bool_]:
        """Names that are the same to the ear, or that a partial mention fits as well."""
        sounds = ["".join(map(chr, pair.positive.tolist())) for pair in pairs]
        rows = np.array([pair.positive_row for pair in pairs])
        alike = (
            process.cdist(sounds, sounds, scorer=Levenshtein.normalized_similarity, workers=1)
            >= self._config.false_negative_similarity
        )
        alike |= rows[:, None] == rows[None, :]
        for index, pair in enumerate(pairs):
            if pair.part is not None:
                part = "".join(map(chr, pair.part.tolist()))
                alike[index] |= np.array([part in other for other in sounds])
        np.fill_diagonal(alike, False)
        return alike
