"""`make demo`: sample catalogs, misheard names, and the evaluation against lexical search.

Run as `python -m api.demo` from the root of the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from er_engine.errors import ErEngineError, IndexFormatError, InputError
from er_engine.files import sha256_of, write_atomically
from er_engine.types import Hypothesis

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from er_engine.evaluation.judged_catalog import JudgedCatalog
    from er_engine.evaluation.significance import Comparison
    from er_engine.model import Model
    from er_engine.resolver import Resolver
    from er_engine.search import Retriever

CATALOGS = ("screen", "books", "contacts")
# What a user of a fuzzy search library would take, and one of the strongest baselines.
LEXICAL = "rapidfuzz_blend"
DEFAULT_QUERIES = 100
PLAIN_WIDTH = 150


@dataclass(frozen=True, slots=True)
class Misheard:
    """What a recogniser heard, and the name that was said (None: nothing of the catalog)."""

    catalog: str
    heard: str
    said: str | None


# Picked by hand, to show what happens; the error rates below them are not.
MISHEARD = (
    Misheard("screen", "shipping potato", "Chip and Potato"),
    Misheard("screen", "the bucket load of fat", "The Book of Boba Fett"),
    Misheard("screen", "bloodlines", "Blue Bloods"),
    Misheard("screen", "open the garage door", None),
    Misheard("books", "and your trust us", "Bonjour Tristesse"),
    Misheard("books", "canteen", "Candide"),
    Misheard("books", "les mis air and elsa", "Les Misérables"),
    Misheard("contacts", "donnelly", "Donna Lee"),
    Misheard("contacts", "margarita latch air", "Marguerite Delattre"),
)


@dataclass(frozen=True, slots=True)
class Ready:
    """An opened sample catalog: what answers, and what it is compared with."""

    catalog: JudgedCatalog
    resolver: Resolver
    lexical: Retriever


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.demo", description=__doc__)
    parser.add_argument("--samples", type=Path, default=Path("data/samples"))
    parser.add_argument("--output", type=Path, default=Path("out/demo"))
    parser.add_argument("--model", help="model folder (default: the packaged one)")
    parser.add_argument(
        "--queries",
        type=int,
        default=DEFAULT_QUERIES,
        help="of each catalog, spread over the file (default: %(default)s, for speed)",
    )
    args = parser.parse_args(argv)
    try:
        return run(args.samples, args.output, args.model, args.queries)
    except ErEngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run(samples: Path, output: Path, model_name: str | None, limit: int) -> int:
    """Build, resolve and evaluate; return 0.

    Raises:
        InputError: the sample catalogs are not there.
    """
    from rich.console import Console

    from er_engine.model import load_model

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    model = load_model(model_name)
    for name in CATALOGS:
        build(samples / f"{name}.jsonl", output / name, model, console)
    ready = {name: open_sample(output / name, model) for name in CATALOGS}
    print_answers(ready, model, console)
    print_evaluation(samples, ready, model, limit, console)
    console.print(
        "Synthetic voices, a real recogniser. lexical: the fast baseline with the fewest errors on "
        "these queries; sum: string, phoneme and n-gram similarity added up. `er-engine evaluate` "
        "asks all queries and runs more baselines."
    )
    console.print(f"Now try: .venv/bin/er-engine resolve {output}/screen 'shipping potato'")
    return 0


def build(catalog: Path, directory: Path, model: Model, console: Console) -> None:
    """Build the index of a sample catalog, unless the one that is there is of the same input."""
    from er_engine.catalog import read_catalog
    from index.builder import BuildOptions, build_index

    if not catalog.is_file():
        raise InputError(f"no sample catalog at {catalog}; run the demo in the project's folder")
    parts = f"{sha256_of(catalog)} {model.encoder.fingerprint} {model.g2p.name}"
    stamp = hashlib.sha256(parts.encode()).hexdigest()
    stamp_file = directory.with_suffix(".stamp")
    if stamp_file.is_file() and stamp_file.read_text() == stamp and _opens(directory):
        console.print(f"{directory}: built before")
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    entities = read_catalog(catalog).entities
    with console.status(f"building {directory}"):
        manifest = build_index(
            entities, directory, model.encoder, model.g2p, BuildOptions(lang=model.lang)
        )
    write_atomically(stamp_file, stamp)
    console.print(
        f"{directory}: {manifest.entities:,} entities, {manifest.surface_forms:,} surface forms"
    )


def _opens(directory: Path) -> bool:
    """Whether an index is there, undamaged and of this version of er-engine."""
    from index.reader import open_index

    try:
        open_index(directory)
    except IndexFormatError:
        return False
    return True


def open_sample(directory: Path, model: Model) -> Ready:
    """Open an index with its resolver and the lexical baseline over the same catalog."""
    from er_engine.evaluation.judged_catalog import JudgedCatalog
    from er_engine.lexical.baselines import lexical_retrievers
    from er_engine.resolver import Resolver
    from index.reader import open_index

    index = open_index(directory)
    catalog = JudgedCatalog(index)
    retrievers = lexical_retrievers(catalog.forms, model.g2p, model.lang)
    lexical = next(item for item in retrievers if item.name == LEXICAL)
    return Ready(catalog, Resolver(index, model), lexical)


def print_answers(ready: dict[str, Ready], model: Model, console: Console) -> None:
    """Print a table of misheard names by catalog; right answers are marked with a tick."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title=f"\nMisheard names, picked by hand (lexical search: {LEXICAL})",
        title_style="bold",
    )
    for title in ("heard", "phonemes", "er-engine", "probability", "lexical search"):
        table.add_column(title, justify="right" if title == "probability" else "left")
    for name, sample in ready.items():
        table.add_row(Text(name, style="dim"))
        for item in MISHEARD:
            if item.catalog == name:
                table.add_row(*_row(item, sample, model))
        table.add_section()
    console.print(table)


