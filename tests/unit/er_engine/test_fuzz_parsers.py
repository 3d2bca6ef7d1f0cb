"""Files that somebody damaged, by chance or on purpose: entities or an error of ours."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from er_engine.catalog import read_catalog, write_catalog
from er_engine.catalog.records import entity_of
from er_engine.errors import CatalogError, QueryError
from er_engine.inputs.fields import FieldError
from er_engine.inputs.json_line import parse_object
from er_engine.queries import read_queries
from er_engine.types import Entity

ENTITIES = [
    Entity("tv1", "Chip and Potato", "tv", ("Chip & Potato",), {"year": 2018, "tags": ["a"]}),
    Entity("é", "Schitt's Creek", pronunciations=("ʃ ɪ t s",), popularity=2.5, lang="en"),
]
QUERIES = (
    '{"id": "q1", "nbest": [{"text": "shipping potato", "score": -3.1}], "entity_ids": ["tv1"]}\n'
    '{"id": "q2", "nbest": [{"text": "creek"}], "entity_ids": [], "tags": {"voice": "slt"}}\n'
)
QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)

# One change: where (a share of the file), what to do, and with which bytes.
changes = st.lists(
    st.tuples(
        st.floats(0, 1), st.sampled_from(["put", "cut", "replace", "twice"]), st.binary(max_size=9)
    ),
    min_size=1,
    max_size=6,
)


def damaged(content: bytes, steps: list[tuple[float, str, bytes]]) -> bytes:
    """Content after these changes."""
    for share, action, some in steps:
        at = round(share * len(content))
        before, after = content[:at], content[at:]
        content = {
            "put": before + some + after,
            "cut": before,
            "replace": before + some + after[len(some) :],
            "twice": before + after[:50] + after,
        }[action]
    return content


def read_damaged(
    name: str, content: bytes, read: Callable[[Path], Any], expected: type[Exception]
) -> None:
    """Read a file with this content; any other error than the expected one comes out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            read(path)
        except expected as error:
            said = str(error)
        else:
            said = name
    assert name in said


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv", "c.jsonl.gz", "c.csv.gz"])
def test_damaged_catalog(name: str) -> None:
    """A damaged catalog file is read or refused with its name."""
    with tempfile.TemporaryDirectory() as folder:
        write_catalog(Path(folder) / name.replace("csv", "jsonl"), ENTITIES)
        content = (Path(folder) / name.replace("csv", "jsonl")).read_bytes()
    if "csv" in name:
        text = b'id,name,aliases,year\ntv1,"Chip, and Potato",a|b,2018\n"q""x",Lost,,\n'
        content = gzip.compress(text, mtime=0) if name.endswith("gz") else text

    @QUIET
    @given(changes)
    def check(steps: list[tuple[float, str, bytes]]) -> None:
        read_damaged(name, damaged(content, steps), read_catalog, CatalogError)

    check()


@QUIET
@given(changes)
def test_damaged_parquet(steps: list[tuple[float, str, bytes]]) -> None:
    """A damaged Parquet file is read or refused with its name."""
    read_damaged("c.parquet", damaged(_parquet(), steps), read_catalog, CatalogError)


def _parquet() -> bytes:
    import io

    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"id": ["a", "b"], "name": ["Lost", "Found"], "aliases": [["x"], []]})
    written = io.BytesIO()
    parquet.write_table(table, written)
    return written.getvalue()


@pytest.mark.parametrize("name", ["q.jsonl", "q.jsonl.gz"])
def test_damaged_queries(name: str) -> None:
    """A damaged query file is read or refused with its name."""
    content = QUERIES.encode()
    packed = gzip.compress(content, mtime=0) if name.endswith("gz") else content

    @QUIET
    @given(changes)
    def check(steps: list[tuple[float, str, bytes]]) -> None:
        read_damaged(name, damaged(packed, steps), read_queries, QueryError)

    check()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = ("id", "name", "type", "aliases", "attributes", "pronunciations", "popularity", "lang")


@QUIET
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), json_values))
def test_any_object_is_an_entity_or_names_its_field(record: dict[str, Any]) -> None:
    """Whatever is in a JSON object, it is an entity or an error that names a field."""
    try:
        entity = entity_of(record)
    except FieldError as error:
        named = error.field
    else:
        named = entity.id and entity.name.strip()
    assert named


@QUIET
@given(st.text(max_size=200))
def test_any_text_is_an_object_or_an_error(text: str) -> None:
    """A line is a JSON object or a ValueError; what is read can be written again."""
    try:
        found = parse_object(text)
    except ValueError:
        return
    json.dumps(found, allow_nan=False).encode()


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a": ' + "9" * 5_000 + "}",
        '{"a": 1e999}',
        '{"id": "\\ud800"}',
        "{" + ", ".join(f'"{n}": 1' for n in range(50_000)) + ', "49999": 1}',
    ],
    ids=["lists", "objects", "long number", "too large", "half a character", "many keys"],
)
def test_hostile_line_is_refused_quickly(line: str) -> None:
    """Lines made to break or to stop a parser are refused; none takes more than linear time."""
    with pytest.raises(ValueError, match=r"."):
        parse_object(line)
