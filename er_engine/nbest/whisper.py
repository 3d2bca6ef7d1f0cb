"""Whisper as OpenAI's package, its API, faster-whisper and Hugging Face pipelines write it.

`{"text": "...", "segments": [{"text": "...", "avg_logprob": -0.3, "tokens": [...]}]}`. The segments
follow Whisper's windows of 30 s, not what was said, so the whole text is one utterance. Whisper has
no n-best list: `{"nbest": [output, output]}` takes several decodings (beams, temperatures) of one
utterance, best first.
"""

from __future__ import annotations

from er_engine.nbest.access import Json, name_of, number_of, objects_of, text_of
from er_engine.nbest.utterance import Utterance, total
from er_engine.types import Hypothesis


def fits(document: Json) -> bool:
    """Tell whether this looks like an output of Whisper."""
    if isinstance(document.get("segments"), list) or isinstance(document.get("text"), str):
        return True
    nbest = document.get("nbest")
    return isinstance(nbest, list) and any(
        isinstance(part, dict) and isinstance(part.get("segments"), list) for part in nbest
    )


def read(document: Json) -> list[Utterance]:
    """Return the utterance."""
    name = name_of(document, "id")
    outputs = objects_of(document, "nbest") or [("", document)]
    return [Utterance(tuple(_hypothesis(place, output) for place, output in outputs), name)]


def _hypothesis(place: str, output: Json) -> Hypothesis:
    segments = objects_of(output, "segments", place)
    text = text_of(output, "text", place) or " ".join(
        text_of(segment, "text", at) for at, segment in segments
    )
    return Hypothesis(text, total(_log_probability(at, segment) for at, segment in segments))


def _log_probability(place: str, segment: Json) -> float | None:
    """Undo the mean: Whisper divides by the number of tokens, the end of the text included."""
    mean = number_of(segment, "avg_logprob", place)
    tokens = segment.get("tokens")
    if mean is None or not isinstance(tokens, list):
        return None
    return mean * (len(tokens) + 1)
