"""The web page over a catalog that can be changed, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from er_engine.cli import main
from tests.e2e.page.browser import ask, chromium, loaded, open_tab, page_of
from tests.e2e.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EVIL = "<img src=x onerror=\"window.hacked='yes'\">potato"
ENTITIES = (
    {"id": "s1", "name": "Chip and Potato", "type": "tv", "attributes": {"year": 2018}},
    {"id": "s2", "name": "Lost", "type": "tv"},
    {"id": "a/b c", "name": "Breaking Away", "type": "film", "aliases": ["Breaking"]},
    {"id": "x<b>", "name": EVIL, "type": "<i>tv</i>", "aliases": [EVIL + " two"]},
    *({"id": f"z{number:02}", "name": f"Filler number {number}"} for number in range(30)),
)
SHOWS = "/v1/catalogs/shows"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the module: its event loop must not outlive it."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a live catalog, `shows`."""
    root = tmp_path_factory.mktemp("page")
    catalog = root / "shows.jsonl"
    catalog.write_text("".join(json.dumps(item) + "\n" for item in ENTITIES), encoding="utf-8")
    built = root / "shows"
    assert main(["index", "build", str(catalog), "-o", str(built), "--model", "dummy"]) == 0
    arguments = [str(built), "--data-dir", str(root / "data"), "--port", "0", "--model", "dummy"]
    with serving(arguments, root) as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, loaded."""
    with page_of(browser, address) as opened:
        yield loaded(opened)


def test_typed_hypotheses_are_answered(page: Page) -> None:
    """Enter sends every line; all parts of the answer are there, and said aloud."""
    page.fill("#heard", "chip potato")
    page.press("#heard", "Shift+Enter")
    page.keyboard.type("chip in potato")
    with page.expect_request("**/resolve") as sent:
        page.press("#heard", "Enter")
    assert sent.value.post_data_json["nbest"] == [
        {"text": "chip potato"}, {"text": "chip in potato"},
    ]  # fmt: skip
    page.wait_for_selector("#baseline-list")
    assert page.locator(".banner .badge").count() == 1
    first = page.locator("#candidates li").first
    assert "Chip and Potato" in first.inner_text()
    assert "%" in first.inner_text()
    assert "Chip and Potato" in page.locator("#baseline-list li").first.inner_text()
    assert "nothing in the catalog is right" in page.locator(".nothing").inner_text()
    assert page.locator(".heard-list li").all_inner_texts()[0].startswith("chip potato")
    assert "Chip and Potato" in page.locator("#spoken-answer").inner_text()
    assert "encoder" in page.locator("#latency").inner_text()


def test_alignment_tells_differences_without_colour(page: Page) -> None:
    """What the name has and nobody heard has a sign and words of its own; counts add up."""
    ask(page, "chip potato")
    missing = page.locator(".cells .missing")
    assert missing.count() >= 3  # "and"
    assert "−" in missing.first.inner_text()
    assert "not heard" in missing.first.locator(".unseen").text_content()
    cells = page.locator(".cells .cell").count()
    counts = [int(text.split()[1]) for text in page.locator(".legend li").all_inner_texts()]
    assert sum(counts) == cells
    borders = page.evaluate(
        """() => ["same", "changed", "added", "missing"].map((kind) =>
          getComputedStyle(document.querySelector(`.swatch.${kind}`)).borderStyle
          + document.querySelector(`.swatch.${kind}`).textContent)"""
    )
    assert len(set(borders)) == 4


def test_contributions_add_up(page: Page) -> None:
    """The similarities of a candidate add up to its score; another candidate shows its own."""
    ask(page, "chip potato")
    table = page.locator("#explanation table")
    adds = [float(row.locator("td").nth(2).inner_text()) for row in table.locator("tbody tr").all()]
    total = float(table.locator("tfoot td").first.inner_text())
    assert abs(sum(adds) - total) < 0.005 * len(adds)
    page.locator("button.candidate").nth(1).click()
    assert page.locator("button.candidate").nth(1).get_attribute("aria-pressed") == "true"
    name = page.locator("button.candidate b").nth(1).inner_text()
    assert page.locator("#explanation h2").inner_text() == f"Why “{name}”"


def test_speech_gives_its_alternatives(page: Page) -> None:
    """Five alternatives are asked for; the distinct ones become the n-best list, in order."""
    with page.expect_request("**/resolve") as sent:
        page.click("#speak")
    assert page.evaluate("window.recogniser.maxAlternatives") == 5
    texts = [item["text"] for item in sent.value.post_data_json["nbest"]]
    assert texts == ["chip potato", "shipping potato", "ship in potato", "chap"]
    assert page.input_value("#heard").split("\n") == texts
    page.wait_for_selector("#candidates li")
    page.wait_for_selector("#speak[aria-pressed=false]")


def test_speech_that_fails_says_why(page: Page) -> None:
    """An error of the recogniser is told in words, and the button can be used again."""
    page.evaluate("window.speechFails = 'no-speech'")
    page.click("#speak")
    page.wait_for_selector("#speech-hint:has-text('Nothing was heard')")
    assert page.locator("#speak").get_attribute("aria-pressed") == "false"


def test_browser_without_recogniser_is_told(browser: Browser, address: str) -> None:
    """The button is off, the hint says which browsers have one, and typing works."""
    with page_of(browser, address, speech=False) as page:
        loaded(page)
        assert page.locator("#speak").is_disabled()
        assert "Typing works" in page.locator("#speech-hint").inner_text()
        ask(page, "lost")
        assert "Lost" in page.locator("#candidates li").first.inner_text()


def test_nothing_from_the_server_becomes_markup(page: Page) -> None:
    """A hostile name is text in answers, tables, dialogs and messages; no script of it runs."""
    ask(page, "img potato two")
    assert EVIL in page.locator("#candidates").inner_text()
    page.locator("#candidates li", has_text=EVIL).locator("button.candidate").click()
    page.locator("#candidates li", has_text=EVIL).locator("button.meant").click()
    page.wait_for_selector("#status:has-text('Noted')")
    open_tab(page, "catalog")
    page.locator("tr", has_text="x<b>").locator("button").click()
    page.wait_for_selector("#entity-dialog[open]")
    assert page.input_value("#entity-name") == EVIL
    page.keyboard.press("Escape")
    open_tab(page, "feedback")
    page.locator("#proposals tr", has_text="x<b>").get_by_role("button", name="Dismiss").click()
    page.wait_for_selector("#status:has-text('proposed no more')")
    assert page.locator("img").count() == 1  # the sign of the page
    assert page.locator("main b img, main i").count() == 0
    assert page.evaluate("window.hacked ?? null") is None


def test_edit_conflict_is_seen(page: Page, address: str) -> None:
    """A change over somebody else's is refused with a message, and can be made on what is there."""
    from playwright.sync_api import expect

    path = f"{address}{SHOWS}/entities/s2"
    open_tab(page, "catalog")
    page.locator("tr", has_text="Lost").locator("button").click()
    page.wait_for_selector("#entity-dialog[open]")
    theirs = {"name": "Lost", "type": "tv", "aliases": ["Lost Island"]}
    assert httpx.put(path, json=theirs).status_code == 200
    page.fill("#entity-name", "Lost Again")
    page.click("#entity-form button[type=submit]")
    page.wait_for_selector("#entity-problem:has-text('Somebody else changed')")
    assert httpx.get(path).json()["name"] == "Lost"
    page.click("text=Show what is there now")
    # The policy of the page forbids wait_for_function, which evaluates text.
    expect(page.locator("#entity-aliases")).to_have_value("Lost Island")
    page.fill("#entity-name", "Lost Again")
    page.click("#entity-form button[type=submit]")
    page.wait_for_selector("#status:has-text('Stored s2')")
    stored = httpx.get(path).json()
    assert (stored["name"], stored["aliases"]) == ("Lost Again", ["Lost Island"])


