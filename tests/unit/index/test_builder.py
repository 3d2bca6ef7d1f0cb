"""Building an index: what is in it, same bytes, and that nothing is lost when it fails."""

from __future__ import annotations

import errno
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import CatalogError, ConfigError, EncoderError, InputError
from er_engine.search import FloatArray
from er_engine.types import Entity, SurfaceForm
from index import builder
from index.builder import BuildOptions, build_index
from index.reader import open_index
from index.verify import verify_index
from tests.unit.index.builds import ENTITIES, SpellingG2P, build, content, many

WHOLE_FILE = 1 << 20


def test_built_index_holds_the_catalog(tmp_path: Path) -> None:
    """Entities, types, popularity and surface forms come back as they were given."""
    manifest = build(tmp_path / "ix", options=BuildOptions(templates=("{name} {city}",)))
    opened = open_index(tmp_path / "ix")
    assert opened.entities.get(range(5)) == list(ENTITIES)
    assert opened.entities_of_type("book").tolist() == [False, False, True, False, True]
    assert not opened.entities_of_type("Book").any()
    np.testing.assert_array_equal(opened.popularity, np.float32([2.5, 0, 0, 0, 0]))
    assert (opened.lang, opened.encoder_fingerprint) == ("en", "dummy-64")
    forms = opened.forms(np.arange(len(opened.form_entities)))
    said = list(zip(opened.form_entities.tolist(), (form.text for form in forms), strict=True))
    assert (0, "Chip & Potato") in said
    assert (1, "Schitt's Creek Goderich") in said
    assert ("tʃ", "ɪ", "p") in {form.pronunciation for form in forms}
    assert sorted(said, key=lambda pair: pair[0]) == said
    assert manifest.surface_forms == len(said) > manifest.distinct_forms
    assert verify_index(tmp_path / "ix") == []


@pytest.mark.parametrize("kind", ["flat", "sq8", "ivf"])
def test_vectors_are_those_of_the_forms(tmp_path: Path, kind: str) -> None:
    """Searching the vector of a form finds that form's row."""
    build(tmp_path / "ix", many(1_200), BuildOptions(index_kind=kind))
    opened = open_index(tmp_path / "ix")
    assert opened.manifest.index_kind == kind
    rows = np.array([0, 17, len(opened.form_entities) - 1])
    forms = opened.forms(rows)
    scores, found = opened.searcher.search(DummyEncoder().encode(forms), 1)
    assert opened.forms(found[:, 0]) == forms
    np.testing.assert_allclose(scores, 1.0, atol=0.02)


@pytest.mark.parametrize("kind", ["flat", "sq8", "ivf"])
def test_same_input_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    """Two builds of one catalog agree in every byte of every file, at any path."""
    options = BuildOptions(index_kind=kind)
    (tmp_path / "elsewhere").mkdir()
    build(tmp_path / "a", many(1_200), options)
    build(tmp_path / "elsewhere" / "b", many(1_200), options)
    assert content(tmp_path / "a") == content(tmp_path / "elsewhere" / "b")


