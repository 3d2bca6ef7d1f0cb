"""`er-engine simulate`: speak a catalog, recognise it, write n-best queries."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from er_engine.errors import ConfigError

if TYPE_CHECKING:
    from er_engine.types import Entity
    from training.simulation.prompts import Prompt
    from training.simulation.settings import SimulationSettings
    from training.simulation.summary import Summary
    from training.simulation.vocabulary import Vocabulary

_VOICES = "flite:slt,flite:rms,flite:awb,flite:kal16"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `er-engine simulate`."""
    parser.add_argument("catalog", type=Path, metavar="CATALOG", help="JSONL, CSV or Parquet")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="NBEST.jsonl",
        help="query file to write",
    )
    parser.add_argument(
        "--prompts",
        type=Path,
        help="say these instead of the catalog's names: JSONL with id, reference (the text), "
        "entity_ids (of CATALOG; none: no right answer) and tags",
    )
    parser.add_argument(
        "--audio",
        type=Path,
        metavar="DIR",
        help="recognise the WAVE files of this folder instead of synthetic speech; "
        "DIR/recordings.jsonl (or --prompts) lists them: id, audio (file; ID.wav), reference, "
        "entity_ids (all that sound like the reference)",
    )
    parser.add_argument("--voices", default=_VOICES, help=f"PROGRAM:VOICE,... ({_VOICES})")
    parser.add_argument("--snr-db", default="24,28,32,40", help="dB, one is drawn per utterance")
    parser.add_argument(
        "--strength",
        type=float,
        default=0.5,
        metavar="S",
        help="of speed, pitch, reverberation, telephone band and coloured noise, 0 to 1 (0.5); "
        "0: white noise alone",
    )
    _add_recogniser_arguments(parser)
    parser.add_argument(
        "--per-entity", type=int, default=1, metavar="N", help="utterances each (1)"
    )
    parser.add_argument(
        "--surface-form", action="append", default=[], metavar="T", help='"{name} {city}", repeat'
    )
    parser.add_argument("--seed", type=int, default=0, help="of voices and noise (0)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")
    parser.add_argument("--n-best", type=int, default=8, metavar="N", help="hypotheses kept (8)")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="utterances, spread over the catalog"
    )
    parser.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="repeat")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def _add_recogniser_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recogniser", default="pocketsphinx", help="(pocketsphinx)")
    parser.add_argument(
        "--vocabulary",
        default="catalog",
        metavar="catalog|none|FILE",
        help="names that the recogniser is to know beside its own words: the catalog's, none, or "
        "those of a text file, one on each line (catalog)",
    )
    parser.add_argument(
        "--known-words",
        type=float,
        default=0.7,
        metavar="SHARE",
        help="of the vocabulary's words, 0 to 1 (0.7)",
    )
    parser.add_argument(
        "--known-names",
        type=float,
        default=0.4,
        metavar="SHARE",
        help="of the vocabulary's names of several words, known as a whole, 0 to 1 (0.4)",
    )
    parser.add_argument(
        "--language-model", metavar="FILE", help="of the recogniser, ARPA or binary, not its own"
    )


def run(args: argparse.Namespace) -> int:
    """Run the simulation that the arguments describe and print its summary."""
    from er_engine.catalog import read_catalog
    from er_engine.files import check_not_read
    from training.simulation.simulate import simulate
    from training.simulation.summary import summarise

    check_not_read("-o", args.output, [args.catalog])
    settings = _settings(args)
    entities = read_catalog(args.catalog).entities
    prompts = _prompts(args, entities)
    vocabulary = _vocabulary(args, entities)
    with _progress(len(prompts)) as advance:
        queries = simulate(
            prompts,
            args.output,
            settings,
            vocabulary=vocabulary,
            workers=args.workers,
            on_progress=advance,
        )
    _print(summarise(queries), args.output, len(prompts), args.json)
    return 0


def _settings(args: argparse.Namespace) -> SimulationSettings:
    from training.simulation.settings import SimulationSettings

    if args.workers < 1 or args.per_entity < 1 or (args.limit is not None and args.limit < 1):
        raise ConfigError("--workers, --per-entity and --limit must be at least 1")
    if args.language_model is not None and not Path(args.language_model).is_file():
        raise ConfigError(f"--language-model {args.language_model}: there is no such file")
    return SimulationSettings(
        voices=tuple(name.strip() for name in args.voices.split(",") if name.strip()),
        snr_db=_decibels(args.snr_db),
        strength=args.strength,
        recogniser=args.recogniser,
        language_model=args.language_model,
        n_best=args.n_best,
        seed=args.seed,
        tags=dict(_tag(text) for text in args.tag),
    )


def _decibels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        levels = (math.nan,)
    if not all(map(math.isfinite, levels)):
        raise ConfigError(f"--snr-db {text!r}: write numbers such as 24,28,32")
    return levels


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"--tag {text!r}: write KEY=VALUE")
    return key, value


def _vocabulary(args: argparse.Namespace, entities: Sequence[Entity]) -> Vocabulary:
    from training.simulation.vocabulary import (
        Vocabulary,
        build_vocabulary,
        catalog_names,
        read_names,
    )

    for share in (args.known_words, args.known_names):
        if not 0 <= share <= 1:
            raise ConfigError(f"--known-words and --known-names are shares, 0 to 1, not {share}")
    if args.vocabulary == "none":
        return Vocabulary()
    own = args.vocabulary == "catalog"
    names = catalog_names(entities) if own else read_names(Path(args.vocabulary))
    return build_vocabulary(names, args.known_words, args.known_names, args.seed)


def _prompts(args: argparse.Namespace, entities: Sequence[Entity]) -> list[Prompt]:
    from er_engine.surface_forms import check_fields, check_template
    from training.simulation.prompts import (
        catalog_prompts,
        check_ids,
        entities_by_spoken_form,
        read_prompts,
        spread,
    )
    from training.simulation.recordings import read_recordings

    for template in args.surface_form:
        check_template(template)
    check_fields(args.surface_form, entities)
    if args.audio is not None:
        fits = entities_by_spoken_form(entities, args.surface_form)
        prompts = read_recordings(args.audio, fits, args.prompts)
        check_ids(prompts, entities, args.prompts or args.audio)
        return spread(prompts, args.limit)
    if args.prompts is None:
        return catalog_prompts(entities, args.surface_form, args.per_entity, args.limit, args.seed)
    prompts = read_prompts(args.prompts)
    check_ids(prompts, entities, args.prompts)
    return spread(prompts, args.limit)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr; it is advanced by calling what this gives."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), "utterances, left:", TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)


def _print(summary: Summary, output: Path, n_prompts: int, as_json: bool) -> None:
    if as_json:
        json.dump({"output": str(output), "prompts": n_prompts, **summary.to_dict()}, sys.stdout)
        print()
        return
    from training.simulation.summary_table import print_summary

    missing = n_prompts - summary.queries
    print_summary(f"written: {output}; nothing heard in {missing}", summary)
