"""Catalog files: what is read, and how each kind of wrong input is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.catalog import read_catalog, write_catalog, write_rejects
from er_engine.errors import CatalogError
from er_engine.types import Entity

CHIP = {"id": "tv1", "name": "Chip and Potato"}


def write(path: Path, text: str | bytes) -> Path:
    """Write a file; the path comes back."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def lines(*records: dict[str, Any] | str) -> str:
    """Return JSONL."""
    return "".join(
        (record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records
    )


def test_jsonl_keeps_every_field(tmp_path: Path) -> None:
    """All fields are read; a key that is no field becomes an attribute."""
    record = {
        "id": "tv1",
        "name": "Chip and Potato",
        "type": "tv",
        "aliases": ["Chip & Potato"],
        "attributes": {"year": 2018},
        "pronunciations": ["CH IH1 P"],
        "popularity": 3,
        "lang": "en",
        "city": "Vancouver",
    }
    catalog = read_catalog(write(tmp_path / "c.jsonl", lines(record)))
    assert catalog.entities == (
        Entity(
            id="tv1",
            name="Chip and Potato",
            type="tv",
            aliases=("Chip & Potato",),
            attributes={"year": 2018, "city": "Vancouver"},
            pronunciations=("CH IH1 P",),
            popularity=3.0,
            lang="en",
        ),
    )
    assert catalog.problems == ()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_blank_lines_and_line_ends(tmp_path: Path, end: str) -> None:
    """A byte order mark, blank lines and either line end are no problem."""
    text = "\ufeff" + end.join([json.dumps(CHIP), "", "  ", '{"id": "2", "name": "Łódź"}'])
    names = [e.name for e in read_catalog(write(tmp_path / "c.jsonl", text)).entities]
    assert names == ["Chip and Potato", "Łódź"]


def test_line_separators_inside_a_name_part_no_lines(tmp_path: Path) -> None:
    """U+2028 in a JSON text is no line end."""
    path = write(tmp_path / "c.jsonl", '{"id": "1", "name": "a\u2028b"}\n')
    assert read_catalog(path).entities[0].name == "a\u2028b"


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_gzip(tmp_path: Path, kind: str) -> None:
    """JSONL and CSV may be compressed."""
    text = lines(CHIP) if kind == "jsonl" else "id,name\ntv1,Chip and Potato\n"
    path = write(tmp_path / f"c.{kind}.gz", gzip.compress(text.encode()))
    assert read_catalog(path).entities == (Entity("tv1", "Chip and Potato"),)


def test_csv_lists_attributes_and_integers(tmp_path: Path) -> None:
    """List fields are parted by `|`, other columns are attributes, an empty cell says nothing."""
    path = write(
        tmp_path / "c.csv",
        "id, name,aliases,popularity,city,year\n"
        '7,"Potato, Chip","Chip|  Spud |",2.5,Bath,\n'
        "\n"
        '8,"two\nlines",,,,1999\n',
    )
    assert read_catalog(path).entities == (
        Entity(
            "7",
            "Potato, Chip",
            aliases=("Chip", "Spud"),
            attributes={"city": "Bath"},
            popularity=2.5,
        ),
        Entity("8", "two\nlines", attributes={"year": "1999"}),
    )


def test_parquet(tmp_path: Path) -> None:
    """Lists, structs, nulls, NaN and integer ids of Parquet are read."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "id": [1, 2],
            "name": ["Chip and Potato", "Spud"],
            "aliases": [["Chip & Potato"], None],
            "attributes": [{"year": 2018}, None],
            "rating": [4.5, float("nan")],
        }
    )
    parquet.write_table(table, tmp_path / "c.parquet")
    assert read_catalog(tmp_path / "c.parquet").entities == (
        Entity(
            "1",
            "Chip and Potato",
            aliases=("Chip & Potato",),
            attributes={"year": 2018, "rating": 4.5},
        ),
        Entity("2", "Spud"),
    )


def test_parquet_problem_names_the_row(tmp_path: Path) -> None:
    """A wrong Parquet record is told by row, field and value."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({"id": ["1", "2"], "name": ["a", "b"], "popularity": [1.0, float("nan")]})
    parquet.write_table(table, tmp_path / "c.parquet")
    with pytest.raises(CatalogError, match=r"row 2, field 'popularity', value nan: must be a fini"):
        read_catalog(tmp_path / "c.parquet")


WRONG_LINES = {
    "not json": ('{"id": "1", "name"', "not JSON: Expecting ':' delimiter at column 19"),
    "not an object": ('["1"]', "not a JSON object but a list"),
    "key twice": ('{"id": "1", "id": "2", "name": "a"}', "the key 'id' is given twice"),
    "nan": ('{"id": "1", "name": "a", "popularity": NaN}', "NaN is not a number"),
    "surrogate": (r'{"id": "1", "name": "\ud800"}', "half of a surrogate pair"),
    "nested": ('{"id": "1", "name": "a", "x": ' + "[" * 100_000, "nested too deeply|not JSON"),
    "huge number": ('{"id": "1", "name": "a", "popularity": 1e999}', "too large for a number"),
    "negative": ('{"id": "1", "name": "a", "popularity": -1}', "must be from 0"),
    "missing id": ('{"name": "a"}', "field 'id': missing"),
    "null id": ('{"id": null, "name": "a"}', "field 'id': missing"),
    "integer id": ('{"id": 5, "name": "a"}', "field 'id', value 5: must be a text, not a number"),
    "missing name": ('{"id": "1"}', "field 'name': missing"),
    "empty name": ('{"id": "1", "name": " "}', "field 'name', value ' ': empty"),
    "long name": (
        json.dumps({"id": "1", "name": "x" * 1_000_000}),
        r"field 'name', value 'x+'\.\.\.: 1,000,000 characters long; at most 1,000 allowed",
    ),
    "name is a list": ('{"id": "1", "name": ["a"]}', "must be a text, not a list"),
    "aliases text": ('{"id": "1", "name": "a", "aliases": "b"}', "must be a list of texts"),
    "alias number": ('{"id": "1", "name": "a", "aliases": [3]}', "field 'aliases', value 3"),
    "too many aliases": (
        json.dumps({"id": "1", "name": "a", "aliases": ["b"] * 101}),
        "101 entries; at most 100 allowed",
    ),
    "attributes list": ('{"id": "1", "name": "a", "attributes": []}', "must be an object"),
    "attribute twice": (
        '{"id": "1", "name": "a", "attributes": {"x": 1}, "x": 2}',
        "field 'x', value 2: given twice",
    ),
    "popularity text": ('{"id": "1", "name": "a", "popularity": "9"}', "must be a number"),
    "pronunciation": (
        '{"id": "1", "name": "a", "pronunciations": ["QQ1"]}',
        "field 'pronunciations', value 'QQ1'",
    ),
}


@pytest.mark.parametrize("case", WRONG_LINES)
def test_wrong_line_is_told_and_can_be_skipped(tmp_path: Path, case: str) -> None:
    """A wrong line stops with file, line and reason; with skip_bad only that line is left out."""
    line, message = WRONG_LINES[case]
    path = write(tmp_path / "c.jsonl", lines(CHIP, line))
    with pytest.raises(CatalogError, match=message) as caught:
        read_catalog(path)
    assert f"{path}, line 2" in str(caught.value)
    assert len(str(caught.value)) < 1_000
    catalog = read_catalog(path, skip_bad=True)
    assert [entity.id for entity in catalog.entities] == ["tv1"]
    assert [problem.record for problem in catalog.problems] == [line.encode() + b"\n"]


def test_duplicate_id_names_both_lines(tmp_path: Path) -> None:
    """The line at fault and the line of the first use are named."""
    path = write(tmp_path / "c.jsonl", lines(CHIP, {"id": "2", "name": "b"}, CHIP))
    with pytest.raises(
        CatalogError, match="line 3, field 'id', value 'tv1': line 1 has the same id"
    ):
        read_catalog(path)


def test_not_utf8_names_line_and_byte(tmp_path: Path) -> None:
    """A Latin-1 line is told by line and byte, and is kept whole in the rejects."""
    bad = '{"id": "2", "name": "Señor"}\n'.encode("latin-1")
    path = write(tmp_path / "c.jsonl", lines(CHIP).encode() + bad)
    with pytest.raises(CatalogError, match=r"line 2: not UTF-8: byte 24 of the line is 0xf1"):
        read_catalog(path)
    problems = read_catalog(path, skip_bad=True).problems
    assert problems[0].record == bad
    write_rejects(tmp_path / "r.jsonl", problems)
    assert "record_base64" in json.loads((tmp_path / "r.jsonl").read_text())


def test_first_twenty_problems_are_listed(tmp_path: Path) -> None:
    """Of 25 wrong lines, 20 are listed and 5 counted."""
    path = write(tmp_path / "c.jsonl", lines(CHIP, *["{}"] * 25))
    with pytest.raises(CatalogError, match="25 records are wrong") as caught:
        read_catalog(path)
    assert str(caught.value).count("field 'id': missing") == 20
    assert str(caught.value).endswith("and 5 more")
    assert len(read_catalog(path, skip_bad=True).problems) == 25


def test_rejects_keep_everything(tmp_path: Path) -> None:
    """The rejects file says where each record was, what is wrong, and holds the record."""
    path = write(tmp_path / "c.csv", "id,name\n1,a\n2,\n3,b,c\n")
    catalog = read_catalog(path, skip_bad=True)
    write_rejects(tmp_path / "r.jsonl", catalog.problems)
    rejects = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(reject["line"], reject["record"]) for reject in rejects] == [(3, "2,"), (4, "3,b,c")]
    assert rejects[0]["field"] == "name"
    assert "3 cells, but the header names 2 columns" in rejects[1]["problem"]


