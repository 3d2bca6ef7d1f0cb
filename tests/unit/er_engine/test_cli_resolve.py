from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from er_engine import model, resolver
from er_engine.cli import main
from er_engine.commands import resolve
from er_engine.types import Candidate, Entity, Hypothesis, Resolution

SHOW = Entity("tv1", "Chip and Potato", "tv")
ODD = Entity("x", "[REC] [red]!", None)
ANSWER = Resolution(
    "ambiguous",
    0.125,
    (
        Candidate(SHOW, 0.9123456789, 0.75, "Chip & Potato", "sounds alike"),
        Candidate(ODD, 0.5, 0.125, "[REC]"),
    ),
)


@dataclass(frozen=True)
class OpenedIndex:
    """Stands for an index of this folder."""

    directory: Path
    lang: str = "de"


class FixedResolver:
    """Remembers what it was asked, and answers always the same."""

    asked: tuple[Any, ...] = ()

    def __init__(self, *parts: object) -> None:
        self.parts = parts

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002
    ) -> Resolution:
        """See `Resolver.resolve`."""
        FixedResolver.asked = (self.parts, list(n_best), k, type)
        return ANSWER


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command with the resolver, the model and the index replaced."""
    monkeypatch.setattr(resolver, "Resolver", FixedResolver)
    monkeypatch.setattr(model, "load_model", lambda name, lang: f"model {name} {lang}")
    parser = argparse.ArgumentParser()
    resolve.add_arguments(parser)
    args = parser.parse_args(arguments)
    args.open_index = OpenedIndex
    return resolve.run(args)


def test_json_is_the_documented_shape(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--json` prints one JSON object of exactly the documented keys."""
    assert run(monkeypatch, "dir", "shipping potato", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "decision": "ambiguous",
        "no_match_probability": 0.125,
        "candidates": [
            {
                "id": "tv1",
                "name": "Chip and Potato",
                "type": "tv",
                "score": 0.912346,
                "probability": 0.75,
                "surface_form": "Chip & Potato",
                "phonemes": "",
            },
            {
                "id": "x",
                "name": "[REC] [red]!",
                "type": None,
                "score": 0.5,
                "probability": 0.125,
                "surface_form": "[REC]",
                "phonemes": "",
            },
        ],
    }


def test_table_shows_the_decision_and_the_candidates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table has the decision on top, and brackets in names are text, no markup."""
    monkeypatch.setenv("COLUMNS", "140")
    assert run(monkeypatch, "dir", "shipping potato") == 0
    printed = capsys.readouterr().out
    assert printed.index("ambiguous") < printed.index("Chip and Potato")
    for part in ("heard: shipping potato", "75.0%", "0.912", "Chip & Potato", "sounds alike"):
        assert part in printed
    assert "[REC] [red]!" in printed


def test_control_characters_are_shown_not_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would act on the terminal is escaped in the transcript and in all of a candidate."""
    monkeypatch.setenv("COLUMNS", "200")
    esc = "\x1b]0;owned\x07"
    bad = Candidate(Entity("x", f"n{esc}", f"t{esc}"), 0.5, 0.5, f"s{esc}", f"e{esc}")
    monkeypatch.setattr(FixedResolver, "resolve", lambda *_, **__: Resolution("match", 0, (bad,)))
    assert run(monkeypatch, "dir", f"h{esc}") == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\x07" not in printed
    for part in "ntseh":
        assert rf"{part}\x1b]0;owned\x07" in printed


def test_options_reach_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypotheses, k, type, index and model are handed on as they were given."""
    run(monkeypatch, "dir", "a", "b", "-k", "2", "--type", "tv", "--model", "m")
    parts, n_best, k, type_name = FixedResolver.asked
    assert parts == (OpenedIndex(Path("dir")), "model m de")
    assert n_best == [Hypothesis("a"), Hypothesis("b")]
    assert (k, type_name) == (2, "tv")


def test_a_type_that_no_entity_has_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelled type is not taken for "nothing fits"; the answer is printed all the same."""
    monkeypatch.setattr(FixedResolver, "resolve", lambda *_, **__: Resolution("no_match", 1.0, ()))
    assert run(monkeypatch, "dir", "a", "--type", "flim", "--json") == 0
    captured = capsys.readouterr()
    assert captured.err == "warning: no entity has the type 'flim'\n"
    assert json.loads(captured.out)["decision"] == "no_match"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([" "], "hypothesis 1 is empty"),
        (["", " "], "hypothesis 1 is empty"),
        (["a" * 1001], "hypothesis 1 has 1,001 characters"),
        (["text", " " * 1001], "hypothesis 2 has 1,001 characters"),
        (["a"] * 51, "51 hypotheses; 1 to 50 are taken"),
    ],
)
def test_bad_input_fails_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Bad input ends with exit code 1 and a message, without a look at the index."""
    assert main(["resolve", str(tmp_path / "no index"), *arguments]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("k", ["0", "-1", "101", "five", "1.5"])
def test_wrong_k_is_wrong_usage(capsys: pytest.CaptureFixture[str], k: str) -> None:
    """A number that is out of range ends like one that is none: with 2 and what was given."""
    with pytest.raises(SystemExit) as ended:
        main(["resolve", "no index", "text", "-k", k])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "argument -k" in said
    assert k in said


def test_a_blank_hypothesis_is_not_what_was_heard(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reaches the resolver in its place, and the first one with words is shown."""
    assert run(monkeypatch, "dir", "", "shipping potato") == 0
    assert FixedResolver.asked[1] == [Hypothesis(""), Hypothesis("shipping potato")]
    assert "heard: shipping potato" in capsys.readouterr().out


def test_missing_index_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is no index ends with exit code 1 and its path in the message."""
    missing = tmp_path / "no index"
    assert main(["resolve", str(missing), "text"]) == 1
    assert str(missing) in capsys.readouterr().err
