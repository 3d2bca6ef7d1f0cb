"""The evaluation in words and rows, and as a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from er_engine.evaluation.cases import EACH, FIRST
from er_engine.evaluation.evaluation import LEXICAL, Evaluation
from er_engine.evaluation.latency import latency_percentiles
from er_engine.evaluation.metrics import mean_reciprocal_rank
from er_engine.evaluation.significance import Comparison
from er_engine.evaluation.slices import Slice
from er_engine.evaluation.summary import no_match_of
from er_engine.evaluation.systems import SystemRun
from er_engine.lexical.baselines import SUM

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Rows = list[list[str]]
_MODES = {FIRST: "the first hypothesis of each", EACH: "every hypothesis on its own"}


def mode_in_words(evaluation: Evaluation) -> str:
    """Say how many queries were asked, and how."""
    text = (
        f"{len(evaluation.cases):,} queries "
        f"({_MODES.get(evaluation.mode, 'the whole n-best list of each')}) "
        f"about {len(set(evaluation.groups)):,} entities"
    )
    without = len(evaluation.cases) - len(evaluation.scored_cases)
    text += f"; {without:,} of them have no right entity" if without else ""
    told = evaluation.no_match_share
    return text + (f"; told that nothing fits {_share(told)}" if told is not None else "")


def system_rows(evaluation: Evaluation) -> tuple[list[str], Rows]:
    """Return header and rows: system, error rate @k with interval, MRR, latency."""
    header = ["system", *(f"error @{k}" for k in evaluation.ks), "MRR", "p50 ms", "p95 ms"]
    return header, [_system_row(evaluation, run) for run in evaluation.shown_runs()]


def _system_row(evaluation: Evaluation, run: SystemRun) -> list[str]:
    name = f"{run.name} ({run.fusion})" if run.fusion else run.name
    if run is evaluation.lexical:
        name += f" = {LEXICAL}"
    errors = []
    for k in evaluation.ks:
        low, high = evaluation.paired[k].interval(run.name)
        errors.append(f"{_share(evaluation.error(run, k))} [{_share(low)}, {_share(high)}]")
    latency = latency_percentiles(run.latencies_ms)
    mrr = mean_reciprocal_rank(run.ranks[evaluation.scored])
    return [name, *errors, f"{mrr:.3f}", f"{latency['p50']:.1f}", f"{latency['p95']:.1f}"]


def reduction_lines(evaluation: Evaluation) -> list[str]:
    """Say how much lower the engine's errors are than those of `lexical` and of `sum`."""
    shown = [] if evaluation.lexical is None else [evaluation.lexical.name]
    shown += [name for name in evaluation.comparisons if name == SUM]
    return [
        f"relative error reduction against {name}: "
        + "; ".join(
            f"@{k} {_comparison_in_words(comparison)}"
            for k, comparison in evaluation.comparisons[name].items()
        )
        for name in shown
    ]


def _comparison_in_words(comparison: Comparison) -> str:
    p_value = f"p = {comparison.p_value:.2g}"
    if comparison.reduction is None or comparison.interval is None:
        return f"undefined, as the baseline makes no errors ({p_value})"
    low, high = comparison.interval
    return f"{_share(comparison.reduction)} [{_share(low)}, {_share(high)}], {p_value}"


def slice_rows(slices: Sequence[Slice], evaluation: Evaluation) -> tuple[list[str], Rows]:
    """Return header and rows: part, queries, error @1 of engine (with interval), lexical, sum."""
    k = evaluation.ks[0]
    others = [name for name in (LEXICAL, SUM) if name in slices[0].errors]
    header = ["part", "queries", f"engine @{k}", *(f"{name} @{k}" for name in others)]
    rows = []
    for part in slices:
        low, high = part.interval
        engine = part.errors[evaluation.engine.name][k]
        rows.append(
            [
                part.name,
                f"{part.queries:,}",
                f"{_share(engine)} [{_share(low)}, {_share(high)}]",
                *(_share(part.errors[name][k]) for name in others),
            ]
        )
    return header, rows


def calibration_in_words(evaluation: Evaluation) -> str:
    """Say how far the probabilities of the answers can be trusted; nothing without any."""
    found = evaluation.calibration
    if found is None:
        return ""
    said, right = (
        sum(part["count"] * part[key] for part in found["bins"] if part["count"])
        for key in ("said", "right")
    )
    return (
        f"probabilities: mean {_share(said / found['queries'])}, right "
        f"{_share(right / found['queries'])}; expected calibration error {found['error']:.3f} "
        f"(true probabilities would have {found['by_chance']:.3f} by chance)"
    )


def print_evaluation(
    evaluation: Evaluation, types: Sequence[Slice], tags: Sequence[Slice], console: Console
) -> None:
    """Print everything that people want to see at once."""
    console.print(mode_in_words(evaluation))
    console.print(_table(*system_rows(evaluation), evaluation.engine.name))
    for line in reduction_lines(evaluation):
        console.print(line)
    if evaluation.calibration is not None:
        console.print(calibration_in_words(evaluation))
    found = no_match_of(evaluation)
    if found is not None:
        console.print(
            f"no match: AUROC {found['auroc']:.3f}; with 5 % of good queries refused, "
            f"{_share(found['false_accept_at_5pct_false_reject'])} of those without a right entity "
            "are still answered"
        )
    for slices in (types, tags):
        if slices:
            console.print(_table(*slice_rows(slices, evaluation)))


def _table(header: Sequence[str], rows: Rows, marked: str | None = None) -> Table:
    from rich import box
    from rich.table import Table

    from er_engine.terminal import cell

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, title in enumerate(header):
        table.add_column(title, justify="right" if number else "left")
    for row in rows:
        table.add_row(*map(cell, row), style="bold" if row[0] == marked else None)
    return table


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