WRONG_FILES = {
    "empty.jsonl": (b"", "the file is empty; was it written to the end?"),
    "blank.jsonl": (b"\n \n", "there is no record in it; an index needs"),
    "none.csv": (b"id,name\n", "there is no record in it"),
    "headless.csv": (b"tv1,Chip\n", "starts with a header that names the columns 'id' and 'name'"),
    "semicolon.csv": (b"id;name\n1;a\n", "separated by commas"),
    "twice.csv": (b"id,name,x,x\n1,a,2,3\n", "the column 'x' is there twice"),
    "unnamed.csv": (b",id,name\n0,1,a\n", "column 1 has no name"),
    "attributes.csv": (b"id,name,attributes\n1,a,b\n", "'attributes' can't be used"),
    "latin.csv": ("id,name,año\n".encode("latin-1"), "line 1: not UTF-8"),
    "utf16.jsonl": ('{"id": "1", "name": "a"}'.encode("utf-16"), "line 1: not UTF-8"),
    "c.xlsx": (b"PK", "unknown kind of file '.xlsx'"),
    "c": (b"x", "unknown kind of file"),
    "c.parquet": (b"PAR1 no", "not a readable Parquet file"),
    "c.jsonl.gz": (b"no gzip", "damaged gzip file"),
    "cut.jsonl.gz": (gzip.compress(b'{"id": "1", "name": "a"}\n' * 50)[:-12], "damaged gzip file"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_wrong_file(tmp_path: Path, name: str) -> None:
    """A file that can't be used is named, with the reason."""
    content, message = WRONG_FILES[name]
    path = write(tmp_path / name, content)
    with pytest.raises(CatalogError, match=message) as caught:
        read_catalog(path)
    assert str(path) in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A path to nothing, or to a folder, is told."""
    with pytest.raises(CatalogError, match="no such file"):
        read_catalog(tmp_path / "none.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(CatalogError, match="not a file"):
        read_catalog(tmp_path / "folder.jsonl")


def test_only_wrong_records_is_an_error_even_when_skipping(tmp_path: Path) -> None:
    """skip_bad doesn't make an empty catalog."""
    path = write(tmp_path / "c.jsonl", lines("{}"))
    with pytest.raises(CatalogError, match="no record is right"):
        read_catalog(path, skip_bad=True)


def test_csv_rows_after_a_wrong_one_are_still_read(tmp_path: Path) -> None:
    """A stray quote spoils its own record only."""
    path = write(tmp_path / "c.csv", 'id,name\n1,"a"b\n2,c\n')
    catalog = read_catalog(path, skip_bad=True)
    assert [entity.id for entity in catalog.entities] == ["2"]
    assert catalog.problems[0].number == 2
    assert "not CSV" in catalog.problems[0].what


def test_csv_million_character_name(tmp_path: Path) -> None:
    """A cell beyond all limits is a problem of its line."""
    path = write(tmp_path / "c.csv", f"id,name\n1,{'x' * 1_000_000}\n2,b\n")
    with pytest.raises(CatalogError, match="line 2: not CSV: field larger than field limit"):
        read_catalog(path)


def test_csv_open_quote_is_told(tmp_path: Path) -> None:
    """A quote that never closes names the line where its record starts."""
    path = write(tmp_path / "c.csv", 'id,name\n1,a\n2,"b\n3,c\n')
    with pytest.raises(CatalogError, match="line 3: not CSV: unexpected end of data"):
        read_catalog(path)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
entities = st.builds(
    Entity,
    id=texts,
    name=texts,
    type=st.none() | texts,
    aliases=st.lists(texts, max_size=3).map(tuple),
    attributes=st.dictionaries(texts, values, max_size=3),
    pronunciations=st.lists(st.sampled_from(["CH IH1 P", "tʃɪp"]), max_size=2).map(tuple),
    popularity=st.floats(0, 1e30),
    lang=st.none() | st.just("en"),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(entities, min_size=1, max_size=5, unique_by=lambda entity: entity.id))
def test_written_catalog_is_read_back(tmp_path_factory: pytest.TempPathFactory, some: Any) -> None:
    """What write_catalog writes, read_catalog gives back unchanged."""
    path = tmp_path_factory.mktemp("catalog") / "c.jsonl.gz"
    write_catalog(path, some)
    assert list(read_catalog(path).entities) == some


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["jsonl", "csv", "jsonl.gz", "csv.gz", "parquet"]))
def test_any_bytes_give_a_catalog_or_a_catalog_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, kind: str
) -> None:
    """No bytes at all make the reader fail in another way than with its own error."""
    path = write(tmp_path_factory.mktemp("any") / f"c.{kind}", content)
    try:
        told = str(read_catalog(path, skip_bad=True).entities)
    except CatalogError as error:
        told = str(error)
    assert "Entity(" in told or str(path) in told
