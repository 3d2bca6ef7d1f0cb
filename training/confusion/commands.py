"""`er-engine confusions`: n-best queries for a catalog without audio, from counted confusions."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from er_engine.errors import ConfigError, TrainingError

if TYPE_CHECKING:
    from er_engine.phonemes.confusion_table import ConfusionTable
    from er_engine.types import Entity, Query
    from training.confusion.sounds_like import SoundsLike

# The rates of the summary are those of so many queries, evenly spread.
_MEASURED = 2_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `er-engine confusions`."""
    parser.add_argument("catalog", type=Path, metavar="CATALOG", help="JSONL, CSV or Parquet")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="NBEST.jsonl", help="query file"
    )
    parser.add_argument(
        "--count", type=int, metavar="N", help="queries, evenly spread (one for each entity)"
    )
    parser.add_argument(
        "--n-best", type=int, default=8, metavar="N", help="hypotheses for each, at most (8)"
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="of the phonemes that are changed, 0 to 1 (0.1: about a third is then heard exactly)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="M",
        help="folder with confusions.tsv, of a model or of `train --only confusions` (packaged)",
    )
    parser.add_argument(
        "--known-words",
        type=float,
        default=0.7,
        metavar="SHARE",
        help="of the catalog's words that are written as in the catalog, 0 to 1 (0.7)",
    )
    parser.add_argument(
        "--surface-form", action="append", default=[], metavar="T", help='"{name} {city}", repeat'
    )
    parser.add_argument(
        "--phonemes", action="store_true", help="write phonemes beside the words, too"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(args: argparse.Namespace) -> int:
    """Write the queries and print how they differ from what was said."""
    from er_engine.catalog import read_catalog
    from er_engine.files import check_not_read
    from er_engine.phonemes.default import default_g2p
    from er_engine.queries import write_queries
    from er_engine.surface_forms import check_fields, check_template
    from training.confusion.misheard import MisheardSettings, misheard_queries
    from training.confusion.sampling import ConfusionSampler
    from training.progress import Progress

    _check(args)
    check_not_read("-o", args.output, [args.catalog])
    # Drawn from twice: for the utterance, and from there for each hypothesis.
    sampler = ConfusionSampler(_table(args.model), args.rate / 2)
    for template in args.surface_form:
        check_template(template)
    entities = read_catalog(args.catalog).entities
    check_fields(args.surface_form, entities)
    count = len(entities) if args.count is None else args.count
    settings = MisheardSettings(
        count, args.n_best, args.seed, tuple(args.surface_form), args.phonemes
    )
    queries = misheard_queries(
        entities, default_g2p("en"), sampler, _writer(entities, args), settings
    )
    args.output.parent.mkdir(parents=True, exist_ok=True)
    tally = _Tally(max(1, count // _MEASURED))
    progress = Progress(args.quiet)
    write_queries(args.output, tally.count(progress.track(queries, "queries", count)))
    _print(args, tally, count)
    return 0


class _Tally:
    """Counts queries that pass by, and keeps every `step`-th to measure."""

    def __init__(self, step: int) -> None:
        self.kept: list[Query] = []
        self.queries = self.pairs = 0
        self._step = step

    def count(self, queries: Iterable[Query]) -> Iterator[Query]:
        for query in queries:
            if self.queries % self._step == 0:
                self.kept.append(query)
            self.queries += 1
            self.pairs += len(query.nbest)
            yield query
        if not self.queries:
            raise TrainingError("no name of the catalog has a pronunciation; nothing is written")


def _check(args: argparse.Namespace) -> None:
    if args.n_best < 1 or (args.count is not None and args.count < 1):
        raise ConfigError("--count and --n-best must be at least 1")
    for name in ("rate", "known_words"):
        share = getattr(args, name)
        if not 0 <= share <= 1:
            raise ConfigError(f"--{name.replace('_', '-')} {share}: a share is from 0 to 1")


def _table(model: Path | None) -> ConfusionTable:
    from er_engine.model import DEFAULT_MODEL
    from er_engine.phonemes.confusion_table import CONFUSIONS, read_confusions

    path = (model or DEFAULT_MODEL) / CONFUSIONS
    if not path.is_file():
        raise TrainingError(
            f"{path}: there is no such file; count confusions in n-best lists first: "
            f"er-engine train CONFIG.toml -o {model} --only confusions"
        )
    return read_confusions(path)


def _writer(entities: Sequence[Entity], args: argparse.Namespace) -> SoundsLike:
    from training.confusion.language_model import EnglishModel
    from training.confusion.sounds_like import SoundsLike
    from training.simulation.vocabulary import build_vocabulary, catalog_names

    known = build_vocabulary(catalog_names(entities), args.known_words, seed=args.seed)
    return SoundsLike(EnglishModel(), taught=known.entries)


def _print(args: argparse.Namespace, tally: _Tally, count: int) -> None:
    from training.simulation.summary import summarise

    summary = summarise(tally.kept)
    if args.json:
        counts = {"written": tally.queries, "pairs": tally.pairs}
        json.dump({"output": str(args.output), **counts, **summary.to_dict()}, sys.stdout)
        print()
        return
    from training.simulation.summary_table import print_summary

    print_summary(
        f"written: {args.output}; {tally.queries} queries, {tally.pairs} hypotheses; "
        f"no words for {count - tally.queries}",
        summary,
    )
