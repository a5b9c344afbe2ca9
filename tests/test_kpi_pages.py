"""The pages of figures: every number leads to a list that is just as long, and nobody sees another site's."""

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from projections.figures import FIGURES, Figures, Scope
from services import embedded
from tests.conftest import clone
from tests.serving import Served, serving

Browser = Callable[..., httpx2.Client]
SITES = ("BJ01", "GZ01", "SH01")
ALWAYS = "from=2026-01-01&to=2026-12-31"
HOST = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", re.IGNORECASE)


class Seen(HTMLParser):
    """What a test looks for in a page: the numbers that are links, other links, the lines of a list, the language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.numbers: dict[str, tuple[int, str]] = {}
        self.links: list[str] = []
        self.next = ""
        self.facts = 0
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._open = told.get("href", "") if "data-count" in told else ""
        if self._open:
            self.numbers[self._open] = int(told["data-count"]), ""
        if tag == "a":
            self.links.append(told.get("href", ""))
            self.next = told["href"] if told.get("rel") == "next" else self.next
        self.facts += told.get("class") == "fact"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.numbers[self._open] = self.numbers[self._open][0], data
            self._open = ""


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str) -> Iterator[Served]:
    """The server over the simulated network; these tests only look."""
    with clone(server, lived_template) as url, serving(url) as served:
        yield served


@pytest.fixture
def browser(served: Served) -> Iterator[Browser]:
    """Opens browsers of people of a role and of sites, closed at the end."""
    with ExitStack() as opened:

        def open_one(role: str = "headquarters", *sites: str, tongue: str = "zh") -> httpx2.Client:
            headers = {"Accept": "text/html", "Accept-Language": tongue}
            return opened.enter_context(served.client(role, *sites, headers=headers))

        yield open_one


def page(client: httpx2.Client, address: str) -> str:
    """A page that is there."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text[:500])
    return answer.text


def length_of(client: httpx2.Client, address: str) -> int:
    """How long a list is, to its last page."""
    seen = Seen(page(client, address))
    return seen.facts + (length_of(client, seen.next) if seen.next else 0)


def list_of(address: str) -> str:
    """What tells a list from others: numbers of the same count open the same one."""
    asked = {name: found[0] for name, found in parse_qs(urlsplit(address).query, keep_blank_values=True).items()}
    return urlencode(asked | {"figure": FIGURES[asked["figure"]].opens})


# --- every number and its list


@pytest.mark.parametrize("who", [("headquarters",), ("manager", "SH01"), ("foreman", "GZ01")])
def test_every_number_that_is_a_link_leads_to_a_list_of_so_many(browser: Browser, who: tuple[str, ...]) -> None:
    client = browser(*who)
    numbers = Seen(page(client, f"/kpi?{ALWAYS}")).numbers
    assert len(numbers) > 100
    lengths: dict[str, int] = {}
    for address, (count, text) in numbers.items():
        same = list_of(address)
        lengths[same] = lengths[same] if same in lengths else length_of(client, address)
        assert lengths[same] == count, address
        if re.fullmatch(r"[\d,]+", text) and "hours" not in address:
            assert int(text.replace(",", "")) == count, address


def test_the_numbers_of_a_team_and_of_an_engineer_lead_to_their_own_lists(browser: Browser, served: Served) -> None:
    client = browser()
    person = Figures(served.runtime.reader).people(Scope(date(2026, 3, 1), date(2026, 3, 31)))[0]
    for narrowed in (f"team={person['team']}", f"team={person['team']}&engineer={person['engineer']}"):
        html = page(client, f"/kpi?{ALWAYS}&site={person['site']}&{narrowed}")
        assert 'class="figure calls"' not in html
        numbers = Seen(html).numbers
        assert len(numbers) > 10
        for address, (count, _) in numbers.items():
            assert parse_qs(urlsplit(address).query)["team"] == [person["team"]]
            assert length_of(client, address) == count, address


def test_a_list_longer_than_a_page_goes_on_and_tells_every_fact_once(browser: Browser, served: Served) -> None:
    client = browser()
    address, told = f"/kpi/behind?figure=deadlines_met&{ALWAYS}", []
    while address:
        html = page(client, address)
        told += re.findall(r'<tr class="fact">.*?</tr>', html, re.DOTALL)
        address = Seen(html).next
    expected = Figures(served.runtime.reader).behind(
        "deadlines_met", Scope(date(2026, 1, 1), date(2026, 12, 31)), limit=9999
    )
    assert len(told) == len(expected) > 50


def test_a_list_leads_back_to_the_page_as_it_was_narrowed(browser: Browser) -> None:
    client = browser()
    asked = "site=SH01&from=2026-03-01&to=2026-03-31"
    number = next(iter(Seen(page(client, f"/kpi?{asked}")).numbers))
    assert f"/kpi?{asked}" in Seen(page(client, number)).links


def test_the_page_opens_with_the_last_days_that_have_figures(browser: Browser, served: Served) -> None:
    (last,) = served.runtime.reader.rows("SELECT max(day) AS day FROM boards.kpi_daily")
    html = page(browser(), "/kpi")
    assert f'name="to" value="{last["day"]}"' in html
    assert len(Seen(html).numbers) > 100


