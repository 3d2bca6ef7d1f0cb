"""The table of benchmarks/noisy_pairs.py: error rates, and paired differences to the plain loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from er_engine.evaluation.intervals import (
    Floats,
    percentile_interval,
    resampled_totals,
    sums_by_group,
)
from er_engine.evaluation.significance import randomisation_p_value
from er_engine.files import write_atomically

TITLES = {
    "recorded": "Few utterances, every pair a recorded hypothesis beside what was said",
    "default": "Pairs as the default model has them: synthetic confusions and parts of names too",
}
PLAIN, EARLY = "plain", "early stopping"
# What is written by hand below the tables starts here, and stays when the tables are written anew.
READING = "## What this says\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One method: misses float64 (seeds, n), seconds of a training, strength of its loss."""

    missed: Floats
    seconds: float
    strength: float


def write_report(path: Path, cells: Sequence[Mapping[str, Any]]) -> None:
    """Write one table for each share of wrong pairs; what was written below them stays."""
    before = path.read_text("utf-8") if path.exists() else ""
    reading = before[before.find(READING) :] if READING in before else READING
    parts = [_head(cells)]
    for setting in dict.fromkeys(cell["key"]["setting"] for cell in cells):
        chosen = [cell for cell in cells if cell["key"]["setting"] == setting]
        parts.append(_setting_head(chosen))
        shares = sorted({cell["key"]["share"] for cell in chosen})
        parts.extend(_table(s, _methods(chosen, s), cells[0]["entities"]) for s in shares)
    parts.append(reading)
    write_atomically(path, "\n".join(parts))


def _methods(cells: Sequence[Mapping[str, Any]], share: float) -> dict[str, Row]:
    """By method, in the order of the cells; the plain runs have a second row."""
    chosen = [cell for cell in cells if cell["key"]["share"] == share]
    rows = {}
    for method in dict.fromkeys(cell["key"]["method"] for cell in chosen):
        runs = [cell for cell in chosen if cell["key"]["method"] == method]
        rows[method] = _row(runs, "last")
        if method == PLAIN:
            rows[EARLY] = _row(runs, "best")
    return rows


def _row(runs: Sequence[Mapping[str, Any]], checkpoint: str) -> Row:
    digits = [[float(digit) for digit in cell["missed"][checkpoint]] for cell in runs]
    seconds = sum(cell["seconds"] for cell in runs) / len(runs)
    return Row(np.array(digits), seconds, runs[0]["key"]["config"]["loss"]["strength"])


def _head(cells: Sequence[Mapping[str, Any]]) -> str:
    cell = cells[0]
    run, encoder = cell["key"]["config"]["run"], cell["key"]["config"]["encoder"]
    minutes = sum(each["seconds"] for each in cells) / 60
    return f"""# Wrong training pairs

What training makes of pairs whose hypothesis is not at all what was said. Written by
`python -m benchmarks.noisy_pairs`; {minutes:.0f} minutes on one core.

- Encoder: the phoneme tower alone, width {encoder["width"]}, dimension {encoder["dimension"]};
  batches of {run["batch_size"]} pairs.
- Data: utterances of films, people and composed names (`data/training`), taken evenly.
- Wrong pairs: this share of the utterances got the hypotheses of an utterance that said something
  else, also among the pairs to validate. What the recogniser itself heard wholly wrong is there at
  every share, 0 % included.
- Tested: each of the first three hypotheses of the held-out utterances (`data/training/held_out`,
  nothing injected) alone against {cell["names"]} names: {len(cell["entities"])} queries. Error rate
  @1 in %, ties count against us, with 95 % intervals that resample what was said. "To plain" is the
  paired difference in points (below 0 is better), p from a randomisation test.
- Seeds are those of the training and of the wrong pairs; errors are means over them. The intervals
  don't cover the luck of a training; "each seed" shows it.

| method | what it is |
| --- | --- |
| plain | the in-batch softmax of both directions; the last checkpoint |
| early stopping | the same run; the checkpoint that was best on validation pairs |
| filter | plain; hypotheses with a phoneme similarity below 0.3 to what was said are left out |
| smoothing | label smoothing |
| noise layer | a share of the pairs, which is learned, fits any name equally |
| active-passive | normalised cross-entropy and mean absolute error (NCE + RCE) |
| Brier | squared distance of the probabilities from the right choice |
| label-free | a helper learns from labels (Brier), the encoder from the helper (simplified LIMIT) |

Formulas and sources: `training/row_losses.py`, `training/objective.py`; the number behind a name is
`strength` of `[loss]` in a training config, "s" the seconds of processor time of one training.
"""


def _setting_head(cells: Sequence[Mapping[str, Any]]) -> str:
    key = cells[0]["key"]
    seeds = sorted({each["key"]["config"]["run"]["seed"] for each in cells})
    return f"""## {TITLES[key["setting"]]}

{key["utterances"]} utterances, {key["config"]["run"]["steps"]} steps, seeds {seeds}.
"""


def _table(share: float, rows: Mapping[str, Row], entities: Sequence[str]) -> str:
    lines = [
        f"### {100 * share:.0f} % wrong pairs\n",
        "| method | error @1 | 95 % interval | each seed | to plain | 95 % interval | p | s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in rows.items():
        # The same seeds on both sides, where a run is not finished.
        seeds = min(len(row.missed), len(rows[PLAIN].missed))
        missed, plain = row.missed[:seeds].mean(axis=0), rows[PLAIN].missed[:seeds].mean(axis=0)
        sums = sums_by_group([missed, missed - plain], entities)
        drawn = resampled_totals(sums)
        error, change = 100 * sums[:, :2].sum(axis=0) / sums[:, 2].sum()
        p_value = randomisation_p_value(sums[:, 1])
        compared = f"{change:+.1f} | {_interval(drawn, 1)} | {p_value:.3f}"
        each = ", ".join(f"{100 * one.mean():.1f}" for one in row.missed)
        lines.append(
            f"| {name}{f' ({row.strength:g})' if row.strength else ''} | {error:.1f} | "
            f"{_interval(drawn, 0)} | {each} | {' | | ' if name == PLAIN else compared} | "
            f"{row.seconds:.0f} |"
        )
    return "\n".join([*lines, ""])


def _interval(drawn: Floats, column: int) -> str:
    interval = percentile_interval(100 * drawn[:, column] / drawn[:, 2])
    assert interval is not None  # every draw has queries
    sign = "+" if column else ""
    return f"{interval[0]:{sign}.1f} to {interval[1]:{sign}.1f}"
