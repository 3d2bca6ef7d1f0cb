from __future__ import annotations

from pathlib import Path

import pytest

from api.wyoming.intents import default_intents, filled, read_intents
from er_engine.errors import ConfigError

INTENTS = """
[answers]
no_match = "Was ist {heard}?"

[[intents]]
name = "PlayShow"
sentences = ["play {name}"]
type = "tv"
precision = 1
slots = { media_id = "{id}", domain = "media_player", volume = 3, shuffle = false }
say = "Playing {name}: {{ state.name }}"
"""


def written(folder: Path, text: str) -> Path:
    """A file of intents."""
    path = folder / "intents.toml"
    path.write_text(text, "utf-8")
    return path


def test_file_is_read(tmp_path: Path) -> None:
    """Names, types, slots of all kinds and answers are as written; the rest has defaults."""
    intents = read_intents(written(tmp_path, INTENTS))
    (rule,) = intents.rules
    assert (rule.name, rule.type, rule.precision) == ("PlayShow", "tv", 1.0)
    assert rule.slots["volume"] == 3
    assert rule.slots["shuffle"] is False
    assert intents.answers.no_match == "Was ist {heard}?"
    assert intents.answers.either == " or "
    assert intents.types() == {"tv"}


def test_default_takes_whatever_is_said() -> None:
    """Without a file there is one intent, with the name, the id and the type."""
    (rule,) = default_intents().rules
    assert set(rule.slots) == {"name", "id", "type"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("intents = 3", "intents: "),
        ("", "intents: Field required"),
        ("intents = []", "intents: "),
        ("[[intents]]\nname = 'A'", "intents[0].sentences: Field required"),
        ("[[intents]]\nname = 'A'\nsentences = []", "intents[0].sentences"),
        ("[[intents]]\nname = 'A'\nsentences = ['{name}']\nprecison = 1", "intents[0].precison"),
        ("[[intents]]\nname = 'A'\nsentences = ['{name}']\nprecision = 2", "intents[0].precision"),
        ("[[intents]]\nname = 'A'\nsentences = ['play']", "exactly once"),
        ("[[intents]]\nname = 'A'\nsentences = ['{name}']\nsay = '{nane}'", "'A': '{nane}' has"),
        (
            "[[intents]]\nname = 'A'\nsentences = ['{name}']\nslots = {a = '{b}'}",
            "there are {heard}, {id}, {name}, {type}",
        ),
        (INTENTS.replace("{heard}", "{id}"), "answers.no_match: 'Was ist {id}?' has {id}"),
        ("[[intents", "not TOML"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    """A wrong file is refused with its name, the place and the reason."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_intents(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is an error that names it."""
    with pytest.raises(ConfigError, match=r"no\.toml"):
        read_intents(tmp_path / "no.toml")


def test_fields_are_replaced_once() -> None:
    """What is put in is not read again, and doubled braces are Home Assistant's."""
    values = {"name": "{id}", "id": "x"}
    assert filled("{name} {id} {{ name }} {{name}} {other}", values) == (
        "{id} x {{ name }} {{name}} {other}"
    )
