"""The HTTP door: what comes together is written together, and the short way answers as the long one does."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from services import desk
from services.api import express
from services.http import rate
from services.http.door import Door
from services.http.gate import Gate, NotSignedIn
from services.http.rate import Window
from services.runtime import Runtime
from services.settings import Settings
from services.ticket import AddNote
from tests.decisions.scenario import register_ticket
from tests.serving import KEY, Served, serving, token

CALL = {"problem": "漏水", "product": "净水器", "channel": "phone", "profile": "common", "customer": {"name": "王"}}
DECISIONS: dict[Any, Any] = desk.DECISIONS
DROPPED = {"date", "x-request-id"}  # other in every answer


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    runtime = Runtime(Settings(Path(), token_key=KEY), database_url)
    yield runtime
    runtime.close()


@pytest.fixture
async def door(runtime: Runtime) -> AsyncIterator[Door]:
    door = Door(runtime)
    await door.start()
    yield door
    await door.stop()


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving(database_url) as served:
        yield served


def registered(number: int, **more: Any) -> Any:
    return register_ticket(ticket=f"T{number}", command_id=f"c{number}", **more)


def note(ticket: str) -> AddNote:
    envelope = registered(0).model_dump(include={"site", "actor", "role", "at"})
    return AddNote(**envelope, command_id=f"note on {ticket}", ticket=ticket, text="hello")


def transactions(url: str) -> list[int]:
    """Of how many commands each transaction recorded the outcomes."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT count(*) FROM aftersales.inbox GROUP BY xmin::text")]


async def test_commands_that_arrive_together_share_a_transaction_and_each_gets_its_own_outcome(
    door: Door, database_url: str
) -> None:
    commands = [registered(1), note("nowhere"), registered(2), registered(3)]
    answers = await asyncio.gather(*(door.ask([each]) for each in commands))
    assert [[outcome.command_id for outcome in each] for each in answers] == [[each.command_id] for each in commands]
    assert [each[0].status for each in answers] == ["accepted", "rejected", "accepted", "accepted"]
    assert [each[0].stream for each in answers] == ["ticket/T1", "ticket/nowhere", "ticket/T2", "ticket/T3"]
    assert transactions(database_url) == [4]


async def test_a_command_that_breaks_fails_alone_among_those_that_arrived_with_it(
    door: Door, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(DECISIONS, AddNote, broken)
    answers = await asyncio.gather(*(door.ask([each]) for each in (registered(1), note("T1"), registered(2))))
    assert [each[0].status for each in answers] == ["accepted", "failed", "accepted"]
    assert set(runtime.store.receipts(["c1", "note on T1", "c2"])) == {"c1", "c2"}


def asked(client: httpx2.Client) -> list[tuple[int, dict[str, str], bytes]]:
    """What all sorts of calls are answered, with what is other in every answer left out."""
    answers = (client.request("POST", f"/api/commands/{name}", **call) for name, call in CALLS)
    return [
        (
            each.status_code,
            {name: value for name, value in each.headers.items() if name not in DROPPED},
            each.content,
        )
        for each in answers
    ]


def test_the_short_way_answers_word_for_word_as_the_long_way_does(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served.client("manager", "SH01") as li:
        first = {"site": "SH01", "ticket": "SH01-1", **CALL}
        li.post("/api/commands/RegisterTicket", json=first, headers={"Idempotency-Key": "known"})
        short = asked(li)
        taken = [path for path in express.ADDRESSES if path in {f"/api/commands/{name}" for name, _ in CALLS}]
        assert taken, "nothing of this takes the short way"
        monkeypatch.setattr(express, "ADDRESSES", {})
        long = asked(li)
    assert short == long
    assert {status for status, _, _ in long} == {200, 307, 401, 403, 404, 409, 415, 422}


def test_a_plain_command_does_not_take_the_long_way(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("the long way")

    monkeypatch.setattr("fastapi.routing.APIRoute.handle", never)
    with served.client("manager", "SH01") as li:
        body = {"site": "SH01", "ticket": "SH01-2", **CALL}
        assert li.post("/api/commands/RegisterTicket", json=body).status_code == 200


async def test_a_token_that_was_admitted_is_not_admitted_after_its_time(runtime: Runtime) -> None:
    gate, known, leeway = Gate(runtime), token("manager"), timedelta(seconds=30)
    ends = token("manager", lasts=timedelta(seconds=1.5) - leeway)
    for each in (known, ends, known, ends):
        access, _ = await gate.admits(each)
        assert access.person.role == "manager"
    await asyncio.sleep(2)
    await gate.admits(known)
    with pytest.raises(NotSignedIn):
        await gate.admits(ends)


async def test_what_a_token_allows_is_remembered_no_longer_than_the_table_of_roles(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, known = Gate(runtime), token("manager")
    await gate.admits(known)
    before, _ = await gate.admits(known)
    assert (await gate.admits(known))[0] is before
    monkeypatch.setattr("services.http.gate.POLICY_SECONDS", -1.0)
    assert (await gate.admits(known))[0] is not before


def test_whoever_asked_too_often_may_ask_again_when_a_minute_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(rate, "monotonic", lambda: now)
    window = Window()
    assert [window.hit("li", 2) for _ in range(3)] == [True, True, False]
    assert window.hit("wang", 2)
    now += 59
    assert not window.hit("li", 2)
    now += 2
    assert [window.hit("li", 2) for _ in range(3)] == [True, True, False]


def test_callers_who_stay_away_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(rate, "monotonic", lambda: now)
    window = Window()
    for number in range(1_000):
        window.hit(number, 10)
    for _ in range(3):
        now += rate.WINDOW_SECONDS + 1
        window.hit("li", 10)
    assert len(window._times) == 1


NAMED = {"site": "SH01", "ticket": "SH01-1"}
KEYED: dict[str, Any] = {"headers": {"Idempotency-Key": "known"}}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("RegisterTicket", {"json": {**NAMED, **CALL}, **KEYED}),
    ("AddNote", {"json": {**NAMED, "text": "x"}, **KEYED}),
    ("AddNote", {"json": {**NAMED, "text": "x"}, "headers": {"Authorization": "Bearer nonsense"}}),
    ("AddNote", {"json": {**NAMED, "text": "x"}, "headers": {"Authorization": ""}}),
    ("AddNote", {"json": {**NAMED, "text": "x"}, "headers": {"Idempotency-Key": ""}}),
    ("AddNote", {"json": {**NAMED, "text": "x"}, "headers": {"Idempotency-Key": "k" * 201}}),
    ("AddNote", {"json": {**NAMED, "text": "x"}, "params": {"sites": "SH01"}}),
    ("AddNote", {"json": {**NAMED, "text": "x", "role": "auditor"}}),
    ("AddNote", {"json": {**NAMED, "text": "x", "command_id": uuid.UUID(int=1).hex}}),
    ("AddNote", {"json": {**NAMED, "site": "BJ01", "text": "x"}}),
    ("AddNote", {"json": {**NAMED, "ticket": "nowhere", "text": "x"}, "headers": {"Idempotency-Key": "lost"}}),
    ("AddNote", {"json": {**NAMED, "text": ""}}),
    ("AddNote", {"json": [1]}),
    ("AddNote", {"content": b"no json", "headers": {"Content-Type": "application/json"}}),
    ("AddNote", {"content": b"text", "headers": {"Content-Type": "text/plain"}}),
    ("NoSuchCommand", {"json": {}}),
    ("AddNote/", {"json": {}}),
]
