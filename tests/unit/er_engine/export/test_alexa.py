from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.cli import main
from er_engine.errors import ConfigError
from er_engine.export.alexa import (
    DYNAMIC_LIMITS,
    SLOT_TYPE_LIMITS,
    Limits,
    check_slot_type,
    dynamic_document,
    export_values,
    slot_type_document,
    written,
)
from er_engine.types import Entity

ENTITIES = st.lists(
    st.builds(
        Entity,
        id=st.text(min_size=1, max_size=5),
        name=st.text(min_size=1, max_size=160),
        aliases=st.lists(st.text(max_size=20), max_size=3).map(tuple),
        popularity=st.floats(0, 10),
    ),
    max_size=12,
    unique_by=lambda entity: entity.id,
)


def names_of(values: tuple[dict[str, Any], ...]) -> list[str]:
    """The names, in their order."""
    return [value["name"]["value"] for value in values]


def test_value_has_id_name_and_synonyms() -> None:
    """A value keeps the id, and has aliases and spoken forms as synonyms."""
    entity = Entity("c1", "Bus 428", aliases=("the red bus",))
    exported = export_values([entity], SLOT_TYPE_LIMITS)
    (value,) = exported.values
    assert value["id"] == "c1"
    assert value["name"]["value"] == "Bus 428"
    assert value["name"]["synonyms"][0] == "the red bus"
    assert "bus four twenty eight" in value["name"]["synonyms"]


def test_value_without_synonyms_has_none() -> None:
    """A name that is said as it is written gets no empty list."""
    exported = export_values([Entity("c1", "Breaking Bad")], SLOT_TYPE_LIMITS)
    assert exported.values == ({"id": "c1", "name": {"value": "Breaking Bad"}},)


def test_most_popular_ones_fit_first() -> None:
    """Where there is no room for all, the most popular ones are in, the first ones of equals."""
    entities = [
        Entity("a", "Alpha", popularity=1),
        Entity("b", "Beta", popularity=5),
        Entity("c", "Gamma", popularity=5),
    ]
    exported = export_values(entities, Limits(values=2, texts=None, size=10_000))
    assert names_of(exported.values) == ["Beta", "Gamma"]
    assert [entity.id for entity in exported.no_room] == ["a"]


def test_names_come_before_synonyms() -> None:
    """With room for three texts, two names and one synonym are in, and the rest is counted."""
    entities = [Entity("a", "Alpha", aliases=("One", "Uno")), Entity("b", "Beta", aliases=("Two",))]
    exported = export_values(entities, Limits(values=100, texts=3, size=10_000))
    assert names_of(exported.values) == ["Alpha", "Beta"]
    assert exported.synonyms == 1
    assert exported.synonyms_left_out == 2


def test_nothing_short_slips_in_after_the_first_that_did_not_fit() -> None:
    """What is left out is left out by popularity, not by length."""
    entities = [Entity("a", "A" * 100, popularity=2), Entity("b", "B", popularity=1)]
    exported = export_values(entities, Limits(values=5, texts=None, size=90))
    assert exported.values == ()
    assert [entity.id for entity in exported.no_room] == ["a", "b"]


def test_one_name_is_there_once() -> None:
    """Alexa's console refuses a name that is there twice: the more popular entity keeps it."""
    entities = [Entity("a", "Jan Doe"), Entity("b", "JAN DOE", popularity=1)]
    exported = export_values(entities, SLOT_TYPE_LIMITS)
    assert [value["id"] for value in exported.values] == ["b"]
    assert [entity.id for entity in exported.same_name] == ["a"]


def test_too_long_names_are_told() -> None:
    """A name of 140 characters is in; one more is too many."""
    exported = export_values([Entity("a", "x" * 140), Entity("b", "x" * 141)], SLOT_TYPE_LIMITS)
    assert [value["id"] for value in exported.values] == ["a"]
    assert [entity.id for entity in exported.too_long] == ["b"]


def test_spoken_form_of_one_is_not_the_name_of_another() -> None:
    """A spoken form that another entity has as its name would make both ambiguous."""
    entities = [Entity("a", "Seven & Up"), Entity("b", "Seven and Up")]
    exported = export_values(entities, SLOT_TYPE_LIMITS)
    assert "synonyms" not in exported.values[0]["name"]


def test_alias_that_two_have_stays() -> None:
    """An alias is the user's wish, also where another entity has it: Alexa answers with both."""
    entities = [
        Entity("a", "Anna Berg", aliases=("mum",)),
        Entity("b", "Eva Lind", aliases=("mum",)),
    ]
    exported = export_values(entities, SLOT_TYPE_LIMITS)
    assert [value["name"]["synonyms"] for value in exported.values] == [["mum"], ["mum"]]


