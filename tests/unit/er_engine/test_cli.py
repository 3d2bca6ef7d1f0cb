from __future__ import annotations

import argparse
import errno
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from er_engine.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[3]
HEAVY = {
    "api",
    "datasets",
    "faiss",
    "fastapi",
    "g2p_en",
    "index",
    "numpy",
    "panphon",
    "pyarrow",
    "pydantic",
    "rapidfuzz",
    "rich",
    "scipy",
    "sentence_transformers",
    "torch",
    "training",
    "transformers",
    "uvicorn",
}


def modules_after(*arguments: str) -> set[str]:
    """Top-level modules that are imported once `er-engine ARGUMENTS` has printed its help."""
    code = (
        "import sys, json\n"
        "from er_engine.cli import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ()])
def test_front_door_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """The general help and the version answer at once: no heavy module and no command is loaded."""
    assert not modules_after(*arguments) & HEAVY


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_imports_no_model(command: str) -> None:
    """The help of a command does not load torch, FAISS or the web framework."""
    heavy = {"torch", "transformers", "sentence_transformers", "faiss", "fastapi", "pyarrow"}
    assert not modules_after(command, "--help") & heavy


@pytest.mark.parametrize(("wished", "threads"), [(None, 1), ("2", min(2, os.cpu_count() or 1))])
def test_a_query_is_multiplied_in_one_thread_unless_wished_otherwise(
    wished: str | None, threads: int
) -> None:
    """Threads that wait for each other make queries slow on a busy machine."""
    code = (
        "import json, sys\n"
        "from er_engine.cli import main\n"
        "main(['phonemes', 'cat'])\n"
        "import numpy\n"
        "from threadpoolctl import threadpool_info\n"
        "blas = [p['num_threads'] for p in threadpool_info() if 'numpy' in p['filepath']]\n"
        "print(json.dumps(blas))\n"
    )
    given = {} if wished is None else {"OPENBLAS_NUM_THREADS": wished}
    others = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=others | given,
    )
    assert set(json.loads(done.stdout.splitlines()[-1])) == {threads}


def options_of(module: ModuleType) -> list[argparse.Action]:
    """Every argument of a command and of its sub-commands."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    parsers = [parser]
    actions = []
    while parsers:
        for action in parsers.pop()._actions:
            if isinstance(action, argparse._SubParsersAction):
                parsers.extend(action.choices.values())
            else:
                actions.append(action)
    return actions


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has a line of help, and each of its arguments too."""
    module_name, line = COMMANDS[command]
    assert line
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"er-engine {command}" in capsys.readouterr().out
    without = [
        action.dest
        for action in options_of(importlib.import_module(module_name))
        if not action.help
    ]
    assert without == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    """The README shows a call of each command."""
    assert f"er-engine {command} " in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_command_prints_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is printed and the exit code is that of wrong usage."""
    assert main([]) == 2
    assert "resolve" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["sing"], ["resolve"], ["resolve", "dir", "text", "-k", "x"]]
)
def test_wrong_usage_exits_with_two(arguments: list[str]) -> None:
    """An unknown command, a missing argument or an option of the wrong kind is wrong usage."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_interrupt_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C, even while a command is still being imported, gives one word and exit code 130."""

    def interrupt(name: str) -> ModuleType:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib, "import_module", interrupt)
    assert main(["phonemes", "text"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_full_disk_is_told_with_the_file_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No space left while writing: which file, and that space has to be freed."""

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    catalog = tmp_path / "catalog.jsonl"
    catalog.write_text('{"id": "a", "name": "Chip and Potato"}\n')
    monkeypatch.setattr(os, "fsync", full)
    output = tmp_path / "alexa.json"
    assert main(["export", "alexa", str(catalog), "-o", str(output)]) == 1
    assert capsys.readouterr().err == (
        f"error: {output}: No space left on device; free some space, then run the same again\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.jsonl"]


def test_control_characters_in_errors_are_shown_not_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An error that repeats what was handed in does not act on the terminal."""
    assert main(["resolve", "no\x1b[2J", "text"]) == 1
    assert r"no\x1b[2J" in capsys.readouterr().err
