"""Measure every set and write the report.

python -m benchmarks.accuracy [--calls DIR] [--assistant DIR] [--limit N]
    [--without-nbest MODEL] -o benchmarks/accuracy.md

The figures of a set are kept as JSON in the work folder; a run that is started again goes on with
the sets that are missing there, and measures again where model or limit changed. The tower that was
trained without n-best lists has files of its own, NAME.without_nbest.json.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.accuracy.sets import SetSpec
    from er_engine.model import Model

Figures = dict[str, Any]
Key = dict[str, Any]

DATA = Path(__file__).resolve().parents[2] / "data"
COMPARED = DATA / "models" / "without_nbest"
OF_COMPARED = ".without_nbest.json"
LIMIT = 150
FILM_SIZES = (350, 3_500, 35_000)
CONTACT_SIZES = (200, 2_000, 20_000)
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> int:
    """Measure and write; return 0."""
    args = _arguments()
    for name in THREAD_VARIABLES:  # before any library that reads them is imported
        os.environ.setdefault(name, "1")
    from benchmarks.accuracy.report import write_report
    from er_engine.model import load_model

    model, compared = load_model(args.model), load_model(args.without_nbest)
    key: Key = {"model": model.fingerprint, "limit": args.limit}
    compared_key = key | {"without_nbest": compared.fingerprint}
    args.work.mkdir(parents=True, exist_ok=True)
    specs = {spec.name: spec for spec in _specs(args)}
    for name, work in _tasks(specs, model, args.limit).items():
        if not args.only or name in args.only:
            figures = _kept(args.work / f"{name}.json", key, work)
            if name in specs:
                step = partial(_without_nbest, specs[name], model, compared, args.limit, figures)
                _kept(args.work / (name + OF_COMPARED), compared_key, step)
    write_report(args.output, list(_found(args.work, key, compared_key)), key)
    print(f"wrote {args.output}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--calls", type=Path, help="folder with catalog.jsonl and queries.jsonl")
    parser.add_argument("--assistant", type=Path, help="the same, of a voice assistant")
    parser.add_argument("--limit", type=int, default=LIMIT, help="queries of each set")
    parser.add_argument("--only", nargs="*", metavar="SET", help="measure only these sets")
    parser.add_argument("--model", help="model folder (default: the packaged one)")
    parser.add_argument(
        "--without-nbest", type=Path, default=COMPARED, help="a model trained without n-best"
    )
    parser.add_argument("--work", type=Path, default=Path("out/accuracy"), help="kept figures")
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/accuracy.md"))
    return parser.parse_args()


def _kept(path: Path, key: Key, work: Callable[[], Figures]) -> Figures:
    """Return the figures that are kept for the same key, else measure and keep them."""
    if path.exists():
        record = json.loads(path.read_text("utf-8"))
        if record["key"] == key:
            return dict(record["figures"])
    start = time.process_time()
    print(path.stem, end="", flush=True)
    record = {"key": key, "figures": work()}
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f" ({time.process_time() - start:.0f} s of processor time)", flush=True)
    return dict(record["figures"])


def _found(work: Path, key: Key, compared_key: Key) -> Iterator[Figures]:
    """What is kept for these keys: each set with the step of the compared tower, where that is."""
    from benchmarks.accuracy.without_nbest import with_step

    for path in sorted(work.glob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        if record["key"] != key:
            continue
        step = path.with_name(path.stem + OF_COMPARED)
        other = json.loads(step.read_text("utf-8")) if step.exists() else {"key": None}
        is_compared = other["key"] == compared_key
        yield with_step(record["figures"], other["figures"]) if is_compared else record["figures"]


def _specs(args: argparse.Namespace) -> list[SetSpec]:
    from benchmarks.accuracy.sets import assistant_set, call_contacts_set, calls_set, shipped_sets

    specs = shipped_sets(DATA)
    if args.calls:
        specs += [calls_set(args.calls), call_contacts_set(args.calls)]
    if args.assistant:
        specs.append(assistant_set(args.assistant))
    return specs


def _tasks(specs: dict[str, SetSpec], model: Model, limit: int) -> dict[str, Callable[[], Figures]]:
    tasks: dict[str, Callable[[], Figures]] = {
        name: partial(_measured, spec, model, limit) for name, spec in specs.items()
    }
    tasks["sizes_films"] = partial(_film_sizes, model, limit)
    tasks["sizes_contacts"] = partial(_contact_sizes, model, limit)
    return tasks


def _measured(spec: SetSpec, model: Model, limit: int) -> Figures:
    from benchmarks.accuracy.measure import measure
    from benchmarks.accuracy.sets import load
    from benchmarks.accuracy.systems import prepare

    loaded = load(spec, limit)
    return measure(loaded, prepare(loaded.entities, model, spec.templates), _say)


def _without_nbest(
    spec: SetSpec, model: Model, compared: Model, limit: int, figures: Figures
) -> Figures:
    from benchmarks.accuracy.sets import load
    from benchmarks.accuracy.without_nbest import measure_without_nbest

    return measure_without_nbest(load(spec, limit), model, compared, figures["ladders"])


def _film_sizes(model: Model, limit: int) -> Figures:
    """Held-out films, among themselves and with the films of training as names to confuse."""
    from benchmarks.accuracy.sets import load, shipped_sets
    from benchmarks.accuracy.sizes import at_sizes
    from benchmarks.accuracy.systems import prepare
    from er_engine.catalog import read_catalog

    spec = next(spec for spec in shipped_sets(DATA) if spec.name == "films")
    loaded = load(spec, limit)
    others = read_catalog(DATA / "training" / "films.jsonl.gz").entities
    core = {entity_id for query in loaded.queries for entity_id in query.entity_ids}
    prepared = prepare([*loaded.entities, *others], model)
    sizes = at_sizes(prepared, loaded.queries, core, FILM_SIZES)
    return {"name": "sizes_films", "title": spec.title, "sizes": sizes}


def _contact_sizes(model: Model, limit: int) -> Figures:
    """The 200 contacts, with more and more of the 20,000 around them."""
    from benchmarks.accuracy.sets import load, shipped_sets
    from benchmarks.accuracy.sizes import at_sizes
    from benchmarks.accuracy.systems import prepare
    from er_engine.catalog import read_catalog

    specs = {spec.name: spec for spec in shipped_sets(DATA)}
    loaded = load(specs["dev_contacts_20k"], limit)
    core = {entity.id for entity in read_catalog(specs["dev_contacts"].catalog).entities}
    sizes = at_sizes(prepare(loaded.entities, model), loaded.queries, core, CONTACT_SIZES)
    return {"name": "sizes_contacts", "title": "contacts", "sizes": sizes}


def _say(stage: str) -> None:
    print(f" {stage}", end="", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
