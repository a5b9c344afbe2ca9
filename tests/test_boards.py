"""Boards and figures say what the log says: compared with folds and counts in plain Python."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from events.appointment import AppointmentBooked, AppointmentMissed
from events.callback import CallbackCompleted
from events.complaint import ComplaintRegistered, ComplaintResolved
from events.custody import ProductReturned, ProductTakenAway
from events.deadline import DeadlineDropped, DeadlineMet, DeadlineMissed
from events.event import Event, Pending, Recorded
from events.part import StockIssued, StockReceived
from events.reception import VehicleArrived
from events.ticket import (
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketHandedOver,
    TicketNoted,
    TicketPlacedOnFollowUp,
    TicketRegistered,
    TicketReopened,
)
from events.work import EngineerDispatched, WorkCompleted, WorkStarted
from projections.catalog import BOARDS
from projections.projection import Row
from projections.ticket_history import words
from services.appointment import is_booked
from services.desk import fold
from services.runtime import Runtime
from services.settings import Settings
from services.ticket_state import ENDED, Status, Ticket
from tests.appended import pending
from tests.decisions.scenario import register_ticket

APPOINTMENT = (AppointmentBooked, AppointmentMissed, VehicleArrived)
IN_WORK = {Status.DISPATCHED, Status.ON_SITE, Status.WORKING, Status.PAUSED}


@dataclass(frozen=True)
class Lived:
    """A ticket as its stream tells it."""

    name: str
    state: Ticket
    events: list[Recorded]

    def last(self, *kinds: type[Event]) -> Any:
        """The last event of these kinds, or None."""
        return next((each.event for each in reversed(self.events) if isinstance(each.event, kinds)), None)

    @property
    def owner(self) -> str:
        match self.last(TicketAssigned, TicketHandedOver, EngineerDispatched, WorkStarted):
            case TicketAssigned() as assigned:
                return assigned.owner
            case EngineerDispatched() | WorkStarted() as begun:
                return begun.engineer
            case _:
                return ""

    @property
    def is_expected(self) -> bool:
        """Whether an appointment stands, or was missed without another one."""
        return is_booked(self.state) or isinstance(self.last(*APPOINTMENT), AppointmentMissed)

    @property
    def awaits_signature(self) -> bool:
        return self.state.status is Status.COMPLETED and self.state.needs_signature and not self.state.signed_by


def streams(runtime: Runtime, noun: str) -> dict[str, list[Recorded]]:
    """The events of every stream of a kind, by the name after the noun."""
    found = defaultdict[str, list[Recorded]](list)
    for recorded in runtime.store.follow(0, 100_000):
        kind, _, name = recorded.stream.partition("/")
        if kind == noun:
            found[name].append(recorded)
    return found


def tickets(runtime: Runtime) -> list[Lived]:
    return [Lived(name, fold(f"ticket/{name}", events), events) for name, events in streams(runtime, "ticket").items()]


def shown(runtime: Runtime, board: str, **facts: Any) -> list[Row]:
    return runtime.reader.board(BOARDS[board], limit=10_000, **facts).rows


BELONGS: dict[str, Callable[[Lived], bool]] = {
    "reception_queue": lambda each: each.state.status in {Status.REGISTERED, Status.ASSIGNED},
    "workshop_board": lambda each: each.state.status in IN_WORK | {Status.ASSIGNED} or each.awaits_signature,
    "callback_queue": lambda each: each.state.callback_due is not None,
    "my": lambda each: bool(each.owner) and each.state.status not in ENDED,
    "to_follow": lambda each: bool(each.last(TicketPlacedOnFollowUp)) and each.state.status not in ENDED,
    "paused": lambda each: each.state.status is Status.PAUSED,
    "closed": lambda each: each.state.status is Status.CLOSED,
    "appointments": lambda each: each.is_expected and each.state.status not in ENDED,
}
with_the_rules_it_keeps = [pytest.param(board, marks=pytest.mark.rule(*BOARDS[board].rules)) for board in BELONGS]
ORDER: dict[str, Callable[[Row], Any]] = {
    "reception_queue": lambda row: (row["since"], row["ticket"]),
    "callback_queue": lambda row: (row["callback_due"], row["ticket"]),
    "my": lambda row: (row["owner"], row["since"], row["ticket"]),
    "to_follow": lambda row: (row["follow_up_on"], row["ticket"]),
    "paused": lambda row: (row["since"], row["ticket"]),
    "closed": lambda row: (-row["since"].timestamp(), row["ticket"]),
    "appointments": lambda row: (row["expected_at"], row["ticket"]),
}


@pytest.mark.parametrize("board", with_the_rules_it_keeps)
def test_a_board_shows_exactly_the_tickets_whose_streams_say_so(lived: Runtime, board: str) -> None:
    expected = {each.name for each in tickets(lived) if BELONGS[board](each)}
    found = [row["ticket"] for row in shown(lived, board)]
    assert (len(found), set(found)) == (len(expected), expected)
    assert expected, "the network left this board empty; the test shows nothing"


@pytest.mark.parametrize("board", ORDER)
def test_a_board_shows_first_what_comes_first(lived: Runtime, board: str) -> None:
    found = shown(lived, board)
    assert found == sorted(found, key=ORDER[board])


@pytest.mark.parametrize("board", [board for board, each in BOARDS.items() if each.lane])
def test_the_columns_of_a_kanban_together_hold_its_rows_once(lived: Runtime, board: str) -> None:
    lanes = {lane: shown(lived, board, lane=lane) for lane in BOARDS[board].lanes}
    assert all(row[BOARDS[board].lane] == lane for lane, rows in lanes.items() for row in rows)
    assert sorted(row["ticket"] for rows in lanes.values() for row in rows) == sorted(
        row["ticket"] for row in shown(lived, board)
    )


def test_the_workshop_board_shows_the_oldest_first_and_every_column_is_in_use(lived: Runtime) -> None:
    found = shown(lived, "workshop_board")
    assert found == sorted(found, key=lambda row: (row["since"], row["ticket"]))
    assert {"waiting", "running", "paused"} <= {row["stage"] for row in found}


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_page_after_page_shows_what_one_long_page_shows(lived: Runtime, board: str, limit: int) -> None:
    pages, after = list[Row](), None
    while True:
        page = lived.reader.board(BOARDS[board], limit=limit, after=after)
        pages += page.rows
        after = page.next
        if after is None:
            break
        assert len(page.rows) == limit
    assert pages == shown(lived, board)


@pytest.mark.parametrize("board", BOARDS)
def test_single_rows_are_as_the_board_shows_them(lived: Runtime, board: str) -> None:
    whole = shown(lived, board)
    keys = [tuple(row[name] for name in BOARDS[board].projection.key) for row in whole]
    found = lived.reader.rows_of(BOARDS[board], keys)
    assert sorted(map(str, found)) == sorted(str({**row, "shown": True}) for row in whole)


def test_a_row_that_a_board_does_not_show_says_so(lived: Runtime) -> None:
    closed = shown(lived, "closed")[0]["ticket"]
    assert [row["shown"] for row in lived.reader.rows_of(BOARDS["reception_queue"], [(closed,)])] == [False]
    assert lived.reader.rows_of(BOARDS["reception_queue"], [("no such ticket",)]) == []


def test_the_row_of_every_ticket_agrees_with_the_fold_of_its_stream(lived: Runtime) -> None:
    with psycopg.connect(lived.url, row_factory=dict_row) as connection:
        rows = {row["ticket"]: row for row in connection.execute("SELECT * FROM boards.tickets")}
    lives = tickets(lived)
    assert rows.keys() == {each.name for each in lives}
    for each in lives:
        assert_agrees(rows[each.name], each)


def assert_agrees(row: Row, each: Lived) -> None:
    state = each.state
    same = ("status", "site", "profile", "team", "engineer", "signed_by", "callback_due", "needs_signature")
    assert {name: row[name] for name in same} == {name: getattr(state, name) for name in same}
    assert row["merged_into"] == state.into
    assert row["owner"] == each.owner
    assert row["open_parts"] == sum(part.status in ("requested", "approved") for part in state.parts.values())
    assert row["pause_reason"] == (state.pause_reason if state.status is Status.PAUSED else "")
    if state.status in {Status.COMPLETED, Status.CLOSED}:
        assert row["solution"] == state.solution
    assert row["reopenings"] == sum(isinstance(event.event, TicketReopened) for event in each.events)
    assert row["handovers"] == sum(isinstance(event.event, TicketHandedOver) for event in each.events)


def test_the_parts_store_holds_what_came_less_what_left(lived: Runtime) -> None:
    found = {(row["site"], row["part_no"]): row for row in shown(lived, "parts")}
    expected = streams(lived, "stock")
    assert {f"{site}/{part_no}" for site, part_no in found} == expected.keys() != set()
    for (site, part_no), row in found.items():
        told = [recorded.event for recorded in expected[f"{site}/{part_no}"]]
        received = sum(event.quantity for event in told if isinstance(event, StockReceived))
        issued = sum(event.quantity for event in told if isinstance(event, StockIssued))
        assert (row["received"], row["issued"], row["on_hand"]) == (received, issued, received - issued)


def test_a_complaint_is_shown_until_it_is_resolved(lived: Runtime) -> None:
    told = streams(lived, "complaint")
    assert {row["complaint"] for row in shown(lived, "complaints")} == told.keys() != set()
    name = min(told)
    lived.store.append([], [_next(told[name], ComplaintResolved(result="已道歉"))])
    lived.settle()
    assert {row["complaint"] for row in shown(lived, "complaints")} == told.keys() - {name}


def _next(events: list[Recorded], event: Event) -> Any:
    last = events[-1]
    return pending(last.stream, last.version + 1, event)


@pytest.mark.parametrize("board", ["reception_queue", "workshop_board", "closed"])
def test_a_site_sees_its_own_rows_and_all_sites_together_see_all(lived: Runtime, board: str) -> None:
    whole = shown(lived, board)
    sites = sorted({row["site"] for row in whole})
    parts = {site: shown(lived, board, sites=[site]) for site in sites}
    assert len(sites) > 1
    assert all(row["site"] == site for site, rows in parts.items() for row in rows)
    assert sum(map(len, parts.values())) == len(whole)
    assert shown(lived, board, sites=["nowhere"]) == []


def test_an_engineer_sees_his_own_tickets_and_a_short_page_says_how_many_there_are(lived: Runtime) -> None:
    whole = shown(lived, "my")
    somebody = whole[0]["owner"]
    assert shown(lived, "my", owner=somebody) == [row for row in whole if row["owner"] == somebody]
    page = lived.reader.board(BOARDS["my"], limit=2)
    assert (page.rows, page.total) == (whole[:2], len(whole))


def test_the_history_of_a_ticket_tells_every_event_in_order_and_in_both_languages(lived: Runtime) -> None:
    for name, events in streams(lived, "ticket").items():
        told = [row for row in lived.reader.history([name]) if row["position"] in {each.position for each in events}]
        assert [row["position"] for row in told] == [each.position for each in events]
        assert [(row["actor"], row["site"]) for row in told] == [(e.context.actor, e.context.site) for e in events]
        assert all(row["english"] and row["chinese"] for row in told)
        assert not any("{" in row["english"] + row["chinese"] for row in told)


def test_a_complaint_stands_in_the_history_of_the_ticket_it_is_about(lived: Runtime) -> None:
    for events in streams(lived, "complaint").values():
        registered = events[0].event
        assert isinstance(registered, ComplaintRegistered)
        told = lived.reader.history([registered.ticket])
        assert f"complaint: {registered.statement}" in [row["english"] for row in told]


def test_a_deadline_or_form_without_a_title_is_told_by_its_name() -> None:
    named = words(DeadlineDropped(deadline="answer", about="F1", why="signed"))
    titled = words(DeadlineDropped(deadline="answer", english="Answer", chinese="答复", about="F1", why="signed"))
    assert named == ("answer F1 no longer due (signed)", "answer F1 不再计时(客户签字)")
    assert titled == ("Answer F1 no longer due (signed)", "答复 F1 不再计时(客户签字)")


def test_a_sentence_has_no_gap_where_a_field_is_empty_and_leaves_what_people_wrote_alone() -> None:
    assert words(DeadlineDropped(deadline="answer", why="closed"))[0] == "answer no longer due (closed)"
    assert words(TicketNoted(text="two  blanks"))[0] == "note: two  blanks"


# --- figures

Figures = dict[str, int]


def counted(runtime: Runtime) -> dict[tuple[str, date], Figures]:
    """The figures of each site and local day, counted in plain Python."""
    found = defaultdict[tuple[str, date], Figures](lambda: dict.fromkeys(COUNTS, 0))
    for recorded in runtime.store.follow(0, 100_000):
        counts = {name: count(recorded.event) for name, count in COUNTS.items()}
        if any(counts.values()):
            figures = found[recorded.context.site, recorded.context.occurred_at.date()]
            figures.update({name: figures[name] + counts[name] for name in COUNTS})
    return found


COUNTS: dict[str, Callable[[Any], int]] = {
    "received": lambda event: isinstance(event, TicketRegistered),
    "completed": lambda event: isinstance(event, WorkCompleted),
    "handled": lambda event: isinstance(event, TicketClosed),
    "handovers": lambda event: isinstance(event, TicketHandedOver),
    "reopened": lambda event: isinstance(event, TicketReopened),
    "cancelled": lambda event: isinstance(event, TicketCancelled),
    "rated": lambda event: isinstance(event, CallbackCompleted),
    "satisfied": lambda event: isinstance(event, CallbackCompleted) and event.satisfied,
    "complaints": lambda event: isinstance(event, ComplaintRegistered),
    "deadlines_met": lambda event: isinstance(event, DeadlineMet) and event.late_seconds == 0 and not event.missed,
    "deadlines_missed": lambda event: (
        isinstance(event, DeadlineMissed)
        or (isinstance(event, DeadlineMet) and event.late_seconds > 0 and not event.missed)
    ),
    "handling_seconds": lambda event: event.handling_seconds if isinstance(event, WorkCompleted) else 0,
    "paused_seconds": lambda event: event.paused_seconds if isinstance(event, WorkCompleted) else 0,
}


def test_every_sites_figures_of_every_day_equal_a_count_of_the_log(lived: Runtime) -> None:
    with psycopg.connect(lived.url, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT * FROM boards.kpi_daily").fetchall()
    assert {(row.pop("site"), row.pop("day")): row for row in rows} == counted(lived)


def test_the_figures_of_a_site_and_of_the_network_add_up(lived: Runtime) -> None:
    by_day, shown = counted(lived), {row["site"]: row for row in lived.reader.kpi()}
    assert shown.keys() == {site for site, _ in by_day} | {""}
    for site, row in shown.items():
        days = [figures for (each, _), figures in by_day.items() if site in ("", each)]
        total = {name: sum(figures[name] for figures in days) for name in COUNTS}
        same = ("received", "completed", "handled", "handovers", "reopened", "cancelled", "rated", "complaints")
        assert {name: row[name] for name in same} == {name: total[name] for name in same}
        assert row["handling_hours"] == pytest.approx(total["handling_seconds"] / total["completed"] / 3600, abs=0.005)
        assert row["satisfaction"] == pytest.approx(total["satisfied"] / total["rated"], abs=0.0001)
        assert row["resolution_rate"] == pytest.approx(total["completed"] / total["received"], abs=0.0001)
        assert row["reopen_rate"] == pytest.approx(total["reopened"] / total["completed"], abs=0.0001)


def test_the_figures_of_some_days_leave_the_others_out(lived: Runtime) -> None:
    first, last = date(2026, 3, 4), date(2026, 3, 6)
    (whole,) = [row for row in lived.reader.kpi(first=first, last=last) if row["site"] == ""]
    expected = [figures["received"] for (_, day), figures in counted(lived).items() if first <= day <= last]
    assert whole["received"] == sum(expected) > 0


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-02T23:59:59-10:00", date(2026, 3, 2)),
        ("2026-03-03T00:00:00-10:00", date(2026, 3, 3)),
        ("2026-03-02T00:00:01+14:00", date(2026, 3, 2)),
        ("2026-03-01T23:59:59+14:00", date(2026, 3, 1)),
        ("2026-03-02T00:10:00+05:45", date(2026, 3, 2)),
    ],
)
def test_a_day_is_the_day_at_the_place_where_it_happened(runtime: Runtime, at: str, day: date) -> None:
    (outcome,) = runtime.handle([register_ticket(at=datetime.fromisoformat(at))])
    runtime.settle()
    assert outcome.status == "accepted"
    assert [row["received"] for row in runtime.reader.kpi(first=day, last=day) if row["site"]] == [1]


def test_a_network_without_any_event_has_no_figures_and_empty_boards(runtime: Runtime) -> None:
    runtime.settle()
    assert [(row["site"], row["received"]) for row in runtime.reader.kpi()] == [("", 0)]
    assert {(page.total, page.position) for page in map(runtime.reader.board, BOARDS.values())} == {(0, 0)}


# --- registers that are no views of the simulated tickets


@pytest.mark.rule("R-094", "R-096")
def test_the_pre_check_area_shows_the_vehicles_that_stand_there(lived: Runtime) -> None:
    areas = {name: fold(f"area/{name}", events) for name, events in streams(lived, "area").items()}
    expected = {(site, plate) for site, area in areas.items() for plate in area.vehicles}
    assert {(row["site"], row["plate"]) for row in shown(lived, "pre_check_area")} == expected != set()


@pytest.mark.rule("R-185")
def test_a_product_stands_in_the_register_as_long_as_it_is_with_us(lived: Runtime) -> None:
    told = next(iter(streams(lived, "ticket").values()))
    ticket = told[-1].stream.removeprefix("ticket/")
    taken = _next(told, ProductTakenAway(item="电机", receipt="SJ-1"))
    lived.store.append([], [taken])
    lived.settle()
    assert [(row["ticket"], row["receipt"]) for row in shown(lived, "customers_goods")] == [(ticket, "SJ-1")]
    lived.store.append([], [Pending(taken.stream, taken.version + 1, ProductReturned(receipt="SJ-1"), taken.context)])
    lived.settle()
    assert shown(lived, "customers_goods") == []


@pytest.mark.rule("R-004")
def test_the_board_of_deadlines_shows_those_that_nobody_met_yet(lived: Runtime) -> None:
    running = {
        (stream, deadline)
        for noun in ("ticket", "area", "agreement")
        for name, events in streams(lived, noun).items()
        for stream in [f"{noun}/{name}"]
        for deadline in fold(stream, events).case.deadlines
    }
    found = {(row["stream"], "/".join(filter(None, (row["deadline"], row["about"])))) for row in rows_of(lived)}
    assert found == running != set()


def rows_of(lived: Runtime) -> list[Row]:
    with psycopg.connect(lived.url, row_factory=dict_row) as connection:
        query = f"SELECT * FROM boards.deadlines WHERE {BOARDS['deadlines'].where}"
        return connection.execute(query.encode()).fetchall()
