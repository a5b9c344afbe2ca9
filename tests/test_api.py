"""Commands and tickets over HTTP, as a program meets them: a real server, a real socket, a real database."""

import socket
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from services import embedded
from services.api import tickets
from tests.api_calls import CALL, WANG, accepted, lines, note, notes, problem, registered, sent
from tests.conftest import clone
from tests.serving import Served, serving, token, wait_until


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


# --- commands


def test_whoever_waits_for_the_position_of_his_command_reads_his_own_write(li: httpx2.Client) -> None:
    for _ in range(5):
        name = f"SH01-{uuid.uuid4().hex[:12]}"
        body = {"site": "SH01", "ticket": name, "customer": WANG, **CALL}
        position = accepted(li, "RegisterTicket", body)["position"]
        page = li.get("/api/boards/reception_queue", params={"after": position, "limit": 1_000}).json()
        assert page["position"] >= position
        assert name in [row["ticket"] for row in page["rows"]]


def test_a_command_sent_twice_with_one_key_has_one_effect_and_the_same_answer(li: httpx2.Client) -> None:
    name = registered(li)
    body = {"site": "SH01", "ticket": name, "text": "once"}
    first, second = (accepted(li, "AddNote", body, "key " + name) for _ in range(2))
    assert notes(li, name) == ["once"]
    told_again = {"repeated", "events"}
    assert {k: v for k, v in first.items() if k not in told_again} == {
        k: v for k, v in second.items() if k not in told_again
    }
    assert (first["repeated"], second["repeated"]) == (False, True)


def test_a_refusal_is_a_problem_with_its_rule_in_both_languages(li: httpx2.Client) -> None:
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
def test_a_body_that_does_not_fit_names_its_field(li: httpx2.Client, body: dict[str, Any], field: str) -> None:
    assert problem(li.post("/api/commands/AddNote", json=body), 422, "malformed")["field"] == field


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"site": "\xff"}', b'"\\ud800"', b"[" * 100_000, b"{} {}", b"NaN"],
)
def test_a_body_that_is_no_json_object_is_malformed(li: httpx2.Client, body: bytes) -> None:
    answer = li.post("/api/commands/AddNote", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 422, "malformed")


@pytest.mark.parametrize("depth", [100, 240, 300, 900])
def test_a_body_nested_deeply_is_answered(li: httpx2.Client, depth: int) -> None:
    deep = (
        b'{"site": "SH01", "ticket": "T", "form": "f", "fields": '
        + b'{"a":' * depth
        + b'"\\u0000"'
        + b"}" * (depth + 1)
    )
    answer = li.post("/api/commands/FillForm", content=deep, headers={"Content-Type": "application/json"})
    problem(answer, 422, "malformed")


def test_a_body_of_another_type_is_told_which_to_send(li: httpx2.Client) -> None:
    answer = li.post("/api/commands/AddNote", data={"site": "SH01"})
    assert "application/json" in problem(answer, 415, "unsupported_media_type")["detail"]
    problem(li.post("/api/commands", json=[]), 415, "unsupported_media_type")


def test_a_trace_goes_on_and_what_is_none_is_ignored(li: httpx2.Client) -> None:
    name, trace = registered(li), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for traceparent in (trace, "00-nonsense", ""):
        body = {"site": "SH01", "ticket": name, "text": "x"}
        answer = li.post("/api/commands/AddNote", json=body, headers={"traceparent": traceparent})
        assert answer.status_code == 200, answer.text
    events = li.get(f"/api/tickets/{name}").json()["events"]
    assert [each["traceparent"] for each in events if each["name"] == "ticket.noted"] == [trace, "", ""]


# --- many commands at once


def test_outcomes_come_in_the_order_of_their_lines_and_what_is_wrong_stops_nothing_else(li: httpx2.Client) -> None:
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


def test_a_bulk_that_comes_in_many_pieces_loses_no_line(li: httpx2.Client) -> None:
    name = registered(li)
    documents = [note(name, f"{number} " + "字" * 300) for number in range(1_500)]
    outcomes = sent(li, *documents)
    assert [each["command_id"] for each in outcomes] == [each["command_id"] for each in documents]
    assert {each["status"] for each in outcomes} == {"accepted"}
    assert notes(li, name) == [each["text"] for each in documents]


def test_a_bulk_broken_off_and_sent_again_carries_out_each_command_once(served: Served, li: httpx2.Client) -> None:
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
    address = httpx2.URL(served.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.host}\r\nAuthorization: Bearer {token('manager', 'SH01')}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80)) as connection:
        connection.sendall(head.encode() + body[:after])


def test_a_line_too_long_and_a_line_too_many_are_answered(li: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.commands.MOST_LINES", 3)
    name = registered(li)
    outcomes = sent(li, note(name, "a"), b"x" * (600 << 10), note(name, "b"), note(name, "c"), note(name, "d"))
    assert [each["status"] for each in outcomes][-1] == "malformed"
    assert "the rest was not read" in outcomes[-1]["refusal"]["english"]
    assert notes(li, name)[:1] == ["a"]
    assert "d" not in notes(li, name)


# --- tickets


@pytest.mark.rule("R-026")
def test_customer_data_are_shown_to_whoever_said_what_for_and_it_is_recorded(served: Served, li: httpx2.Client) -> None:
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
    served: Served, li: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = registered(li)
    accepted(li, "OpenCustomerData", {"site": "SH01", "ticket": name, "purpose": "to call back"})
    until = datetime.fromisoformat(li.get(f"/api/tickets/{name}/customer").json()["until"])
    assert until == served.runtime.store.read(f"ticket/{name}")[-1].recorded_at + timedelta(minutes=10)
    monkeypatch.setattr(tickets, "SHOWN", timedelta(microseconds=1))
    problem(li.get(f"/api/tickets/{name}/customer"), 403, "customer_not_opened")


@pytest.mark.rule("R-026")
def test_nothing_personal_of_a_customer_is_in_any_view_of_a_ticket(li: httpx2.Client) -> None:
    name = registered(li)
    accepted(li, "AddNote", {"site": "SH01", "ticket": name, "text": "call 13812345678"})
    for view in ("", "/history?after=1", "/repair-order", "/status-events"):
        text = li.get(f"/api/tickets/{name}{view}").text
        assert not [word for word in (*WANG.values(),) if word in text], view


def test_a_tickets_history_is_told_in_both_languages(li: httpx2.Client) -> None:
    name = registered(li)
    position = accepted(li, "AddNote", {"site": "SH01", "ticket": name, "text": "hello"})["position"]
    told = li.get(f"/api/tickets/{name}/history", params={"after": position}).json()
    assert [(each["english"], each["chinese"]) for each in told][-1] == ("note: hello", "备注:hello")


def test_a_ticket_is_told_in_the_words_of_the_trade(li: httpx2.Client) -> None:
    name = registered(li)
    order = li.get(f"/api/tickets/{name}/repair-order").json()
    assert order["RepairOrderHeader"]["DocumentId"] == name
    assert li.get(f"/api/tickets/{name}/status-events").json()[0]["RepairOrderStatus"] == "OPEN"
