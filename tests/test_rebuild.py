"""Rebuilding: the rows come back byte for byte beside the live ones, and readers never see a gap."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
import pytest

from events.store import WHOLE, Store
from events.ticket import TicketAssigned
from projections import catalog, filling, sharing, sheet
from projections import projector as engine
from projections import rebuild as rebuilding
from projections.catalog import BOARDS, PROJECTIONS
from projections.helper import Task
from projections.projection import Projection
from projections.projector import Projector
from projections.quarantine import Poisoned
from projections.query import Reader
from projections.rebuild import ONLY_ONE, Rebuild, RebuildRunning, rebuild
from projections.setup import prepare
from projections.sharing import HELPER
from projections.tickets import TICKETS
from services.command import Command
from services.demo.simulation import simulate
from services.handle import Road
from services.runtime import Runtime
from tests.appended import TicketTeleported, pending
from tests.decisions.scenario import call_received
from tests.read_models import Trap, dump, forget, lines, rows
from tests.story import ENDS

ALL = list(PROJECTIONS.values())
WIDER = replace(TICKETS, columns={**TICKETS.columns, "nickname": "text"})
FASTER = replace(TICKETS, indexes=(*TICKETS.indexes, "team"))
FEWER = replace(TICKETS, folds={kind: fold for kind, fold in TICKETS.folds.items() if kind is not TicketAssigned})


def differing(done: Rebuild) -> dict[str, int | None]:
    return {each.projection: each.differing for each in done.projections}


def test_every_projection_comes_back_byte_for_byte(lived: Runtime) -> None:
    before = dump(lived.url)
    done = rebuild(lived.store, ALL)
    assert differing(done) == dict.fromkeys(PROJECTIONS, 0)
    assert {each.projection: each.rows for each in done.projections} == {
        name: len(lines(before, name)) for name in before
    }
    assert (done.events, done.position) == (lived.store.last_position(), lived.store.last_position())
    assert dump(lived.url) == before
    assert all(before.values())


@pytest.mark.parametrize("size", [1, 7, 2_000])
def test_the_size_of_the_batches_makes_no_difference(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(filling, "SPAN", size)
    monkeypatch.setattr(engine, "BATCH", size)
    assert differing(rebuild(lived.store, ALL)) == dict.fromkeys(PROJECTIONS, 0)


def test_rows_that_do_not_stay_at_hand_are_found_again(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "KEPT", 3)
    monkeypatch.setattr(filling, "SPAN", 20)
    assert differing(rebuild(lived.store, ALL)) == dict.fromkeys(PROJECTIONS, 0)


def test_a_rebuilt_table_is_as_durable_and_as_quick_to_ask_as_the_one_before(lived: Runtime) -> None:
    kept = "SELECT relname, relpersistence FROM pg_class WHERE relnamespace = 'boards'::regnamespace AND relkind = 'r'"
    indexes = (
        "SELECT regexp_replace(indexdef, 'INDEX \\S+ ', '') FROM pg_indexes WHERE schemaname = 'boards' ORDER BY 1"
    )
    before = sorted(rows(lived.url, kept)), rows(lived.url, indexes)
    rebuild(lived.store, ALL)
    assert (sorted(rows(lived.url, kept)), rows(lived.url, indexes)) == before
    assert {persistence for _, persistence in before[0]} == {"p"}


def test_one_projection_can_be_rebuilt_by_itself(lived: Runtime) -> None:
    before = dump(lived.url)
    assert differing(rebuild(lived.store, [TICKETS])) == {"tickets": 0}
    lived.store.append([], [pending("ticket/T1", 1, call_received())])
    lived.settle()
    assert len(lines(dump(lived.url), "tickets")) == len(lines(before, "tickets")) + 1


def test_rows_that_somebody_tampered_with_are_counted_and_set_right(lived: Runtime) -> None:
    before = dump(lived.url)
    with psycopg.connect(lived.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE boards.tickets SET team = 'mine' WHERE ticket = (SELECT max(ticket) FROM boards.tickets)"
        )
    assert differing(rebuild(lived.store, ALL))["tickets"] == 2  # the row as it was, and as it should be
    assert dump(lived.url) == before


def test_a_rebuild_tells_how_far_it_is(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(filling, "SPAN", 100)
    rebuild(lived.store, ALL, lambda done, total: told.append((done, total)))
    last = lived.store.last_position()
    assert told == [(min(done, last), last) for done in range(100, last + 100, 100)]


def test_a_rebuild_of_an_empty_log_is_no_trouble(lived: Runtime, store: Store) -> None:
    prepare(store.url, ALL)
    assert differing(rebuild(store, ALL)) == dict.fromkeys(PROJECTIONS, 0)


def test_a_live_projector_that_is_behind_goes_on_where_it_was(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dump(lived.url)
    forget(lived.url)
    monkeypatch.setattr(engine, "BATCH", 100)
    lived.projector.run_dry(300)
    assert differing(rebuild(lived.store, ALL)) == dict.fromkeys(PROJECTIONS, 0)
    assert lived.projector.position() == 300
    lived.projector.run_dry()
    assert dump(lived.url) == whole


def test_only_one_rebuild_runs_at_a_time(lived: Runtime) -> None:
    with psycopg.connect(lived.url, autocommit=True) as other:
        other.execute(ONLY_ONE)
        with pytest.raises(RebuildRunning):
            rebuild(lived.store, ALL)
    assert differing(rebuild(lived.store, ALL)) == dict.fromkeys(PROJECTIONS, 0)


# --- poison


@pytest.mark.parametrize("processes", [1, 2])
def test_a_rebuild_stops_at_an_event_that_cannot_be_read_and_leaves_the_live_rows_untouched(
    lived: Runtime, processes: int
) -> None:
    lived.store.append(
        [], [pending("ticket/T1", 1, call_received()), pending("ticket/T1", 2, TicketTeleported(planet="x"))]
    )
    lived.settle()
    before, parked = dump(lived.url), lived.reader.parked()
    with pytest.raises(Poisoned, match=r"ticket/T1.*ticket\.teleported"):
        rebuild(lived.store, ALL, processes=processes)
    assert (dump(lived.url), lived.reader.parked()) == (before, parked)


def test_each_projection_by_itself_stops_at_an_event_that_cannot_be_read(lived: Runtime) -> None:
    lived.store.append([], [pending("ticket/T1", 1, TicketTeleported(planet="x"))])
    lived.settle()
    for projection in ALL:
        with pytest.raises(Poisoned, match=rf"{projection.name} cannot fold .*ticket/T1.*ticket\.teleported"):
            rebuild(lived.store, [projection])


@pytest.mark.parametrize("positions", [(1, 3), (2, 1)], ids=["a hole", "out of order"])
def test_a_rebuild_stops_at_an_event_that_does_not_continue_its_stream(
    lived: Runtime, positions: tuple[int, int]
) -> None:
    events = {1: call_received(), 2: TicketAssigned(team="A"), 3: TicketAssigned(team="A")}
    lived.store.append([], [pending("ticket/T1", version, events[version]) for version in positions])
    lived.settle()
    before = dump(lived.url)
    with pytest.raises(Poisoned, match=r"tickets cannot fold .*ticket/T1.*expected version"):
        rebuild(lived.store, ALL)
    assert dump(lived.url) == before


@pytest.mark.parametrize("processes", [1, 2])
def test_a_rebuild_leaves_out_what_was_left_out(lived: Runtime, processes: int) -> None:
    first, teleported = pending("ticket/T1", 1, call_received()), pending("ticket/T1", 2, TicketTeleported(planet="x"))
    lived.store.append([], [first, teleported])
    lived.settle()
    for name in PROJECTIONS:
        lived.projector.unpark(name, "ticket/T1", leave_out=True)
    assert differing(rebuild(lived.store, ALL, processes=processes)) == dict.fromkeys(PROJECTIONS, 0)
    lived.store.append([], [pending("ticket/T1", 3, TicketAssigned(team="B"))])
    lived.settle()
    assert rows(lived.url, "SELECT team FROM boards.tickets WHERE ticket = 'T1'") == [("B",)]


def test_a_rebuild_stops_at_the_first_event_that_a_fold_breaks_at(lived: Runtime) -> None:
    before = dump(lived.url)
    broken = next(each for each in lived.store.follow(200, 500) if isinstance(each.event, TicketAssigned))
    trap = Trap(TICKETS.folds[TicketAssigned], broken.context.command_id)
    faulty = replace(TICKETS, folds={**TICKETS.folds, TicketAssigned: trap})
    with pytest.raises(Poisoned, match=f"tickets cannot fold .*position={broken.position}.*this fold has a fault"):
        rebuild(lived.store, [faulty])
    assert dump(lived.url) == before
    assert differing(rebuild(lived.store, ALL)) == dict.fromkeys(PROJECTIONS, 0)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_rebuild_stops_at_a_value_that_cannot_be_written_and_shows_it(lived: Runtime, processes: int) -> None:
    lived.store.append(
        [], [pending("ticket/T1", 1, call_received(problem="a\x00b")), pending("ticket/T2", 1, call_received())]
    )
    lived.settle()  # after the live projector has passed everything
    with pytest.raises(Poisoned, match=r"ticket/T1"):
        rebuild(lived.store, ALL, processes=processes)


def test_a_rebuild_frees_what_was_parked_for_a_fault_that_is_mended(lived: Runtime) -> None:
    trap = Trap(TICKETS.folds[TicketAssigned], "trap")
    faulty = replace(TICKETS, folds={**TICKETS.folds, TicketAssigned: trap})
    lived.store.append([], [
        pending("ticket/T1", 1, call_received()),
        pending("ticket/T1", 2, TicketAssigned(team="A"), command_id="trap"),
    ])  # fmt: skip
    with closing(Projector(lived.store, [faulty, *ALL[1:]])) as projector:
        projector.run_dry()
    assert [row["stream"] for row in lived.reader.parked()] == ["ticket/T1"]
    rebuild(lived.store, ALL)
    lived.store.append([], [pending("ticket/T1", 3, TicketAssigned(team="B"))])
    lived.settle()
    assert lived.reader.parked() == []
    assert rows(lived.url, "SELECT team FROM boards.tickets WHERE ticket = 'T1'") == [("B",)]


# --- by several processes


def test_several_processes_make_the_same_rows_as_one(lived: Runtime) -> None:
    before, told = dump(lived.url), list[tuple[int, int]]()
    done = rebuild(lived.store, ALL, lambda done, total: told.append((done, total)), processes=2)
    assert differing(done) == dict.fromkeys(PROJECTIONS, 0)
    assert dump(lived.url) == before
    assert told[-1] == (done.position, done.position)
    assert rows(lived.url, "SELECT follower FROM boards.checkpoints WHERE follower LIKE 'rebuild%'") == []


def test_a_helper_whose_rebuild_is_gone_writes_nothing_more(lived: Runtime) -> None:
    with psycopg.connect(lived.url, autocommit=True) as connection:
        rebuilding._empty(connection, ALL)
    somebody_else = os.getppid()
    done = helped(lived, parent=somebody_else)
    assert (done.returncode, b"is gone" in done.stderr) == (1, True)
    assert rows(lived.url, "SELECT count(*) FROM boards_next.tickets") == [(0,)]
    assert helped(lived, parent=os.getpid()).returncode == 0
    assert rows(lived.url, "SELECT count(*) FROM boards_next.tickets") != [(0,)]


def helped(runtime: Runtime, parent: int) -> subprocess.CompletedProcess[bytes]:
    """What a helping process makes of the whole log, told that it helps the process `parent`."""
    facts = {"url": runtime.url, "projections": list(PROJECTIONS), "up_to": runtime.store.last_position()}
    task = Task(share=WHOLE, parent=parent, **facts)
    return subprocess.run(HELPER, input=task.model_dump_json().encode(), capture_output=True)


def test_a_rebuild_that_loses_a_process_says_so_and_leaves_the_live_rows_untouched(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(lived.url)
    monkeypatch.setattr(sharing, "HELPER", [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    with pytest.raises(ChildProcessError, match="a helping process ended with -9"):
        rebuild(lived.store, ALL, processes=2)
    assert dump(lived.url) == before
    monkeypatch.undo()
    assert differing(rebuild(lived.store, ALL, processes=2)) == dict.fromkeys(PROJECTIONS, 0)


# --- beside living people


@contextmanager
def meanwhile(*works: Callable[[threading.Event], Any]) -> Iterator[list["Future[Any]"]]:
    """Does things in threads until the block ends; what went wrong in one is raised at the end."""
    stopping = threading.Event()
    with ThreadPoolExecutor(max_workers=len(works)) as threads:
        running = [threads.submit(work, stopping) for work in works]
        try:
            yield running
        finally:
            stopping.set()
    for each in running:
        each.result()


def test_writers_and_readers_notice_nothing_of_a_rebuild(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [command for day in simulate(2, 150, 11, ENDS).days for command in day]
    monkeypatch.setattr(engine, "BATCH", 40)
    monkeypatch.setattr(rebuilding, "BATCH", 40)
    begun = lived.store.last_position()

    def write(stopping: threading.Event) -> None:
        road, waiting = Road(lived.store), iter(commands)
        while not stopping.is_set() and (command := next(waiting, None)):
            send(road, command)

    def project(stopping: threading.Event) -> None:
        with closing(Projector(lived.store, ALL)) as projector:
            while not stopping.is_set():
                projector.step()

    def read(stopping: threading.Event) -> int:
        pages = 0
        with closing(Reader(lived.store)) as reader:
            while not stopping.is_set():
                pages += look_at_everything(reader)
        return pages

    with meanwhile(write, project, read, read) as running:
        rebuilds = [differing(rebuild(lived.store, ALL)) for _ in range(3)]
    assert rebuilds == [dict.fromkeys(PROJECTIONS, 0)] * 3
    assert min(reading.result() for reading in running[2:]) > 10
    assert lived.store.last_position() > begun
    lived.settle()
    assert differing(rebuild(lived.store, ALL)) == dict.fromkeys(PROJECTIONS, 0)


def send(road: Road, command: Command) -> None:
    (outcome,) = road.handle([command], datetime.now(command.at.tzinfo))
    assert outcome.status != "failed"


NOT_IN_THE_DEMO = {"customers_goods"}  # the stories take products away, the demo's people mend them on the spot


def look_at_everything(reader: Reader) -> int:
    """Looks at every board and figure; there was something in each before, so none may ever be empty."""
    before = reader.position()
    for board in (board for board in BOARDS.values() if board.name not in NOT_IN_THE_DEMO):
        page = reader.board(board)
        assert page.total >= len(page.rows) > 0, board.name
        assert page.position >= before
    assert len(reader.kpi()) >= 4
    assert reader.history([reader.longest_history()])
    return len(BOARDS)


# --- declared anew


def test_an_unchanged_declaration_needs_no_rebuild(lived: Runtime) -> None:
    assert prepare(lived.url, ALL) == []


@pytest.mark.parametrize("changed", [WIDER, FASTER, FEWER], ids=["column", "index", "events"])
def test_a_changed_declaration_is_noticed_and_rebuilt_once(
    lived: Runtime, monkeypatch: pytest.MonkeyPatch, changed: Projection
) -> None:
    monkeypatch.setitem(catalog.PROJECTIONS, "tickets", changed)
    assert prepare(lived.url, PROJECTIONS.values()) == ["tickets"]
    assert prepare(lived.url, PROJECTIONS.values()) == ["tickets"]
    lived.store.append([], [pending("ticket/T1", 1, call_received())])
    lived.settle()
    assert prepare(lived.url, PROJECTIONS.values()) == []
    assert rows(lived.url, "SELECT count(*) FROM boards.tickets") == [(61,)]


def test_a_new_column_is_there_and_a_new_index_too(lived: Runtime) -> None:
    done = rebuild(lived.store, [replace(WIDER, indexes=FASTER.indexes)])
    assert differing(done) == {"tickets": None}
    assert rows(lived.url, "SELECT DISTINCT nickname FROM boards.tickets") == [("",)]
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'boards' AND tablename = 'tickets'"
    assert rows(lived.url, indexes) == [(1 + len(FASTER.indexes),)]


def test_a_new_projection_is_filled_for_all_the_past(lived: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalog.PROJECTIONS, "tickets_too", replace(TICKETS, name="tickets_too"))
    assert prepare(lived.url, PROJECTIONS.values()) == ["tickets_too"]
    lived.settle()
    both = dump(lived.url, [TICKETS, PROJECTIONS["tickets_too"]])
    assert both["tickets_too"] == both["tickets"] != b""


def test_a_declaration_that_changes_before_anything_has_happened_is_good_from_the_first_event(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prepare(store.url, ALL) == []
    assert prepare(store.url, [WIDER]) == []
    store.append([], [pending("ticket/T1", 1, call_received())])
    with closing(Projector(store, [WIDER])) as projector:
        projector.run_dry()
    assert rows(store.url, "SELECT ticket, nickname FROM boards.tickets") == [("T1", "")]
