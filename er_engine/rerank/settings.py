"""Learned numbers of reranking and calibration, as readable JSON beside the encoder."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from numbers import Real
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

from er_engine.errors import EncoderError

T = TypeVar("T")

# Sounds from which on more of them make a difference of scores no more telling. Descriptions and
# addresses are longer than names, and only a part of what was heard is then the name.
LONG = 16.0

# Names of the similarities, in the order of the feature array (er_engine.rerank.features).
FEATURES = (
    "vector",
    "text",
    "alignment",
    "part_alignment",
    "heard_part",
    "name_part",
    "sound_ngrams",
    "letter_ngrams",
    "words",
)
DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "vector": 0.4,
        "text": 0.13,
        "alignment": 0.09,
        "part_alignment": 0.16,
        "heard_part": 0.175,
        "name_part": 0.02,
        "sound_ngrams": 0.02,
        "letter_ngrams": 0.035,
        "words": 0.025,
    }
)


@dataclass(frozen=True, slots=True)
class RerankSettings:
    """Score of a hypothesis and a surface form: the weighted sum of their similarities.

    How near strangers are by their vectors depends on how the encoder was trained: a cosine of
    `vector_floor` counts as a `vector` similarity of 0.

    A name that stands exactly among words that do not belong to it ("fm" in "fm station") is unlike
    the whole of what was heard, yet exact: its score is at least `name_floor` * `name_part`.

    Where facts of an entity were heard, they and the rest of the words count for their shares of
    what was heard; a share of facts that tell which entity is meant scores `fact_share`.

    Over an n-best list: `best_share` of the best hypothesis' score and the rest of the mean, where
    hypothesis i (from 0) counts `rank_decay**i * sounds**length_power`: a hypothesis in which more
    was heard is more evidence. Where the recogniser gave each hypothesis a log-probability, i is
    its place by that, and it counts `exp(-score_decay * behind)` of that, `behind` being how far it
    is from the best one (at most `er_engine.rerank.fusion.FARTHEST`). Hypotheses that are alike are
    one piece of evidence, not several: each counts 1 / the sum over all of its
    `likeness**likeness_power` (0 counts all the same); the very same text, which only several
    recognisers give, counts again.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    vector_floor: float = 0.0
    best_share: float = 0.15
    rank_decay: float = 0.95
    length_power: float = 0.5
    name_floor: float = 0.5
    # Chosen on half of the entities of the development sets of facts and places.
    fact_share: float = 0.9
    # The mildest of those tried. On simulated contacts no value made an error @1 that differed from
    # that of the order alone by more than chance (benchmarks/hypothesis_scores.py).
    score_decay: float = 0.02
    # With powers of 3, 4 or 6 and likeness of letters, words or sounds it helps alike.
    likeness_power: float = 4.0

    def __post_init__(self) -> None:
        _check_weights("weights", self.weights)
        _check_numbers(self.as_json(), but="weights")
        if self.vector_floor >= 1:
            raise ValueError(f"vector_floor = {self.vector_floor!r} must be less than 1")

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "weights": dict(self.weights),
            "vector_floor": self.vector_floor,
            "best_share": self.best_share,
            "rank_decay": self.rank_decay,
            "length_power": self.length_power,
            "name_floor": self.name_floor,
            "fact_share": self.fact_share,
            "score_decay": self.score_decay,
            "likeness_power": self.likeness_power,
        }


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """From scores to probabilities and to a decision.

    P(nothing is right) = sigmoid(bias + score * best score + margin * lead over the next name + sum
    of `similarities` * the best candidate's similarities, each the best over hypotheses and forms);
    the rest is shared by a softmax of `sharpness` * score. That is the sharpness for LONG sounds
    and more; where fewer were heard it is `(sounds / LONG)**length_power` of it, since one and the
    same difference of scores then comes from fewer sounds. Candidates of the n-th best score count
    by `n**-crowding` of it: of many names about as near, most are so by chance. All suppose that
    nothing in the catalog is meant in `no_match_share` of the queries; a right entity that was not
    retrieved counts as nothing, too. `match` needs a probability of `match_probability`; `no_match`
    is said above `no_match_probability`.
    """

    bias: float = 4.0
    score: float = -6.0
    margin: float = -4.0
    similarities: Mapping[str, float] = field(default_factory=dict)
    sharpness: float = 12.0
    length_power: float = 0.0
    crowding: float = 0.0
    no_match_share: float = 0.1
    match_probability: float = 0.5
    no_match_probability: float = 0.5

    def __post_init__(self) -> None:
        _check_weights("similarities", self.similarities)
        _check_numbers(self.as_json(), but="similarities")
        if not 0 < self.no_match_share < 1:
            raise ValueError(f"no_match_share = {self.no_match_share} must be between 0 and 1")

    def with_share(self, share: float) -> Self:
        """The same evidence, supposing another share of queries that nothing fits (0 < share < 1).

        By Bayes' rule the odds change by the ratio of the odds of the shares; the order of queries
        stays. Source: Saerens, Latinne, Decaestecker (2002), "Adjusting the outputs of a classifier
        to new a priori probabilities".
        """
        moved = _log_odds(share) - _log_odds(self.no_match_share)
        return replace(self, bias=self.bias + moved, no_match_share=share)

    def sharpness_for(self, sounds: float) -> float:
        """How much a difference of scores counts when so many sounds were heard (at least 1)."""
        return float(self.sharpness * (min(sounds, LONG) / LONG) ** self.length_power)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        names = [item.name for item in fields(self)]
        return {name: getattr(self, name) for name in names} | {
            "similarities": dict(self.similarities)
        }


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Everything learned beside the encoder."""

    rerank: RerankSettings = field(default_factory=RerankSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read rerank.json and calibration.json of a model folder.

        Raises:
            EncoderError: a file is missing or wrong.
        """
        return cls(
            rerank=_read(folder / "rerank.json", RerankSettings),
            calibration=_read(folder / "calibration.json", CalibrationSettings),
        )

    def save(self, folder: Path) -> None:
        """Write rerank.json and calibration.json."""
        for name, values in (("rerank", self.rerank), ("calibration", self.calibration)):
            text = json.dumps(values.as_json(), indent=2) + "\n"
            (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _check_weights(name: str, weights: object) -> None:
    if not isinstance(weights, Mapping):
        raise TypeError(f"{name} = {weights!r} must be an object")
    _check_numbers(weights)
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise ValueError(f"unknown features {unknown}; known are {', '.join(FEATURES)}")


def _check_numbers(values: Mapping[str, object], but: str = "") -> None:
    for name, value in values.items():
        if name != but and not (isinstance(value, Real) and math.isfinite(value)):
            raise ValueError(f"{name} = {value!r} must be a finite number")


def _read(path: Path, kind: type[T]) -> T:
    try:
        return kind(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise EncoderError(f"{path} is missing: the model folder is incomplete") from error
    except (ValueError, TypeError) as error:
        raise EncoderError(
            f"{path}: {error}; the model is damaged or of another version"
        ) from error
