"""The HTTP interface as a program meets it: over a real server, a real socket and a real database."""

import re
import socket
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import httpx
import limits
import orjson
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import conninfo_to_dict

from projections.catalog import BOARDS
from services import embedded
from services.api import tickets
from services.api.cloudevents import envelope
from services.command import COMMANDS
from services.http import hub, shield
from services.http.shield import HEADERS
from services.policy import COMMON, policies
from services.refusal import REFUSALS
from tests.conftest import clone
from tests.serving import Served, frames, serving, token, wait_until

NDJSON = {"Content-Type": "application/x-ndjson"}
PROBLEM = "application/problem+json"
CALL = {"problem": "漏水", "product": "净水器", "channel": "phone", "profile": "common"}
WANG = {"name": "王小明", "phone": "13812345678", "address": "上海市浦东新区世纪大道1号"}
ROLES = [name for name in policies()[COMMON].rows["role"] if name not in ("system", "importer")]


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str) -> Iterator[Served]:
    """The server over the simulated network; the tests of this file add to the same log."""
    with clone(server, lived_template) as url, serving(url) as served:
        yield served


@pytest.fixture
def li(served: Served) -> Iterator[httpx.Client]:
    """The manager of SH01."""
    with served.client("manager", "SH01") as client:
        yield client


@pytest.fixture
def follower(served: Served) -> Iterator[httpx.Client]:
    """Another system that follows two sites."""
    with served.client("integrator", "SH01", "BJ01", name="erp") as client:
        yield client


def registered(client: httpx.Client, site: str = "SH01") -> str:
    """A new ticket's name."""
    name = f"{site}-{uuid.uuid4().hex[:12]}"
    accepted(client, "RegisterTicket", {"site": site, "ticket": name, "customer": WANG, **CALL})
    return name


def accepted(client: httpx.Client, command: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    answer = client.post(f"/api/commands/{command}", json=body, headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"/problems/{code}")
    return told


def note(ticket: str, text: str = "hello", **more: Any) -> dict[str, Any]:
    return {
        "command": "AddNote",
        "command_id": uuid.uuid4().hex,
        "site": "SH01",
        "ticket": ticket,
        "text": text,
        **more,
    }


def lines(*documents: Any) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else orjson.dumps(each) for each in documents)


def sent(client: httpx.Client, *documents: Any) -> list[dict[str, Any]]:
    """The outcomes of a bulk."""
    answer = client.post("/api/commands", content=lines(*documents), headers=NDJSON)
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.content.splitlines()]


def notes(client: httpx.Client, ticket: str) -> list[str]:
    events = client.get(f"/api/tickets/{ticket}").json()["events"]
    return [each["event"]["text"] for each in events if each["name"] == "ticket.noted"]


# --- commands


def test_whoever_waits_for_the_position_of_his_command_reads_his_own_write(li: httpx.Client) -> None:
    for _ in range(5):
        name = f"SH01-{uuid.uuid4().hex[:12]}"
        body = {"site": "SH01", "ticket": name, "customer": WANG, **CALL}
        position = accepted(li, "RegisterTicket", body)["position"]
        page = li.get("/api/boards/reception_queue", params={"after": position, "limit": 1_000}).json()
        assert page["position"] >= position
        assert name in [row["ticket"] for row in page["rows"]]


def test_a_command_sent_twice_with_one_key_has_one_effect_and_the_same_answer(li: httpx.Client) -> None:
    name = registered(li)
    body = {"site": "SH01", "ticket": name, "text": "once"}
    first, second = (accepted(li, "AddNote", body, "key " + name) for _ in range(2))
    assert notes(li, name) == ["once"]
    told_again = {"repeated", "events"}
    assert {k: v for k, v in first.items() if k not in told_again} == {
        k: v for k, v in second.items() if k not in told_again
    }
    assert (first["repeated"], second["repeated"]) == (False, True)


