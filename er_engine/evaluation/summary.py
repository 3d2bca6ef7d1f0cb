"""The evaluation as JSON values: the documented keys, and some more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from er_engine.evaluation.evaluation import LEXICAL, Evaluation
from er_engine.evaluation.latency import latency_percentiles
from er_engine.evaluation.metrics import mean_reciprocal_rank
from er_engine.evaluation.no_match import no_match_summary
from er_engine.evaluation.significance import Comparison
from er_engine.evaluation.slices import Slice
from er_engine.evaluation.systems import SystemRun

DIGITS = 6


def summarise(
    evaluation: Evaluation, types: Sequence[Slice], tags: Sequence[Slice]
) -> dict[str, Any]:
    """Return the JSON object of `er-engine evaluate --json`.

    `relative_error_reduction` and its intervals compare the engine with `lexical`, and are empty
    where no lexical baseline was run; a reduction is null where the baseline makes no errors.
    """
    lexical = evaluation.lexical
    systems = {evaluation.engine.name: _system(evaluation, evaluation.engine)}
    if lexical is not None:
        systems[LEXICAL] = {"name": lexical.name, **_system(evaluation, lexical)}
    systems |= {run.name: _system(evaluation, run) for run in evaluation.baselines}
    against = {} if lexical is None else _comparison(evaluation.comparisons[lexical.name])
    summary: dict[str, Any] = {
        "queries": len(evaluation.cases),
        "hypotheses": evaluation.mode,
        "systems": systems,
        "relative_error_reduction": against.get("relative_error_reduction", {}),
        "confidence_interval_95": against.get("confidence_interval_95", {}),
        "p_value": against.get("p_value", {}),
        "queries_with_right_entity": len(evaluation.scored_cases),
        "entities_asked_for": len(set(evaluation.groups)),
        "comparisons": {
            name: _comparison(comparison) for name, comparison in evaluation.comparisons.items()
        },
        "per_type": {part.name: _slice(part) for part in types},
        "per_tag": {part.name: _slice(part) for part in tags},
    }
    if evaluation.no_match_share is not None:
        summary["no_match_share"] = evaluation.no_match_share
    trust = {"calibration": evaluation.calibration, "no_match": no_match_of(evaluation)}
    return summary | {key: _rounded(found) for key, found in trust.items() if found is not None}


def no_match_of(evaluation: Evaluation) -> dict[str, float] | None:
    """Return the no-match figures of the engine; None where every query has a right entity."""
    probabilities = evaluation.engine.no_match
    if probabilities is None or evaluation.scored.all():
        return None
    return no_match_summary(probabilities[~evaluation.scored], probabilities[evaluation.scored])


def _system(evaluation: Evaluation, run: SystemRun) -> dict[str, Any]:
    found: dict[str, Any] = {
        "error_rate": {str(k): evaluation.error(run, k) for k in evaluation.ks},
        "mrr": mean_reciprocal_rank(run.ranks[evaluation.scored]),
        "latency_ms": latency_percentiles(run.latencies_ms),
        "confidence_interval_95": {
            str(k): list(evaluation.paired[k].interval(run.name)) for k in evaluation.ks
        },
    }
    if run.fusion is not None:
        found["fusion"] = run.fusion
    return dict(_rounded(found))


def _comparison(by_k: Mapping[int, Comparison]) -> dict[str, Any]:
    return dict(
        _rounded(
            {
                "relative_error_reduction": {str(k): c.reduction for k, c in by_k.items()},
                "confidence_interval_95": {
                    str(k): None if c.interval is None else list(c.interval)
                    for k, c in by_k.items()
                },
                "p_value": {str(k): c.p_value for k, c in by_k.items()},
            }
        )
    )


def _slice(part: Slice) -> dict[str, Any]:
    return dict(
        _rounded(
            {
                "queries": part.queries,
                "error_rate": {
                    system: {str(k): rate for k, rate in by_k.items()}
                    for system, by_k in part.errors.items()
                },
                "engine_confidence_interval_95": list(part.interval),
            }
        )
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        assert math.isfinite(value)
        return round(value, DIGITS)
    return value