def test_entity_is_added_found_and_deleted(page: Page, address: str) -> None:
    """With every field, by keyboard and mouse; a taken id is told and keeps what was there."""
    open_tab(page, "catalog")
    page.click("#new-entity")
    page.fill("#entity-id", "s1")
    page.fill("#entity-name", "Hotel Tango")
    page.fill("#entity-attributes", "{not json")
    page.keyboard.press("Tab")
    page.click("#entity-form button[type=submit]")
    page.wait_for_selector("#entity-problem:has-text('not JSON')")
    page.fill("#entity-attributes", '{"isbn": 12345678901234567890}')
    page.click("#entity-form button[type=submit]")
    page.wait_for_selector("#entity-problem:has-text('as large as this')")
    page.fill("#entity-attributes", '{"year": 2020}')
    page.click("#entity-form button[type=submit]")
    page.wait_for_selector("#entity-problem:has-text('with this id already')")
    page.fill("#entity-id", "new/1")
    page.click("#entity-form button[type=submit]")
    page.wait_for_selector("#status:has-text('Stored new/1')")
    stored = httpx.get(f"{address}{SHOWS}/entities/new%2F1").json()
    assert stored["attributes"] == {"year": 2020}
    page.fill("#sought", "hotel tango")
    page.press("#sought", "Enter")
    page.wait_for_selector("#entities caption:has-text('Nearest')")
    page.locator("tr", has_text="Hotel Tango").locator("button").click()
    page.click("#entity-delete")
    page.click("#confirm-yes")
    page.wait_for_selector("#status:has-text('Deleted new/1')")
    assert httpx.get(f"{address}{SHOWS}/entities/new%2F1").status_code == 404


def test_pages_go_forth_and_back(page: Page) -> None:
    """Each entity is on one page; the first page has no page before it."""
    open_tab(page, "catalog")
    page.wait_for_selector("#entities tbody tr")
    first = page.locator("#entities tbody th").all_inner_texts()
    assert page.get_by_role("button", name="Previous page").is_disabled()
    page.get_by_role("button", name="Next page").click()
    page.wait_for_selector("#entities caption:has-text('page 2')")
    second = page.locator("#entities tbody th").all_inner_texts()
    assert not set(first) & set(second)
    page.get_by_role("button", name="Previous page").click()
    page.wait_for_selector("#entities caption:has-text('page 1')")
    assert page.locator("#entities tbody th").all_inner_texts() == first


