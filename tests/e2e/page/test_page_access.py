"""The web page with API keys, read-only, with a report; for keyboards, readers and phones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from er_engine.cli import main
from tests.e2e.page.browser import ask, chromium, loaded, open_tab, page_of, picture
from tests.e2e.serving import serving
from tests.unit.api.guarded import add_key

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPORT = """<!DOCTYPE html><html><head><style>p { color: rgb(1, 2, 3) }</style></head>
<body><p id="kept">All went well</p><script>document.body.textContent = "run"</script></body></html>
"""
TABS = ("resolve", "catalog", "feedback", "report")
# What is there once a tab has all of its content.
SHOWN = {
    "resolve": "#baseline-list",
    "catalog": "#entities caption",
    "feedback": "#proposals h2",
    "report": "#report iframe",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the module: its event loop must not outlive it."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small index, and a report."""
    root = tmp_path_factory.mktemp("access")
    lines = [{"id": "s1", "name": "Chip and Potato", "type": "tv"}, {"id": "s2", "name": "Lost"}]
    catalog = root / "shows.jsonl"
    catalog.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    built = ["index", "build", str(catalog), "-o", str(root / "shows"), "--model", "dummy"]
    assert main(built) == 0
    (root / "report.html").write_text(REPORT, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    """A key that may read."""
    return add_key(folder / "keys.json", "read")


@pytest.fixture(scope="module")
def address(folder: Path, key: str) -> Iterator[str]:
    """A service of an index folder that asks for a key."""
    arguments = [
        "shows", "--port", "0", "--model", "dummy", "--api-keys", "keys.json",
        "--report", "report.html",
    ]  # fmt: skip
    with serving(arguments, folder) as started:
        yield started


def with_key(page: Page, key: str) -> Page:
    """Give the key that the page asks for."""
    page.wait_for_selector("#key-dialog[open]")
    page.fill("#key", key)
    page.click("#key-form button[type=submit]")
    return loaded(page)


def test_key_is_asked_for_and_kept_for_the_tab(browser: Browser, address: str, key: str) -> None:
    """A wrong key is told; the right one opens everything, stays in this tab, can be forgotten."""
    with page_of(browser, address) as page:
        page.wait_for_selector("#key-dialog[open]")
        page.fill("#key", "er_wrong")
        page.click("#key-form button[type=submit]")
        page.wait_for_selector("#key-problem:has-text('does not know')")
        with_key(page, key)
        assert page.input_value("#catalog") == "shows"
        assert page.evaluate("localStorage.length") == 0
        assert key not in page.content()
        page.reload()
        loaded(page)
        assert page.locator("#key-dialog[open]").count() == 0
        page.click("#forget-key")
        page.wait_for_selector("#key-dialog[open]")
        assert page.evaluate("sessionStorage.length") == 0
        page.click("#key-cancel")
        page.wait_for_selector("#problem:has-text('Unauthorized')")


def test_read_only_catalog_says_so(browser: Browser, address: str, key: str) -> None:
    """Nothing can be changed, and the page says why, in every tab."""
    with page_of(browser, address) as page:
        with_key(page, key)
        ask(page, "chip potato")
        assert page.locator("button.meant").count() == 0
        assert "read-only" in page.locator("#catalog-note").inner_text()
        open_tab(page, "catalog")
        page.wait_for_selector("#read-only:has-text('--data-dir')")
        assert not page.locator("#new-entity").is_visible()
        assert not page.locator("#delete-box").is_visible()
        assert not page.locator("#upload-box").is_visible()
        page.get_by_role("button", name="Look Chip and Potato").click()
        page.wait_for_selector("#entity-dialog[open]")
        assert not page.locator("#entity-form button[type=submit]").is_visible()
        assert page.locator("#entity-name").get_attribute("readonly") is not None
        page.keyboard.press("Escape")
        open_tab(page, "feedback")
        page.wait_for_selector("#proposals:has-text('keeps no feedback')")


def test_report_is_shown_and_runs_nothing(browser: Browser, address: str, key: str) -> None:
    """The report keeps its styles in a frame of its own; its script does not run."""
    with page_of(browser, address) as page:
        with_key(page, key)
        open_tab(page, "report")
        kept = page.frame_locator("iframe.report").locator("#kept")
        assert kept.inner_text() == "All went well"
        assert page.locator("iframe.report").get_attribute("sandbox") == ""
        colour = kept.evaluate("element => getComputedStyle(element).color")
        assert colour == "rgb(1, 2, 3)"


def test_tabs_work_with_the_keyboard(browser: Browser, address: str, key: str) -> None:
    """One tab stop, arrows move and open, the address remembers; focus is always visible."""
    with page_of(browser, address) as page:
        with_key(page, key)
        page.focus("#tab-resolve")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == "tab-catalog"
        assert page.locator("#panel-catalog").is_visible()
        assert page.locator("[role=tab][tabindex='0']").count() == 1
        page.keyboard.press("End")
        assert page.url.endswith("#report")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == "tab-resolve"
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) == "solid"


