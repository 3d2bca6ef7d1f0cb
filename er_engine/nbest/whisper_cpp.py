"""whisper.cpp (`--output-json`, `--output-json-full`): `{"transcription": [{"text": "..."}]}`.

The full form has each token's probability `p`; the score is the sum of their logarithms, special
tokens such as `[_BEG_]` left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from er_engine.nbest.access import Json, log_confidence, name_of, objects_of, text_of
from er_engine.nbest.utterance import Utterance, total
from er_engine.types import Hypothesis

_SPECIAL = ("[_", "<|")


def fits(document: Json) -> bool:
    """Tell whether this looks like an output of whisper.cpp."""
    return isinstance(document.get("transcription"), list)


def read(document: Json) -> list[Utterance]:
    """Return the whole text as one utterance."""
    segments = objects_of(document, "transcription")
    text = " ".join(text_of(segment, "text", place) for place, segment in segments)
    hypothesis = Hypothesis(text, total(_tokens(segments)))
    return [Utterance((hypothesis,), name_of(document, "id"))]


def _tokens(segments: list[tuple[str, Json]]) -> Iterator[float | None]:
    for place, segment in segments:
        for at, token in objects_of(segment, "tokens", place):
            if not text_of(token, "text", at).startswith(_SPECIAL):
                yield log_confidence(token, "p", at)
