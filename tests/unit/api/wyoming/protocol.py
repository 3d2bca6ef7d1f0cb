"""The protocol's own client (the package `wyoming`), as Home Assistant uses it."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # Its audio module, of which nothing is used here.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    from wyoming.asr import Transcript
    from wyoming.client import AsyncTcpClient
    from wyoming.error import Error
    from wyoming.event import Event
    from wyoming.info import Describe, Info
    from wyoming.intent import Intent, NotRecognized, Recognize
    from wyoming.ping import Ping, Pong

__all__ = [
    "AsyncTcpClient",
    "Describe",
    "Error",
    "Event",
    "Info",
    "Intent",
    "NotRecognized",
    "Ping",
    "Pong",
    "Recognize",
    "Transcript",
]
