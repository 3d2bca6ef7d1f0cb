"""Google Cloud Speech-to-Text, v1 and v2.

`{"results": [{"alternatives": [{"transcript": "...", "confidence": 0.9}, ...]}]}`: each result is
one stretch of the recording. Also the finished operation (`response`), streamed answers (only those
that are final) and the inline answer of a v2 batch (`results` with one entry for each file).
Confidence is mostly there for the first alternative alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from er_engine.inputs.fields import FieldError
from er_engine.nbest.access import (
    Json,
    log_confidence,
    name_of,
    object_of,
    objects_of,
    path,
    text_of,
)
from er_engine.nbest.utterance import Utterance
from er_engine.types import Hypothesis

# What an answer without any words has instead of results.
_ANSWER_KEYS = ("totalBilledTime", "total_billed_time", "speechAdaptationInfo")


def fits(document: Json) -> bool:
    """Tell whether this looks like an answer of Google's service."""
    response = document.get("response")
    if isinstance(response, dict):
        document = response
    results = document.get("results")
    if isinstance(results, dict):
        return any(
            isinstance(entry, dict) and ("inlineResult" in entry or "transcript" in entry)
            for entry in results.values()
        )
    if isinstance(results, list):
        return any(isinstance(result, dict) and "alternatives" in result for result in results)
    return any(key in document for key in _ANSWER_KEYS)


def read(document: Json) -> list[Utterance]:
    """Return one utterance for each final result."""
    if document.get("error") is not None:
        raise FieldError("error", None, "the service reports an error; recognise it again")
    name = name_of(document, "id")
    if document.get("response") is not None:
        return list(_answer(object_of(document, "response"), "response", name))
    return list(_answer(document, "", name))


def _answer(document: Json, where: str, name: str | None) -> Iterator[Utterance]:
    if isinstance(document.get("results"), dict):
        yield from _batch(document["results"], path(where, "results"))
    else:
        yield from _results(document, where, name)


def _batch(results: Json, outer: str) -> Iterator[Utterance]:
    for uri in results:
        where = path(outer, uri)
        entry = object_of(results, uri, outer)
        inline = object_of(entry, "inlineResult", where)
        holder = inline or entry
        transcript = object_of(holder, "transcript", where)
        stem = uri.rsplit("/", 1)[-1].rsplit(".", 1)[0] or uri
        yield from _results(transcript, path(where, "transcript"), stem)


def _results(document: Json, where: str, name: str | None) -> Iterator[Utterance]:
    for place, result in objects_of(document, "results", where):
        if result.get("isFinal", result.get("is_final", True)) is False:
            continue
        nbest = [
            Hypothesis(
                text_of(alternative, "transcript", at),
                log_confidence(alternative, "confidence", at),
            )
            for at, alternative in objects_of(result, "alternatives", place)
        ]
        yield Utterance(tuple(nbest), name)
