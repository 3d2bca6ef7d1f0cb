"""One evaluation: the queries asked, the runs of all systems, and who is compared with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from er_engine.evaluation.baseline_runs import strongest
from er_engine.evaluation.calibration import answered_right, error_by_chance, reliability
from er_engine.evaluation.cases import entity_group
from er_engine.evaluation.metrics import error_rate, misses
from er_engine.evaluation.significance import Comparison, PairedErrors
from er_engine.evaluation.systems import SystemRun
from er_engine.lexical.baselines import SUM
from er_engine.search import MaskArray
from er_engine.types import Query

LEXICAL = "lexical"


@dataclass(frozen=True)
class Evaluation:
    """What was asked and answered; everything that is reported is computed from this.

    `engine` is compared with `baselines` (the lexical ones and `sum`; may be empty).
    `no_match_share` is what queries said of how often nothing fits; None where they said nothing.
    """

    mode: str
    ks: tuple[int, ...]
    cases: list[Query]
    engine: SystemRun
    baselines: list[SystemRun]
    no_match_share: float | None = None

    @property
    def runs(self) -> list[SystemRun]:
        """The engine and every baseline."""
        return [self.engine, *self.baselines]

    @cached_property
    def scored(self) -> MaskArray:
        """Mask (n,): which queries have a right entity; only these count in error rates."""
        return np.array([bool(case.entity_ids) for case in self.cases], dtype=bool)

    @cached_property
    def scored_cases(self) -> list[Query]:
        """The queries that have a right entity."""
        return [case for case in self.cases if case.entity_ids]

    @cached_property
    def groups(self) -> list[str]:
        """The entity that each scored query is about."""
        return [entity_group(case) for case in self.scored_cases]

    @cached_property
    def lexical(self) -> SystemRun | None:
        """The strongest lexical baseline; `sum` is none."""
        runs = [run for run in self.baselines if run.name != SUM]
        return strongest(runs, self.scored) if runs else None

    @cached_property
    def paired(self) -> dict[int, PairedErrors]:
        """By k: the misses of every system on the scored queries, resampled together."""
        return {
            k: PairedErrors(
                {run.name: misses(run.ranks[self.scored], k) for run in self.runs}, self.groups
            )
            for k in self.ks
        }

    @cached_property
    def calibration(self) -> dict[str, Any] | None:
        """Reliability of the engine's probabilities and the error by chance; None without any."""
        said = self.engine.probability
        if said is None:
            return None
        right = [
            float(answered_right(top, case.entity_ids))
            for top, case in zip(self.engine.tops, self.cases, strict=True)
        ]
        return reliability(said, np.array(right)) | {"by_chance": error_by_chance(said)}

    def error(self, run: SystemRun, k: int) -> float:
        """Error rate @k of a run."""
        return error_rate(run.ranks[self.scored], k)

    def against(self, baseline: SystemRun) -> dict[int, Comparison]:
        """Compare the engine with a baseline, by k."""
        return {k: self.paired[k].compare(self.engine.name, baseline.name) for k in self.ks}

    @cached_property
    def comparisons(self) -> dict[str, dict[int, Comparison]]:
        """The engine against every baseline, by name and k."""
        return {run.name: self.against(run) for run in self.baselines}

    def shown_runs(self) -> Sequence[SystemRun]:
        """Engine first, then baselines from the lowest error to the highest."""
        first = self.ks[0]
        return [self.engine, *sorted(self.baselines, key=lambda run: self.error(run, first))]