def _row(item: Misheard, ready: Ready, model: Model) -> list[RenderableType]:
    from rich.padding import Padding

    resolution = ready.resolver.resolve([Hypothesis(item.heard)], k=1)
    best = resolution.candidates[0]
    lexical = ready.catalog.entities[int(ready.lexical.score([item.heard])[0].argmax())].name
    if resolution.decision == "no_match":
        answer, probability = "no match", resolution.no_match_probability
        right = item.said is None
    else:
        answer, probability = best.entity.name, best.probability
        right = answer == item.said
    return [
        Padding(item.heard, (0, 0, 0, 2)),
        phonemes(item.heard, model),
        _marked(answer, right),
        f"{probability:.0%}",
        _marked(lexical, lexical == item.said),
    ]


def phonemes(text: str, model: Model) -> str:
    """The first pronunciation of a text, one word after the other."""
    from er_engine.surface_forms import text_forms
    from er_engine.types import WORD_BOUNDARY

    pronunciation = text_forms([text], model.g2p, model.lang)[0][0].pronunciation
    return "".join(" " if symbol == WORD_BOUNDARY else symbol for symbol in pronunciation)


def _marked(text: str, right: bool) -> Text:
    from er_engine.terminal import cell

    sign = cell("✓ ", style="green") if right else cell("✗ ", style="red")
    return sign + cell(text)


def evaluate(queries: Path, sample: Ready, model: Model, limit: int) -> list[str]:
    """Ask sample queries with their whole n-best lists; return a row of the table.

    The lexical baseline is the one with the fewest errors on these queries, of those that are fast
    enough for a demo; `er-engine evaluate` runs all.
    """
    from er_engine.evaluation.baseline_runs import run_baseline
    from er_engine.evaluation.cases import check_queries, expand
    from er_engine.evaluation.evaluation import Evaluation
    from er_engine.evaluation.systems import MARGIN, EngineSystem, run_system
    from er_engine.lexical.baselines import FAST, SUM, lexical_retrievers, sum_retriever
    from er_engine.queries import read_queries

    catalog = sample.catalog
    asked = check_queries(read_queries(queries), catalog.rows).queries
    cases = expand(asked[:: max(1, len(asked) // max(1, limit))], "nbest")
    depth = 1 + MARGIN
    ours = run_system(EngineSystem(sample.resolver, depth), cases, lambda _: None)
    parts = (catalog.forms, model.g2p, catalog.lang)
    fast = [retriever for retriever in lexical_retrievers(*parts) if retriever.name in FAST]
    baselines = {
        retriever.name: run_baseline(retriever, cases, catalog, depth, lambda _: None)
        for retriever in (*fast, sum_retriever(*parts))
    }
    evaluation = Evaluation("nbest", (1,), cases, ours, list(baselines.values()))
    lexical = evaluation.lexical
    assert lexical is not None
    return [
        str(len(evaluation.scored_cases)),
        f"{evaluation.error(ours, 1):.1%}",
        f"{evaluation.error(lexical, 1):.1%}",
        _reduction(evaluation.against(lexical)[1]),
        f"{evaluation.error(baselines[SUM], 1):.1%}",
        lexical.name,
    ]


def _reduction(comparison: Comparison) -> str:
    if comparison.reduction is None or comparison.interval is None:
        return "none to make"
    low, high = comparison.interval
    return f"{comparison.reduction:.0%} [{low:.0%}, {high:.0%}]"


def print_evaluation(
    samples: Path, ready: dict[str, Ready], model: Model, limit: int, console: Console
) -> None:
    """Print the error rates on the sample queries, one line for each catalog."""
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title="Error rate @1 on sample queries, each a whole n-best list",
        title_style="bold",
    )
    table.add_column("catalog")
    for title in ("queries", "engine", "lexical", "fewer errors\n[95 %]", "sum"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("lexical is", overflow="fold")
    for name, sample in ready.items():
        with console.status(f"evaluating {name}"):
            table.add_row(name, *evaluate(samples / f"{name}_queries.jsonl", sample, model, limit))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
