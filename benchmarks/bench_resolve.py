"""Time of one `Resolver.resolve` on one thread, without any cache of queries.

python -m benchmarks.bench_resolve [--catalog FILE] [--queries FILE] [--index DIR] [--model M]

Builds an index of the catalog (or opens the one that is named), asks each query's first hypotheses
once, and prints percentiles of the whole and of each stage. On a busy machine the processor time of
the whole is nearer to what a quiet one would take. Queries may be of another catalog: the time is
about the same.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

WARM_UP = 5
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> int:
    """Measure and print; return 0."""
    args = _arguments()
    for name in THREAD_VARIABLES:  # before any library that reads them is imported
        os.environ[name] = "1"

    from er_engine.model import load_model
    from er_engine.resolver import Resolver
    from index.reader import open_index

    start = time.perf_counter()
    model = load_model(args.model)
    print(f"model loaded in {time.perf_counter() - start:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        directory = args.index or _built(args.catalog, Path(folder) / "index", model)
        opened = open_index(directory)
        _measure(Resolver(opened, model), args)
        print(f"{len(opened.entities):,} entities, {len(opened.form_entities):,} surface forms")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalog", type=Path, default=Path("data/samples/screen.jsonl"))
    parser.add_argument("--queries", type=Path, default=Path("data/samples/screen_queries.jsonl"))
    parser.add_argument("--index", type=Path, help="a built index instead of --catalog")
    parser.add_argument("--model", help="model folder (default: the packaged one)")
    parser.add_argument("--hypotheses", type=int, default=5)
    parser.add_argument("--limit", type=int, default=300, help="queries asked")
    return parser.parse_args()


def _built(catalog: Path, directory: Path, model: object) -> Path:
    from er_engine.catalog import read_catalog
    from er_engine.model import Model
    from index.builder import BuildOptions, build_index

    assert isinstance(model, Model)
    entities = read_catalog(catalog).entities
    start = time.perf_counter()
    build_index(entities, directory, model.encoder, model.g2p, BuildOptions(lang=model.lang))
    seconds = time.perf_counter() - start
    print(f"index built in {seconds:.1f} s, {len(entities) / seconds:,.0f} entities/s")
    return directory


def _measure(resolver: object, args: argparse.Namespace) -> None:
    import numpy as np

    from er_engine.queries import read_queries
    from er_engine.resolver import Resolver

    assert isinstance(resolver, Resolver)
    lists = [query.nbest[: args.hypotheses] for query in read_queries(args.queries)[: args.limit]]
    for nbest in lists[-WARM_UP:]:
        resolver.resolve(nbest)
    wall, cpu, stages = [], [], []
    for nbest in lists:
        start, start_cpu = time.perf_counter(), time.thread_time()
        answer = resolver.resolve(nbest)
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.thread_time() - start_cpu) * 1e3)
        stages.append(answer.timings)
    print(f"{len(lists)} queries of up to {args.hypotheses} hypotheses, milliseconds:")
    rows = {"wall time": wall, "processor time": cpu}
    rows |= {f"  {name}": [times.get(name, 0.0) for times in stages] for name in stages[0]}
    for name, times in rows.items():
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        print(f"{name:<15} p50 {p50:5.1f}  p95 {p95:5.1f}  p99 {p99:5.1f}")


if __name__ == "__main__":
    sys.exit(main())
