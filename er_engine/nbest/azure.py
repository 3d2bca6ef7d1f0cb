"""Azure Speech: the detailed answer (`NBest`), and batches (`recognizedPhrases[].nBest`).

Batch writes the same keys in another case, so case is ignored. `Lexical` is what was recognised
before numbers and punctuation are written for readers; the other forms stand in where it is absent.
"""

from __future__ import annotations

from typing import Any

from er_engine.inputs.fields import FieldError
from er_engine.nbest.access import Json, log_confidence, name_of, objects_of, text_of
from er_engine.nbest.utterance import Utterance
from er_engine.types import Hypothesis

_FORMS = ("lexical", "itn", "maskeditn", "display")
_PHRASES = ("recognizedphrases", "segmentresults")


def fits(document: Json) -> bool:
    """Tell whether this looks like an answer of Azure's service."""
    keys = {key.lower() for key in document}
    if {"nbest", *_PHRASES, "audiofileresults"}.isdisjoint(keys):
        return {"recognitionstatus", "displaytext"} <= keys
    # Our own query format has `nbest` too, with `text` in it.
    nbest = _lower(document).get("nbest")
    return not (isinstance(nbest, list) and any("text" in part for part in nbest if _is(part)))


def read(document: Json) -> list[Utterance]:
    """Return one utterance for each phrase."""
    found = _lower(document)
    # `Id` is a random number of the service; only an id that somebody wrote in counts.
    name = name_of(document, "id")
    files = objects_of(found, "audiofileresults")
    holders = [(place, _lower(part)) for place, part in files] or [("", found)]
    phrases = [
        (place, _lower(phrase))
        for where, holder in holders
        for key in _PHRASES
        for place, phrase in objects_of(holder, key, where)
    ]
    return [_utterance(place, phrase, name) for place, phrase in phrases or [("", found)]]


def _utterance(place: str, phrase: Json, name: str | None) -> Utterance:
    alternatives = [(at, _lower(part)) for at, part in objects_of(phrase, "nbest", place)]
    nbest = [_hypothesis(at, alternative) for at, alternative in alternatives]
    shown = text_of(phrase, "displaytext", place)
    if not nbest and shown:
        nbest = [Hypothesis(shown)]
    status = text_of(phrase, "recognitionstatus", place)
    if not nbest and not place and status not in ("", "Success"):
        raise FieldError("RecognitionStatus", status, "nothing was recognised")
    return Utterance(tuple(nbest), name)


def _hypothesis(place: str, alternative: Json) -> Hypothesis:
    texts = (text_of(alternative, form, place) for form in _FORMS)
    return Hypothesis(
        next((text for text in texts if text.strip()), ""),
        log_confidence(alternative, "confidence", place),
    )


def _lower(record: Json) -> dict[str, Any]:
    """Keys in lower case; a key that is there in two cases counts as first written."""
    return {key.lower(): value for key, value in reversed(list(record.items()))}


def _is(part: object) -> bool:
    return isinstance(part, dict)
