"""What programs read over HTTP: boards by the page, the feed of events, webhooks."""

import socket
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx2
import orjson
import pytest

from projections.catalog import BOARDS
from services import embedded
from services.api.cloudevents import envelope
from services.http import hub
from tests.api_calls import accepted, note, numbers, problem, registered, sent
from tests.conftest import clone
from tests.serving import Served, frames, serving, token, wait_until


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str) -> Iterator[Served]:
    """The server over the simulated network; the tests of this file add to the same log."""
    with clone(server, lived_template) as url, serving(url) as served:
        yield served


@pytest.fixture
def li(served: Served) -> Iterator[httpx2.Client]:
    """The manager of SH01."""
    with served.client("manager", "SH01") as client:
        yield client


@pytest.fixture
def follower(served: Served) -> Iterator[httpx2.Client]:
    """Another system that follows two sites."""
    with served.client("integrator", "SH01", "BJ01", name="erp") as client:
        yield client


# --- boards


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_read_page_by_page_is_the_whole_board(served: Served, board: str) -> None:
    with served.client("headquarters") as client:
        whole = client.get(f"/api/boards/{board}", params={"limit": 1_000}).json()["rows"]
        rows: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = {"limit": "7", **({"cursor": cursor} if cursor else {})}
            page = client.get(f"/api/boards/{board}", params=asked).json()
            rows, cursor = rows + page["rows"], page["next"]
    assert rows == whole


def test_a_cursor_of_another_board_or_of_nobody_is_refused(served: Served) -> None:
    with served.client("headquarters") as client:
        cursor = client.get("/api/boards/closed", params={"limit": 1}).json()["next"]
        for wrong in (cursor, "x", "W10=", "bnVsbA==", "é", cursor[:-6]):
            problem(client.get("/api/boards/paused", params={"cursor": wrong}), 422, "bad_cursor")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/boards/closed?Site=SH01", "Site"),
        ("/api/boards/closed?lane=x", "lane"),
        ("/api/boards/closed?limit=99999999999999999999999", "limit"),
        ("/api/boards/closed?after=99999999999999999999999", "after"),
        ("/api/boards/closed?site=", "site"),
        ("/api/kpi?from=0001-01-01", "from"),
        ("/api/kpi?to=9999-99-99", "to"),
        ("/api/tickets/SH01-1?at=0001-01-01T00:00:00%2B14:00", "at"),
        ("/api/tickets/SH01-1?version=-1", "version"),
        ("/api/boards?x=1", "x"),
    ],
)
def test_a_parameter_that_does_not_fit_names_itself(li: httpx2.Client, path: str, field: str) -> None:
    assert problem(li.get(path), 422, "malformed")["field"] == field


@pytest.mark.parametrize(
    "path", ["/api/boards/closed?owner=a%00b", "/api/tickets/a%00b", "/boards/closed?owner=%00", "/%00"]
)
def test_no_address_takes_a_nul(li: httpx2.Client, path: str) -> None:
    problem(li.get(path), 422, "malformed")


def test_waiting_for_an_event_that_is_not_in_the_log_is_refused_at_once(
    li: httpx2.Client, follower: httpx2.Client
) -> None:
    for path in ("/api/boards/closed", "/api/kpi"):
        problem(li.get(path, params={"after": 2**62}), 422, "beyond_the_log")
    problem(follower.get("/api/events", params={"after": 2**62}), 422, "beyond_the_log")


# --- the feed


def test_the_pages_of_events_are_the_log(served: Served, follower: httpx2.Client) -> None:
    head, after = served.position(), 0
    found: list[Any] = []
    while after < head:
        page = follower.get("/api/events", params={"after": after, "limit": 333})
        found, after = found + page.json(), int(page.headers["Next-After"])
    assert page.headers["content-type"] == "application/cloudevents-batch+json"
    log = [envelope(each) for each in served.runtime.store.follow(0, head) if each.context.site in ("SH01", "BJ01")]
    assert found == orjson.loads(orjson.dumps(log))


def streamed(client: httpx2.Client, count: int, **asked: Any) -> list[dict[str, Any]]:
    """The next frames of the feed."""
    with client.stream("GET", "/api/events/stream", **asked) as answer:
        assert answer.status_code == 200
        return list(islice(frames(answer.iter_lines()), count))


