"""What people see and touch, in a real browser: pages alive without reloading, forms, the film, signing, languages."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from events.form import FormSigned
from projections.catalog import BOARDS
from services import embedded
from services.demo.demonstration import play
from services.demo.simulation import simulate
from services.replay import replay
from services.runtime import Runtime
from services.settings import Settings
from tests.browser import Site, Watched, chromium, signed_in
from tests.decisions.scenario import assign_ticket, register_ticket
from tests.story import ENDS

PAGES = (*(f"boards/{board}" for board in BOARDS), "kpi", "network", "rules", "rules/R-128", "do/RegisterTicket")
AXE = {"resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """A simulated network in a data folder of its own; its database outlives the server before it."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-browser-"))
    folder.chmod(0o711)
    with embedded.running(folder) as url:
        runtime = Runtime(Settings(folder), url)
        play(runtime, simulate(3, 60, 5, ENDS).days, lambda done, total: None)
        yield runtime
        runtime.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(runtime: Runtime) -> Iterator[Site]:
    """The web application over it."""
    site = Site(runtime.settings.data)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def manager(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """The window of a manager of all sites."""
    context = signed_in(browser, site, role="manager")
    yield context
    context.close()


def opened(context: BrowserContext, site: Site, path: str) -> Watched:
    """A page of the site, once its stream of changes is open."""
    watched = Watched(context.new_page()).listen(site.address.removeprefix("http://"))
    watched.page.goto(f"{site.address}/{path}")
    return watched


def keys(page: Page) -> list[str]:
    """The rows that a board shows, in their order."""
    return [str(key) for key in page.eval_on_selector_all("[data-rows] > *", "rows => rows.map(row => row.id)")]


def send(runtime: Runtime, *commands: object) -> None:
    outcomes = runtime.handle(list(commands))  # type: ignore[arg-type]
    assert [outcome.status for outcome in outcomes] == ["accepted"] * len(outcomes)


# --- alive


def test_a_call_registered_through_the_form_appears_on_another_open_page(manager: BrowserContext, site: Site) -> None:
    watching = opened(manager, site, "boards/reception_queue?site=SH01")
    working = opened(manager, site, "boards/reception_queue?site=SH01")
    count = int(watching.page.inner_text("[data-count]"))
    working.page.click("text=Register ticket")
    sheet = working.page.locator("dialog[open]")
    sheet.get_by_label("Ticket").fill("SH01-CALL-1")
    sheet.get_by_label("Problem").fill("刹车异响,高速抖动")
    sheet.get_by_label("Product").fill("城市SUV 2.0T")
    sheet.get_by_label("Name").fill("王小明")
    sheet.get_by_role("button", name="Register ticket").click()
    row = watching.page.locator("[id='reception_queue/SH01-CALL-1']")
    expect(row).to_contain_text("刹车异响,高速抖动")
    expect(row).to_contain_text("王**")
    expect(watching.page.locator("[data-count]")).to_have_text(str(count + 1))
    expect(working.page.locator("dialog[open]")).to_have_count(0)
    assert (watching.errors, working.errors) == ([], [])


def test_the_kanban_moves_when_an_engineer_is_dispatched(manager: BrowserContext, site: Site, runtime: Runtime) -> None:
    send(runtime, register_ticket(ticket="SH01-KANBAN-1", site="SH01", command_id="k1"),
         assign_ticket(ticket="SH01-KANBAN-1", site="SH01", command_id="k2"))  # fmt: skip
    board = opened(manager, site, "boards/workshop_board?site=SH01")
    card = board.page.locator("[id='workshop_board/SH01-KANBAN-1']")
    expect(board.page.locator("ol[data-lane=waiting]").locator(card)).to_have_count(1)
    card.get_by_role("link", name="Dispatch engineer").click()
    sheet = board.page.locator("dialog[open]")
    sheet.get_by_label("Engineer").fill("王伟")
    sheet.get_by_role("button", name="Dispatch engineer").click()
    expect(board.page.locator("ol[data-lane=dispatched]").locator(card)).to_have_count(1)
    expect(board.page.locator("ol[data-lane=waiting]").locator(card)).to_have_count(0)
    assert board.errors == []


def test_a_refusal_shows_the_rule_in_the_readers_language(browser: Browser, site: Site, runtime: Runtime) -> None:
    send(runtime, register_ticket(ticket="SH01-REFUSED-1", site="SH01", command_id="r1"))
    context = signed_in(browser, site, role="manager", language="zh")
    page = opened(context, site, "tickets/SH01-REFUSED-1").page
    page.locator("summary").click()
    page.get_by_role("link", name="完工", exact=True).click()
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("处理结果").fill("已修好")
    sheet.get_by_role("button", name="完工").click()
    expect(sheet.get_by_role("alert")).to_contain_text("未在施工")
    expect(sheet.get_by_role("alert").get_by_role("link")).to_have_text("R-128")
    context.close()


def test_a_killed_server_comes_back_and_the_page_catches_up(browser: Browser, runtime: Runtime) -> None:
    site = Site(runtime.settings.data)
    assert site.start() < 30
    context = signed_in(browser, site, role="manager")
    board = opened(context, site, "boards/reception_queue?site=BJ01")
    expect(board.page.locator(".live")).to_have_text("live")
    before = keys(board.page)
    site.kill()
    expect(board.page.locator(".live")).to_have_text("reconnecting …")
    for number in range(20):
        send(runtime, register_ticket(ticket=f"BJ01-AWAY-{number:02}", site="BJ01", command_id=f"away{number}"))
    site.start()
    expect(board.page.locator(".live")).to_have_text("live", timeout=20_000)
    expect(board.page.locator("[data-rows] > *")).to_have_count(len(before) + 20, timeout=20_000)
    told = keys(board.page)
    board.page.reload()
    assert told == keys(board.page)
    assert len(set(told)) == len(told)
    context.close()
    site.stop()


def test_nobody_listens_for_a_page_that_nobody_looks_at(manager: BrowserContext, site: Site) -> None:
    board = opened(manager, site, "boards/closed")
    expect(board.page.locator(".live")).to_have_text("live")
    with board.page.expect_event("requestfailed", lambda request: "/live" in request.url):
        _hide(board.page, hidden=True)
    with board.page.expect_request(lambda request: "/live" in request.url):
        _hide(board.page, hidden=False)


def _hide(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        "is => { Object.defineProperty(document, 'hidden', {value: is, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


# --- the film and its papers


def test_the_slider_shows_the_state_at_any_version(manager: BrowserContext, site: Site, runtime: Runtime) -> None:
    name = runtime.reader.longest_history()
    film = opened(manager, site, f"tickets/{name}")
    last = replay(runtime.store, f"ticket/{name}").version
    for version in (1, last // 3, last // 2, last):
        film.page.locator("[data-slider]").fill(str(version))
        state = replay(runtime.store, f"ticket/{name}", version=version).state
        shown = film.page.locator(".state [data-name=status] dd")
        expect(shown).to_have_text(state.status.value.replace("_", " "))
        expect(film.page.locator(".step.later[data-version]")).to_have_count(last - version)
        server = opened(manager, site, f"tickets/{name}?version={version}")
        assert film.page.locator(".state dd").all_inner_texts() == server.page.locator(".state dd").all_inner_texts()
        server.page.close()
    assert film.errors == []


def test_a_customer_signs_with_the_mouse_and_a_later_change_shows(
    browser: Browser, site: Site, runtime: Runtime
) -> None:
    advisor = signed_in(browser, site, role="advisor", where="SH01")
    send(runtime, register_ticket(ticket="SH01-SIGN-1", site="SH01", command_id="s1", profile="auto-4s"))
    page = opened(advisor, site, "tickets/SH01-SIGN-1/papers/promise_change").page
    _fill_promise(page, "等待配件", edition=1)
    page.get_by_label("Signer").fill("李雷")
    page.get_by_label("Place").fill("接待区")
    _draw(page)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".signatures")).to_contain_text("signed this edition")
    signed = [each.event for each in runtime.store.read("ticket/SH01-SIGN-1") if isinstance(each.event, FormSigned)]
    assert [(each.method, each.drawing[:1]) for each in signed] == [("on_screen", "M")]
    assert signed[0].drawing.count("L") >= 5
    _open_customer_data(page)
    page.locator("summary", has_text="Fill in anew").click()
    _fill_promise(page, "加做四轮定位", edition=2)
    expect(page.locator(".signatures")).to_contain_text("signed edition 1; the document was changed afterwards")
    advisor.close()


def _open_customer_data(page: Page) -> None:
    """Looking at the customer's data is recorded, with its purpose."""
    page.get_by_role("link", name="Open the customer's data").click()
    page.get_by_label("Purpose").fill("改期")
    page.get_by_role("button", name="Open customer data").click()
    expect(page.locator("h1")).to_contain_text("Change of the work order")


def _fill_promise(page: Page, reason: str, edition: int) -> None:
    page.get_by_label("Why").fill(reason)
    page.get_by_label("Completed by").fill("2026-03-05T17:00")
    page.get_by_role("button", name="Fill in", exact=True).click()
    page.wait_for_selector(f"text=Edition {edition}")


def _draw(page: Page) -> None:
    pad = page.locator("[data-drawing] svg")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 40 + step * 20, box["y"] + 60 + (step % 2) * 40)
    page.mouse.up()