def test_chunk_sizes_do_not_change_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much is held in memory at once changes nothing of the result."""
    build(tmp_path / "a")
    for name in ("_ENTITIES_AT_ONCE", "_FORMS_AT_ONCE", "_VECTORS_AT_ONCE"):
        monkeypatch.setattr(builder, name, 2)
    build(tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_equal_forms_are_encoded_once(tmp_path: Path) -> None:
    """A name that a hundred entities share costs one encoding, and all of them are found."""
    encoded: list[SurfaceForm] = []

    class Counting(DummyEncoder):
        def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
            encoded.extend(forms)
            return super().encode(forms, batch_size)

    same = [Entity(f"e{number}", "untitled") for number in range(100)]
    build_index(same, tmp_path / "ix", Counting(), SpellingG2P())
    assert len(encoded) == len(set(encoded))
    opened = open_index(tmp_path / "ix")
    _, rows = opened.searcher.search(DummyEncoder().encode(encoded[:1]), 200)
    assert set(opened.form_entities[rows[rows >= 0]].tolist()) == set(range(100))


def test_progress_reaches_the_total_of_each_phase(tmp_path: Path) -> None:
    """Each phase is reported, up to its total."""
    seen: dict[str, tuple[int, int]] = {}
    build_index(
        ENTITIES,
        tmp_path / "ix",
        DummyEncoder(),
        SpellingG2P(),
        progress=lambda phase, done, total: seen.update({phase: (done, total)}),
    )
    assert list(seen) == ["surface forms", "encode", "add vectors"]
    assert all(done == total > 0 for done, total in seen.values())


class Failing(DummyEncoder):
    """An encoder that breaks in the middle."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """Raise."""
        raise self._error


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("broken"), OSError(errno.ENOSPC, "No space left")]
)
def test_interrupted_build_leaves_the_old_index(tmp_path: Path, error: BaseException) -> None:
    """Whatever stops a build, the old index is as it was and nothing else is left."""
    build(tmp_path / "ix")
    before = content(tmp_path / "ix")
    with pytest.raises(type(error)):
        build_index(many(5), tmp_path / "ix", Failing(error), SpellingG2P())
    assert content(tmp_path / "ix") == before
    assert [path.name for path in tmp_path.iterdir()] == ["ix"]
    assert open_index(tmp_path / "ix").entities.get([0]) == [ENTITIES[0]]


def test_interrupted_first_build_leaves_nothing(tmp_path: Path) -> None:
    """Without an old index there is none afterwards either."""
    with pytest.raises(RuntimeError):
        build_index(ENTITIES, tmp_path / "ix", Failing(RuntimeError()), SpellingG2P())
    assert list(tmp_path.iterdir()) == []


BUILD_IN_CHILD = """
import sys
from pathlib import Path
from tests.unit.index.builds import build, many
build(Path(sys.argv[1]), many(2000))
"""


def _limit_file_size(limit: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


@pytest.mark.parametrize("limit", [1_000, 20_000, 100_000, 400_000])
def test_no_space_left_leaves_the_old_index(tmp_path: Path, limit: int) -> None:
    """When writing fails, in whichever file, it is an OSError and the old index stays."""
    build(tmp_path / "ix")
    before = content(tmp_path / "ix")
    done = subprocess.run(
        [sys.executable, "-c", BUILD_IN_CHILD, str(tmp_path / "ix")],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: _limit_file_size(limit),
    )
    assert done.returncode == 1
    assert "OSError" in done.stderr.splitlines()[-1]
    assert content(tmp_path / "ix") == before
    assert [path.name for path in tmp_path.iterdir()] == ["ix"]


def test_rebuild_replaces_the_index(tmp_path: Path) -> None:
    """The new index takes the old one's place; who had the old one open can go on reading it."""
    build(tmp_path / "ix")
    old = open_index(tmp_path / "ix")
    build(tmp_path / "ix", many(7))
    assert len(open_index(tmp_path / "ix").entities) == 7
    assert old.entities.get([1]) == [ENTITIES[1]]
    assert old.forms([0])[0].text == "Chip and Potato"
    assert [path.name for path in tmp_path.iterdir()] == ["ix"]


def test_leftovers_of_a_dead_build_are_removed(tmp_path: Path) -> None:
    """A folder that a killed build left behind goes away with the next build."""
    (tmp_path / ".ix.building-dead").mkdir()
    (tmp_path / ".ix.building-dead" / "vectors.faiss").write_bytes(b"half")
    build(tmp_path / "ix")
    assert [path.name for path in tmp_path.iterdir()] == ["ix"]


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    """A file, a folder of files, and an index with a stranger's file in it are left alone."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "manifest.json").write_text('{"name": "web app"}')
    build(tmp_path / "ix")
    (tmp_path / "ix" / "catalog.jsonl").write_text("mine")
    for name, message in (
        ("file", "a file is there"),
        ("folder", "something else than an index"),
        ("ix", "also holds 'catalog.jsonl'"),
    ):
        with pytest.raises(InputError, match=message):
            build(tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "folder" / "manifest.json").exists()
    assert (tmp_path / "ix" / "catalog.jsonl").read_text() == "mine"


def test_an_empty_folder_and_a_damaged_index_may_be_replaced(tmp_path: Path) -> None:
    """Nothing is lost there; the folder's parents are made where they are missing."""
    (tmp_path / "empty").mkdir()
    build(tmp_path / "empty")
    (tmp_path / "empty" / "vectors.faiss").write_bytes(b"broken")
    build(tmp_path / "empty")
    build(tmp_path / "new" / "parents" / "ix")
    assert verify_index(tmp_path / "empty") == verify_index(tmp_path / "new/parents/ix") == []


def test_wrong_arguments_are_refused_before_any_work(tmp_path: Path) -> None:
    """No entities, a wrong template, an unknown kind: nothing is made."""
    with pytest.raises(CatalogError, match="no entities"):
        build(tmp_path / "ix", [])
    with pytest.raises(ConfigError, match="template"):
        build(tmp_path / "ix", options=BuildOptions(templates=("{",)))
    with pytest.raises(ConfigError, match="'hnsw' is unknown; use auto, flat, sq8, ivf"):
        build(tmp_path / "ix", options=BuildOptions(index_kind="hnsw"))
    assert list(tmp_path.iterdir()) == []


def test_vectors_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    """An encoder that gives NaN can't spoil an index."""

    class Broken(DummyEncoder):
        def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
            return super().encode(forms, batch_size) * np.float32("nan")

    with pytest.raises(EncoderError, match="aren't finite"):
        build_index(ENTITIES, tmp_path / "ix", Broken(), SpellingG2P())
