"""`/docs`: the operations of the API for people, made of the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>er-engine: API</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<main>
<h1>er-engine {version}: API</h1>
<p>Programs read <a href="/openapi.json">/openapi.json</a>, which has all fields. People may prefer
<a href="/">the page</a>.</p>
{operations}
</main>
</body>
</html>
"""


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Every operation with its parameters and an example."""
    document = request.app.openapi()
    schemas = document["components"]["schemas"]
    operations = "\n".join(
        _operation(method, path, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    page = _PAGE.format(version=escape(document["info"]["version"]), operations=operations)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _operation(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    named = f"<code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}"
    parts = [
        f"<summary>{named}</summary>",
        f"<p>{escape(operation.get('description', ''))}</p>",
        *_parameters(operation.get("parameters", [])),
        *_examples(operation.get("requestBody", {}).get("content", {}), schemas),
    ]
    return f'<details class="card">{"".join(parts)}</details>'


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield "<ul>"
    for item in parameters:
        needed = "" if item.get("required") else ", may be left out"
        about = f": {escape(item['description'])}" if item.get("description") else ""
        yield f"<li><code>{escape(item['name'])}</code> ({item['in']}{needed}){about}</li>"
    yield "</ul>"


def _examples(content: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    for media_type, body in content.items():
        schema = body.get("schema", {})
        named = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
        examples = [item["value"] for item in body.get("examples", {}).values()]
        examples += [body["example"]] if "example" in body else named.get("examples", [])
        for example in examples:
            text = example if isinstance(example, str) else json.dumps(example, indent=1)
            yield f'<p>{escape(media_type)}</p><pre class="code">{escape(text)}</pre>'
