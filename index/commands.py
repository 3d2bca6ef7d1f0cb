"""`er-engine index build|inspect|verify`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from er_engine.terminal import harmless
from index.faiss_build import KINDS

if TYPE_CHECKING:
    from er_engine.inputs.problems import Problem

DEFAULT_BATCH_SIZE = 64
DEFAULT_EXAMPLES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine index`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_build(_action(actions, "build", "build an index of a catalog"))
    inspect = _action(actions, "inspect", "show what an index holds")
    inspect.add_argument("index", metavar="DIR", type=Path, help="folder of a built index")
    inspect.add_argument(
        "--entities",
        type=_count,
        default=DEFAULT_EXAMPLES,
        metavar="N",
        help="how many entities to show (default: %(default)s)",
    )
    inspect.add_argument("--json", action="store_true", help="print JSON")
    inspect.set_defaults(action=_inspect)
    verify = _action(actions, "verify", "check every hash and count of an index")
    verify.add_argument("index", metavar="DIR", type=Path, help="folder of a built index")
    verify.set_defaults(action=_verify)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse.ArgumentParser:
    return actions.add_parser(name, help=words, description=f"{words.capitalize()}.")


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; return its exit code."""
    return int(args.action(args))


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "catalog", metavar="CATALOG", type=Path, help=".jsonl, .csv (also .gz) or .parquet"
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="folder of the index"
    )
    parser.add_argument("--lang", help="language of the catalog (default: the model's)")
    parser.add_argument(
        "--surface-form",
        metavar="TEMPLATE",
        action="append",
        default=[],
        help="one more way to say an entity, such as '{name} {address}'; may be repeated",
    )
    parser.add_argument("--model", metavar="M", help="model folder (default: the packaged one)")
    parser.add_argument(
        "--index-kind",
        choices=("auto", *KINDS),
        default="auto",
        help="exact, 8 bits, or lists with refinement (default: by size)",
    )
    parser.add_argument(
        "--batch-size",
        type=_count,
        default=DEFAULT_BATCH_SIZE,
        metavar="N",
        help="surface forms encoded at once (default: %(default)s)",
    )
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="leave wrong records out and, once the index is built, write them to the rejects file",
    )
    parser.add_argument(
        "--rejects",
        metavar="FILE",
        type=Path,
        help="where --skip-bad writes them (default: DIR.rejects.jsonl); a file that is there is "
        "replaced, and removed where nothing was left out",
    )
    parser.set_defaults(action=_build)


def _count(text: str) -> int:
    """Read a number from 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return number


def _build(args: argparse.Namespace) -> int:
    from er_engine.catalog import read_catalog
    from er_engine.model import load_model
    from er_engine.surface_forms import check_template
    from index.builder import BuildOptions, build_index
    from index.folder import check_target
    from index.progress import build_progress

    check_target(args.output)
    _check_rejects(args)
    for template in args.surface_form:
        check_template(template)
    catalog = read_catalog(args.catalog, args.skip_bad)
    if catalog.problems:
        _tell_problems(catalog.problems)
    model = load_model(args.model, args.lang)
    options = BuildOptions(
        lang=model.lang,
        templates=tuple(args.surface_form),
        index_kind=args.index_kind,
        batch_size=args.batch_size,
        notes={"skip_bad": args.skip_bad},
    )
    with build_progress() as progress:
        manifest = build_index(
            catalog.entities, args.output, model.encoder, model.g2p, options, progress
        )
    if args.skip_bad:
        _write_rejects(_rejects(args), catalog.problems)
    print(
        f"{args.output}: {manifest.entities:,} entities, {manifest.surface_forms:,} surface forms, "
        f"index kind {manifest.index_kind}"
    )
    return 0


def _rejects(args: argparse.Namespace) -> Path:
    output: Path = args.output.resolve()
    return args.rejects or output.with_name(f"{output.name}.rejects.jsonl")


def _check_rejects(args: argparse.Namespace) -> None:
    """Find out before the build that the rejects can be written and destroy nothing else."""
    from er_engine.errors import ConfigError
    from er_engine.files import check_not_read

    if args.skip_bad:
        path, output = _rejects(args), args.output.resolve()
        check_not_read("--rejects", path, [args.catalog])
        if path.is_dir():
            raise ConfigError(f"--rejects {path}: this is a folder; name a file")
        if path.resolve() == output or output in path.resolve().parents:
            raise ConfigError(f"--rejects {path}: this is where the index will be; name another")
    elif args.rejects:
        raise ConfigError(f"--rejects {args.rejects}: nothing is left out without --skip-bad")


def _tell_problems(problems: tuple[Problem, ...]) -> None:
    from er_engine.inputs.problems import listing

    print(
        f"{_counted(len(problems))} left out:\n"
        + harmless(listing(problems, len(problems)), keep="\n"),
        file=sys.stderr,
    )


def _write_rejects(path: Path, problems: tuple[Problem, ...]) -> None:
    """Write them; where there are none, remove those of an earlier build, which are wrong now."""
    from er_engine.catalog import write_rejects

    if problems:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rejects(path, problems)
        print(f"{_counted(len(problems))} written to {path}", file=sys.stderr)
    elif path.is_file():
        path.unlink()
        print(f"nothing was left out; removed {path} of an earlier build", file=sys.stderr)


def _counted(number: int) -> str:
    return f"{number:,} wrong {'record' if number == 1 else 'records'}"


def _inspect(args: argparse.Namespace) -> int:
    from index.inspect import print_json, print_tables
    from index.reader import open_index

    show = print_json if args.json else print_tables
    show(open_index(args.index), args.entities)
    return 0


def _verify(args: argparse.Namespace) -> int:
    from index.verify import verify_index

    problems = verify_index(args.index)
    for problem in problems:
        print(f"error: {harmless(problem)}", file=sys.stderr)
    if problems:
        print(f"error: index {args.index} is damaged; build it again", file=sys.stderr)
        return 1
    print(f"{args.index}: every hash and count is right")
    return 0