@given(ENTITIES, st.integers(0, 12), st.integers(0, 12), st.integers(0, 900), st.booleans())
def test_limits_hold(
    entities: list[Entity], values: int, texts: int, size: int, dynamic: bool
) -> None:
    """Whatever the catalog: no limit is exceeded, and each entity is in or told as left out."""
    document = dynamic_document if dynamic else slot_type_document
    empty = len(written(document("T", ())).encode(errors="surrogatepass"))
    exported = export_values(entities, Limits(values, texts, empty + size), empty)
    text = written(document("T", exported.values))
    assert len(text.encode()) <= empty + size
    assert len(exported.values) <= values
    assert len(exported.values) + exported.synonyms <= texts
    told = [*exported.no_room, *exported.too_long, *exported.same_name]
    ids = [value["id"] for value in exported.values] + [entity.id for entity in told]
    assert sorted(ids) == sorted(entity.id for entity in entities)
    folded = [name.casefold() for name in names_of(exported.values)]
    assert len(set(folded)) == len(folded)
    for value in exported.values:
        said = [value["name"]["value"], *value["name"].get("synonyms", ())]
        assert all(0 < len(one) <= 140 for one in said)


@pytest.mark.parametrize("name", ["FILM", "film_title", "X"])
def test_slot_type_names_of_alexa(name: str) -> None:
    """Letters and underscores make a name."""
    check_slot_type(name)


@pytest.mark.parametrize("name", ["", "_FILM", "FILM2", "my-type", "AMAZON.Actor", "FILM\n", "ÄÖ"])
def test_other_slot_type_names(name: str) -> None:
    """What Alexa refuses is refused here, with the reason."""
    with pytest.raises(ConfigError, match="letters"):
        check_slot_type(name)


def catalog(folder: Path, *lines: dict[str, Any]) -> Path:
    """A catalog file."""
    path = folder / "catalog.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_command_writes_slot_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is what `languageModel.types` takes; names that sound alike are told."""
    path = catalog(
        tmp_path,
        {"id": "1", "name": "Dorothy Carr", "type": "contact"},
        {"id": "2", "name": "Dorothy Kar", "type": "contact", "pronunciations": []},
        {"id": "3", "name": "Rite Aid", "type": "shop"},
        {"id": "4", "name": "Right Aid", "type": "shop"},
    )
    output = tmp_path / "slots.json"
    assert main(["export", "alexa", str(path), "-o", str(output), "--slot-type", "NAME"]) == 0
    (found,) = json.loads(output.read_text())["types"]
    assert found["name"] == "NAME"
    assert [value["id"] for value in found["values"]] == ["1", "2", "3", "4"]
    told = capsys.readouterr().out
    assert "4 values" in told
    assert "3 = 4" in told


def test_command_writes_directive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --dynamic it is the directive, with a hundred texts; the rest is told as JSON."""
    lines = [{"id": str(n), "name": f"Name {'x' * n}", "popularity": n} for n in range(130)]
    path = catalog(tmp_path, *lines)
    output = tmp_path / "directive.json"
    arguments = ["export", "alexa", str(path), "-o", str(output), "--dynamic", "--json"]
    assert main(arguments) == 0
    directive = json.loads(output.read_text())
    assert directive["type"] == "Dialog.UpdateDynamicEntities"
    assert directive["updateBehavior"] == "REPLACE"
    assert len(directive["types"][0]["values"]) == DYNAMIC_LIMITS.values
    report = json.loads(capsys.readouterr().out)
    assert report["left_out"]["no_room"] == [str(n) for n in range(29, -1, -1)]
    assert report["bytes"] + 1 == output.stat().st_size


def test_command_skips_wrong_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong record stops the command, or is left out and counted with --skip-bad."""
    path = catalog(tmp_path, {"id": "1", "name": "Ann"}, {"id": "2"})
    arguments = ["export", "alexa", str(path), "-o", str(tmp_path / "slots.json")]
    assert main(arguments) == 1
    assert "--skip-bad" in capsys.readouterr().err
    assert main([*arguments, "--skip-bad"]) == 0
    assert "left out: 1 wrong records" in capsys.readouterr().out


def test_command_takes_one_type(tmp_path: Path) -> None:
    """With --type only these entities are in; the same command writes the same bytes."""
    path = catalog(
        tmp_path, {"id": "1", "name": "Ann", "type": "contact"}, {"id": "2", "name": "Heat"}
    )
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    for output in (first, second):
        assert main(["export", "alexa", str(path), "-o", str(output), "--type", "contact"]) == 0
    assert [v["id"] for v in json.loads(first.read_text())["types"][0]["values"]] == ["1"]
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--type", "film"], "no entity has the type 'film'; there are: contact"),
        (["--max-bytes", "3"], "nothing fits"),
        (["--max-bytes", "50"], "nothing fits into 50 bytes"),
        (["--slot-type", "a b"], "letters"),
        (["-o", "{catalog}"], "this file is read"),
    ],
)
def test_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    """What can't be done fails with the reason, and writes nothing."""
    path = catalog(tmp_path, {"id": "1", "name": "Ann", "type": "contact"})
    output = tmp_path / "slots.json"
    before = path.read_text()
    more = [part.format(catalog=path) for part in more]
    assert main(["export", "alexa", str(path), "-o", str(output), *more]) == 1
    assert words in capsys.readouterr().err
    assert not output.exists()
    assert path.read_text() == before
