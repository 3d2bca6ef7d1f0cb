"""A wrong query gets a clear message, an odd but sound one gets an answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.failing import NAMES, WRONG_USAGE


@pytest.mark.parametrize("text", ["", "   ", "\t\n"])
def test_an_empty_query_is_refused(text, command, index):
    """An empty text can mean nothing."""
    command.resolve(index, text).fails_saying("empty")


@pytest.mark.parametrize("text", ["...", "?!", "♥♥", "→ ♪", "'", "-"])
def test_a_query_without_anything_to_say_is_refused(text, command, index):
    """Punctuation and symbols have no pronunciation; the message shows them."""
    command.resolve(index, text).fails_saying(text)


@pytest.mark.parametrize("text", ["...", "", " "])
def test_a_hypothesis_without_words_does_not_spoil_the_others(text, command, index):
    """The n-best list is used as far as it can be."""
    outcome = command.resolve(index, text, "knight rider", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["candidates"][0]["name"] == "Knight Rider"


@pytest.mark.parametrize("k", ["0", "-1"])
def test_k_below_one_is_refused(k, command, index):
    """The message names k and its value; the exit code is that of wrong usage."""
    outcome = command.resolve(index, "knight rider", "-k", k)
    outcome.fails_saying("k", k, code=WRONG_USAGE)


def test_k_that_is_no_number_is_wrong_usage(command, index):
    """The message shows what was given; the exit code is that of wrong usage."""
    command.resolve(index, "knight rider", "-k", "five").fails_saying("five", code=WRONG_USAGE)


def test_k_above_the_catalog_returns_all(command, index):
    """Asking for more candidates than there are entities is no error."""
    outcome = command.resolve(index, "knight rider", "-k", "50", "--json")
    assert outcome.code == 0, outcome.err
    found = [candidate["name"] for candidate in json.loads(outcome.out)["candidates"]]
    assert sorted(found) == sorted(NAMES)


def test_an_unknown_type_is_no_match(command, index):
    """Nothing of that type can be meant."""
    outcome = command.resolve(index, "knight rider", "--type", "planet", "--json")
    assert outcome.code == 0, outcome.err
    answer = json.loads(outcome.out)
    assert answer["decision"] == "no_match"
    assert answer["candidates"] == []


def test_a_million_characters_are_refused(command, index):
    """No query is that long; the message says how long one may be and doesn't repeat it."""
    outcome = command.resolve(index, "knight rider " * 80_000)
    outcome.fails_saying("characters")
    assert len(outcome.err) < 500


@pytest.mark.parametrize("text", ["knight\udcffrider", "knight rider 千と千尋"])
def test_text_that_the_terminal_can_not_show_is_answered(text, index):
    """Bytes that are no UTF-8, and characters that the output's encoding lacks, are escaped."""
    done = subprocess.run(
        [sys.executable, "-m", "er_engine.cli", "resolve", index, text, "--model", "dummy"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert b"heard: knight" in done.stdout
    assert b"Knight Rider" in done.stdout


def test_no_text_is_wrong_usage(command, index):
    """A text is needed."""
    command("resolve", index).fails_saying("TEXT", code=WRONG_USAGE)