def test_feedback_becomes_an_alias(page: Page, address: str) -> None:
    """What was meant is listed and proposed with its count; accepted, the catalog has it."""
    ask(page, "baking a whey")
    chosen = page.locator("#candidates li", has_text="Breaking Away")
    chosen.locator("button.meant").click()
    page.wait_for_selector("#status:has-text('means Breaking Away')")
    open_tab(page, "feedback")
    proposal = page.locator("#proposals tr", has_text="baking a whey")
    proposal.wait_for()
    assert proposal.locator("td").all_inner_texts()[:3] == ["a/b c", "1", "100 %"]
    page.wait_for_selector("#feedback tr:has-text('baking a whey')")
    proposal.get_by_role("button", name="Accept").click()
    page.wait_for_selector("#status:has-text('is now an alias')")
    aliases = httpx.get(f"{address}{SHOWS}/entities/a%2Fb%20c").json()["aliases"]
    assert aliases == ["Breaking", "baking a whey"]


def give(address: str, text: str, times: int = 1) -> None:
    """Feedback of users who meant s2 by this."""
    body = {"nbest": [{"text": text}], "entity_id": "s2", "kind": "rephrase"}
    for _ in range(times):
        httpx.post(f"{address}{SHOWS}/feedback", json=body).raise_for_status()


def test_feedback_is_deleted_after_a_question(page: Page, address: str) -> None:
    """One, what is old, or all of it; who says no keeps it."""
    give(address, "hotel one")
    give(address, "hotel two")
    open_tab(page, "feedback")
    one = page.locator("#feedback tr", has_text="hotel one")
    one.get_by_role("button", name="Delete").click()
    page.wait_for_selector("#confirm-text:has-text('“hotel one”, for good')")
    page.click("#confirm-dialog button[value=no]")
    assert one.count() == 1
    one.get_by_role("button", name="Delete").click()
    page.click("#confirm-yes")
    page.wait_for_selector("#status:has-text('Feedback deleted: 1.')")
    assert one.count() == 0
    page.click("#forget-box summary")
    page.fill("#forget-days", "1")
    page.click("#forget-old button[type=submit]")
    page.click("#confirm-yes")
    page.wait_for_selector("#status:has-text('Feedback deleted: 0.')")
    assert page.locator("#feedback tr", has_text="hotel two").count() == 1
    page.click("#forget-all")
    page.click("#confirm-yes")
    page.wait_for_selector("#feedback:has-text('None yet')")
    assert httpx.get(f"{address}{SHOWS}/feedback").json()["feedback"] == []


def test_proposals_are_accepted_by_a_threshold(page: Page, address: str) -> None:
    """Those that were meant often enough become aliases at once; an id opens its entity."""
    give(address, "hotel three", times=3)
    give(address, "hotel four")
    open_tab(page, "feedback")
    page.locator("#proposals tr", has_text="hotel four").locator("button.link").click()
    page.wait_for_selector("#entity-dialog[open] #entity-title:has-text('s2')")
    page.keyboard.press("Escape")
    page.click("#accept-box summary")
    page.fill("#least-count", "3")
    page.click("#accept-all button[type=submit]")
    page.wait_for_selector("#status:has-text('New aliases: 1.')")
    aliases = httpx.get(f"{address}{SHOWS}/entities/s2").json()["aliases"]
    assert "hotel three" in aliases
    assert "hotel four" not in aliases


def test_uploaded_catalog_is_served(page: Page, tmp_path: Path) -> None:
    """A file becomes a catalog, chosen when it is ready, and deleted after a question."""
    file = tmp_path / "shops.csv"
    file.write_text("id,name,city\n1,Smilebit,Alton\n2,Nexstar,Irving\n", encoding="utf-8")
    open_tab(page, "catalog")
    page.click("#upload-box summary")
    page.fill("#upload-name", "shops")
    page.set_input_files("#upload-file", file)
    page.fill("#upload-form", "{name} in {city}")
    page.click("#upload button[type=submit]")
    page.wait_for_selector("#upload-state:has-text('shops is ready: 2 entities')")
    assert page.input_value("#catalog") == "shops"
    page.wait_for_selector("#entities th:has-text('Smilebit')")
    page.click("#delete-box summary")
    page.click("#delete-catalog")
    page.click("#confirm-yes")
    page.wait_for_selector("#status:has-text('Catalog shops is deleted')")
    assert page.input_value("#catalog") == "shows"


def test_wrong_upload_names_the_line(page: Page, tmp_path: Path) -> None:
    """A file with a wrong line makes no catalog, and the page says which line."""
    file = tmp_path / "wrong.jsonl"
    file.write_text('{"id": "1"}\n', encoding="utf-8")
    open_tab(page, "catalog")
    page.click("#upload-box summary")
    page.fill("#upload-name", "wrong")
    page.set_input_files("#upload-file", file)
    page.click("#upload button[type=submit]")
    page.wait_for_selector("#problem:has-text('line 1')")
    assert page.input_value("#catalog") == "shows"
