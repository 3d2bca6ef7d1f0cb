"""Opening an index: damage of any kind is found before anything is parsed."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.attributes import attribute_texts
from er_engine.errors import IndexFormatError
from er_engine.search import CatalogIndex, EntityStore, Searcher
from er_engine.types import Entity
from index.layout import LAYOUT
from index.manifest import FORMAT_VERSION
from index.reader import open_index
from index.verify import verify_index
from tests.unit.index.builds import ENTITIES, build

EVERY_FILE = (LAYOUT.manifest, *LAYOUT.data_files())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built index that tests only read."""
    directory = tmp_path_factory.mktemp("built") / "ix"
    build(directory)
    return directory


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "ix"))


def test_opened_index_keeps_the_protocols(built: Path) -> None:
    """The resolver's protocols are implemented."""
    opened = open_index(built)
    assert isinstance(opened, CatalogIndex)
    assert isinstance(opened.searcher, Searcher)
    assert isinstance(opened.entities, EntityStore)
    assert opened.form_entities.dtype == np.int64
    assert opened.popularity.dtype == np.float32
    assert opened.entities_of_type("tv").dtype == np.bool_


def test_layout_names_every_file(built: Path) -> None:
    """A folder holds the files of the layout and no other."""
    assert {path.name for path in built.iterdir()} == set(EVERY_FILE)


def test_rows_out_of_range_are_refused(built: Path) -> None:
    """A row before the first or after the last is an IndexError, of entities and of forms."""
    opened = open_index(built)
    for row in (-1, len(opened.entities)):
        with pytest.raises(IndexError):
            opened.entities.get([0, row])
    for row in (-1, len(opened.form_entities)):
        with pytest.raises(IndexError):
            opened.forms([0, row])
    assert opened.entities.get([]) == []
    assert opened.forms([]) == []


def test_entities_in_the_order_asked_for(built: Path) -> None:
    """Order and repetition of rows are kept, and an id leads to its row."""
    opened = open_index(built)
    assert [entity.id for entity in opened.entities.get([3, 0, 3])] == ["b2", "tv1", "b2"]
    assert opened.entities.row_of("b1") == 2
    assert opened.entities.row_of("none") is None


def test_threads_share_an_opened_index(built: Path) -> None:
    """Many threads read entities, forms and vectors of one opened index."""
    opened = open_index(built)
    query = np.ones((1, 64), dtype=np.float32)

    def read(number: int) -> tuple[object, ...]:
        row = number % len(ENTITIES)
        found = opened.searcher.search(query, 3)[1].tolist()
        return opened.entities.get([row])[0] == ENTITIES[row], opened.forms([0])[0].text, str(found)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read, range(400)))) == 1


@pytest.mark.parametrize("name", EVERY_FILE)
def test_missing_file(index: Path, name: str) -> None:
    """A missing file is named."""
    (index / name).unlink()
    with pytest.raises(IndexFormatError, match=f"{name}.*build the index again|{name} is missing"):
        open_index(index)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_truncated_file(index: Path, name: str) -> None:
    """A file that lost its last byte is named."""
    path = index / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexFormatError, match=name):
        open_index(index)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_one_changed_byte(
    built: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whichever byte of whichever file changes, opening is refused and names the file."""
    index = Path(shutil.copytree(built, tmp_path_factory.mktemp("damaged") / "ix"))
    name = data.draw(st.sampled_from(EVERY_FILE))
    content = bytearray((index / name).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (index / name).write_bytes(content)
    with pytest.raises(IndexFormatError) as caught:
        open_index(index)
    assert name in str(caught.value) or "format version" in str(caught.value)


def test_verify_finds_every_damaged_file(index: Path) -> None:
    """All damaged files are told, not only the first, and a stranger's file, too."""
    (index / LAYOUT.vectors).write_bytes(b"")
    (index / LAYOUT.popularity).unlink()
    (index / "notes.txt").write_text("hello")
    problems = " ".join(verify_index(index))
    for name in (LAYOUT.vectors, LAYOUT.popularity, "notes.txt"):
        assert name in problems


def test_other_format_version(index: Path) -> None:
    """Both versions are named, and what to do."""
    path = index / LAYOUT.manifest
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 99'))
    with pytest.raises(
        IndexFormatError, match=f"format version 99, but .* reads version {FORMAT_VERSION}; build"
    ):
        open_index(index)


def forge(index: Path, **changes: object) -> None:
    """Change entries of the manifest, with a hash that fits."""
    path = index / LAYOUT.manifest
    record = json.loads(path.read_text()) | changes
    del record["manifest_sha256"]
    own = hashlib.sha256(json.dumps(record, indent=2, ensure_ascii=False).encode()).hexdigest()
    record["manifest_sha256"] = own
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def test_other_phoneme_inventory(index: Path) -> None:
    """Phoneme ids of another inventory would be nonsense: refused."""
    forge(index, inventory="0-old")
    with pytest.raises(IndexFormatError, match="phoneme inventory 0-old"):
        open_index(index)


def test_counts_are_compared(index: Path) -> None:
    """A manifest that counts otherwise than its files is refused."""
    forge(index, entities=6)
    with pytest.raises(IndexFormatError, match="has 5 entities, but the manifest says 6"):
        open_index(index)


def test_no_index_there(tmp_path: Path) -> None:
    """A missing folder, an empty one and another program's manifest are told apart."""
    with pytest.raises(IndexFormatError, match="no such folder"):
        open_index(tmp_path / "none")
    with pytest.raises(IndexFormatError, match=r"no manifest\.json in it"):
        open_index(tmp_path)
    (tmp_path / "manifest.json").write_text('{"name": "web app"}')
    with pytest.raises(IndexFormatError, match="not the manifest of an er-engine index"):
        open_index(tmp_path)


def test_manifest_tells_neither_time_nor_path(index: Path) -> None:
    """The manifest holds what was built, not where or when."""
    text = (index / LAYOUT.manifest).read_text()
    assert "/" not in text.replace("n/a", "")
    assert json.loads(text)["format_version"] == FORMAT_VERSION


def test_entities_are_filtered_by_attribute(tmp_path: Path) -> None:
    """An opened index finds the values of an attribute as the catalog in memory does."""
    values: list[object] = ["x", "y", ["x", "z"], 7, 7.0, "7", True, None, {"x": 1}]
    entities = [
        Entity(f"e{row}", f"Name {row}", attributes={'a "b"': value})
        for row, value in enumerate(values)
    ]
    build(tmp_path / "dir", entities)
    opened = open_index(tmp_path / "dir")
    for wanted, found in (
        (["x"], [0, 2]),
        ([7], [3, 4, 5]),
        ([True], [6]),
        (["x", "y"], [0, 1, 2]),
    ):
        mask = opened.entities_with('a "b"', attribute_texts(wanted))
        assert np.flatnonzero(mask).tolist() == found
    assert not opened.entities_with("other", attribute_texts("x")).any()
