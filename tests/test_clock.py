"""The clock on a real store: every step of a deadline exactly once, whoever looks and however late."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest

from projections.catalog import PROJECTIONS
from projections.rebuild import rebuild
from services.clock import DUE, Clock
from services.command import parse
from services.handle import Road
from services.runtime import Runtime
from services.settings import Settings

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
PROFILE = """
profile = "watched"
extends = "common"
version = 1
[parameter.needs_callback]
value = false
[deadline.repair]
english = "Repaired"
chinese = "修复"
rules = ["R-029"]
starts = "ticket.registered"
met_by = "work.completed"
within = { 1 = "1 hour", 2 = "2 hours" }
by = "grade"
warn = "10 minutes"
escalate = [{ after = "30 minutes", to = "manager" }, { after = "2 hours", to = "head" }]
[deadline.visit]
english = "Visited"
chinese = "到场"
rules = ["R-031"]
starts = "work.engineer_dispatched"
met_by = "work.engineer_arrived"
dropped_by = "ticket.handed_over"
at = "promised_at"
"""
STEPS = ["deadline.warned", "deadline.missed", "deadline.escalated", "deadline.escalated"]
MANY, FEW, DUE_NOW = 100_000, 1_000, 10
FILL = """
INSERT INTO boards.deadlines (stream, deadline, about, site, due_at, status, escalations, next_at, next_step,
                              next_number, next_to, turn, offset_minutes)
SELECT 'ticket/F' || n, 'repair', '', 'SH01', %(now)s + n * interval '1 second', 'running', '[]',
       %(now)s + (n - %(due)s) * interval '1 second', 'miss', 0, '', 1, 480
FROM generate_series(1, %(count)s) AS n
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """An embedded network whose profile `watched` is in force."""
    runtime = Runtime(Settings(Path()), database_url)
    office = {"profile": "watched", "version": 2}
    tell(runtime, "ProposeProfile", -60, role="manager", actor="a", profile="watched", text=PROFILE)
    last = runtime.store.follow(0, 100)[-1].event.version  # type: ignore[attr-defined]
    office["version"] = last
    tell(runtime, "ApproveProfile", -59, role="general_manager", actor="b", **office)
    tell(runtime, "PublishProfile", -58, role="general_manager", actor="b", **office, effective_from=at(-57))
    yield runtime
    runtime.close()


def at(minutes: float) -> datetime:
    """So many minutes after nine."""
    return NINE + timedelta(minutes=minutes)


def tell(runtime: Runtime, name: str, minutes: float, **fields: Any) -> None:
    """Somebody sends a command, which must be accepted, and all that follows from it is done."""
    envelope = {"command_id": f"{name}-{minutes}-{fields.get('ticket')}", "site": "SH01", "actor": "li"}
    when = {"at": at(minutes).isoformat()}
    if isinstance(later := fields.get("effective_from"), datetime):
        fields["effective_from"] = later.isoformat()
    (outcome,) = runtime.ask([parse({"command": name, **envelope, "role": "manager", **when, **fields})])
    assert outcome.status == "accepted", outcome.refusal


def register(runtime: Runtime, ticket: str = "T1", minutes: float = 0) -> None:
    call = {"problem": "p", "product": "x", "channel": "phone", "customer": {"name": "Li"}, "profile": "watched"}
    tell(runtime, "RegisterTicket", minutes, ticket=ticket, **call, grade="1")


def pass_until(runtime: Runtime, minutes: float) -> int:
    """Time passes: the clock looks again until nothing is due; returns how often it sent something."""
    looks = 0
    while runtime.tick(at(minutes)):
        runtime.settle()
        looks += 1
        assert looks < 20, "the clock spins"
    return looks


def steps(runtime: Runtime, ticket: str = "T1") -> list[str]:
    """What the clock recorded on a ticket."""
    events = runtime.store.read(f"ticket/{ticket}")
    return [each.event.name for each in events if each.context.role == "system"]


def row(runtime: Runtime, ticket: str = "T1", deadline: str = "repair") -> dict[str, Any]:
    """The deadline's row on the board."""
    with psycopg.connect(runtime.url, row_factory=psycopg.rows.dict_row) as connection:
        question = "SELECT * FROM boards.deadlines WHERE stream = %s AND deadline = %s"
        found = connection.execute(question, (f"ticket/{ticket}", deadline)).fetchone()
    assert found is not None
    return found


def test_warned_missed_and_escalated_each_at_its_time(runtime: Runtime) -> None:
    register(runtime)
    for minutes, expected in ((49, 0), (50, 1), (59, 1), (60, 2), (89, 2), (90, 3), (179, 3), (180, 4), (9999, 4)):
        pass_until(runtime, minutes)
        assert steps(runtime) == STEPS[:expected], minutes
    times = [each.context.occurred_at for each in runtime.store.read("ticket/T1") if each.context.role == "system"]
    assert times == [at(50), at(60), at(90), at(180)]
    assert (row(runtime)["escalated_to"], row(runtime)["misses"], row(runtime)["next_at"]) == ("head", 1, None)


def test_two_clocks_that_look_at_the_same_time_have_one_effect(runtime: Runtime) -> None:
    register(runtime)
    other, other_road = Clock(runtime.url), Road(runtime.store)
    for minutes in (50, 60, 90, 180):
        mine, theirs = runtime.clock.due(at(minutes)), other.due(at(minutes))
        assert mine == theirs
        assert len(mine) == 1
        runtime.handle(mine)
        assert [each.repeated for each in other_road.handle(theirs, at(minutes))] == [True]
        runtime.settle()
    other.close()
    assert steps(runtime) == STEPS


