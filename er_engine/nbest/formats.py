"""The formats that can be read, and which one a file is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from er_engine.nbest import (
    aws,
    azure,
    google,
    kaldi,
    nemo,
    own,
    sherpa_onnx,
    tables,
    vosk,
    whisper,
    whisper_cpp,
)
from er_engine.nbest.access import Json
from er_engine.nbest.documents import Line, Reading, is_json, split
from er_engine.nbest.utterance import Utterance

_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `fits` tells whether the first decoded lines look like it, `read` reads all."""

    name: str
    source: str
    fits: Callable[[Sequence[str]], bool]
    read: Callable[[Sequence[Line]], Iterator[Reading]]


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """One format of JSON documents.

    `fits` tells whether a document looks like it; `read` returns its utterances or raises
    `FieldError`.
    """

    name: str
    source: str
    fits: Callable[[Json], bool]
    read: Callable[[Json], list[Utterance]]

    def read_lines(self, lines: Sequence[Line]) -> Iterator[Reading]:
        """Yield what is in each document of a file."""
        for source, document in split(lines):
            if isinstance(document, ValueError):
                yield source, document
                continue
            try:
                yield source, self.read(document)
            except ValueError as error:
                yield source, error


# In the order in which a file is compared with them: what is told apart by few keys comes last.
JSON_FORMATS = (
    JsonFormat(
        "queries", "er-engine's query format, or an n-best list of texts", own.fits, own.read
    ),
    JsonFormat("google", "Google Cloud Speech-to-Text v1, v2", google.fits, google.read),
    JsonFormat("aws", "Amazon Transcribe", aws.fits, aws.read),
    JsonFormat("nemo", "NVIDIA NeMo manifest with pred_text", nemo.fits, nemo.read),
    JsonFormat("sherpa-onnx", "sherpa-onnx results", sherpa_onnx.fits, sherpa_onnx.read),
    JsonFormat("azure", "Azure Speech, detailed or batch", azure.fits, azure.read),
    JsonFormat("vosk", "Vosk", vosk.fits, vosk.read),
    JsonFormat("whisper-cpp", "whisper.cpp", whisper_cpp.fits, whisper_cpp.read),
    JsonFormat(
        "whisper", "Whisper: openai, API, faster-whisper, pipeline", whisper.fits, whisper.read
    ),
)


def _never(_: Sequence[str]) -> bool:
    """Nothing tells these apart from any other text, so they have to be asked for."""
    return False


TEXT_FORMATS = (
    Format(
        "sherpa-onnx-log",
        "what sherpa-onnx-offline prints",
        sherpa_onnx.fits_printed,
        sherpa_onnx.read_printed,
    ),
    Format("tsv", "id<TAB>hypothesis<TAB>hypothesis...", tables.fits_tsv, tables.read_tsv),
    Format("kaldi", "Kaldi n-best: utt-1 words, utt-2 words", kaldi.fits, kaldi.read),
    Format("kaldi-text", "Kaldi text: utt words", _never, kaldi.read_single),
    Format("text", "hypothesis | hypothesis...", _never, tables.read_text),
)

NAMES = tuple(known.name for known in (*JSON_FORMATS, *TEXT_FORMATS))


def detect(lines: Sequence[Line]) -> str:
    """Return the name of the format of a file's lines (none of them blank).

    Raises:
        ValueError: it looks like none of them.
    """
    if is_json(lines):
        return _detect_json(lines)
    texts = [raw.decode("utf-8", errors="replace") for _, raw in lines[:_LOOKED_AT]]
    for known in TEXT_FORMATS:
        if known.fits(texts):
            return known.name
    raise ValueError("the format can't be told from what is in the file; name it with --format")


def reader_of(name: str) -> Callable[[Sequence[Line]], Iterator[Reading]]:
    """Return what reads the lines of a file in this format."""
    for text_format in TEXT_FORMATS:
        if text_format.name == name:
            return text_format.read
    return next(known.read_lines for known in JSON_FORMATS if known.name == name)


def _detect_json(lines: Sequence[Line]) -> str:
    """The first document that looks like a format decides for the file."""
    broken: ValueError | None = None
    for _, document in split(lines):
        if isinstance(document, ValueError):
            broken = broken or document
            continue
        for known in JSON_FORMATS:
            if known.fits(document):
                return known.name
    if broken is not None:
        raise broken
    raise ValueError("the JSON looks like no known recogniser's; name it with --format")
