"""What property-based tests of reranking draw."""

from __future__ import annotations

from hypothesis import strategies as st

from er_engine.rerank.settings import CalibrationSettings

calibrations = st.builds(
    CalibrationSettings,
    bias=st.floats(-50, 50),
    score=st.floats(-50, 50),
    margin=st.floats(-50, 50),
    sharpness=st.floats(0, 500),
    length_power=st.floats(0, 2),
    crowding=st.floats(0, 2),
    no_match_share=st.floats(0.01, 0.99),
)
