"""Bounds on what the service takes and waits for, unless its settings say otherwise.

Apart from what applies them, so that the help of `er-engine serve` needs no web framework.
"""

from __future__ import annotations

MAX_BODY_BYTES = 1_000_000
MAX_UPLOAD_BYTES = 1_000_000_000
BODY_SECONDS = 20.0
UPLOAD_SECONDS = 1_800.0
MAX_WAITING = 256
# A user who speaks waits for a query, nobody for a change: what waits longer is worth nothing.
MAX_WAIT_SECONDS = 1.0
MAX_WRITE_WAIT_SECONDS = 10.0
# Until an answer begins, and for a client to read a part of it.
REQUEST_SECONDS = 30.0
SEND_SECONDS = 30.0
