"""Vosk: `{"alternatives": [{"text": "...", "confidence": 231.4}]}`, or one `text` with `result`.

What Vosk calls confidence in a list of alternatives is a log-likelihood of any size: it becomes the
logarithm of the hypothesis' share of the list.
"""

from __future__ import annotations

from er_engine.nbest.access import Json, log_confidence, name_of, number_of, objects_of, text_of
from er_engine.nbest.utterance import Utterance, shares, total
from er_engine.types import Hypothesis


def fits(document: Json) -> bool:
    """Tell whether this looks like a result of Vosk."""
    alternatives = document.get("alternatives")
    if isinstance(alternatives, list):
        return any(isinstance(part, dict) and "text" in part for part in alternatives)
    return isinstance(document.get("result"), list) and isinstance(document.get("text"), str)


def read(document: Json) -> list[Utterance]:
    """Return the utterance."""
    alternatives = objects_of(document, "alternatives")
    scores = shares([number_of(part, "confidence", place) for place, part in alternatives])
    nbest = [
        Hypothesis(text_of(part, "text", place), score)
        for (place, part), score in zip(alternatives, scores, strict=True)
    ]
    if not nbest:
        words = [log_confidence(word, "conf", at) for at, word in objects_of(document, "result")]
        nbest = [Hypothesis(text_of(document, "text"), total(words))]
    return [Utterance(tuple(nbest), name_of(document, "id"))]
