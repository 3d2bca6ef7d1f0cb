"""`er-engine evaluate`: error rates of an index and its model, beside the lexical baselines."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from er_engine.evaluation.evaluation import Evaluation
    from er_engine.evaluation.judged_catalog import JudgedCatalog
    from er_engine.evaluation.slices import Slice
    from er_engine.evaluation.systems import Advance
    from er_engine.model import Model
    from er_engine.search import CatalogIndex, Retriever
    from er_engine.types import Query

    Start = Callable[[str], Advance]

DEFAULT_KS = (1, 3, 10)
MAX_K = 1000
STDOUT = "-"
ALL, FAST, NONE = "all", "fast", "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine evaluate`."""
    parser.add_argument("index", metavar="DIR", type=Path, help="folder of a built index")
    parser.add_argument("queries", metavar="QUERIES", type=Path, help="query file (.jsonl[.gz])")
    parser.add_argument(
        "--hypotheses",
        choices=("first", "each", "nbest"),
        default="nbest",
        help="ask with each query's first hypothesis, with every hypothesis as a query of its "
        "own, or with the whole list (default: %(default)s)",
    )
    parser.add_argument(
        "-k",
        type=parse_ks,
        default=DEFAULT_KS,
        metavar="1,3,10",
        help="ranks at which errors are counted (default: 1,3,10)",
    )
    parser.add_argument("--json", metavar="OUT", help="write the figures as JSON (- prints them)")
    parser.add_argument("--report", metavar="OUT.html", type=Path, help="write an HTML report")
    parser.add_argument(
        "--trec-run", metavar="FOLDER", type=Path, help="write TREC run files and qrels.txt there"
    )
    parser.add_argument(
        "--baselines",
        choices=(ALL, FAST, NONE),
        default=ALL,
        help="which baselines to run beside the engine (default: %(default)s)",
    )
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="leave out entity_ids that the index lacks, instead of stopping; a query with no "
        "other right entity then counts as one without a right entity",
    )
    parser.add_argument(
        "--no-match-share",
        type=parse_share,
        metavar="S",
        help="tell every query how often nothing in the catalog is meant, above 0 and below 1, to "
        "see what it does to probabilities (default: what the model supposes)",
    )
    parser.add_argument("--model", metavar="M", help="model folder (default: the packaged one)")


def parse_ks(text: str) -> tuple[int, ...]:
    """Read `1,3,10`: distinct ranks of at least 1, in ascending order."""
    try:
        ks = sorted({int(part) for part in text.split(",")})
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list such as 1,3,10") from error
    if ks[0] < 1 or ks[-1] > MAX_K:
        raise argparse.ArgumentTypeError(f"{text!r}: every k must be 1 to {MAX_K}")
    return tuple(ks)


def parse_share(text: str) -> float:
    """Read a share above 0 and below 1."""
    try:
        share = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} must be above 0 and below 1")
    return share


def run(args: argparse.Namespace) -> int:
    """Evaluate, print and write what was asked for; return 0."""
    from er_engine.evaluation.judged_catalog import JudgedCatalog
    from er_engine.evaluation.slices import by_tag, by_type
    from er_engine.evaluation.table import print_evaluation
    from er_engine.model import load_model

    check_outputs(args)
    index = args.open_index(args.index)
    catalog = JudgedCatalog(index)
    cases = read_cases(args, catalog)
    model = load_model(args.model, index.lang)
    evaluation = evaluate(args, index, catalog, model, cases)
    types = by_type(evaluation, {entity.id: entity.type for entity in catalog.entities})
    tags = by_tag(evaluation)
    # First what no full disk can take away.
    print_evaluation(evaluation, types, tags, _console(to_stderr=args.json == STDOUT))
    _write_files(args, evaluation, catalog, model, types, tags)
    return 0


def check_outputs(args: argparse.Namespace) -> None:
    """Find out before the work, not after it, that a file can't or should not be written.

    Raises:
        ConfigError: the folder of an output file does not exist, or it is the query file.
    """
    from er_engine.errors import ConfigError
    from er_engine.files import check_not_read

    for option, path in (("--json", args.json), ("--report", args.report)):
        if not path or path == STDOUT:
            continue
        check_not_read(option, Path(path), [args.queries])
        if not Path(path).absolute().parent.is_dir():
            raise ConfigError(f"{option} {path}: there is no folder {Path(path).parent}")
    if args.trec_run and args.trec_run.exists() and not args.trec_run.is_dir():
        raise ConfigError(f"--trec-run {args.trec_run}: this is a file; name a folder")