def test_a_clock_that_looks_at_an_old_board_repeats_itself_without_effect(runtime: Runtime) -> None:
    register(runtime)
    for _ in range(3):  # the board does not follow
        assert runtime.tick(at(55)) == 1
    runtime.settle()
    assert steps(runtime) == STEPS[:1]
    assert runtime.tick(at(55)) == 0


def test_a_restart_between_two_steps_repeats_none_and_forgets_none(runtime: Runtime) -> None:
    register(runtime)
    assert runtime.tick(at(60)) == 1  # the warning is recorded, the board has not heard of it
    again = Runtime(Settings(Path()), runtime.url)
    assert again.tick(at(60)) == 1
    pass_until(again, 95)
    again.close()
    assert steps(runtime) == STEPS[:3]


def test_a_machine_that_slept_for_a_day_tells_everything_in_order_and_once(runtime: Runtime) -> None:
    register(runtime)
    assert pass_until(runtime, 24 * 60) == 4
    assert steps(runtime) == STEPS
    assert pass_until(runtime, 48 * 60) == 0


def test_what_was_done_while_the_machine_slept_is_late_and_no_longer_missed(runtime: Runtime) -> None:
    register(runtime)
    tell(runtime, "AssignTicket", 1, ticket="T1", team="A")
    tell(runtime, "StartWork", 2, ticket="T1")
    tell(runtime, "CompleteWork", 70, ticket="T1", solution="s")
    assert pass_until(runtime, 24 * 60) == 0
    found = row(runtime)
    assert (found["status"], found["late_seconds"], found["missed"], found["misses"]) == ("met", 600, True, 1)


def test_the_deadline_of_a_merged_ticket_waits_and_does_not_spin(runtime: Runtime) -> None:
    register(runtime)
    register(runtime, "T2")
    tell(runtime, "MergeTicket", 10, ticket="T1", into="T2")
    assert pass_until(runtime, 24 * 60) == 4  # those of T2
    assert steps(runtime) == []
    tell(runtime, "SeparateTicket", 24 * 60, ticket="T1", merged_into="T2", reason="r")
    assert row(runtime)["due_at"] == at(24 * 60 + 50)
    pass_until(runtime, 24 * 60 + 45)
    assert steps(runtime) == STEPS[:1]


def test_a_ticket_merged_after_it_was_due_is_told_to_the_end_and_does_not_spin(runtime: Runtime) -> None:
    register(runtime)
    register(runtime, "T2")
    tell(runtime, "MergeTicket", 65, ticket="T1", into="T2")
    pass_until(runtime, 24 * 60)
    assert steps(runtime) == STEPS
    assert pass_until(runtime, 48 * 60) == 0


def test_the_same_moment_may_be_missed_twice(runtime: Runtime) -> None:
    register(runtime)
    promised = {"engineer": "wang", "promised_at": at(30).isoformat()}
    tell(runtime, "AssignTicket", 1, ticket="T1", team="A")
    tell(runtime, "DispatchEngineer", 2, ticket="T1", **promised)
    pass_until(runtime, 31)
    tell(runtime, "HandOverTicket", 32, ticket="T1", to_team="B", reason="r")
    tell(runtime, "DispatchEngineer", 33, ticket="T1", **promised)  # promised for a moment that is over
    pass_until(runtime, 34)
    assert steps(runtime) == ["deadline.missed", "deadline.missed"]
    found = row(runtime, deadline="visit")
    assert (found["status"], found["turn"], found["misses"]) == ("missed", 2, 2)


def test_a_rebuilt_board_makes_the_clock_send_the_same_commands(runtime: Runtime) -> None:
    register(runtime)
    pass_until(runtime, 55)
    before = runtime.clock.due(at(60))
    rebuild(runtime.store, [PROJECTIONS["deadlines"]])
    assert runtime.clock.due(at(60)) == before


def test_a_row_whose_ticket_is_not_there_hinders_no_other(runtime: Runtime) -> None:
    register(runtime)
    with psycopg.connect(runtime.url, autocommit=True) as connection:
        connection.execute(FILL, {"now": at(0), "due": 1, "count": 1})
    runtime.settle()
    assert runtime.tick(at(50)) == 2
    runtime.settle()
    assert steps(runtime) == STEPS[:1]


# --- many deadlines


def rows_read(connection: psycopg.Connection[Any], now: datetime) -> tuple[str, int, int]:
    """How the look for due deadlines is done: the kinds of its steps, how many rows it read, and how many blocks."""
    analysed = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + DUE
    told: Any = connection.execute(analysed.encode(), {"now": now, "limit": 500}).fetchone()
    plan = told[0][0]["Plan"]
    nodes = [node for node in _nodes(plan) if node.get("Relation Name") != "parked"]  # a small table, read whole
    read = max(int(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) for node in nodes)
    return " ".join(node["Node Type"] for node in nodes), read, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def test_the_clocks_cost_depends_on_how_many_are_due_not_on_how_many_run(runtime: Runtime) -> None:
    with psycopg.connect(runtime.url, autocommit=True) as connection:
        blocks = {}
        for running in (FEW, MANY):
            connection.execute("TRUNCATE boards.deadlines")
            connection.execute(FILL, {"now": NINE, "due": DUE_NOW, "count": running})
            connection.execute("VACUUM ANALYZE boards.deadlines")
            how, read, blocks[running] = rows_read(connection, NINE)
            assert read == DUE_NOW
            assert "Index" in how
            assert "Seq Scan" not in how
    assert blocks[MANY] <= blocks[FEW] + 10
    assert len(runtime.clock.due(NINE)) == DUE_NOW
