"""The projector: rows follow the log exactly, whatever the batches, crashes, rivals and poison on the way."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from events.event import EVENTS, Context, Event
from events.part import StockReceived
from events.store import Store
from events.ticket import TicketAssigned, TicketClassified
from events.work import EngineerDispatched
from projections import projector as engine
from projections import sheet
from projections.catalog import BOARDS, PROJECTIONS
from projections.projector import MOVE_CHECKPOINT, Projector
from projections.quarantine import Poisoned, Quarantine
from projections.query import Reader
from projections.rebuild import rebuild
from projections.tickets import TICKETS
from services.runtime import Runtime
from services.settings import Settings
from tests.appended import TicketTeleported, pending
from tests.decisions.scenario import call_received
from tests.read_models import Dump, Trap, dump, forget, lines, rows

FOLLOWERS = "SELECT follower, position FROM boards.checkpoints WHERE follower <> 'reactions' ORDER BY 1"
SEEN = "SELECT * FROM boards.seen ORDER BY 1, 2"


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A process over an empty store."""
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


# --- whatever the batches


@pytest.mark.parametrize("size", [1, 7, 2_000])
def test_the_rows_are_the_same_whatever_the_size_of_the_batches(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    before = dump(lived.url)
    forget(lived.url)
    assert dump(lived.url) == dict.fromkeys(PROJECTIONS, b"")
    monkeypatch.setattr(engine, "BATCH", size)
    assert lived.projector.run_dry() == lived.store.last_position()
    assert dump(lived.url) == before


def test_the_rows_are_the_same_when_every_batch_has_another_size(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, dice = dump(lived.url), Random(7)
    forget(lived.url)
    while lived.projector.step():
        monkeypatch.setattr(engine, "BATCH", dice.randint(1, 60))
    assert dump(lived.url) == before


def test_a_projector_stops_where_it_is_told_to(lived: Runtime) -> None:
    forget(lived.url)
    assert (lived.projector.run_dry(100), lived.projector.position()) == (100, 100)
    assert (lived.projector.run_dry(100), lived.projector.run_dry(99)) == (0, 0)


# --- crashes and rivals


class Crashing(Projector):
    """A projector that dies after all rows of a batch were written, before the checkpoint has moved."""

    def _execute(self, query: str, **arguments: object) -> psycopg.Cursor[Any]:
        if query is MOVE_CHECKPOINT:
            raise KeyboardInterrupt
        return super()._execute(query, **arguments)


def test_a_crash_between_rows_and_checkpoint_leaves_both_as_they_were(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, dice = dump(lived.url), Random(7)
    forget(lived.url)
    monkeypatch.setattr(engine, "BATCH", 90)
    while lived.projector.step():
        before = dump(lived.url), rows(lived.url, FOLLOWERS), rows(lived.url, SEEN)
        monkeypatch.setattr(engine, "BATCH", dice.randint(30, 150))
        if lived.projector.position() < lived.store.last_position():
            with closing(Crashing(lived.store, PROJECTIONS.values())) as crashing, pytest.raises(KeyboardInterrupt):
                crashing.step()
        assert (dump(lived.url), rows(lived.url, FOLLOWERS), rows(lived.url, SEEN)) == before
    assert dump(lived.url) == whole


def test_two_projectors_side_by_side_make_the_same_rows_as_one(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dump(lived.url)
    forget(lived.url)
    monkeypatch.setattr(engine, "BATCH", 11)

    def project(_: int) -> int:
        with closing(Store(lived.url, connections=1)) as store, closing(Projector(store, PROJECTIONS.values())) as one:
            return one.run_dry()

    with ThreadPoolExecutor(max_workers=2) as threads:
        events = list(threads.map(project, range(2)))
    assert sum(events) == lived.store.last_position()
    assert min(events) > 0
    assert dump(lived.url) == whole


def test_what_was_read_ahead_is_left_where_another_projector_was_faster(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, turns = dump(lived.url), 40
    forget(lived.url)
    monkeypatch.setattr(engine, "BATCH", 5)
    with (
        closing(Projector(lived.store, PROJECTIONS.values())) as one,
        closing(Projector(lived.store, PROJECTIONS.values())) as other,
    ):
        taken = [each.step() for _ in range(turns) for each in (one, one, other)]
        assert taken == [5] * 3 * turns
        assert one.step(up_to=one.position()) == one.step(up_to=1) == 0
        assert one.step(up_to=one.position() + 2) == 2
        other.run_dry()
    assert dump(lived.url) == whole


def test_a_row_that_was_new_only_to_us_is_written_over(runtime: Runtime) -> None:
    runtime.settle()
    rows(runtime.url, "INSERT INTO boards.ticket_history VALUES ('T1', 1) RETURNING 1")
    rows(runtime.url, "INSERT INTO boards.kpi_facts (position, ticket) VALUES (1, 'T1') RETURNING 1")
    runtime.store.append([], [pending("ticket/T1", 1, call_received())])
    runtime.settle()
    assert status(runtime, "T1") == ("registered", "")
    assert rows(runtime.url, "SELECT figure FROM boards.kpi_facts") == [("received",)]
    assert [each.differing for each in rebuild(runtime.store, list(PROJECTIONS.values())).projections] == [0] * len(
        PROJECTIONS
    )


def test_rows_that_do_not_stay_at_hand_are_found_again(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dump(lived.url)
    forget(lived.url)
    monkeypatch.setattr(engine, "BATCH", 10)
    monkeypatch.setattr(sheet, "KEPT", 3)
    lived.projector.run_dry()
    assert dump(lived.url) == whole


def test_rows_at_hand_are_not_trusted_after_somebody_else_has_written(lived: Runtime) -> None:
    """The first has T1 at hand as it was before the second freed it of its poison: the position is the same."""
    poison(lived)
    lived.settle()
    with closing(Projector(lived.store, PROJECTIONS.values())) as other:
        other.unpark("tickets", "ticket/T1", leave_out=True)
    lived.store.append([], [pending("ticket/T1", 4, TicketClassified(category="制动", fault_grade=1))])
    lived.projector.run_dry()
    assert status(lived, "T1") == ("assigned", "A")


# --- poison


def poison(runtime: Runtime) -> Dump:
    """Ticket T1 has an event of a later release in its midst, T2 has not; returns what was there before."""
    before = dump(runtime.url)
    runtime.store.append([], [
        pending("ticket/T1", 1, call_received()),
        pending("ticket/T2", 1, call_received()),
        pending("ticket/T1", 2, TicketTeleported(planet="Mars")),
        pending("ticket/T1", 3, TicketAssigned(team="A")),
        pending("ticket/T2", 2, TicketAssigned(team="A")),
    ])  # fmt: skip
    return before


def status(runtime: Runtime, ticket: str) -> tuple[Any, ...]:
    ((*found,),) = rows(runtime.url, f"SELECT status, team FROM boards.tickets WHERE ticket = '{ticket}'")
    return tuple(found)


def parked(runtime: Runtime) -> list[tuple[str, str, int]]:
    return [(row["projection"], row["stream"], row["version"]) for row in runtime.reader.parked()]


def test_an_event_that_nobody_can_read_parks_its_stream_and_the_others_flow_on(lived: Runtime) -> None:
    before = poison(lived)
    lived.settle()
    assert status(lived, "T1") == ("registered", "")
    assert status(lived, "T2") == ("assigned", "A")
    assert sorted(parked(lived)) == sorted((name, "ticket/T1", 2) for name in PROJECTIONS)
    assert {"ticket.teleported" in row["cause"] or "upgrade" in row["cause"] for row in lived.reader.parked()} == {True}
    now = dump(lived.url)
    assert all(
        set(lines(before, name)) <= set(lines(now, name)) for name in ("tickets", "ticket_history", "parts_stock")
    )


def test_events_that_come_after_the_poison_wait_with_it(lived: Runtime) -> None:
    poison(lived)
    lived.settle()
    lived.store.append([], [pending("ticket/T1", 4, TicketClassified(category="制动", fault_grade=1))])
    lived.settle()
    assert status(lived, "T1") == ("registered", "")
    assert lived.reader.position() == lived.store.last_position()


def test_unparking_after_an_upgrade_gives_the_rows_of_a_fresh_rebuild(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(lived)
    lived.settle()
    monkeypatch.setitem(EVENTS, TicketTeleported.name, TicketTeleported)
    assert {lived.projector.unpark(name, "ticket/T1", leave_out=False) for name in PROJECTIONS} == {2}
    assert (status(lived, "T1"), parked(lived)) == (("assigned", "A"), [])
    assert [each.differing for each in rebuild(lived.store, list(PROJECTIONS.values())).projections] == [0] * len(
        PROJECTIONS
    )


def test_unparking_before_the_cause_is_gone_changes_nothing(lived: Runtime) -> None:
    poison(lived)
    lived.settle()
    before = dump(lived.url)
    with pytest.raises(Poisoned, match=r"ticket/T1 version 2"):
        lived.projector.unpark("tickets", "ticket/T1", leave_out=False)
    assert dump(lived.url) == before
    assert ("tickets", "ticket/T1", 2) in parked(lived)


def test_unparking_may_leave_the_poison_out(lived: Runtime) -> None:
    poison(lived)
    lived.settle()
    lived.projector.unpark("tickets", "ticket/T1", leave_out=True)
    assert status(lived, "T1") == ("assigned", "A")
    assert "tickets" not in {projection for projection, *_ in parked(lived)}
    lived.store.append([], [pending("ticket/T1", 4, TicketAssigned(team="B"))])
    lived.settle()
    assert status(lived, "T1") == ("assigned", "B")


def test_a_stream_that_flows_again_needs_no_care_any_more(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(lived)
    lived.settle()
    for name in PROJECTIONS:
        lived.projector.unpark(name, "ticket/T1", leave_out=True)

    def fold(*_: object) -> None:
        raise AssertionError("folded carefully")

    monkeypatch.setattr(Quarantine, "fold", fold)
    lived.store.append([], [pending("ticket/T1", 4, TicketAssigned(team="B"))])
    lived.projector.run_dry()
    assert status(lived, "T1") == ("assigned", "B")


def test_a_stream_with_two_poisonous_events_is_freed_of_one_after_the_other(runtime: Runtime) -> None:
    teleported = TicketTeleported(planet="Mars")
    kinds: list[Event] = [call_received(), teleported, TicketAssigned(team="A"), teleported, TicketAssigned(team="B")]
    runtime.store.append([], [pending("ticket/T1", number, event) for number, event in enumerate(kinds, 1)])
    runtime.settle()
    with pytest.raises(Poisoned, match=r"ticket/T1 version 4"):
        runtime.projector.unpark("tickets", "ticket/T1", leave_out=True)
    assert status(runtime, "T1") == ("assigned", "A")
    assert ("tickets", "ticket/T1", 4) in parked(runtime)
    runtime.projector.unpark("tickets", "ticket/T1", leave_out=True)
    assert status(runtime, "T1") == ("assigned", "B")


def test_only_what_is_parked_can_be_unparked(runtime: Runtime) -> None:
    with pytest.raises(LookupError, match="ticket/T1 is not parked in tickets"):
        runtime.projector.unpark("tickets", "ticket/T1", leave_out=False)


def test_a_fold_that_breaks_half_way_leaves_the_row_as_it_was(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(row: dict[str, Any], event: Event, context: Context) -> None:
        row["team"] = "half a team"
        raise ValueError("this fold has a fault")

    faulty = replace(TICKETS, folds={**TICKETS.folds, TicketAssigned: half})
    monkeypatch.setitem(PROJECTIONS, "tickets", faulty)
    runtime.store.append([], [
        pending("ticket/T1", 1, call_received()),
        pending("ticket/T1", 2, TicketAssigned(team="A")),
    ])  # fmt: skip
    runtime.settle()
    assert parked(runtime) == [("tickets", "ticket/T1", 2)]
    assert status(runtime, "T1") == ("registered", "")


def test_a_fault_in_one_fold_parks_the_stream_in_that_projection_only(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.store.append([], [
        pending("ticket/T1", 1, call_received()),
        pending("ticket/T2", 1, call_received()),
        pending("ticket/T1", 2, TicketAssigned(team="A"), command_id="trap"),
        pending("ticket/T1", 3, TicketAssigned(team="B")),
        pending("ticket/T2", 2, TicketAssigned(team="B")),
    ])  # fmt: skip
    trap = Trap(TICKETS.folds[TicketAssigned], "trap")
    faulty = replace(TICKETS, folds={**TICKETS.folds, TicketAssigned: trap})
    monkeypatch.setitem(PROJECTIONS, "tickets", faulty)
    runtime.settle()
    assert parked(runtime) == [("tickets", "ticket/T1", 2)]
    assert runtime.reader.parked()[0]["cause"] == "ValueError: this fold has a fault"
    assert (status(runtime, "T1"), status(runtime, "T2")) == (("registered", ""), ("assigned", "B"))
    assert len(runtime.reader.history(["T1"])) == 3
    trap.command_id = "mended"
    assert runtime.projector.unpark("tickets", "ticket/T1", leave_out=False) == 2
    assert [each.differing for each in rebuild(runtime.store, list(PROJECTIONS.values())).projections] == [0] * len(
        PROJECTIONS
    )


def test_a_break_in_a_streams_versions_parks_that_stream(runtime: Runtime) -> None:
    runtime.store.append([], [
        pending("ticket/T1", 1, call_received()),
        pending("ticket/T2", 1, call_received()),
        pending("ticket/T1", 3, TicketAssigned(team="A")),
        pending("ticket/T2", 2, TicketAssigned(team="A")),
    ])  # fmt: skip
    runtime.settle()
    assert {row["stream"] for row in runtime.reader.parked()} == {"ticket/T1"}
    assert {row["cause"] for row in runtime.reader.parked()} == {"Poisoned: expected version 2, found 3"}
    assert (status(runtime, "T1"), status(runtime, "T2")) == (("registered", ""), ("assigned", "A"))


def test_a_break_is_noticed_between_batches_too(runtime: Runtime) -> None:
    runtime.store.append([], [pending("ticket/T1", 1, call_received())])
    runtime.settle()
    runtime.store.append([], [pending("ticket/T1", 4)])
    runtime.settle()
    assert {row["cause"] for row in runtime.reader.parked()} == {"Poisoned: expected version 2, found 4"}
    with pytest.raises(Poisoned, match="expected version 2, found 4"):
        runtime.projector.unpark("tickets", "ticket/T1", leave_out=False)


# What a column cannot hold, or what has no key, is met only when rows are loaded or written.
UNWRITABLE: dict[str, tuple[str, Event]] = {
    "a text that no column can hold": ("ticket/T1", call_received(problem="a\x00b")),
    "a number that no column can hold": ("stock/SH01/F-01", StockReceived(quantity=2**70, cause="x")),
    "a stream without a key": ("stock/F-01", StockReceived(quantity=1, cause="x")),
    "a time after the end of the calendar": (
        "ticket/T1",
        EngineerDispatched(engineer="wang", promised_at=datetime.fromisoformat("9999-12-31T23:59:59-12:00")),
    ),
}


@pytest.mark.parametrize("case", UNWRITABLE)
def test_what_cannot_be_written_parks_its_stream_and_the_others_flow_on(runtime: Runtime, case: str) -> None:
    stream, event = UNWRITABLE[case]
    runtime.store.append([], [
        pending("ticket/T2", 1, call_received()),
        pending(stream, 1, event),
        pending("ticket/T2", 2, TicketAssigned(team="A")),
        pending(stream, 2, event),
    ])  # fmt: skip
    runtime.settle()
    assert runtime.reader.position() == 4
    assert status(runtime, "T2") == ("assigned", "A")
    assert {(row["stream"], row["version"]) for row in runtime.reader.parked()} == {(stream, 1)}
    assert all(runtime.reader.board(board).position == 4 for board in BOARDS.values())
    runtime.store.append([], [pending("ticket/T2", 3, TicketAssigned(team="B"))])
    runtime.settle()
    assert status(runtime, "T2") == ("assigned", "B")


# --- up to which position


def test_every_board_says_up_to_which_position_it_is_true(runtime: Runtime) -> None:
    queue = BOARDS["reception_queue"]
    runtime.store.append([], [pending("ticket/T1", 1, call_received())])
    assert (runtime.reader.board(queue).position, runtime.reader.board(queue).total) == (0, 0)
    runtime.settle()
    assert (runtime.reader.board(queue).position, runtime.reader.board(queue).total) == (1, 1)


def test_a_caller_may_wait_until_the_boards_show_what_it_wrote(runtime: Runtime) -> None:
    projector = runtime.projector
    position = 1 + runtime.store.append([], [pending("ticket/T1", 1, call_received())])
    assert not runtime.reader.wait_for(position, seconds=0.05)
    later = threading.Timer(0.1, projector.step)
    later.start()
    assert runtime.reader.wait_for(position)
    later.join()
    assert [row["ticket"] for row in runtime.reader.board(BOARDS["reception_queue"]).rows] == ["T1"]


def test_a_page_never_claims_a_position_that_it_does_not_show(runtime: Runtime) -> None:
    projector, done = runtime.projector, threading.Event()

    def write() -> None:
        for number in range(150):
            runtime.store.append([], [pending(f"ticket/T{number}", 1, call_received())])
            projector.step()
        done.set()

    writing = threading.Thread(target=write)
    writing.start()
    with closing(Reader(runtime.store)) as reader:
        while not done.is_set():
            page = reader.board(BOARDS["reception_queue"], limit=1_000)
            assert page.position == page.total == len(page.rows)
    writing.join()
