"""The evaluation as one HTML page that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from er_engine.evaluation.confusions import Confusion
from er_engine.evaluation.evaluation import LEXICAL, Evaluation
from er_engine.evaluation.reliability_plot import reliability_plot
from er_engine.evaluation.slices import Slice
from er_engine.evaluation.summary import no_match_of
from er_engine.evaluation.svg import Bar, Curve, bar_plot, line_plot
from er_engine.evaluation.systems import MARGIN
from er_engine.evaluation.table import (
    calibration_in_words,
    mode_in_words,
    reduction_lines,
    slice_rows,
    system_rows,
)
from er_engine.lexical.baselines import SUM
from er_engine.phonemes.alignment import Step
from er_engine.types import WORD_BOUNDARY, Pronunciation

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: left; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.us td { font-weight: 600; }
svg { max-width: 100%; min-width: 34rem; height: auto; font-family: inherit; }
.wide { overflow-x: auto; }
table.sounds td { padding: 0 .3rem; border: 0; text-align: center; }
td.off { background: #fbe4d5; }
.note { color: #666; }
"""
_NOT_FOUND = "nothing"
# Curves go at least this far; no more than the margin that every system is asked for.
_CURVE = MARGIN


def html_report(
    evaluation: Evaluation,
    types: Sequence[Slice],
    tags: Sequence[Slice],
    confusions: Sequence[Confusion],
) -> str:
    """Return the page."""
    sections = [
        f"<h1>er-engine evaluation</h1><p>{escape(mode_in_words(evaluation))}</p>",
        _systems(evaluation),
        _curves(evaluation),
        _reductions(evaluation),
        _calibration(evaluation),
        _no_match(evaluation),
        _slices("By type of the right entity", types, evaluation),
        _slices("By tag", tags, evaluation),
        _confusions(confusions),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>er-engine evaluation</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(sections)}</body></html>\n"
    )


def _systems(evaluation: Evaluation) -> str:
    header, rows = system_rows(evaluation)
    names = [run.name for run in evaluation.shown_runs()]
    ours = [name == evaluation.engine.name for name in names]
    lines = "".join(f"<p>{escape(line)}</p>" for line in reduction_lines(evaluation))
    note = (
        "Error rate @k: share of queries whose right entity is not in the first k; ties count "
        "against the system. In brackets the 95 % interval, from resampling entities."
    )
    return f'<h2>Systems</h2>{_table(header, rows, ours)}{lines}<p class="note">{note}</p>'


def _curves(evaluation: Evaluation) -> str:
    lexical = evaluation.lexical
    thick = {evaluation.engine.name, SUM, lexical.name if lexical else ""}
    runs = sorted(evaluation.shown_runs(), key=lambda run: run.name not in thick)
    curves = [
        Curve(
            f"{run.name} ({LEXICAL})" if run is lexical else run.name,
            [evaluation.error(run, k) for k in range(1, max(*evaluation.ks, _CURVE) + 1)],
            run.name in thick,
        )
        for run in runs
    ]
    return f"<h2>Error rate @k</h2>{_wide(line_plot(curves, 'k', 'error rate'))}"


def _reductions(evaluation: Evaluation) -> str:
    bars = [
        Bar(f"@{k} against {name}", comparison.reduction, comparison.interval)
        for name, by_k in evaluation.comparisons.items()
        if name == SUM or (evaluation.lexical is not None and name == evaluation.lexical.name)
        for k, comparison in by_k.items()
        if comparison.reduction is not None
    ]
    if not bars:
        return ""
    return (
        "<h2>Relative error reduction of the engine</h2>"
        f"{_wide(bar_plot(bars))}<p class='note'>Whiskers are 95 % intervals.</p>"
    )


def _calibration(evaluation: Evaluation) -> str:
    found = evaluation.calibration
    if found is None:
        return ""
    note = (
        "The answer is the first candidate with all others of its score. Circles on the diagonal "
        "are right as often as they say; a larger one stands for more queries."
    )
    return (
        f"<h2>Calibration</h2><p>{escape(calibration_in_words(evaluation))}</p>"
        f"{_wide(reliability_plot(found))}<p class='note'>{note}</p>"
    )


def _no_match(evaluation: Evaluation) -> str:
    found = no_match_of(evaluation)
    if found is None:
        return ""
    count = len(evaluation.cases) - len(evaluation.scored_cases)
    accepted = 100 * found["false_accept_at_5pct_false_reject"]
    return (
        f"<h2>No match</h2><p>{count:,} queries have no right entity. Telling them from the others "
        f"by the no-match probability: AUROC {found['auroc']:.3f}; where 5 % of the others are "
        f"refused, {accepted:.1f} % of the {count:,} are still answered.</p>"
    )


def _slices(title: str, slices: Sequence[Slice], evaluation: Evaluation) -> str:
    if not slices:
        return ""
    header, rows = slice_rows(slices, evaluation)
    return f"<h2>{title}</h2>{_table(header, rows)}"


def _confusions(confusions: Sequence[Confusion]) -> str:
    if not confusions:
        return ""
    rows = "".join(
        f"<tr><td class='n'>{c.count}</td><td>{escape(c.heard)}</td><td>{escape(c.right)}</td>"
        f"<td>{escape(c.answered or _NOT_FOUND)}</td>"
        f"<td>/{_sounds(c.heard_sounds)}/ heard<br>/{_sounds(c.right_sounds)}/ right"
        f"{_alignment(c.steps)}</td></tr>"
        for c in confusions
    )
    header = (
        "<tr><th class='n'>queries</th><th>heard</th><th>right</th><th>answered first</th>"
        "<th>sounds</th></tr>"
    )
    return (
        f"<h2>Worst confusions of the engine</h2>{_wide(f'<table>{header}{rows}</table>')}"
        "<p class='note'>Heard above, right below; differences are marked.</p>"
    )


def _sounds(pronunciation: Pronunciation) -> str:
    return escape("".join(" " if s == WORD_BOUNDARY else s for s in pronunciation))


def _alignment(steps: Sequence[Step]) -> str:
    rows = [
        "".join(
            f"<td{'' if step[0] == step[1] else ' class=off'}>{escape(step[side] or '–')}</td>"
            for step in steps
        )
        for side in (0, 1)
    ]
    return f"<table class='sounds'><tr>{rows[0]}</tr><tr>{rows[1]}</tr></table>"


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], marked: Sequence[bool] | None = None
) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=n' if column else ''}>{escape(cell)}</{tag}>"
            for column, cell in enumerate(row)
        )

    body = "".join(
        f"<tr{' class=us' if marked and marked[number] else ''}>{cells('td', row)}</tr>"
        for number, row in enumerate(rows)
    )
    return _wide(f"<table><tr>{cells('th', header)}</tr>{body}</table>")


def _wide(content: str) -> str:
    """What is too wide for a phone scrolls by itself, not the whole page."""
    return f"<div class='wide'>{content}</div>"