def test_a_follower_that_comes_back_gets_exactly_what_it_missed(served: Served, follower: httpx2.Client) -> None:
    with served.client("manager", "SH01") as li:
        name, other = registered(li), served.client("manager", "GZ01")
        first = streamed(follower, 5, params={"after": 0})
        for number in range(10):
            accepted(li, "AddNote", {"site": "SH01", "ticket": name, "text": str(number)})
        with other:
            registered(other, "GZ01")  # nothing of his
        head = served.position()
        wanted = [e for e in served.runtime.store.follow(0, head) if e.context.site in ("SH01", "BJ01")]
        rest = streamed(follower, len(wanted) - 5, headers={"Last-Event-ID": first[-1]["id"]})
    assert [int(each["id"]) for each in first + rest] == [each.position for each in wanted]
    assert [each["data"] for each in first + rest] == orjson.loads(orjson.dumps(list(map(envelope, wanted))))


@pytest.mark.parametrize("last", ["²", "9" * 5_000, "-1", "x"])
def test_a_last_event_id_that_is_none_is_ignored(follower: httpx2.Client, last: str) -> None:
    answer = streamed(follower, 1, params={"after": 0}, headers={b"Last-Event-ID": last.encode("latin-1")})
    assert answer[0]["id"] == "1"


def test_a_listener_that_does_not_read_is_cut_loose_and_holds_up_nobody(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "WAITING_FRAMES", 3)
    with served.client("manager", "SH01") as li, served.client("integrator", "SH01") as quick, _deaf(served):
        name = registered(li)
        with quick.stream(
            "GET", "/api/events/stream", params={"after": served.position(), "name": "ticket.noted"}
        ) as it:
            monkeypatch.setattr(hub, "WAITING_FRAMES", 1_000)
            heard = frames(it.iter_lines())
            cut = numbers(served)["aftersales_cut_loose_total"]
            count = 0
            while numbers(served)["aftersales_cut_loose_total"] == cut:
                assert count < 12_000
                sent(li, *(note(name, f"{count + at} " + "x" * 3_900) for at in range(400)))
                count += 400
                assert [each["data"]["data"]["text"].split()[0] for each in islice(heard, 400)] == [
                    str(count - 400 + at) for at in range(400)
                ]


class _deaf:  # noqa: N801 - reads as a verb
    """A listener that opened the feed and never reads."""

    def __init__(self, served: Served) -> None:
        address = httpx2.URL(served.url)
        self._connection = socket.socket()
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._connection.connect((address.host, address.port))
        head = (
            f"GET /api/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('integrator', 'SH01')}\r\n\r\n"
        )
        self._connection.sendall(head.encode())
        wait_until(lambda: numbers(served)["aftersales_open_streams"] >= 1)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        self._connection.close()


# --- webhooks


def test_a_webhooks_secret_is_shown_once_and_it_is_its_owners_alone(served: Served, follower: httpx2.Client) -> None:
    made = follower.post("/api/webhooks", json={"url": "http://127.0.0.1:9/x", "events": ["work.*"], "sites": ["SH01"]})
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    assert made.json()["secret"].startswith("whsec_")
    assert [each["sites"] for each in follower.get("/api/webhooks").json()] == [["SH01"]]
    assert "whsec_" not in follower.get("/api/webhooks").text
    with served.client("integrator", "BJ01", name="crm") as other:
        assert other.get("/api/webhooks").json() == []
        problem(other.post(f"/api/webhooks/{name}/retry"), 404, "unknown_webhook")
        problem(other.delete(f"/api/webhooks/{name}"), 404, "unknown_webhook")
    assert follower.post(f"/api/webhooks/{name}/retry").json()["state"] == "active"
    assert follower.delete(f"/api/webhooks/{name}").status_code == 204
    problem(follower.delete(f"/api/webhooks/{name}"), 404, "unknown_webhook")


def test_nobody_is_called_about_sites_that_are_not_his(
    served: Served, follower: httpx2.Client, li: httpx2.Client
) -> None:
    url = "http://127.0.0.1:9/x"
    problem(follower.post("/api/webhooks", json={"url": url, "sites": ["GZ01"]}), 403, "site_not_permitted")
    problem(li.post("/api/webhooks", json={"url": url}), 403, "page_not_permitted")
    with served.client("integrator", name="of no site") as nobody:
        problem(nobody.post("/api/webhooks", json={"url": url}), 403, "site_not_permitted")
    made = follower.post("/api/webhooks", json={"url": url}).json()
    assert made["sites"] == ["BJ01", "SH01"]
    assert follower.delete(f"/api/webhooks/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://x"}, "url"),
        ({"url": "http://[x"}, "url"),
        ({"url": "http://x", "events": ["no.such"]}, "events"),
        ({"url": "http://x", "secret": "short"}, "secret"),
        ({"url": "http://x", "colour": "red"}, "colour"),
        ({"url": "http://x", "events": ["\0"]}, "events"),
    ],
)
def test_a_webhook_that_cannot_be_names_its_field(follower: httpx2.Client, body: dict[str, Any], field: str) -> None:
    assert problem(follower.post("/api/webhooks", json=body), 422, "malformed")["field"] == field
