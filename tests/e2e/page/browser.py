"""Headless Chromium on the web page of a running service, through Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WAIT_MS = 60_000
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# Set it to a folder to keep the pictures that the tests take.
SCREENSHOTS = "KEEP_SCREENSHOTS"
# What the browser reports of answers that the tests ask for, and of a script in a report.
_EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    "Blocked script execution in 'about:srcdoc'",
)

_RECOGNISER = """
Object.defineProperty(window, "SpeechRecognition", { value: undefined });
Object.defineProperty(window, "webkitSpeechRecognition", { value: class {
  start() {
    window.recogniser = this;
    setTimeout(() => {
      if (window.speechFails) this.onerror({ error: window.speechFails });
      else {
        const texts = ["chip potato", "shipping potato", "chip potato", "ship in potato", "chap"];
        const result = texts.slice(0, this.maxAlternatives).map((text, position) =>
          ({ transcript: " " + text + " ", confidence: 1 - position / 10 }));
        result.isFinal = true;
        this.onresult({ results: [result] });
      }
      this.onend();
    }, 10);
  }
  stop() {}
} });
"""
_NO_RECOGNISER = """
Object.defineProperty(window, "SpeechRecognition", { value: undefined });
Object.defineProperty(window, "webkitSpeechRecognition", { value: undefined });
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips the test where Playwright or Chromium is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(
    browser: Browser, address: str, *, speech: bool = True, **context: Any
) -> Iterator[Page]:
    """The page of a service once it has loaded; at the end it must have reported no error."""
    opened = browser.new_context(**{"color_scheme": "light", **context})
    opened.set_default_timeout(WAIT_MS)
    page = opened.new_page()
    said: list[str] = []
    page.on("console", lambda message: _note(said, message))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(_RECOGNISER if speech else _NO_RECOGNISER)
    try:
        page.goto(address)
        page.wait_for_load_state("load")
        yield page
        assert not said, said
    finally:
        opened.close()


def loaded(page: Page) -> Page:
    """Wait until the catalogs are listed."""
    page.wait_for_selector("body.loaded")
    return page


def ask(page: Page, *hypotheses: str) -> None:
    """Type an n-best list and wait for both answers."""
    page.fill("#heard", "\n".join(hypotheses))
    page.click("#query button[type=submit]")
    page.wait_for_selector("#baseline-list")


def open_tab(page: Page, name: str) -> None:
    """Open a tab by its button."""
    page.click(f"#tab-{name}")


def picture(page: Page, folder: Path, name: str) -> bytes:
    """Take a picture of the whole page; keep it where the environment says so."""
    content: bytes = page.screenshot(full_page=True)
    kept = Path(os.environ.get(SCREENSHOTS) or folder)
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{name}.png").write_bytes(content)
    return content


def _note(said: list[str], message: ConsoleMessage) -> None:
    if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
        said.append(message.text)