@pytest.mark.parametrize("asked", ["from=&to=", "from=x&to=0001-01-01", "from=9999-12-31", "from=0001-01-01&site=BJ01"])
def test_a_period_that_is_none_or_has_nothing_in_it_still_shows_a_page(browser: Browser, asked: str) -> None:
    page(browser(), f"/kpi?{asked}")


def test_a_figure_that_there_is_not_has_no_list(browser: Browser) -> None:
    assert browser().get("/kpi/behind?figure=luck").status_code == 404


# --- who sees what


def test_a_site_sees_its_own_figures_and_no_others(browser: Browser) -> None:
    client = browser("manager", "SH01")
    for address in (f"/kpi?{ALWAYS}", "/network", "/kpi/behind?figure=completed"):
        html = page(client, address)
        assert "SH01" in html
        assert "BJ01" not in html
        assert "GZ01" not in html
    for address in ("/kpi?site=BJ01", "/kpi/behind?figure=completed&site=BJ01"):
        assert client.get(address).status_code == 403


def test_a_foreman_sees_figures_but_not_the_network(browser: Browser) -> None:
    client = browser("foreman", "SH01")
    assert client.get("/kpi").status_code == 200
    assert client.get("/network").status_code == 403


def test_who_sees_no_figures_sees_no_list_either(browser: Browser) -> None:
    client = browser("guard", "SH01")
    assert client.get("/kpi").status_code == 403
    assert client.get("/kpi/behind?figure=completed").status_code == 403


# --- the network


def test_the_network_shows_every_site_with_what_waits_there_now(browser: Browser, served: Served) -> None:
    html = page(browser(), "/network")
    for site in SITES:
        (row,) = re.findall(rf'<tr id="site/{site}">.*?</tr>', html, re.DOTALL)
        for board, where in (("complaints", "NOT resolved"), ("area_vehicles", "inside")):
            (found,) = served.runtime.reader.rows(
                f"SELECT count(*) AS count FROM boards.{board} WHERE {where} AND site = %(site)s",
                site=site,
            )
            shown = {"complaints": "complaints", "area_vehicles": "pre_check_area"}[board]
            (told,) = re.findall(rf'href="/boards/{shown}\?site={site}"[^>]*>([^<]*)<', row)
            assert int(told) == found["count"]


def test_the_site_with_the_most_overdue_deadlines_comes_first(browser: Browser) -> None:
    html = page(browser(), "/network")
    shown = re.findall(r'<tr id="site/(\w+)">.*?href="/boards/deadlines\?site=\w+"[^>]*>(\d+)<', html, re.DOTALL)
    counts = [int(count) for _, count in shown]
    assert {site for site, _ in shown} == set(SITES)
    assert counts == sorted(counts, reverse=True)


def test_every_link_of_the_network_leads_to_a_page(browser: Browser) -> None:
    client = browser()
    for address in set(Seen(page(client, "/network")).links):
        if address.startswith(("/kpi", "/boards")):
            page(client, address)


def test_a_number_of_a_board_that_somebody_does_not_see_is_no_link(browser: Browser) -> None:
    html = page(browser("auditor"), "/network")
    assert "/boards/complaints?site=SH01" in html
    assert "/boards/pre_check_area" not in html


# --- languages, and nothing from elsewhere


@pytest.mark.parametrize("address", [f"/kpi?{ALWAYS}", "/kpi/behind?figure=rated", "/network"])
def test_the_pages_speak_both_languages_and_name_no_other_host(browser: Browser, address: str) -> None:
    chinese, english = (page(browser(tongue=tongue), address) for tongue in ("zh", "en"))
    assert 'lang="zh-CN"' in chinese
    assert 'lang="en"' in english
    assert not HOST.search(chinese + english)


def test_charts_tell_categories_and_titles_in_the_readers_language(browser: Browser) -> None:
    chinese, english = (page(browser(tongue=tongue), f"/kpi?{ALWAYS}") for tongue in ("zh", "en"))
    assert "\\u5f85\\u6599" in chinese or "待料" in chinese
    assert '"Resolved"' in english
    assert "Resolved" not in chinese


def test_the_pages_keep_the_strict_policy_for_scripts_and_styles(browser: Browser) -> None:
    answer = browser().get("/kpi")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r'<[^>]+ (?:style|on\w+)="', answer.text)
    assert "<style" not in answer.text


def test_the_charts_script_is_the_wheels_own_small_and_kept_for_long(browser: Browser) -> None:
    client = browser()
    (address,) = re.findall(r'src="(/static/plotly\.js\?v=[\d.]+)"', page(client, "/kpi"))
    script = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert gzip.decompress(sent) == script
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "max-age=31536000" in answer.headers["cache-control"]
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert plain.content == script
    assert "content-encoding" not in plain.headers


def test_only_the_page_with_charts_loads_their_script(browser: Browser) -> None:
    client = browser()
    for address in ("/network", "/kpi/behind?figure=rated", "/boards/closed"):
        assert "plotly" not in page(client, address)


@pytest.mark.rule("R-213")
def test_the_page_says_that_a_goal_which_the_document_leaves_open_is_not_set(browser: Browser) -> None:
    html = page(browser(tongue="en"), f"/kpi?{ALWAYS}")
    assert re.search(r'Target not set\s+<a class="rule" href="/rules/R-213">', html)