def test_a_refusal_is_a_problem_with_its_rule_in_both_languages(li: httpx.Client) -> None:
    name = registered(li)
    body = {"site": "SH01", "ticket": name, "customer": WANG, **CALL}
    told = problem(li.post("/api/commands/RegisterTicket", json=body), 409, "already_registered")
    assert told["rule"] == "R-003"
    assert "registered already" in told["detail"]
    assert "已登记" in told["chinese"]
    assert told["stream"] == f"ticket/{name}"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ticket": "T", "text": "x"}, "site"),
        ({"site": "SH01", "ticket": "T", "text": ""}, "text"),
        ({"site": "SH01", "ticket": "T", "text": "x", "colour": "red"}, "colour"),
        ({"site": "SH01", "ticket": "T", "text": "x", "actor": "boss"}, "actor"),
        ({"site": "SH01", "ticket": "T", "text": "x", "role": "director"}, "role"),
        ({"site": "SH01", "ticket": "T", "text": "x", "command_id": "1"}, "command_id"),
        ({"site": "SH01", "ticket": "T", "text": "a\0b"}, "text"),
        ({"site": "SH01", "ticket": "T", "text": "x", "at": "2026-01-01T00:00:00"}, "at"),
        ({"site": "SH01", "ticket": "T", "text": "x", "at": "9999-12-31T23:59:59-14:00"}, "at"),
    ],
)
def test_a_body_that_does_not_fit_names_its_field(li: httpx.Client, body: dict[str, Any], field: str) -> None:
    assert problem(li.post("/api/commands/AddNote", json=body), 422, "malformed")["field"] == field


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"site": "\xff"}', b'"\\ud800"', b"[" * 100_000, b"{} {}", b"NaN"],
)
def test_a_body_that_is_no_json_object_is_malformed(li: httpx.Client, body: bytes) -> None:
    answer = li.post("/api/commands/AddNote", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 422, "malformed")


@pytest.mark.parametrize("depth", [100, 240, 300, 900])
def test_a_body_nested_deeply_is_answered(li: httpx.Client, depth: int) -> None:
    deep = (
        b'{"site": "SH01", "ticket": "T", "form": "f", "fields": '
        + b'{"a":' * depth
        + b'"\\u0000"'
        + b"}" * (depth + 1)
    )
    answer = li.post("/api/commands/FillForm", content=deep, headers={"Content-Type": "application/json"})
    problem(answer, 422, "malformed")


def test_a_body_of_another_type_is_told_which_to_send(li: httpx.Client) -> None:
    answer = li.post("/api/commands/AddNote", data={"site": "SH01"})
    assert "application/json" in problem(answer, 415, "unsupported_media_type")["detail"]
    problem(li.post("/api/commands", json=[]), 415, "unsupported_media_type")


def test_a_trace_goes_on_and_what_is_none_is_ignored(li: httpx.Client) -> None:
    name, trace = registered(li), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for traceparent in (trace, "00-nonsense", ""):
        body = {"site": "SH01", "ticket": name, "text": "x"}
        answer = li.post("/api/commands/AddNote", json=body, headers={"traceparent": traceparent})
        assert answer.status_code == 200, answer.text
    events = li.get(f"/api/tickets/{name}").json()["events"]
    assert [each["traceparent"] for each in events if each["name"] == "ticket.noted"] == [trace, "", ""]


# --- many commands at once


def test_outcomes_come_in_the_order_of_their_lines_and_what_is_wrong_stops_nothing_else(li: httpx.Client) -> None:
    name = registered(li)
    outcomes = sent(
        li,
        note(name, "one"),
        b"{no json",
        note(name, "two", site="BJ01"),
        note(name, "", command_id="empty"),
        note(name, "x", actor="boss"),
        {**note(name), "command": "FlyAway"},
        note("nowhere-" + name),
        b"   ",
        note(name, "three"),
    )
    statuses = [each["status"] for each in outcomes]
    assert statuses == ["accepted", "malformed", "rejected", *["malformed"] * 3, "rejected", "accepted"]
    assert [outcomes[at]["refusal"]["code"] for at in (2, 6)] == ["site_not_permitted", "unknown_ticket"]
    assert outcomes[3]["command_id"] == "empty"
    assert notes(li, name) == ["one", "three"]


def test_a_bulk_that_comes_in_many_pieces_loses_no_line(li: httpx.Client) -> None:
    name = registered(li)
    documents = [note(name, f"{number} " + "字" * 300) for number in range(1_500)]
    outcomes = sent(li, *documents)
    assert [each["command_id"] for each in outcomes] == [each["command_id"] for each in documents]
    assert {each["status"] for each in outcomes} == {"accepted"}
    assert notes(li, name) == [each["text"] for each in documents]


