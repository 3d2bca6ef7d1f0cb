from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.wyoming.events import (
    MAX_DATA_BYTES,
    MAX_LINE_BYTES,
    MAX_PAYLOAD_BYTES,
    Event,
    WyomingError,
    encoded,
    read_event,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


def events_in(sent: bytes) -> list[Event]:
    """All events of a connection on which these bytes came."""

    async def read() -> list[Event]:
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        reader.feed_data(sent)
        reader.feed_eof()
        found = []
        while (event := await read_event(reader)) is not None:
            found.append(event)
        return found

    return asyncio.run(read())


def line(**header: Any) -> bytes:
    """A header."""
    return json.dumps(header).encode() + b"\n"


EVENTS = st.tuples(
    st.text(min_size=1, max_size=10), st.dictionaries(st.text(max_size=5), JSON, max_size=3)
)


@settings(max_examples=40)
@given(st.lists(EVENTS, max_size=3))
def test_what_is_written_is_read(events: list[tuple[str, dict[str, Any]]]) -> None:
    """Events come back as they were, one after another."""
    sent = [Event(kind, data) for kind, data in events]
    assert events_in(b"".join(encoded(event) for event in sent)) == sent


def test_data_is_merged_and_payload_dropped() -> None:
    """Data behind the header goes over that in it; a payload is passed over."""
    more = b'{"b": 3, "c": 4}'
    header = line(
        type="x", data={"a": 1, "b": 2}, data_length=len(more), payload_length=40_000, version="1.9"
    )
    sent = header + more + b"\n" * 40_000 + line(type="y", data=None, data_length=0)
    assert events_in(sent) == [Event("x", {"a": 1, "b": 3, "c": 4}), Event("y")]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "malformed"),
        (b"\n", "malformed"),
        (b"[]\n", "malformed"),
        (b"\xff\xfe\n", "malformed"),
        (b"[" * 20_000 + b"\n", "malformed"),
        (b'{"type": "x"}', "malformed"),
        (line(), "malformed"),
        (line(type=""), "malformed"),
        (line(type="x" * 101), "malformed"),
        (line(type=3), "malformed"),
        (line(type="x", data=[]), "malformed"),
        (line(type="x", data_length="3"), "malformed"),
        (line(type="x", data_length=-1), "malformed"),
        (line(type="x", data_length=True), "malformed"),
        (line(type="x", data_length=1.5), "malformed"),
        (line(type="x", data_length=5) + b"{}", "malformed"),
        (line(type="x", data_length=2) + b"[]", "malformed"),
        (line(type="x", payload_length=5) + b"{}", "malformed"),
        (line(type="x", data_length=MAX_DATA_BYTES + 1), "too-large"),
        (line(type="x", payload_length=MAX_PAYLOAD_BYTES + 1), "too-large"),
        (line(type="x", payload_length=10**30), "too-large"),
        (b'{"type": "' + b"x" * MAX_LINE_BYTES + b'"}\n', "too-large"),
        (b"x" * (2 * MAX_LINE_BYTES + 1), "too-large"),
    ],
)
def test_what_is_no_event_is_refused(sent: bytes, code: str) -> None:
    """Malformed and oversized events are errors with a code, and are not read to their end."""
    with pytest.raises(WyomingError) as caught:
        events_in(sent)
    assert caught.value.code == code


@given(st.binary(max_size=300))
def test_any_bytes_are_events_or_an_error(sent: bytes) -> None:
    """Nothing else than a WyomingError comes of bytes that mean nothing."""
    try:
        events = events_in(sent)
    except WyomingError:
        return
    assert all(event.type for event in events)
