from __future__ import annotations

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from api.etags import etag, expected_version, is_unchanged


def expected(if_match: str | None = None, if_none_match: str | None = None, now: int = 3) -> object:
    """The expected version, or the status of the refusal."""
    try:
        return expected_version(if_match, if_none_match, lambda: now)
    except HTTPException as error:
        return f"refused {error.status_code}"


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "now", "wanted"),
    [
        (None, None, 3, None),
        ('"3"', None, 3, 3),
        ('"2"', None, 3, 2),
        (' "2" , "3"', None, 3, 3),
        ('"1", "2"', None, 3, 2),
        ('"3"', None, 0, 3),
        ('"0"', None, 0, "refused 412"),
        ('"03"', None, 3, "refused 412"),
        ("*", None, 3, 3),
        ("*", None, 0, "refused 412"),
        (None, "*", 3, 0),
        ('W/"3"', None, 3, "refused 412"),
        ('"other"', None, 3, "refused 412"),
        ('""', None, 3, "refused 412"),
        ("3", None, 3, "refused 400"),
        ('"3', None, 3, "refused 400"),
        ("", None, 3, "refused 400"),
        (None, '"3"', 3, "refused 400"),
        ('"3"', "*", 3, "refused 400"),
    ],
)
def test_conditions_of_a_change(
    if_match: str | None, if_none_match: str | None, now: int, wanted: object
) -> None:
    """The headers ask for a version, for none, or are refused."""
    assert expected(if_match, if_none_match, now) == wanted


@given(st.integers(1, 10**17))
def test_an_etag_asks_for_its_version(version: int) -> None:
    """What a read answers can be sent back as it is."""
    assert expected(etag(version), now=version) == version
    assert is_unchanged(etag(version), version)
    assert is_unchanged(f'"0", W/{etag(version)}', version)
    assert not is_unchanged(etag(version), version + 1)


@given(st.text(st.characters(codec="latin-1"), max_size=30))
def test_any_header_is_understood_or_refused(header: str) -> None:
    """No header, whatever is in it, is an error of ours."""
    assert expected(header) in ("refused 400", "refused 412") or isinstance(expected(header), int)
    try:
        is_unchanged(header, 3)
    except HTTPException as error:
        assert error.status_code == 400  # noqa: PT017
