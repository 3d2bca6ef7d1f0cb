"""`er-engine nbest convert`: what a recogniser wrote becomes a query file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from er_engine.terminal import harmless

if TYPE_CHECKING:
    from er_engine.inputs.problems import Problem
    from er_engine.nbest.convert import Conversion, Options

OUTPUT_SUFFIXES = (".jsonl", ".ndjson")
MAX_SHOWN = 5
MAX_SCALE = 1000.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine nbest`."""
    from er_engine.nbest.formats import NAMES

    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    words = "convert recognisers' n-best output to a query file"
    convert = actions.add_parser("convert", help=words, description=f"{words.capitalize()}.")
    convert.add_argument(
        "inputs",
        metavar="INPUT",
        type=Path,
        nargs="+",
        help="files (also .gz), or folders: all files in them",
    )
    convert.add_argument(
        "-o", "--output", metavar="QUERIES.jsonl", type=Path, required=True, help="query file"
    )
    convert.add_argument(
        "--format", choices=NAMES, metavar="F", help=f"{', '.join(NAMES)} (default: found out)"
    )
    convert.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help="what is right: lines id<TAB>entity_id|entity_id, or JSONL with id and entity_ids",
    )
    convert.add_argument(
        "--join",
        action="store_true",
        help="make one query of the parts of a recording, not one of each",
    )
    convert.add_argument(
        "--costs",
        metavar="FILE[@SCALE]",
        type=parse_costs,
        action="append",
        default=[],
        help="Kaldi's costs of each key, such as lmwt and acwt@0.1; may be repeated",
    )
    convert.add_argument(
        "--skip-bad",
        action="store_true",
        help="leave out what can't be used and write it to the rejects file",
    )
    convert.add_argument(
        "--rejects",
        metavar="FILE",
        type=Path,
        help="where --skip-bad writes it (default: QUERIES.jsonl.rejects.jsonl)",
    )
    convert.set_defaults(action=_convert)


def parse_costs(text: str) -> tuple[Path, float]:
    """Read `FILE` or `FILE@SCALE`."""
    name, at, written = text.rpartition("@")
    try:
        scale = float(written) if at else None
    except ValueError:
        scale = None
    if scale is None:
        return Path(text), 1.0
    if not 0 <= scale <= MAX_SCALE:
        raise argparse.ArgumentTypeError(f"{text!r}: a scale must be 0 to {MAX_SCALE:g}")
    return Path(name), scale


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; return its exit code."""
    return int(args.action(args))


def _convert(args: argparse.Namespace) -> int:
    from er_engine.errors import QueryError
    from er_engine.files import write_atomically
    from er_engine.inputs.lines import pack
    from er_engine.nbest.convert import convert

    files = _files(args.inputs)
    _check_outputs(args, files)
    options = _options(args)
    conversion = convert(files, options)
    if conversion.problems:
        _tell_problems(args, conversion.problems)
    if not conversion.lines:
        raise QueryError("no utterance is left to write")
    write_atomically(args.output, pack(args.output, "".join(conversion.lines)))
    _print_summary(args.output, len(files), conversion)
    _warn_about_labels(options, conversion)
    return 0


def _options(args: argparse.Namespace) -> Options:
    from er_engine.errors import ConfigError
    from er_engine.nbest.convert import KALDI, Options
    from er_engine.nbest.kaldi_costs import read_costs
    from er_engine.nbest.labels import read_labels

    if args.costs and args.format != KALDI:
        raise ConfigError(f"--costs: only for Kaldi's n-best lists; add --format {KALDI}")
    return Options(
        format=args.format,
        join=args.join,
        labels=read_labels(args.labels) if args.labels else None,
        costs=read_costs(args.costs) if args.costs else None,
    )


def _files(inputs: list[Path]) -> list[Path]:
    """Return the files, those of a folder in order of their names; hidden ones are left out."""
    from er_engine.errors import QueryError

    files: list[Path] = []
    for path in inputs:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(
            child for child in path.iterdir() if child.is_file() and child.name[0] != "."
        )
        if not inside:
            raise QueryError(f"input {path}: there is no file in this folder")
        files.extend(inside)
    return files


def _rejects(args: argparse.Namespace) -> Path:
    default = args.output.with_name(f"{args.output.name}.rejects.jsonl")
    return Path(args.rejects) if args.rejects else default


def _check_outputs(args: argparse.Namespace, files: list[Path]) -> None:
    """Find out before the work that nothing that was handed in gets overwritten."""
    from er_engine.errors import ConfigError
    from er_engine.files import check_not_read
    from er_engine.inputs.lines import suffix_of

    if suffix_of(args.output)[0] not in OUTPUT_SUFFIXES:
        raise ConfigError(f"-o {args.output}: a query file ends in .jsonl or .jsonl.gz")
    read = [*files, *(path for path, _ in args.costs), *([args.labels] if args.labels else [])]
    outputs = [("-o", args.output)] + ([("--rejects", _rejects(args))] if args.skip_bad else [])
    for option, path in outputs:
        check_not_read(option, path, read)
        if not path.absolute().parent.is_dir():
            raise ConfigError(f"{option} {path}: there is no folder {path.parent}")
    if args.skip_bad and args.output.resolve() == _rejects(args).resolve():
        raise ConfigError(f"--rejects {args.rejects}: -o names the same file")


def _tell_problems(args: argparse.Namespace, problems: list[Problem]) -> None:
    """Write the rejects, or stop.

    Raises:
        QueryError: without --skip-bad.
    """
    from er_engine.catalog import write_rejects
    from er_engine.errors import QueryError
    from er_engine.inputs.problems import listing

    listed = listing(problems, len(problems))
    count = _counted(len(problems), "record", "records")
    if not args.skip_bad:
        raise QueryError(
            f"{count} can't be used; correct the input, or leave out what is wrong with "
            f"--skip-bad:\n{listed}"
        )
    write_rejects(_rejects(args), tuple(problems))
    print(
        f"{count} left out and written to {_rejects(args)}:\n" + harmless(listed, keep="\n"),
        file=sys.stderr,
    )


def _print_summary(output: Path, n_files: int, conversion: Conversion) -> None:
    formats = ", ".join(f"{name} {count:,}" for name, count in sorted(conversion.formats.items()))
    print(
        harmless(
            f"{output}: {_counted(len(conversion.lines), 'query', 'queries')}, "
            f"{_counted(conversion.hypotheses, 'hypothesis', 'hypotheses')} "
            f"from {_counted(n_files, 'file', 'files')} ({formats})"
        )
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _warn_about_labels(options: Options, conversion: Conversion) -> None:
    if options.labels is None:
        if conversion.unlabelled:
            print(
                f"note: {conversion.unlabelled:,} without entity_ids, which evaluate and train "
                "refuse; to label, give --labels FILE",
                file=sys.stderr,
            )
        return
    unused = [name for name in options.labels if name not in conversion.ids]
    if unused:
        shown = ", ".join(unused[:MAX_SHOWN]) + (", ..." if len(unused) > MAX_SHOWN else "")
        print(
            f"warning: {_counted(len(unused), 'label', 'labels')} of no query: {harmless(shown)}",
            file=sys.stderr,
        )