def test_a_bulk_broken_off_and_sent_again_carries_out_each_command_once(served: Served, li: httpx.Client) -> None:
    name = registered(li)
    documents = [note(name, str(number)) for number in range(900)]
    body = lines(*documents)
    before = served.position()
    _break_off(served, "/api/commands", body, len(body) * 2 // 3)
    wait_until(lambda: served.position() >= before + 200)  # a part was decided, a part never came
    assert {each["status"] for each in sent(li, *documents)} == {"accepted"}
    assert sorted(notes(li, name), key=int) == [each["text"] for each in documents]


def _break_off(served: Served, path: str, body: bytes, after: int) -> None:
    """Sends a part of a request, and hangs up."""
    address = httpx.URL(served.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.host}\r\nAuthorization: Bearer {token('manager', 'SH01')}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80)) as connection:
        connection.sendall(head.encode() + body[:after])


def test_a_line_too_long_and_a_line_too_many_are_answered(li: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.commands.MOST_LINES", 3)
    name = registered(li)
    outcomes = sent(li, note(name, "a"), b"x" * (600 << 10), note(name, "b"), note(name, "c"), note(name, "d"))
    assert [each["status"] for each in outcomes][-1] == "malformed"
    assert "the rest was not read" in outcomes[-1]["refusal"]["english"]
    assert notes(li, name)[:1] == ["a"]
    assert "d" not in notes(li, name)


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
def test_a_parameter_that_does_not_fit_names_itself(li: httpx.Client, path: str, field: str) -> None:
    assert problem(li.get(path), 422, "malformed")["field"] == field


@pytest.mark.parametrize(
    "path", ["/api/boards/closed?owner=a%00b", "/api/tickets/a%00b", "/boards/closed?owner=%00", "/%00"]
)
def test_no_address_takes_a_nul(li: httpx.Client, path: str) -> None:
    problem(li.get(path), 422, "malformed")


def test_waiting_for_an_event_that_is_not_in_the_log_is_refused_at_once(
    li: httpx.Client, follower: httpx.Client
) -> None:
    for path in ("/api/boards/closed", "/api/kpi"):
        problem(li.get(path, params={"after": 2**62}), 422, "beyond_the_log")
    problem(follower.get("/api/events", params={"after": 2**62}), 422, "beyond_the_log")


# --- the feed


def test_the_pages_of_events_are_the_log(served: Served, follower: httpx.Client) -> None:
    head, after = served.position(), 0
    found: list[Any] = []
    while after < head:
        page = follower.get("/api/events", params={"after": after, "limit": 333})
        found, after = found + page.json(), int(page.headers["Next-After"])
    assert page.headers["content-type"] == "application/cloudevents-batch+json"
    log = [envelope(each) for each in served.runtime.store.follow(0, head) if each.context.site in ("SH01", "BJ01")]
    assert found == orjson.loads(orjson.dumps(log))


def streamed(client: httpx.Client, count: int, **asked: Any) -> list[dict[str, Any]]:
    """The next frames of the feed."""
    with client.stream("GET", "/api/events/stream", **asked) as answer:
        assert answer.status_code == 200
        return list(islice(frames(answer.iter_lines()), count))


def test_a_follower_that_comes_back_gets_exactly_what_it_missed(served: Served, follower: httpx.Client) -> None:
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
def test_a_last_event_id_that_is_none_is_ignored(follower: httpx.Client, last: str) -> None:
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
        address = httpx.URL(served.url)
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


# --- health and metrics


def numbers(served: Served) -> dict[str, float]:
    """The metrics without labels."""
    with served.client("operator") as client:
        text = client.get("/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.value for sample in samples if not sample.labels}


def test_metrics_are_for_those_who_see_operations(served: Served, li: httpx.Client) -> None:
    problem(li.get("/metrics"), 403, "page_not_permitted")
    found = numbers(served)
    assert found["aftersales_hub_position"] >= 1
    assert {"aftersales_events", "aftersales_open_streams", "aftersales_cut_loose_total"} <= found.keys()


def test_health_needs_no_token_and_tells_no_more_than_that(served: Served) -> None:
    assert httpx.get(f"{served.url}/health/live").json() == {"alive": True}
    assert httpx.get(f"{served.url}/health/ready").json() == {"ready": True}


def test_a_database_that_is_away_is_said_so_and_no_more(server: embedded.Server, lived_template: str) -> None:
    with clone(server, lived_template) as url, serving(url) as served, served.client("manager", "SH01") as li:
        assert li.get("/api/boards/closed").status_code == 200
        name = conninfo_to_dict(url)["dbname"]
        with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            for path in ("/api/boards/closed", "/api/tickets/SH01-1"):
                answer = li.get(path)
                told = problem(answer, 503, "database_away")
                assert answer.headers["Retry-After"]
                assert name not in told["detail"]
            assert httpx.get(f"{served.url}/health/live").status_code == 200
            assert httpx.get(f"{served.url}/health/ready").status_code == 503
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        wait_until(lambda: li.get("/api/boards/closed").status_code == 200)


# --- what stands before every address


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/openapi.json", 200),
        ("GET", "/health/live", 200),
        ("GET", "/static/style.css", 200),
        ("GET", "/sign-in", 200),
        ("GET", "/api/boards", 200),
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/boards/nowhere", 404),
        ("PUT", "/api/boards", 405),
        ("HEAD", "/api/boards", 405),
        ("OPTIONS", "/api/commands/AddNote", 405),
        ("GET", "/api/commands/AddNote", 405),
        ("PUT", "/api/webhooks", 405),
        ("TRACE", "/api/kpi", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/api/boards?%00", 422),
    ],
)
def test_every_answer_has_the_headers_that_protect_its_reader(
    li: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = li.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"]
    if status == 405:
        assert {"GET", "POST"} & set(re.split(r", ?", answer.headers["Allow"]))
    if path.startswith("/api/") and status >= 400:
        assert answer.headers["content-type"] == PROBLEM


def test_methods_of_an_address_that_takes_several_are_all_named(li: httpx.Client) -> None:
    allowed = li.put("/api/webhooks").headers["Allow"]
    assert {each.strip() for each in allowed.split(",")} == {"GET", "POST"}


def test_an_error_nobody_foresaw_shows_no_trace_and_is_in_our_log(
    li: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("services.api.rulebook._book", broken)
    answer = li.get("/api/rules")
    told = problem(answer, 500, "our_error")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"] in told["detail"]
    assert answer.headers["X-Request-Id"] in caplog.text
    assert "the secret of the house" in caplog.text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_request_too_large_is_refused_also_if_it_does_not_say_its_size(li: httpx.Client) -> None:
    large = b" " * (shield.LARGEST + 1)
    problem(li.post("/api/commands/AddNote", content=large), 413, "too_large")
    pieces = (large[: 1 << 16] for _ in range(20))
    problem(
        li.post("/api/commands/AddNote", content=pieces, headers={"Content-Type": "application/json"}), 413, "too_large"
    )


def test_who_asks_too_often_is_told_to_wait_and_others_are_not(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shield.RATES, "", limits.parse("3/minute"))
    with served.client(name="busy") as busy, served.client(name="calm") as calm:
        statuses = [busy.get("/api/roles/me").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert problem(busy.get("/api/roles/me"), 429, "too_often")
        assert calm.get("/api/roles/me").status_code == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
    ],
)
def test_another_sites_page_cannot_act_with_a_cookie(served: Served, headers: dict[str, str], allowed: bool) -> None:
    cookies = {"aftersales": token("manager", "SH01")}
    with httpx.Client(base_url=served.url, cookies=cookies, headers=headers) as browser:
        answer = browser.post("/api/commands/AddNote", json={"site": "SH01", "ticket": "nowhere", "text": "x"})
    problem(answer, *((404, "unknown_ticket") if allowed else (403, "other_origin")))


# --- tickets


@pytest.mark.rule("R-026")
def test_customer_data_are_shown_to_whoever_said_what_for_and_it_is_recorded(served: Served, li: httpx.Client) -> None:
    name = registered(li)
    address = f"/api/tickets/{name}/customer"
    told = problem(li.get(address), 403, "customer_not_opened")
    assert (told["rule"], "OpenCustomerData" in told["detail"]) == ("R-026", True)
    accepted(li, "OpenCustomerData", {"site": "SH01", "ticket": name, "purpose": "to call back"})
    assert {key: value for key, value in li.get(address).json().items() if key != "until"} == WANG
    with served.client("manager", "SH01", name="zhou") as colleague, served.client("advisor", "SH01") as same_name:
        problem(colleague.get(address), 403, "customer_not_opened")
        problem(same_name.get(address), 403, "customer_not_opened")
    opened = served.runtime.store.read(f"ticket/{name}")[-1]
    assert (opened.event.name, opened.context.actor) == ("ticket.customer_data_opened", "li")


@pytest.mark.rule("R-026")
def test_customer_data_are_hidden_again_ten_minutes_after_the_log_learned_of_it(
    served: Served, li: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = registered(li)
    accepted(li, "OpenCustomerData", {"site": "SH01", "ticket": name, "purpose": "to call back"})
    until = datetime.fromisoformat(li.get(f"/api/tickets/{name}/customer").json()["until"])
    assert until == served.runtime.store.read(f"ticket/{name}")[-1].recorded_at + timedelta(minutes=10)
    monkeypatch.setattr(tickets, "SHOWN", timedelta(microseconds=1))
    problem(li.get(f"/api/tickets/{name}/customer"), 403, "customer_not_opened")


@pytest.mark.rule("R-026")
def test_nothing_personal_of_a_customer_is_in_any_view_of_a_ticket(li: httpx.Client) -> None:
    name = registered(li)
    accepted(li, "AddNote", {"site": "SH01", "ticket": name, "text": "call 13812345678"})
    for view in ("", "/history?after=1", "/repair-order", "/status-events"):
        text = li.get(f"/api/tickets/{name}{view}").text
        assert not [word for word in (*WANG.values(),) if word in text], view


def test_a_tickets_history_is_told_in_both_languages(li: httpx.Client) -> None:
    name = registered(li)
    position = accepted(li, "AddNote", {"site": "SH01", "ticket": name, "text": "hello"})["position"]
    told = li.get(f"/api/tickets/{name}/history", params={"after": position}).json()
    assert [(each["english"], each["chinese"]) for each in told][-1] == ("note: hello", "备注:hello")


def test_a_ticket_is_told_in_the_words_of_the_trade(li: httpx.Client) -> None:
    name = registered(li)
    order = li.get(f"/api/tickets/{name}/repair-order").json()
    assert order["RepairOrderHeader"]["DocumentId"] == name
    assert li.get(f"/api/tickets/{name}/status-events").json()[0]["RepairOrderStatus"] == "OPEN"


# --- rules, rights, problems, descriptions


def test_a_caller_learns_who_he_is_and_what_he_may(li: httpx.Client) -> None:
    me = li.get("/api/roles/me").json()
    assert (me["name"], me["role"], me["sites"]) == ("li", "manager", ["SH01"])
    assert "StartWork" in me["may"]
    assert "kpi" in me["sees"]


def test_rules_are_told_with_how_they_are_kept(li: httpx.Client) -> None:
    assert len(li.get("/api/rules").json()) == 432
    assert li.get("/api/rules/R-026").json()["status"] == "kept"
    problem(li.get("/api/rules/R-999"), 404, "unknown_page")


@pytest.mark.parametrize("code", [*REFUSALS, "malformed", "not_signed_in", "database_away"])
def test_every_problem_has_a_page_that_says_what_it_means(served: Served, code: str) -> None:
    answer = httpx.get(f"{served.url}/problems/{code}")
    assert answer.status_code == 200
    assert code in answer.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_descriptions_need_no_token_and_no_script(served: Served, language: str) -> None:
    page = httpx.get(f"{served.url}/api/docs", headers={"Accept-Language": language}).text
    assert "/api/commands/StartWork" in page
    assert "ticket.registered" in page
    assert "<style" not in page
    assert "style=" not in page
    assert httpx.get(f"{served.url}/api/asyncapi.json").json()["asyncapi"] == "3.0.0"


def test_the_description_names_every_command_and_board_and_resolves_within_itself(served: Served) -> None:
    text = httpx.get(f"{served.url}/api/openapi.json").text
    document = orjson.loads(text)
    assert {f"/api/commands/{name}" for name in COMMANDS} | {f"/api/boards/{name}" for name in BOARDS} <= document[
        "paths"
    ].keys()
    schemas = document["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= schemas.keys()
    operations = [each for addresses in document["paths"].values() for each in addresses.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for name in COMMANDS:
        assert not {"command_id", "actor", "role", "traceparent"} & schemas[name]["properties"].keys()
        assert "site" in schemas[name]["required"]
        assert "at" not in schemas[name]["required"]
    for each in operations:
        failed = {status: answer for status, answer in each["responses"].items() if status >= "400"}
        assert {"401", "403", "404", "405", "422"} <= failed.keys()
        assert all([*answer["content"]] == [PROBLEM] for answer in failed.values())


# --- webhooks


def test_a_webhooks_secret_is_shown_once_and_it_is_its_owners_alone(served: Served, follower: httpx.Client) -> None:
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
    served: Served, follower: httpx.Client, li: httpx.Client
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
def test_a_webhook_that_cannot_be_names_its_field(follower: httpx.Client, body: dict[str, Any], field: str) -> None:
    assert problem(follower.post("/api/webhooks", json=body), 422, "malformed")["field"] == field
