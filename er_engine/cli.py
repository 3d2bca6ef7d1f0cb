"""The front door: `er-engine COMMAND ...`.

Each command lives in a module with `add_arguments(parser)` and `run(args) -> int`; only the module
of the command that was asked for is imported, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from er_engine.errors import ErEngineError, UsageError
from er_engine.terminal import harmless

if TYPE_CHECKING:
    from er_engine.search import CatalogIndex

# command: (module, one line of help)
COMMANDS = {
    "index": ("index.commands", "build, inspect or verify an index of a catalog"),
    "catalog": ("index.live.commands", "import, back up, restore or check a live catalog"),
    "resolve": ("er_engine.commands.resolve", "find the entity that an n-best list means"),
    "evaluate": ("er_engine.commands.evaluate", "error rates against the lexical baselines"),
    "serve": ("api.commands", "answer resolve requests over HTTP"),
    "keys": ("api.keys_commands", "make, list and revoke API keys of the service"),
    "simulate": ("training.simulation.commands", "speak a catalog and recognise it: n-best out"),
    "confusions": ("training.confusion.commands", "mishear a catalog without audio: n-best out"),
    "train": ("training.commands", "train a model on n-best confusions"),
    "nbest": ("er_engine.commands.nbest", "convert recognisers' n-best output to a query file"),
    "phonemes": ("er_engine.commands.phonemes", "print what each G2P says"),
    "wyoming": ("api.wyoming.commands", "answer Home Assistant over the Wyoming protocol"),
    "export": ("er_engine.commands.export", "write a catalog as slot values of Alexa"),
}
# Training multiplies large arrays, for which several threads pay.
MANY_THREADS = "train"
INTERRUPTED = 130
# The disk is full, the user's share of it is, or a file may not grow.
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# A message may have several lines, such as the problems of a catalog.
LINES = "\n"


def open_index(directory: Path) -> CatalogIndex:
    """Open a built index; passed to commands of er_engine, which must not import `index`."""
    reader = importlib.import_module("index.reader")
    opened: CatalogIndex = reader.open_index(directory)
    return opened


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (0 done, 1 failed, 2 wrong usage, 130 interrupted)."""
    try:
        return _main(argv)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED


def _main(argv: Sequence[str] | None) -> int:
    _print_anything()
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in arguments if not word.startswith("-")), None)
    if command != MANY_THREADS:
        _one_thread_for_products()
    parser, module = _parser(command)
    args = parser.parse_args(arguments)
    if module is None:
        parser.print_help()
        return 2
    args.open_index = open_index
    return _run(module, args)


def _one_thread_for_products() -> None:
    """Let NumPy multiply in one thread, unless the user says otherwise; before it is imported.

    The products of a query are small. Several threads gain nothing, and where another process has a
    core they wait for each other: measured on two cores, a query took 88 ms instead of 49.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _print_anything() -> None:
    """Let names that the terminal's encoding doesn't have be escaped, not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser(command: str | None) -> tuple[argparse.ArgumentParser, ModuleType | None]:
    parser = argparse.ArgumentParser(
        prog="er-engine",
        description="From what a speech recogniser heard to the catalog entity that was meant.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    module = None
    for name, (module_name, help_line) in COMMANDS.items():
        subparser = commands.add_parser(name, help=help_line, description=_sentence(help_line))
        if name == command:
            module = importlib.import_module(module_name)
            module.add_arguments(subparser)
    return parser, module


def _sentence(words: str) -> str:
    """First letter large, the others as they are."""
    return f"{words[:1].upper()}{words[1:]}."


def _run(module: ModuleType, args: argparse.Namespace) -> int:
    try:
        return int(module.run(args))
    except ErEngineError as error:
        print(f"error: {harmless(str(error), keep=LINES)}", file=sys.stderr)
        if isinstance(error, UsageError):
            return 2
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        what = f"{where}{error.strerror or error}"
        if error.errno in NO_SPACE:
            what += "; free some space, then run the same again"
        print(f"error: {harmless(what)}", file=sys.stderr)
    return 1


def _version() -> str:
    from importlib.metadata import version

    return f"er-engine {version('er-engine')}"


if __name__ == "__main__":
    sys.exit(main())
