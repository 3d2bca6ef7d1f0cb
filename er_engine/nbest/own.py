"""Our own query format, and the plain lists that own scripts write.

`{"id": "q1", "nbest": [{"text": "...", "score": -3.1}]}`: so a file that was converted without
labels gets them later, and other fields are kept. `score` is a log-probability already.
A hypothesis may also be a bare text.
"""

from __future__ import annotations

from er_engine.nbest.access import Json, items_of, name_of, number_of, text_of, wrong
from er_engine.nbest.utterance import Utterance
from er_engine.types import Hypothesis

_READ = ("id", "nbest")
# A hypothesis with one of these is a whole output of another recogniser.
_FOREIGN = ("segments", "tokens")


def fits(document: Json) -> bool:
    """Tell whether this is an n-best list in our own format."""
    nbest = document.get("nbest")
    return isinstance(nbest, list) and any(
        isinstance(part, str)
        or (isinstance(part, dict) and "text" in part and not any(key in part for key in _FOREIGN))
        for part in nbest
    )


def read(document: Json) -> list[Utterance]:
    """Return the utterance, with all other fields of the line."""
    nbest = tuple(_hypothesis(place, found) for place, found in items_of(document, "nbest"))
    fields = {key: value for key, value in document.items() if key not in _READ}
    return [Utterance(nbest, name_of(document, "id"), fields)]


def _hypothesis(place: str, found: object) -> Hypothesis:
    if isinstance(found, str):
        return Hypothesis(found)
    if not isinstance(found, dict):
        raise wrong(place, found, 'a text, or an object like {"text": "..."}')
    extra = {key: value for key, value in found.items() if key not in ("text", "score")}
    return Hypothesis(text_of(found, "text", place), number_of(found, "score", place), extra)
