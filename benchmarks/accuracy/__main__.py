"""Measure every set and write the report.

python -m benchmarks.accuracy [--calls DIR] [--assistant DIR] [--limit N]
    [--without-nbest MODEL] -o benchmarks/accuracy.md

The figures of a set are kept as JSON in the work folder; a run that is started again goes on with
the sets that are missing there, and measures again where model or limit changed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.accuracy.sets import SetSpec
    from er_engine.model import Model

DATA = Path(__file__).resolve().parents[2] / "data"
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

    model = load_model(args.model)
    other = load_model(args.without_nbest) if args.without_nbest else None
    key = _key(model, args.limit, other)
    args.work.mkdir(parents=True, exist_ok=True)
    for name, work in _tasks(args, model, other).items():
        if not args.only or name in args.only:
            _kept(args.work / f"{name}.json", key, work)
    found = [json.loads(path.read_text("utf-8")) for path in sorted(args.work.glob("*.json"))]
    write_report(args.output, [one["figures"] for one in found if one["key"] == key], key)
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
    parser.add_argument("--without-nbest", help="a model trained without n-best, to compare")
    parser.add_argument("--work", type=Path, default=Path("out/accuracy"), help="kept figures")
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/accuracy.md"))
    return parser.parse_args()


def _key(model: Model, limit: int, other: Model | None) -> dict[str, Any]:
    key = {"model": model.fingerprint, "limit": limit}
    return key | {"without_nbest": other.fingerprint} if other else key


def _kept(path: Path, key: dict[str, Any], work: Callable[[], dict[str, Any]]) -> None:
    if path.exists() and json.loads(path.read_text("utf-8"))["key"] == key:
        return
    start = time.process_time()
    print(path.stem, end="", flush=True)
    record = {"key": key, "figures": work()}
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f" ({time.process_time() - start:.0f} s of processor time)", flush=True)


def _tasks(
    args: argparse.Namespace, model: Model, other: Model | None
) -> dict[str, Callable[[], dict[str, Any]]]:
    from benchmarks.accuracy.sets import assistant_set, call_contacts_set, calls_set, shipped_sets

    specs = shipped_sets(DATA)
    if args.calls:
        specs += [calls_set(args.calls), call_contacts_set(args.calls)]
    if args.assistant:
        specs.append(assistant_set(args.assistant))
    tasks: dict[str, Callable[[], dict[str, Any]]] = {
        spec.name: _set_task(spec, model, args.limit, other) for spec in specs
    }
    names = {spec.name for spec in specs}
    tasks["sizes_films"] = lambda: _film_sizes(model, args.limit)
    if "dev_contacts_20k" in names:
        tasks["sizes_contacts"] = lambda: _contact_sizes(model, args.limit)
    return tasks


def _set_task(
    spec: SetSpec, model: Model, limit: int, other: Model | None
) -> Callable[[], dict[str, Any]]:
    def measured() -> dict[str, Any]:
        from benchmarks.accuracy.measure import measure
        from benchmarks.accuracy.sets import load
        from benchmarks.accuracy.systems import prepare

        loaded = load(spec, limit)
        prepared = prepare(loaded.entities, model, spec.templates)
        return measure(loaded, prepared, _say, other)

    return measured


def _film_sizes(model: Model, limit: int) -> dict[str, Any]:
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


def _contact_sizes(model: Model, limit: int) -> dict[str, Any]:
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
