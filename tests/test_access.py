"""Nobody gets a row, an event, a fragment or an effect that the table of roles does not allow, and all that it allows.

What is allowed is computed here from the rows of the table alone, what there is from the log and the boards themselves.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, cast

import httpx2
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.event import Recorded
from projections.catalog import BOARDS
from projections.query import columns_of
from projections.ticket_history import TICKET_HISTORY
from services import embedded
from services.api.feed import Feed
from services.http.hub import Change
from services.policy import COMMON, policies
from services.rows import Role
from services.web.audience import Pages
from tests.conftest import clone
from tests.serving import Served, serving

SITES = ("SH01", "BJ01", "GZ01")
ROLES = {name: cast(Role, row) for name, row in policies()[COMMON].rows["role"].items()}
VIEWS = ("", "/history", "/repair-order", "/status-events")
NAMES = ("ticket.*", "work.paused", "*", "parts.*", "complaint.*", "nothing")

quietly = settings(
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Asker:
    """Somebody with a role and, if the token names any, sites."""

    role: str
    sites: tuple[str, ...]

    def sees(self, page: str) -> bool:
        return page in ROLES[self.role].sees

    def reaches(self, site: str) -> bool:
        return site in self.sites if self.sites else ROLES[self.role].everywhere

    def client(self, served: Served) -> httpx2.Client:
        return served.client(self.role, *self.sites, name="somebody")


askers = st.builds(Asker, st.sampled_from(sorted(ROLES)), st.sets(st.sampled_from(SITES)).map(sorted).map(tuple))
one_site = st.sampled_from(("", *SITES, "SH99"))


class World:
    """The server, and all that there is to see."""

    def __init__(self, served: Served) -> None:
        reader = served.runtime.reader
        self.served = served
        self.log = served.runtime.store.follow(0, 100_000)
        self.rows = {name: reader.board(board, limit=10_000).rows for name, board in BOARDS.items()}
        self.tickets = {each.stream.removeprefix("ticket/"): each.context.site for each in self.log if _begins(each)}


@pytest.fixture(scope="module")
def world(server: embedded.Server, lived_template: str) -> Iterator[World]:
    """The server over the simulated network, which these tests leave as it is."""
    with clone(server, lived_template) as url, serving(url) as served:
        world = World(served)
        assert set(world.tickets.values()) == set(SITES)
        yield world


def _begins(recorded: Recorded) -> bool:
    return recorded.version == 1 and recorded.stream.startswith("ticket/")


def refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] in ("page_not_permitted", "site_not_permitted")


# --- boards and figures


@pytest.mark.rule("R-026")
@quietly
@given(asker=askers, board=st.sampled_from(sorted(BOARDS)), site=one_site, filtered=st.booleans(), data=st.data())
def test_a_board_has_the_rows_of_the_callers_sites_and_no_other(
    world: World, asker: Asker, board: str, site: str, filtered: bool, data: st.DataObject
) -> None:
    shown, truth = BOARDS[board], world.rows[board]
    column = data.draw(
        st.sampled_from([name for name in ("owner", "lane") if getattr(shown, name) in columns_of(shown)] or [""])
    )
    values = sorted({str(row[getattr(shown, column)]) for row in truth}) if column and filtered else []
    value = data.draw(st.sampled_from(values)) if values else ""
    asked = {"limit": "1000", **({"site": site} if site else {}), **({column: value} if value else {})}
    with asker.client(world.served) as client:
        answer = client.get(f"/api/boards/{board}", params=asked)
    if not asker.sees(board) or (site and not asker.reaches(site)):
        refused(answer)
        return
    key = shown.projection.key
    allowed = [row for row in truth if asker.reaches(row["site"]) and site in ("", row["site"])]
    wanted = [row for row in allowed if not value or row[getattr(shown, column)] == value]
    told = [[row[name] for name in key] for row in answer.json()["rows"]]
    assert told == orjson.loads(orjson.dumps([[row[name] for name in key] for row in wanted]))


@pytest.mark.rule("R-026")
@quietly
@given(asker=askers, board=st.sampled_from(sorted(BOARDS)), site=one_site)
def test_a_boards_page_names_no_ticket_of_another_site(world: World, asker: Asker, board: str, site: str) -> None:
    with asker.client(world.served) as client:
        answer = client.get(f"/boards/{board}", params={"site": site}, headers={"Accept": "text/html"})
    if not asker.sees(board) or (site and not asker.reaches(site)):
        assert answer.status_code == 403
        assert named(world, answer.text) == set()
        return
    allowed = [row for row in world.rows[board] if asker.reaches(row["site"]) and site in ("", row["site"])]
    there = {str(row["ticket"]) for row in allowed if row.get("ticket") in world.tickets}
    assert named(world, answer.text) <= there
    if len(allowed) <= 40:
        assert named(world, answer.text) == there


def named(world: World, text: str) -> set[str]:
    """The tickets that a text names."""
    return {found for found in re.findall(r"[A-Z]{2}\d\d-[\w\-]+", text) if found in world.tickets}


@pytest.mark.rule("R-026")
@quietly
@given(asker=askers, site=one_site)
def test_figures_count_the_callers_sites_and_no_other(world: World, asker: Asker, site: str) -> None:
    with asker.client(world.served) as client:
        answer = client.get("/api/kpi", params={"site": site} if site else {})
    if not asker.sees("kpi") or (site and not asker.reaches(site)):
        refused(answer)
        return
    wanted = [each for each in SITES if asker.reaches(each) and site in ("", each)]
    *rows, together = answer.json()
    assert [row["site"] for row in rows] == sorted(wanted)
    assert together["received"] == sum(row["received"] for row in rows)
    assert together["received"] == sum(each in wanted for each in world.tickets.values())


# --- tickets


@pytest.mark.rule("R-026")
@quietly
@given(asker=askers, at=st.integers(0, 10_000), view=st.sampled_from((*VIEWS, "/customer")), data=st.data())
def test_a_ticket_is_shown_where_it_is_the_callers_and_nowhere_else(
    world: World, asker: Asker, at: int, view: str, data: st.DataObject
) -> None:
    name = sorted(world.tickets)[at % len(world.tickets)]
    allowed = asker.sees("tickets") and asker.reaches(world.tickets[name])
    with asker.client(world.served) as client:
        answer = client.get(f"/api/tickets/{name}{view}")
        page = client.get(f"/tickets/{name}", headers={"Accept": "text/html"})
        found = client.get("/tickets", params={"q": name[:4]}, headers={"Accept": "text/html"})
    assert page.status_code == (200 if allowed else 403)
    assert answer.status_code == (200 if allowed and view != "/customer" else 403)
    own = {each for each, site in world.tickets.items() if asker.sees("tickets") and asker.reaches(site)}
    assert named(world, found.text) <= own
    assert allowed or not named(world, answer.text + page.text) - {name}


# --- events


@pytest.mark.rule("R-026")
@quietly
@given(
    asker=askers,
    site=one_site,
    names=st.sets(st.sampled_from(NAMES), max_size=2),
    after=st.integers(0, 500),
    limit=st.integers(1, 300),
)
@example(asker=Asker("integrator", ("BJ01",)), site="", names=set(), after=0, limit=300)
@example(asker=Asker("integrator", ()), site="", names={"*"}, after=0, limit=300)
def test_the_feed_has_the_events_of_the_callers_sites_and_no_other(
    world: World, asker: Asker, site: str, names: set[str], after: int, limit: int
) -> None:
    asked: dict[str, Any] = {"after": after, "limit": limit, "name": sorted(names), **({"site": site} if site else {})}
    with asker.client(world.served) as client:
        answer = client.get("/api/events", params=asked)
        if not asker.sees("feed") or (site and not asker.reaches(site)):
            refused(answer)
            refused(client.get("/api/events/stream", params=asked | {"limit": []}))
            return
    wanted = [each for each in world.log[after : after + 1_000] if _is_for(asker, site, names, each)]
    assert [int(each["id"]) for each in answer.json()] == [each.position for each in wanted[:limit]]


def _is_for(asker: Asker, site: str, names: set[str], event: Recorded) -> bool:
    told = not names or any(fnmatchcase(event.event.name, name) for name in names)
    return told and asker.reaches(event.context.site) and site in ("", event.context.site)


few_sites = st.none() | st.frozensets(st.sampled_from(SITES))


@pytest.mark.rule("R-026")
@quietly
@given(sites=few_sites, names=st.lists(st.sampled_from(NAMES), max_size=2), begin=st.integers(0, 600))
def test_a_stream_of_the_feed_tells_exactly_what_is_for_its_follower(
    world: World, sites: frozenset[str] | None, names: list[str], begin: int
) -> None:
    change = Change(world.log[begin : begin + 50], world.served.runtime.reader)
    frame = Feed(tuple(names), sites).frame(change)
    wanted = [
        each.position
        for each in change.events
        if (sites is None or each.context.site in sites)
        and (not names or any(fnmatchcase(each.event.name, name) for name in names))
    ]
    assert [int(found) for found in re.findall(rb"^id: (\d+)$", frame, re.MULTILINE)] == wanted


@pytest.mark.rule("R-026")
@quietly
@given(
    sites=few_sites,
    board=st.sampled_from(sorted(BOARDS)),
    begin=st.integers(0, 600),
    role=st.sampled_from(sorted(ROLES)),
)
def test_an_open_page_is_told_of_rows_of_its_sites_and_of_no_other(
    world: World, sites: frozenset[str] | None, board: str, begin: int, role: str
) -> None:
    change = Change(world.log[begin : begin + 50], world.served.runtime.reader)
    topics = frozenset({"kpi_daily", *(f"ticket_history/{name}" for name in world.tickets)})
    pages = Pages((board,), topics, sites, "", "en", role, frozenset(ROLES[role].may))
    frame = pages.frame(change)
    own = [each for each in change.events if sites is None or each.context.site in sites]
    told = orjson.loads(frame.partition(b"data: ")[2]) if frame else {"boards": {}, "topics": []}
    rows = {
        (f"{board}/" + "/".join(str(row[name]) for name in BOARDS[board].projection.key)): row["site"]
        for row in world.rows[board]
    }
    assert all(sites is None or rows[key] in sites for key, shown in told["boards"].get(board, []) if shown)
    assert named(world, frame.decode()) <= {
        name for name, site in world.tickets.items() if sites is None or site in sites
    }
    assert {topic.partition("/")[2] for topic in told["topics"] if "/" in topic} == {
        ticket for each in own for ticket in (TICKET_HISTORY.key_of(each)[0],) if ticket in world.tickets
    }
    assert ("kpi_daily" in told["topics"]) <= bool(own)


@pytest.mark.rule("R-026")
@quietly
@given(asker=askers, board=st.sampled_from(sorted(BOARDS)), at=st.integers(0, 10_000), site=one_site)
def test_a_page_listens_only_to_what_it_may_show(world: World, asker: Asker, board: str, at: int, site: str) -> None:
    name = sorted(world.tickets)[at % len(world.tickets)]
    of_site = {"site": site} if site else {}
    with asker.client(world.served) as client:
        for page, asked in ((board, {"board": board}), ("tickets", {"topic": f"ticket_history/{name}"})):
            with client.stream("GET", "/live", params=asked | of_site) as answer:
                allowed = asker.sees(page) and (not site or asker.reaches(site))
                assert answer.status_code == (200 if allowed else 403)


# --- commands


@pytest.mark.rule("R-026")
@quietly
@given(asker=askers, site=one_site.filter(bool), at=st.integers(0, 10_000), in_bulk=st.booleans())
def test_a_command_has_an_effect_only_at_a_site_of_its_sender_and_if_his_role_may_send_it(
    world: World, asker: Asker, site: str, at: int, in_bulk: bool
) -> None:
    name = sorted(world.tickets)[at % len(world.tickets)]
    before = world.served.runtime.store.read(f"ticket/{name}")
    body = {"site": site, "ticket": name, "text": f"from {asker.role}", "at": datetime.now(UTC).isoformat()}
    with asker.client(world.served) as client:
        status = _sent(client, body, in_bulk)
    new = world.served.runtime.store.read(f"ticket/{name}")[len(before) :]
    noted = [each for each in new if each.context.actor == "somebody"]
    allowed = asker.reaches(site) and "AddNote" in ROLES[asker.role].may and world.tickets[name] == site
    assert status == ("accepted" if allowed else "rejected")
    assert [(each.context.site, each.context.role) for each in noted] == ([(site, asker.role)] if allowed else [])


def _sent(client: httpx2.Client, body: dict[str, Any], in_bulk: bool) -> str:
    if in_bulk:
        line = orjson.dumps({"command": "AddNote", **body})
        answer = client.post("/api/commands", content=line, headers={"Content-Type": "application/x-ndjson"})
        return str(answer.json()["status"])
    answer = client.post("/api/commands/AddNote", json=body)
    assert answer.status_code in (200, 403, 409), answer.text
    return "accepted" if answer.status_code == 200 else "rejected"
