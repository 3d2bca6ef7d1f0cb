"""Writes the report and its plots from measured figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy.ladder import (
    curve_section,
    ladder_section,
    parts_section,
    semantic_section,
    summary,
    training_section,
)
from benchmarks.accuracy.plots import curves_plot, reductions_plot, write_svg
from benchmarks.accuracy.trust import (
    AS_SUPPOSED,
    WHOLE,
    all_calibrations,
    bins_section,
    calibration_section,
    removed_section,
    retrieval_section,
    said_section,
    sizes_section,
)
from er_engine.evaluation.reliability_plot import reliability_plot

Figures = dict[str, Any]
NUMBERS = (1, 2, 3, 5, 10)
# Sets are shown in this order; others come last.
ORDER = [
    *("screen", "books", "contacts"),
    *("dev_contacts", "dev_contacts_20k", "dev_places", "dev_places_forms"),
    *("dev_facts", "dev_facts_forms"),
    *("films", "people", "calls", "assistant"),
]

INTRODUCTION = """# Accuracy

Written by `python -m benchmarks.accuracy` (`make accuracy`); do not edit. Model {model}; at
most {limit} queries of each set, drawn with a fixed seed. Queries
that nothing fits are left out; see *Half of the catalog removed*.

All figures but calibration errors, AUROC and p-values are in per cent. Errors are error rates:
the share of queries whose right entity is not among the first k, ties counting against every
system. Brackets hold 95 % intervals from resampling entities, not queries; a reduction is
(baseline error - engine error) / baseline error; p is that of a two-sided paired randomisation
test over entities. `lexical` is the one lexical baseline with the lowest error @1 of that set
and mode, chosen after the fact, to its advantage; with n-best lists each baseline takes the
better of maximum and mean over hypotheses. `sum` is the plain sum of string, phoneme and
phoneme n-gram similarity. `screen` to `people` are simulated speech.
"""
SUMMARY = "## Whole n-best lists, error @1"
LADDER = """## The ladder

Vectors are those of the one trained model; every step searches the whole catalog, and over an
n-best list takes the better of maximum and mean, as the baselines do. *Without n-best training*
is a phonetic tower of the same size, trained on the same names for as many steps, but on synthetic
confusions alone and with mixed precision (`training/configs/without_nbest.toml`, kept in
`data/models/without_nbest`)."""
TRAINING = """## Training on n-best lists

The phonetic tower alone, searched over the whole catalog: trained on synthetic confusions only, and
on what recognisers heard as well. Errors @1; p as above, of these two."""
CURVE = """## Number of hypotheses

Error @1 of the first n hypotheses; n = 10 is the whole list (the recordings have up to eight)."""
SEMANTIC = """## The semantic half

The engine with its vectors (weighted sum of both towers), and with the vectors of the phonetic
tower alone; everything else, weights of reranking included, is the same."""
PARTS = """## Parts

Whole n-best lists. *Sounds said* counts phonemes of what was said, *phoneme edits* those in
which the first hypothesis differs from it. Intervals of parts are Wilson's over queries."""
RETRIEVAL = """## Retrieval

The engine compares the entities that vectors and n-grams of sounds and letters retrieve. Beside
it: the right entity among the first 100 by vectors alone, and by weighted phoneme alignment
with every name of the catalog (for a sample of the queries: it is slow)."""
CALIBRATION = """## Calibration

The probability of the answer (the first candidate with those of the same score) against how
often it is right. Expected calibration error over ten bins of equal width. *Half removed*: half
of the entities, drawn by a digest of their ids, are not in the catalog. The probabilities were
fitted as if nothing fitted one query in ten; with half of the catalog removed it is every second.
*By chance*: the error that true probabilities would have with so many queries. *Share known*: the
error where each query says how often nothing fits (`no_match_share`). *As supposed*: that of the
queries of the whole catalog and of those that nothing in the half fits, together, where these weigh
one in ten. The plot is that of all sets, as supposed.
In the table of bins: queries: mean probability / share right."""
REMOVED = """## Half of the catalog removed

AUROC of the no-match probability (of a baseline: of its best score). Then every system refuses
the 5 % of answerable queries that it is least sure of: *still answered* are queries of the
others; an *error* is a refusal or a wrong answer where something is right, and any answer where
nothing is. The last column is of no-match probabilities where queries say how often nothing fits.
Below, the same AUROC by what was said."""
SIZES = """## Size of the catalog

The same queries against nested samples of a catalog. Films are those held out of training,
among up to 35,000 (the others are films of training, as names to confuse). Calibration error
over the queries with the whole sample and with half of it removed; *share known* as above."""


def write_report(path: Path, figures: Sequence[Figures], key: Figures) -> None:
    """Write the report to `path` and its plots beside it, `NAME_*.svg`."""
    sets = [one for one in figures if "ladders" in one]
    sets.sort(key=lambda one: ORDER.index(one["name"]) if one["name"] in ORDER else 99)
    sizes = [one for one in figures if "sizes" in one]
    model, limit = key["model"][:12], f"{key['limit']:,}"
    lines = [INTRODUCTION.format(model=f"`{model}`", limit=limit)]
    if sets:
        lines += _of_sets(path, sets)
    if sizes:
        lines += [SIZES, "", *sizes_section(sizes), *bins_section(_named_sizes(sizes))]
    path.write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def _of_sets(path: Path, sets: Sequence[Figures]) -> list[str]:
    together = all_calibrations(sets)
    named = [(f"all sets, {label}", found) for label, found in together.items()]
    named += [(one["name"], one["calibration"]) for one in sets]
    named += [
        (f"{one['name']}, half removed", one["removed"]["calibration"])
        for one in sets
        if one["removed"]
    ]
    return [
        SUMMARY,
        "",
        *summary(sets),
        _plot(path, "reductions", reductions_plot(sets)),
        LADDER,
        "",
        *(line for one in sets for line in ladder_section(one)),
        CURVE,
        "",
        *curve_section(sets, NUMBERS),
        *([_plot(path, "hypotheses", curves_plot(sets, NUMBERS))] if _has_curves(sets) else []),
        TRAINING,
        "",
        *training_section(sets),
        SEMANTIC,
        "",
        *semantic_section(sets),
        RETRIEVAL,
        "",
        *retrieval_section(sets),
        CALIBRATION,
        "",
        *calibration_section(sets),
        _plot(path, "reliability", reliability_plot(together.get(AS_SUPPOSED, together[WHOLE]))),
        *bins_section(named),
        REMOVED,
        "",
        *removed_section(sets),
        *said_section(sets),
        PARTS,
        "",
        *(line for one in sets for line in parts_section(one)),
    ]


def _has_curves(sets: Sequence[Figures]) -> bool:
    return any(one["curve"] for one in sets)


def _named_sizes(sizes: Sequence[Figures]) -> list[tuple[str, Figures]]:
    return [
        (f"{one['title']}, {size['entities']:,}", size["calibration"])
        for one in sizes
        for size in one["sizes"]
    ]


def _plot(path: Path, name: str, svg: str) -> str:
    file = path.with_name(f"{path.stem}_{name}.svg")
    write_svg(file, svg)
    return f"![{name}]({file.name})\n"
