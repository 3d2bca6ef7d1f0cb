"""`er-engine resolve`: one n-best list in, the entities it may mean out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from er_engine.search import CatalogIndex
    from er_engine.types import Resolution

DEFAULT_K = 5
_COLOURS = {"match": "green", "ambiguous": "yellow", "no_match": "red"}
_MEANINGS = {
    "match": "the first candidate is meant",
    "ambiguous": "several candidates fit; ask which one is meant",
    "no_match": "nothing in the catalog fits",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine resolve`."""
    parser.add_argument("index", metavar="DIR", type=Path, help="folder of a built index")
    parser.add_argument("texts", metavar="TEXT", nargs="+", help="hypotheses, best first")
    parser.add_argument(
        "-k", type=parse_k, default=DEFAULT_K, help="number of candidates (default: %(default)s)"
    )
    parser.add_argument("--type", metavar="T", help="only entities of exactly this type")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--model", metavar="M", help="model folder (default: the packaged one)")


def parse_k(text: str) -> int:
    """Read how many candidates are wanted, within the limits of the service."""
    from er_engine.wire import MAX_K

    try:
        k = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from error
    if not 1 <= k <= MAX_K:
        raise argparse.ArgumentTypeError(f"k is {k}; it must be 1 to {MAX_K}")
    return k


def run(args: argparse.Namespace) -> int:
    """Resolve and print; return 0."""
    from er_engine.wire import check_hypotheses, to_json

    check_hypotheses(args.texts)
    resolution = _resolve(args)
    if args.type is not None and not resolution.candidates:
        print(f"warning: no entity has the type {args.type!r}", file=sys.stderr)
    if args.json:
        print(json.dumps(to_json(resolution), ensure_ascii=False))
    else:
        print_resolution(resolution, next(text for text in args.texts if text.strip()))
    return 0


def _resolve(args: argparse.Namespace) -> Resolution:
    from er_engine.model import load_model
    from er_engine.resolver import Resolver
    from er_engine.types import Hypothesis

    index: CatalogIndex = args.open_index(args.index)
    resolver = Resolver(index, load_model(args.model, index.lang))
    return resolver.resolve([Hypothesis(text) for text in args.texts], k=args.k, type=args.type)


def print_resolution(resolution: Resolution, heard: str) -> None:
    """Print the decision and a table of candidates; colours only on a terminal."""
    from rich.console import Console
    from rich.text import Text

    from er_engine.terminal import cell

    console = Console(highlight=False)
    decision = Text(f"{resolution.decision}: ", style=_COLOURS[resolution.decision])
    decision.append(_MEANINGS[resolution.decision], style="default")
    decision.append(f" (no match: {resolution.no_match_probability:.0%})", style="dim")
    console.print(cell(f"heard: {heard}"))
    console.print(decision)
    if resolution.candidates:
        console.print(_table(resolution))
        # Too wide for a column of the table.
        for rank, candidate in enumerate(resolution.candidates, start=1):
            console.print(cell(f"{rank}: {candidate.explanation}", style="dim"))


def _table(resolution: Resolution) -> Table:
    from rich import box
    from rich.table import Table

    from er_engine.terminal import cell

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("", "name", "type", "probability", "score", "matched"):
        table.add_column(
            title, justify="right" if title in ("", "probability", "score") else "left"
        )
    for rank, candidate in enumerate(resolution.candidates, start=1):
        table.add_row(
            str(rank),
            cell(candidate.entity.name),
            cell(candidate.entity.type or ""),
            f"{candidate.probability:.1%}",
            f"{candidate.score:.3f}",
            cell(candidate.surface_form),
        )
    return table
