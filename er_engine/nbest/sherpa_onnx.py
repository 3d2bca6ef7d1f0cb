"""sherpa-onnx: `{"text": "...", "tokens": [...], "timestamps": [...], "ys_log_probs": [...]}`.

Also what `sherpa-onnx-offline` prints: each result follows a line with the audio file's name. The
score is the sum of the tokens' log-probabilities, where the model gives them. There is no n-best
list; `{"nbest": [result, result]}` takes several results of one utterance, best first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from er_engine.inputs.lines import decode
from er_engine.nbest.access import Json, as_number, items_of, name_of, objects_of, text_of
from er_engine.nbest.documents import Line, Reading, Source, parse_object
from er_engine.nbest.utterance import Utterance, total
from er_engine.types import Hypothesis

_PROBABILITIES = ("ys_log_probs", "ys_probs")
_MANIFEST_KEYS = ("audio_filepath", "audio", "filename", "wav")


def fits(document: Json) -> bool:
    """Tell whether this looks like a result of sherpa-onnx."""
    nbest = document.get("nbest")
    if isinstance(nbest, list):
        return any(isinstance(part, dict) and _is_one(part) for part in nbest)
    return _is_one(document)


def _is_one(document: Json) -> bool:
    return (
        isinstance(document.get("text"), str)
        and "tokens" in document
        and ("timestamps" in document or any(key in document for key in _PROBABILITIES))
    )


def read(document: Json) -> list[Utterance]:
    """Return the utterance."""
    results = objects_of(document, "nbest") or [("", document)]
    nbest = tuple(_hypothesis(place, result) for place, result in results)
    name = name_of(document, "id")
    audio = None if name else name_of(document, *_MANIFEST_KEYS)
    return [Utterance(nbest, name or (audio and stem_of(audio)))]


def _hypothesis(place: str, result: Json) -> Hypothesis:
    key = next((key for key in _PROBABILITIES if result.get(key)), _PROBABILITIES[0])
    tokens = [as_number(value, at) for at, value in items_of(result, key, place)]
    return Hypothesis(text_of(result, "text", place), total(tokens))


def stem_of(audio: str) -> str:
    """Return the name of an audio file without folders and extension."""
    return PurePosixPath(audio.strip().replace("\\", "/")).stem


def fits_printed(lines: Sequence[str]) -> bool:
    """Tell whether these lines are what `sherpa-onnx-offline` prints."""
    return any(
        before.strip() and not before.lstrip().startswith("{") and _is_result(line)
        for before, line in pairwise(lines)
    )


def read_printed(lines: Sequence[Line]) -> Iterator[Reading]:
    """Yield the results; the other lines (settings, timing) hold no words."""
    audio: str | None = None
    for number, raw in lines:
        source = Source(number, "line", raw, f"#{number}")
        if not raw.lstrip().startswith(b"{"):
            text = raw.decode("utf-8", errors="replace").strip()
            audio = stem_of(text) if text else audio
            continue
        try:
            [utterance] = read(parse_object(decode(raw)))
        except ValueError as error:
            yield source, error
        else:
            yield source, [Utterance(utterance.nbest, utterance.name or audio)]
        audio = None


def _is_result(line: str) -> bool:
    try:
        return fits(parse_object(line))
    except ValueError:
        return False
