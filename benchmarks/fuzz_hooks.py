"""What schemathesis has to know of this API: JSON lines, and names that exist.

Without names that exist nearly every request would end at 404.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis

CATALOG = "shows"
IDS = ("tv1", "tv2", "f1", "é/resolve")
# Else the catalog would be gone after its first requests.
DELETES_ALL = ("DELETE", "/v1/catalogs/{catalog}")
_LINES = ("application/x-ndjson", "text/csv")


@schemathesis.serializer(*_LINES)
def as_lines(_context: Any, value: Any) -> bytes:
    """A text as it is, anything else as one line of JSON."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


@schemathesis.serializer("application/vnd.apache.parquet")
def as_bytes(_context: Any, value: Any) -> bytes:
    """Something that is hardly Parquet."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> Any:
    """Mostly name things that exist; which ones follows from what was made up."""
    operation = context.operation
    if not path_parameters or (operation.method.upper(), operation.path) == DELETES_ALL:
        return path_parameters
    found = dict(path_parameters)
    for name, value in path_parameters.items():
        drawn = sum(str(value).encode("utf-8", "surrogatepass"))
        if drawn % 8 == 0:
            continue
        if name == "catalog":
            found[name] = CATALOG
        elif name == "entity_id":
            found[name] = IDS[drawn % len(IDS)]
    return found
