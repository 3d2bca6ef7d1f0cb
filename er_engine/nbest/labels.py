"""Labels: which entities are right for each query.

TSV lines `id<TAB>entity_id|entity_id`, or JSONL `{"id": "q1", "entity_ids": ["tv1"]}`, which may
also say `type`, `reference` and `tags`. Nothing after the tab, or an empty list, means that nothing
in the catalog is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from er_engine.inputs.fields import FieldError, required_text, text_list
from er_engine.inputs.json_line import parse_object
from er_engine.inputs.lines import suffix_of
from er_engine.nbest.keyed_lines import read_keyed_lines
from er_engine.queries import MAX_ENTITY_IDS, MAX_ID_CHARACTERS

Labels = Mapping[str, Mapping[str, Any]]

_FIELDS = ("entity_ids", "type", "reference", "tags")
_BETWEEN = "|"


def read_labels(path: Path) -> Labels:
    """Return the fields of a query that the labels give, by id.

    Raises:
        QueryError: the file can't be read or has wrong lines, which the message lists.
    """
    entry = _json if suffix_of(path)[0] in (".jsonl", ".ndjson") else _tsv
    return read_keyed_lines(path, "labels", "id", entry)


def _tsv(line: str) -> tuple[str, dict[str, Any]]:
    columns = line.rstrip("\r\n").split("\t")
    if len(columns) != len(("id", "entity_ids")) or not columns[0].strip():
        raise ValueError(
            "must be id<TAB>entity_id|entity_id (nothing after the tab: none is right)"
        )
    ids = [part.strip() for part in columns[1].split(_BETWEEN)] if columns[1].strip() else []
    fields = {"entity_ids": ids}
    return columns[0].strip(), _checked(fields)


def _json(line: str) -> tuple[str, dict[str, Any]]:
    record = parse_object(line)
    if record.get("entity_ids") is None:
        raise FieldError("entity_ids", None, "missing; write [] where none is right")
    fields = {key: record[key] for key in _FIELDS if record.get(key) is not None}
    return required_text(record, "id", MAX_ID_CHARACTERS).strip(), _checked(fields)


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    ids = text_list(fields, "entity_ids", MAX_ID_CHARACTERS, MAX_ENTITY_IDS)
    return fields | {"entity_ids": list(dict.fromkeys(ids))}
