"""The settings files of reranking and calibration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import EncoderError
from er_engine.rerank.fusion import (
    weight_vector,
)
from er_engine.rerank.settings import (
    FEATURES,
    CalibrationSettings,
    ModelSettings,
    RerankSettings,
)
from tests.unit.er_engine.drawn import calibrations

numbers = st.floats(-1e6, 1e6)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(FEATURES), numbers), numbers, calibrations)
def test_settings_come_back_from_their_files(
    tmp_path_factory: pytest.TempPathFactory,
    weights: dict[str, float],
    share: float,
    fitted: CalibrationSettings,
) -> None:
    """Every number exactly."""
    folder = tmp_path_factory.mktemp("settings")
    made = ModelSettings(RerankSettings(weights, best_share=share), fitted)
    made.save(folder)
    assert ModelSettings.load(folder) == made


def test_default_settings_come_back(tmp_path: Path) -> None:
    """What is written first when training; weights are in the order of the features."""
    ModelSettings().save(tmp_path)
    assert ModelSettings.load(tmp_path) == ModelSettings()
    written = json.loads((tmp_path / "rerank.json").read_text())
    assert weight_vector(RerankSettings()).tolist() == pytest.approx(
        [written["weights"][name] for name in FEATURES]
    )
    assert weight_vector(RerankSettings({"text": 1.0})).tolist() == [
        0,
        1,
        *[0] * (len(FEATURES) - 2),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rerank", '{"weights": {"smell": 1}}', r"rerank\.json: unknown features \['smell'\]"),
        (
            "rerank",
            '{"weights": {"text": "much"}}',
            r"rerank\.json: text = 'much' must be a finite",
        ),
        ("rerank", '{"weights": {"text": NaN}}', r"rerank\.json: text = nan must be a finite"),
        ("rerank", '{"weights": [1]}', r"rerank\.json: weights = \[1\] must be an object"),
        ("rerank", '{"best_share": null}', r"rerank\.json: best_share = None must be a finite"),
        ("rerank", '{"colour": 1}', r"rerank\.json: .*colour"),
        ("rerank", "[1, 2]", r"rerank\.json: "),
        ("calibration", '{"bias": "low"}', r"calibration\.json: bias = 'low' must be a finite"),
        (
            "calibration",
            '{"no_match_share": 1.0}',
            r"no_match_share = 1\.0 must be between 0 and 1",
        ),
        ("calibration", "{", r"calibration\.json: .*damaged or of another version"),
        ("calibration", None, r"calibration\.json is missing"),
    ],
)
def test_wrong_settings_are_refused(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    """An EncoderError names the file and what is wrong in it."""
    ModelSettings().save(tmp_path)
    path = tmp_path / f"{name}.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(EncoderError, match=message):
        ModelSettings.load(tmp_path)


def test_settings_are_checked_when_made_in_code() -> None:
    """A typing mistake does not wait for the first query."""
    with pytest.raises(ValueError, match="unknown features"):
        RerankSettings({"vectors": 1.0})
    with pytest.raises(ValueError, match="sharpness = inf must be a finite number"):
        replace(CalibrationSettings(), sharpness=float("inf"))
