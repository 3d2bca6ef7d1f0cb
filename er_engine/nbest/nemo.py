"""NVIDIA NeMo: the manifest that `transcribe_speech.py` writes, one JSON object on each line.

`{"audio_filepath": "a/b.wav", "pred_text": "...", "beams": [["...", -3.1], ...], "text": "..."}`.
`beams` is there where the whole beam was asked for (`return_best_hypothesis=false`). Without it
each `pred_text...` is a hypothesis, several models' in the file's order. `text` is what was really
said.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from er_engine.inputs.fields import FieldError
from er_engine.nbest.access import (
    Json,
    as_number,
    items_of,
    name_of,
    number_of,
    text_of,
    wrong,
)
from er_engine.nbest.utterance import Utterance
from er_engine.types import Hypothesis

_PREDICTION = "pred_text"
_PAIR = 2


def fits(document: Json) -> bool:
    """Tell whether this looks like a line of a manifest with predictions."""
    return any(key.startswith(_PREDICTION) for key in document) or (
        "audio_filepath" in document and "beams" in document
    )


def read(document: Json) -> list[Utterance]:
    """Return the utterance."""
    nbest = [_of_beam(place, beam) for place, beam in items_of(document, "beams")]
    if not nbest:
        keys = [key for key in document if key.startswith(_PREDICTION)]
        if not keys:
            raise FieldError(_PREDICTION, None, "missing; run the recogniser on this manifest")
        nbest = [Hypothesis(text_of(document, key)) for key in keys]
    reference = text_of(document, "text").strip()
    fields: dict[str, Any] = {"reference": reference} if reference else {}
    return [Utterance(tuple(nbest), _name(document), fields)]


def _of_beam(place: str, beam: object) -> Hypothesis:
    if isinstance(beam, dict):
        return Hypothesis(text_of(beam, "text", place), number_of(beam, "score", place))
    if not isinstance(beam, list) or not 1 <= len(beam) <= _PAIR:
        raise wrong(place, beam, 'a pair such as ["words", -3.1]')
    if not isinstance(beam[0], str):
        raise wrong(f"{place}[0]", beam[0], "a text")
    score = as_number(beam[1], f"{place}[1]") if len(beam) == _PAIR else None
    return Hypothesis(beam[0], score)


def _name(document: Json) -> str | None:
    """The audio file's name, with the offset where the manifest cuts it into parts."""
    if name := name_of(document, "id", "utt_id"):
        return name
    audio = text_of(document, "audio_filepath")
    stem = PurePosixPath(audio.replace("\\", "/")).stem
    offset = number_of(document, "offset")
    return (f"{stem}@{offset:g}" if offset else stem) or None
