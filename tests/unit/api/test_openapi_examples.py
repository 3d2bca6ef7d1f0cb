"""The OpenAPI document: every operation is described, with examples that fit their schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.catalogs import Catalogs
from er_engine.wire import Problem

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT: dict[str, Any] = create_app(Catalogs(list)).openapi()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
IDS = [name for name, _ in OPERATIONS]
by_operation = pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=IDS)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference."""
    if "$ref" in schema:
        found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return found
    return schema


def has_example(media: dict[str, Any]) -> bool:
    """Whether a body shows what it looks like: whole, or in every field."""
    schema = resolved(media.get("schema", {}))
    if media.get("example") or media.get("examples") or schema.get("examples"):
        return True
    alternatives = schema.get("anyOf", [])
    if alternatives:
        return any(has_example({"schema": item}) for item in alternatives)
    if schema.get("type") == "array":
        return has_example({"schema": schema["items"]})
    fields = schema.get("properties", {})
    return bool(fields) and all(_field_shown(resolved(field)) for field in fields.values())


def _field_shown(field: dict[str, Any]) -> bool:
    if field.get("examples") or field.get("enum") or "default" in field or "const" in field:
        return True
    if field.get("type") in ("boolean", "null"):
        return True
    if field.get("type") == "array":
        return has_example({"schema": field["items"]}) or _field_shown(resolved(field["items"]))
    return bool(field.get("anyOf")) or has_example({"schema": field})


@by_operation
def test_operation_is_described(name: str, operation: dict[str, Any]) -> None:
    """Each operation has a summary, a description and a tag of its own words."""
    assert operation.get("summary")
    assert operation.get("tags")
    assert operation.get("description") or name.endswith(("/metrics", "/"))


@by_operation
def test_body_of_a_request_has_examples(name: str, operation: dict[str, Any]) -> None:
    """Each request body shows what to send."""
    body = operation.get("requestBody")
    if body is None:
        assert not name.startswith("PUT")
        return
    shown = [has_example(media) for media in body["content"].values()]
    assert any(shown), name


@by_operation
def test_answer_has_examples(name: str, operation: dict[str, Any]) -> None:
    """Each good answer with a JSON body shows what comes back."""
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            media = response.get("content", {}).get("application/json")
            assert media is None or has_example(media), f"{name} {status}"


@by_operation
def test_errors_are_problem_details(name: str, operation: dict[str, Any]) -> None:
    """Each error answer is described as problem details."""
    errors = {code: item for code, item in operation["responses"].items() if code[0] in "45"}
    if name.split()[1].startswith("/v1"):
        assert {"400", "404", "422", "429", "500", "503"} <= set(errors)
    for response in errors.values():
        assert set(response["content"]) == {"application/problem+json"}


def shown(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example below a node of the document, with its place and its schema."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from shown(item, f"{place}[{number}]")
    if not isinstance(node, dict):
        return
    examples, schema = node.get("examples"), node.get("schema", node)
    if isinstance(examples, list):
        yield from ((place, node, item) for item in examples)
    elif isinstance(examples, dict) and "schema" in node:
        yield from ((place, schema, item["value"]) for item in examples.values())
    if "example" in node:
        yield place, schema, node["example"]
    if "type" in node and "default" in node:
        yield place, node, node["default"]
    for key, item in node.items():
        if key not in ("examples", "example", "default"):
            yield from shown(item, f"{place}.{key}")


def test_examples_fit_their_schemas() -> None:
    """Whatever the document shows, of bodies, answers, fields and parameters, is valid."""
    rust = pytest.importorskip("jsonschema_rs", reason="comes with schemathesis")
    found = list(shown(DOCUMENT))
    for place, schema, example in found:
        whole = {**schema, "components": DOCUMENT["components"]}
        faults = [str(error) for error in rust.Draft202012Validator(whole).iter_errors(example)]
        assert not faults, f"{place}: {example!r}: {faults}"
    assert len(found) > 100


def test_page_of_the_documentation_has_every_operation() -> None:
    """docs/http.md names each path of the API."""
    page = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    for name in IDS:
        method, path = name.split()
        if path.startswith("/v1"):
            short = re.sub(r"\{entity_id(:path)?\}", "{id}", path)
            base = short.removesuffix("/accept").removesuffix("/dismiss")
            assert base in page, name
            assert method in page


def test_example_of_a_problem_is_one() -> None:
    """The problem shown in docs/http.md has the documented shape."""
    page = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    assert Problem.model_validate_json(example).status == 412