def test_everything_has_a_name_for_screen_readers(browser: Browser, address: str, key: str) -> None:
    """Each control has a label or text, each id is there once, answers are read aloud."""
    nameless = """() => [...document.querySelectorAll("input, select, textarea, button, iframe")]
      .filter((item) => !item.labels?.length && !item.textContent.trim()
        && !item.getAttribute("aria-label") && !item.title).map((item) => item.outerHTML)"""
    repeated = """() => { const ids = [...document.querySelectorAll("[id]")].map((i) => i.id);
      return ids.filter((id, place) => ids.indexOf(id) !== place); }"""
    with page_of(browser, address) as page:
        with_key(page, key)
        ask(page, "chip potato")
        for tab in TABS:
            open_tab(page, tab)
            assert page.evaluate(nameless) == []
            assert page.evaluate(repeated) == []
        assert page.locator("#spoken-answer").get_attribute("aria-live") == "polite"
        assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_and_can_be_read(
    browser: Browser, address: str, key: str, tmp_path: Path, width: int, scheme: Any
) -> None:
    """No tab is wider than the screen, and text stands out from what is behind it (WCAG AA)."""
    size: Any = {"width": width, "height": 844}
    with page_of(browser, address, color_scheme=scheme, viewport=size) as page:
        with_key(page, key)
        ask(page, "chip potato", "ship in potato", "a much longer hypothesis of the recogniser")
        for tab in TABS:
            open_tab(page, tab)
            page.wait_for_selector(SHOWN[tab])
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert len(picture(page, tmp_path, f"{scheme}-{width}-{tab}")) > 5_000
        ratios = page.evaluate(_CONTRASTS)
        assert len(ratios) == 9
        assert min(ratios.values()) >= 4.5, ratios
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (dark == "rgb(18, 22, 29)") == (scheme == "dark")


def test_files_are_strict_and_cached(address: str) -> None:
    """Nothing inline is allowed; what the browser has is not sent again."""
    first = httpx.get(address)
    policy = first.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert re.search(r"style-src 'self' 'sha256-[A-Za-z0-9+/=]+';", policy)
    again = httpx.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


# Contrast of text and background, from the colours that the style sheet names.
_CONTRASTS = """() => {
  const pairs = [["ink", "page"], ["ink", "card"], ["muted", "page"], ["muted", "card"],
    ["on-main", "main"], ["good", "good-soft"], ["warn", "warn-soft"], ["bad", "bad-soft"],
    ["main", "soft"]];
  const probe = document.body.appendChild(document.createElement("i"));
  const luminance = (name) => {
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map((text) => {
      const part = Number(text) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const found = {};
  for (const [front, back] of pairs) {
    const [one, two] = [luminance(front), luminance(back)];
    found[front + "/" + back] = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  }
  probe.remove();
  return found;
}"""
