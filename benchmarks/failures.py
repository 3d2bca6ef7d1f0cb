"""Print what the engine gets wrong, to be read: what was heard, right and answered, and why.

python -m benchmarks.failures CATALOG QUERIES [-n 200] [--surface-form T]... [--model M]

For each failure with the whole n-best list: the hypotheses, what was said, the right entity and the
answer, both with their phonemes and the similarities of their best pair, and whether the right one
was retrieved at all.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from er_engine.resolver import Resolver
    from er_engine.types import Query

SHOWN_HYPOTHESES = 4
ALL = 1_000


@dataclass(frozen=True, slots=True)
class Side:
    """One entity beside the hypothesis that fits it best.

    `similarities` are those that count, by name; `rank` is None where it was not retrieved.
    """

    id: str
    name: str
    form: str
    rank: int | None
    score: float | None
    heard_phonemes: str
    phonemes: str
    similarities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Failure:
    """A query whose right entity is not alone at the top."""

    query: str
    heard: list[str]
    said: str | None
    tags: dict[str, object]
    no_match_probability: float
    right: Side
    answered: Side | None


def main() -> int:
    """Print; return 0."""
    args = _arguments()
    from er_engine.catalog import read_catalog
    from er_engine.memory_index import index_in_memory
    from er_engine.model import load_model
    from er_engine.queries import read_queries
    from er_engine.resolver import Resolver

    model = load_model(args.model)
    entities = read_catalog(args.catalog).entities
    resolver = Resolver(index_in_memory(entities, model, args.surface_form), model)
    queries = [query for query in read_queries(args.queries) if query.entity_ids]
    found = []
    for failure in failures(resolver, queries):
        found.append(failure)
        print(in_words(failure), flush=True)
        if len(found) == args.n:
            break
    if args.json:
        lines = [json.dumps(asdict(failure), ensure_ascii=False) for failure in found]
        args.json.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{len(found)} failures shown; the file has {len(queries)} queries with a right entity")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.failures", description=__doc__.splitlines()[0]
    )
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("-n", type=int, default=200, help="failures to show")
    parser.add_argument("--model", help="model folder (default: the packaged one)")
    parser.add_argument(
        "--surface-form", action="append", default=[], metavar="TEMPLATE", help="as in index build"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write them as JSON lines, too")
    return parser.parse_args()


def failures(resolver: Resolver, queries: Sequence[Query]) -> Iterator[Failure]:
    """Yield the queries that go wrong, in order; a tie with a wrong entity is wrong."""
    from er_engine.errors import QueryError
    from er_engine.evaluation.ranking import rank_in_list

    for query in queries:
        try:
            found = resolver.resolve(query.nbest, k=20, type=query.type)
        except QueryError:
            continue
        scored = [(candidate.entity.id, candidate.score) for candidate in found.candidates]
        if rank_in_list(scored, query.entity_ids) > 1:
            yield _failure(resolver, query)


def _failure(resolver: Resolver, query: Query) -> Failure:
    from er_engine.options import ResolveOptions

    options = ResolveOptions(explain=True)
    found = resolver.resolve(query.nbest, k=ALL, type=query.type, options=options)
    sides = {
        candidate.entity.id: _side(candidate, rank)
        for rank, candidate in enumerate(found.candidates, start=1)
    }
    right = [sides[entity_id] for entity_id in query.entity_ids if entity_id in sides]
    wrong = [side for entity_id, side in sides.items() if entity_id not in query.entity_ids]
    return Failure(
        query.id,
        [hypothesis.text for hypothesis in query.nbest],
        query.reference,
        dict(query.tags),
        found.no_match_probability,
        right[0] if right else _not_retrieved(resolver, query.entity_ids[0]),
        wrong[0] if wrong else None,
    )


def _side(candidate: object, rank: int) -> Side:
    from er_engine.types import Candidate

    assert isinstance(candidate, Candidate)
    details = candidate.details
    assert details is not None
    return Side(
        candidate.entity.id,
        candidate.entity.name,
        candidate.surface_form,
        rank,
        round(candidate.score, 4),
        details.heard_phonemes,
        details.name_phonemes,
        {part.feature: round(part.value, 2) for part in details.contributions},
    )


def _not_retrieved(resolver: Resolver, entity_id: str) -> Side:
    from er_engine.explanation import phoneme_text
    from er_engine.surface_forms import text_forms

    entities = resolver.index.entities
    row = entities.row_of(entity_id)
    name = entity_id if row is None else entities.get([row])[0].name
    ((form, *_),) = text_forms([name], resolver.model.g2p, resolver.model.lang)
    return Side(entity_id, name, name, None, None, "", phoneme_text(form.pronunciation), {})


def in_words(failure: Failure) -> str:
    """Some lines for people."""
    heard = " | ".join(failure.heard[:SHOWN_HYPOTHESES])
    tags = ", ".join(f"{key}={value}" for key, value in failure.tags.items())
    lines = [f"{failure.query}: {heard}", f"  said   {failure.said!r} ({tags})"]
    for label, side in (("right", failure.right), ("got", failure.answered)):
        if side is None:
            lines.append(f"  {label:6s} nothing")
            continue
        rank = "not retrieved" if side.rank is None else f"rank {side.rank}, {side.score:.3f}"
        values = " ".join(f"{name} {value:.2f}" for name, value in side.similarities.items())
        lines.append(f"  {label:6s} {side.name!r} as {side.form!r} ({rank})")
        lines.append(f"         /{side.heard_phonemes}/ heard for /{side.phonemes}/ {values}")
    return "\n".join([*lines, f"  nothing fits: {failure.no_match_probability:.2f}", ""])


if __name__ == "__main__":
    raise SystemExit(main())
