"""The charts of the page of key figures, in a real browser: drawn, alive, recoloured, each bar a way to its list."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from services import embedded
from services.http.gate import COOKIE
from tests.browser import Watched, chromium
from tests.conftest import clone
from tests.decisions.scenario import register_ticket
from tests.serving import Served, serving, token

ADDRESS = "/kpi?from=2026-01-01&to=2026-12-31"
CHARTS = ("trend", "faults", "pauses", "pause_hours")
COLOUR = "path => getComputedStyle(path).fill"
BAR = ".figure.faults .points path"


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str) -> Iterator[Served]:
    """The server over the simulated network."""
    with clone(server, lived_template) as url, serving(url) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def kpi(browser: Browser, served: Served) -> Iterator[Watched]:
    """The page of a manager of all sites, its charts drawn."""
    context = browser.new_context(color_scheme="light", locale="en-GB", viewport={"width": 1400, "height": 1400})
    sites = ("SH01", "BJ01", "GZ01")
    context.add_cookies([{"name": COOKIE, "value": token("manager", *sites), "url": served.url}])
    watched = Watched(context.new_page()).listen(urlsplit(served.url).netloc)
    watched.page.goto(served.url + ADDRESS)
    expect(watched.page.locator(BAR).first).to_be_visible()
    yield watched
    context.close()


def drawn(page: Page) -> list[int]:
    """How many marks each chart shows."""
    return [page.locator(f".figure.{name} .chart .point").count() for name in CHARTS]


def test_charts_are_drawn_under_the_strict_policy_and_ask_no_other_host(kpi: Watched) -> None:
    assert min(drawn(kpi.page)) > 3
    assert (kpi.errors, kpi.foreign) == ([], [])


def test_a_bar_opens_the_list_behind_it(kpi: Watched) -> None:
    first = kpi.page.locator(".figure.faults tbody td a").first
    count, href = first.get_attribute("data-count"), first.get_attribute("href")
    box = kpi.page.locator(BAR).first.bounding_box()
    assert box
    kpi.page.mouse.click(box["x"] + box["width"] - 5, box["y"] + box["height"] / 2)
    kpi.page.wait_for_url(f"**{href}")
    assert kpi.page.locator("tr.fact").count() == int(count or 0)


def test_charts_follow_the_readers_light_and_dark(kpi: Watched) -> None:
    light = kpi.page.locator(BAR).first.evaluate(COLOUR)
    kpi.page.emulate_media(color_scheme="dark")
    expect(kpi.page.locator(BAR).first).not_to_have_css("fill", light)


def test_a_new_request_changes_the_numbers_redraws_the_charts_and_leaves_open_what_was_open(
    kpi: Watched, served: Served
) -> None:
    before = int(kpi.page.inner_text(".tile .value"))
    kpi.page.click("#d-trend summary")
    (outcome,) = served.runtime.handle([register_ticket(ticket="SH01-CHART-1", site="SH01")])
    assert outcome.status == "accepted", outcome
    expect(kpi.page.locator(".tile .value").first).to_have_text(str(before + 1))
    expect(kpi.page.locator(BAR).first).to_be_visible()
    assert kpi.page.locator("#d-trend").get_attribute("open") is not None
    assert min(drawn(kpi.page)) > 3
    assert kpi.errors == []
