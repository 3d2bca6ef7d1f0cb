"""One utterance as a recogniser's output has it: what an importer returns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from er_engine.inputs.fields import FieldError
from er_engine.types import Hypothesis


@dataclass(frozen=True, slots=True)
class Utterance:
    """The n-best list of one utterance, best first.

    Attributes:
        nbest: hypotheses as the recogniser has them; `cleaned` drops empty and repeated ones.
        name: the recogniser's own name of the utterance, None where it gives none.
        fields: optional fields of a query that the file has already (`reference`, `type`, ...).
    """

    nbest: tuple[Hypothesis, ...]
    name: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def cleaned(nbest: Iterable[Hypothesis]) -> tuple[Hypothesis, ...]:
    """Return the hypotheses, white space made single, without empty and repeated ones.

    The recogniser's order is kept as it is, also where the scores say otherwise: it knows best.
    """
    kept: dict[str, Hypothesis] = {}
    for hypothesis in nbest:
        text = " ".join(hypothesis.text.split())
        if text and text not in kept:
            kept[text] = Hypothesis(text, hypothesis.score, hypothesis.extra)
    return tuple(kept.values())


def with_words(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Return the cleaned utterances in which something was heard.

    Raises:
        FieldError: nothing was heard in any of them.
    """
    heard = [
        Utterance(nbest, utterance.name, utterance.fields)
        for utterance in utterances
        if (nbest := cleaned(utterance.nbest))
    ]
    if not heard:
        raise FieldError("nbest", None, "nothing was recognised: there is no hypothesis with words")
    return heard


def joined(utterances: Sequence[Utterance]) -> Utterance:
    """Return the parts of one recording as one utterance.

    The hypothesis at each rank is made of the parts' hypotheses at that rank; a part that has
    fewer gives its best one. Scores are added; one that is missing leaves the sum without a score.
    """
    ranks = range(max(len(part.nbest) for part in utterances))
    nbest = [
        _concatenated([part.nbest[rank if rank < len(part.nbest) else 0] for part in utterances])
        for rank in ranks
    ]
    return Utterance(cleaned(nbest), utterances[0].name, utterances[0].fields)


def _concatenated(parts: Sequence[Hypothesis]) -> Hypothesis:
    return Hypothesis(" ".join(part.text for part in parts), total(part.score for part in parts))


def total(scores: Iterable[float | None]) -> float | None:
    """Return the sum; None where a score is missing, or there is none, or they exceed floats."""
    present = list(scores)
    known = [score for score in present if score is not None]
    if not known or len(known) < len(present):
        return None
    found = sum(known)
    return found if math.isfinite(found) else None


def shares(likelihoods: Sequence[float | None]) -> list[float | None]:
    """Return log-probabilities from log-likelihoods that are only comparable within their list.

    ln softmax: the log of each hypothesis' share of the whole list. Where one is missing, the
    others say nothing either.
    """
    known = [score for score in likelihoods if score is not None]
    if not known or len(known) < len(likelihoods):
        return [None] * len(likelihoods)
    highest = max(known)
    # Likelihoods as far apart as floats reach would have a difference that is not a number.
    apart = [max(score / 2 - highest / 2, -1e300) * 2 for score in known]
    sum_ = math.log(math.fsum(math.exp(difference) for difference in apart))
    return [difference - sum_ for difference in apart]