def read_cases(args: argparse.Namespace, catalog: JudgedCatalog) -> list[Query]:
    """Read the query file, check it against the catalog and bring it into the mode asked for."""
    from er_engine.evaluation.cases import check_queries, expand
    from er_engine.queries import read_queries

    checked = check_queries(read_queries(args.queries), catalog.rows, args.allow_missing)
    if checked.missing:
        print(
            f"warning: left out entity_ids that are not in the index: {checked.missing:,}",
            file=sys.stderr,
        )
    return expand(checked.queries, args.hypotheses)


def evaluate(
    args: argparse.Namespace,
    index: CatalogIndex,
    catalog: JudgedCatalog,
    model: Model,
    cases: list[Query],
) -> Evaluation:
    """Run the engine and the baselines on every query."""
    from er_engine.evaluation.baseline_runs import run_baseline
    from er_engine.evaluation.evaluation import Evaluation
    from er_engine.evaluation.systems import MARGIN, EngineSystem, run_system
    from er_engine.options import ResolveOptions
    from er_engine.resolver import Resolver

    depth = max(args.k) + MARGIN
    options = ResolveOptions(no_match_share=args.no_match_share)
    engine = EngineSystem(Resolver(index, model), depth, options)
    with _progress(len(cases)) as start:
        ours = run_system(engine, cases, start(engine.name))
        baselines = [
            run_baseline(retriever, cases, catalog, depth, start(retriever.name))
            for retriever in _baselines(args.baselines, catalog, model)
        ]
    if ours.refusals:
        print(
            f"warning: queries that the engine refused, counted as errors: {len(ours.refusals):,}; "
            f"first {ours.refusals[0]}",
            file=sys.stderr,
        )
    return Evaluation(args.hypotheses, args.k, cases, ours, baselines, args.no_match_share)


def _baselines(which: str, catalog: JudgedCatalog, model: Model) -> list[Retriever]:
    from er_engine.lexical.baselines import FAST as FAST_NAMES
    from er_engine.lexical.baselines import lexical_retrievers, sum_retriever

    if which == NONE:
        return []
    found = lexical_retrievers(catalog.forms, model.g2p, catalog.lang)
    if which == FAST:
        found = [retriever for retriever in found if retriever.name in FAST_NAMES]
    return [*found, sum_retriever(catalog.forms, model.g2p, catalog.lang)]


def _write_files(
    args: argparse.Namespace,
    evaluation: Evaluation,
    catalog: JudgedCatalog,
    model: Model,
    types: Sequence[Slice],
    tags: Sequence[Slice],
) -> None:
    from er_engine.evaluation.confusions import worst_confusions
    from er_engine.evaluation.html_report import html_report
    from er_engine.evaluation.summary import summarise
    from er_engine.evaluation.trec import write_trec
    from er_engine.files import write_atomically

    if args.json:
        text = json.dumps(summarise(evaluation, types, tags), indent=1, ensure_ascii=False) + "\n"
        if args.json == STDOUT:
            sys.stdout.write(text)
        else:
            write_atomically(Path(args.json), text)
    if args.report:
        names = {entity.id: entity.name for entity in catalog.entities}
        confusions = worst_confusions(evaluation, names, model.g2p, catalog.lang)
        write_atomically(args.report, html_report(evaluation, types, tags, confusions))
    if args.trec_run:
        write_trec(evaluation, args.trec_run)


def _console(to_stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=to_stderr, highlight=False)
    # A table cut to 80 columns is of no use in a file or a pipe.
    return console if console.is_terminal else Console(stderr=to_stderr, highlight=False, width=160)


@contextmanager
def _progress(total: int) -> Iterator[Start]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:

        def start(name: str) -> Advance:
            task = progress.add_task(name, total=total)
            return lambda done: progress.advance(task, done)

        yield start
