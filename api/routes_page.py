"""The web page: files of `api/page`, and the last evaluation report for it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

router = APIRouter()

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
MAX_REPORT_BYTES = 20_000_000
MAX_STYLES = 4
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Stricter than for the rest: nothing inline, nothing from elsewhere, and text can't become HTML
# but where the page makes the frame of the report.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types report"
)
_REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file of the page; `etag` is a hash of its bytes."""

    content: bytes
    media_type: str
    etag: str


@cache
def page_files() -> Mapping[str, PageFile]:
    """The files of the page by name, read once."""
    return {
        path.name: PageFile(path.read_bytes(), _TYPES[path.suffix], _etag(path.read_bytes()))
        for path in sorted(PAGE.iterdir())
        if path.suffix in _TYPES
    }


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def page(request: Request) -> Response:
    """The page itself."""
    styles = await run_in_threadpool(_style_hashes, request.app.state.report)
    policy = _POLICY.format(styles="".join(f" '{item}'" for item in styles))
    return _answer(request, page_files()[INDEX], {"Content-Security-Policy": policy})


@router.api_route("/static/{name}", methods=["GET", "HEAD"], include_in_schema=False)
async def static(request: Request, name: str) -> Response:
    """A file of the page."""
    file = page_files().get(name)
    if file is None or name == INDEX:
        raise HTTPException(404, f"the page has no file {name!r}")
    return _answer(request, file, {})


@router.get(
    "/v1/report",
    tags=["service"],
    summary="The evaluation report that the service was started with (--report)",
    response_class=Response,
    responses={
        200: {
            "content": {"text/html": {"schema": {"type": "string"}, "example": "<!DOCTYPE html>"}}
        },
        404: {"description": "the service was started without a report, or its file is gone"},
    },
)
async def report(request: Request) -> Response:
    """A page of `er-engine evaluate --report`, read anew each time; nothing in it is run."""
    path = request.app.state.report
    content = await run_in_threadpool(_read_report, path)
    if content is None and path is not None:
        raise HTTPException(404, f"no report: the file of --report, {path.name}, can't be read")
    if content is None:
        raise HTTPException(404, "no report: start the service with --report FILE.html")
    return Response(
        content,
        media_type=_TYPES[".html"],
        headers={"Content-Security-Policy": _REPORT_POLICY},
    )


def _answer(request: Request, file: PageFile, headers: Mapping[str, str]) -> Response:
    """The file, or 304 to who has it; a browser asks each time, so that versions don't mix."""
    shown = {"ETag": file.etag, "Cache-Control": "no-cache", **headers}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=shown)
    return Response(file.content, media_type=file.media_type, headers=shown)


def _style_hashes(path: Path | None) -> tuple[str, ...]:
    """What lets the frame of the report, which has the page's policy, keep its own styles."""
    try:
        state = None if path is None else path.stat()
    except OSError:
        state = None
    if path is None or state is None:
        return ()
    return _hashes_of(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _hashes_of(path: Path, changed: int, size: int) -> tuple[str, ...]:
    text = (_read_report(path) or b"").decode("utf-8", errors="replace")
    return tuple(
        "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
        for style in _STYLE.findall(text)[:MAX_STYLES]
    )


def _read_report(path: Path | None) -> bytes | None:
    try:
        if path is None or path.stat().st_size > MAX_REPORT_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
