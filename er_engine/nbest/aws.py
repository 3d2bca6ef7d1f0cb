"""Amazon Transcribe, batch jobs.

With alternative transcriptions on (`ShowAlternatives`, `MaxAlternatives`) the file has
`results.segments[].alternatives[]`, one segment for each stretch between pauses; else only
`results.transcripts[]`. Confidence is given for each word, as a text: a hypothesis' score is the
sum of their logarithms.
"""

from __future__ import annotations

from er_engine.inputs.fields import FieldError
from er_engine.nbest.access import (
    Json,
    log_confidence,
    name_of,
    object_of,
    objects_of,
    text_of,
)
from er_engine.nbest.utterance import Utterance, total
from er_engine.types import Hypothesis


def fits(document: Json) -> bool:
    """Tell whether this looks like the output of a transcription job."""
    results = document.get("results")
    return isinstance(results, dict) and any(key in results for key in ("transcripts", "segments"))


def read(document: Json) -> list[Utterance]:
    """Return one utterance for each segment, or the transcript where there are no segments."""
    if document.get("status") == "FAILED":
        raise FieldError("status", "FAILED", "the job failed; run it again")
    name = name_of(document, "id", "jobName")
    results = object_of(document, "results")
    segments = [
        Utterance(tuple(_hypothesis(at, found) for at, found in _alternatives(place, part)), name)
        for place, part in objects_of(results, "segments", "results")
    ]
    if any(segment.nbest for segment in segments):
        return segments
    return [
        Utterance((Hypothesis(text_of(part, "transcript", place)),), name)
        for place, part in objects_of(results, "transcripts", "results")
    ]


def _alternatives(place: str, segment: Json) -> list[tuple[str, Json]]:
    return objects_of(segment, "alternatives", place)


def _hypothesis(place: str, alternative: Json) -> Hypothesis:
    words = (
        log_confidence(item, "confidence", at)
        for at, item in objects_of(alternative, "items", place)
        if item.get("type") != "punctuation"
    )
    return Hypothesis(text_of(alternative, "transcript", place), total(words))
