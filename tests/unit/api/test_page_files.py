"""The files of the web page: what is served, and what they may not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.routes_page import PAGE, page_files
from tests.unit.api.guarded import service

MODULES = sorted(PAGE.glob("*.js"))
NAMES = [path.name for path in MODULES]


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client of a service without keys and report."""
    with service() as opened:
        yield opened


def test_every_file_of_the_page_is_served(client: TestClient) -> None:
    """With its type, a version that the browser may ask for, and no guessing of types."""
    for name, file in page_files().items():
        path = "/" if name == "index.html" else f"/static/{name}"
        answer = client.get(path)
        assert answer.content == (PAGE / name).read_bytes()
        assert answer.headers["content-type"] == file.media_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["index.html", "nothing.js", "..%2Froutes_page.py", "style.css.x"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    """Only files of the page, by their exact names."""
    assert client.get(f"/static/{name}").status_code == 404


def test_page_names_only_files_that_there_are() -> None:
    """Every path in the page and every import of its modules is one of its files."""
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    linked = re.findall(r'(?:src|href)="(?!#)([^"]+)"', page)
    assert linked
    assert all(path.removeprefix("/static/") in page_files() for path in linked)
    for module in MODULES:
        imported = re.findall(r'from "\./([^"]+)"', module.read_text(encoding="utf-8"))
        assert set(imported) <= set(NAMES), module.name


def test_every_element_that_modules_ask_for_is_in_the_page() -> None:
    """`byId` finds what it names, and labels name fields."""
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    made = {"baseline", "explanation"}
    for module in MODULES:
        asked = re.findall(r'byId\("([^"]+)"\)', module.read_text(encoding="utf-8"))
        assert set(asked) <= set(ids) | made, module.name
    assert set(re.findall(r'\bfor="([^"]+)"', page)) <= set(ids)
    for several in re.findall(r'aria-(?:labelledby|describedby|controls)="([^"]+)"', page):
        assert set(several.split()) <= set(ids)


def test_page_needs_nothing_inline_and_nothing_from_elsewhere() -> None:
    """No inline script or style, no handler in markup, no address of another host."""
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), path.name


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_module_makes_no_markup_of_text(path: Path) -> None:
    """Text goes in as text; only the report's sandboxed frame takes HTML."""
    text = path.read_text(encoding="utf-8")
    forbidden = r"innerHTML\s*=|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(forbidden, text)
    assert ("frame.srcdoc =" in text) == (path.name == "report.js")
    assert len(text.splitlines()) < 300


def test_report_is_read_anew_and_can_run_nothing(tmp_path: Path) -> None:
    """404 without one; with one its content, sandboxed; the page's policy names its styles."""
    file = tmp_path / "report.html"
    with service(report=file) as client:
        missing = client.get("/v1/report")
        assert (missing.status_code, "report.html" in missing.text) == (404, True)
        before = client.get("/").headers["content-security-policy"]
        file.write_text("<style>p { color: red }</style><p>Fine</p>", encoding="utf-8")
        answer = client.get("/v1/report")
        assert "Fine" in answer.text
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        after = client.get("/").headers["content-security-policy"]
    assert "sha256-" not in before
    assert "'sha256-" in after
    assert "unsafe" not in after


def test_documents_need_nothing_from_elsewhere(client: TestClient) -> None:
    """`/docs` names every operation, runs nothing, and names files of this service only."""
    answer = client.get("/docs")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    links = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert links
    assert all(path.startswith("/") and client.get(path).status_code == 200 for path in links)
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in answer.text
    assert "shipping potato" in answer.text
    assert client.get("/redoc").status_code == 404
