"""The model card: what a model was made of, in words for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from er_engine.rerank.settings import ModelSettings


def _names(paths: Sequence[str]) -> str:
    return ", ".join(PurePosixPath(path).name for path in paths)


def _kept(evaluations: Sequence[Mapping[str, Any]], steps: int) -> Mapping[str, Any] | None:
    """The evaluation of the weights that training returned: the last, or the best if it stopped."""
    if evaluations and evaluations[-1]["step"] == steps:
        return evaluations[-1]
    return min(evaluations, key=lambda record: record["error_at_1"], default=None)


def model_card(record: Mapping[str, Any], settings: ModelSettings) -> str:
    """Return the card as Markdown; error rates on unseen data are added by who measures them."""
    config = record["config"]
    data, encoder, run = config["data"], config["encoder"], config["run"]
    kept = _kept(record["evaluations"], run["steps"])
    weights = "\n".join(
        f"| {name} | {weight:.3f} |" for name, weight in settings.rerank.weights.items()
    )
    recorded = record["recorded_utterances"]
    of_recordings = (
        f"- {recorded:,} utterances of real recognisers (`--recordings`, half of the entities)\n"
        if recorded
        else ""
    )
    refit = record.get("refit")
    fits = refit["fitted_on"] if refit else [fit["name"] for fit in config["fit"]]
    fitted_on = ", ".join(fits) or "held-out"
    fitted_anew = (
        "\nReranking and calibration were fitted anew on this encoder (`er-engine train --base`, "
        f"seed {refit['seed']}); `refit` in `training.json` names the sets.\n"
        if refit
        else ""
    )
    held_out = (
        f"Held-out first hypotheses among held-out names: error @1 {kept['error_at_1']:.3f} "
        f"at step {kept['step']}, whose weights these are."
        if kept
        else "Not evaluated."
    )
    return f"""# Model card

An er-engine model: a Siamese encoder (towers: {encoder["towers"]}), the
weights of the reranker and the calibration.

## Data

- n-best files: {_names(data["nbest"])}
- catalogs: {_names(data["catalogs"]) or "none"}
- {record["utterances"]:,} utterances, {record["names"]:,} names; one spoken form in
  {data["held_out_one_in"]} held out ({record["held_out_utterances"]:,} utterances)
{of_recordings}- reranking and calibration fitted on: {fitted_on}

## Training

`er-engine train CONFIG.toml -o MODEL` with the config in `training.json`: at most {run["steps"]:,}
steps of {run["batch_size"]} pairs, seed {run["seed"]}, {record["minutes"]} minutes on
{record["hardware"]}. {held_out}
{fitted_anew}
## Reranking

| similarity | weight |
| --- | --- |
{weights}
"""