# --- for everybody


def test_a_page_is_shown_in_the_other_language(manager: BrowserContext, site: Site) -> None:
    page = opened(manager, site, "boards/workshop_board?site=SH01").page
    assert page.locator("h1").inner_text().startswith("Workshop board")
    page.locator(".tongue").click()
    assert page.locator("h1").inner_text().startswith("车间看板")
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert page.url.endswith("/boards/workshop_board?site=SH01")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_without_errors_foreign_requests_and_barriers(
    browser: Browser, site: Site, runtime: Runtime, language: str
) -> None:
    context = signed_in(browser, site, role="manager", language=language)
    found = {}
    ticket = runtime.reader.longest_history()
    for path in (*PAGES, f"tickets/{ticket}", f"tickets/{ticket}/papers", "tickets?q=SH01", "no-such-page"):
        watched = opened(context, site, path)
        expect(watched.page.locator("h1").first).to_be_visible()
        barriers = [each["id"] for each in Axe().run(watched.page, options=AXE).response["violations"]]
        errors = [] if path == "no-such-page" else watched.errors
        if barriers or errors or watched.foreign:
            found[path] = (barriers, errors, watched.foreign)
        watched.page.close()
    context.close()
    assert found == {}


def test_everything_can_be_done_with_the_keyboard(manager: BrowserContext, site: Site) -> None:
    page = opened(manager, site, "boards/reception_queue").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Register ticket").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
