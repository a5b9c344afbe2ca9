"""The one road on a real PostgreSQL: every command is answered once, whoever else is on the way."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import pytest

from events.event import Pending
from events.store import Receipt, Store
from events.ticket import TicketAbsorbed, TicketMerged, TicketReleased, TicketSeparated
from services import desk
from services.command import Command, Outcome
from services.desk import fold
from services.handle import Road
from services.ticket_state import Status
from services.work import CompleteWork
from tests.decisions.scenario import (
    PART,
    STOCK,
    add_note,
    approve_part,
    assign_ticket,
    clock,
    complete_work,
    dispatch_engineer,
    issue_part,
    merge_ticket,
    pause_work,
    receive_stock,
    register_ticket,
    reopen_ticket,
    request_part,
    resume_work,
    separate_ticket,
    sign_completion,
    start_work,
)

NOW = clock("18:00")
THE_TICKET = "ticket/T1"


def one(road: Road, command: Command) -> Outcome:
    (outcome,) = road.handle([command], NOW)
    return outcome


def answered(road: Road, command: Command) -> Outcome:
    """Sends again what failed, as every sender does: rivals may be faster five times in a row."""
    outcome = one(road, command)
    return answered(road, command) if outcome.status == "failed" else outcome


def all_of(road: Road, *commands: Command) -> list[Outcome]:
    """Sends commands one by one, each with an id of its own, and expects that none is refused."""
    outcomes = [one(road, numbered(command, number)) for number, command in enumerate(commands)]
    assert [outcome.refusal for outcome in outcomes if outcome.refusal] == []
    return outcomes


def numbered(command: Command, number: object) -> Command:
    return command.model_copy(update={"command_id": f"{command.command_id}-{number}"})


FIRST = ["ticket.registered", "profile.shipped"]  # the first case under a profile puts its rules on record


def log_of(store: Store) -> list[tuple[int, str, int, str]]:
    return [(r.position, r.stream, r.version, r.event.name) for r in store.follow(0, 10_000)]


def assert_in_order(store: Store) -> None:
    """Positions count 1, 2, 3 … and so do the versions of every stream."""
    log = log_of(store)
    assert [position for position, *_ in log] == list(range(1, len(log) + 1))
    for _, rows in groupby(sorted(log, key=lambda row: row[1:3]), key=lambda row: row[1]):
        versions = [version for _, _, version, _ in rows]
        assert versions == list(range(1, len(versions) + 1))


# --- once


def test_a_command_sent_twice_is_done_once_and_answered_the_same(road: Road, store: Store) -> None:
    first, again = one(road, register_ticket()), one(road, register_ticket())
    assert (first.status, first.version, first.position, first.events) == ("accepted", 1, 2, 2)  # and its rules
    assert (again.status, again.version, again.position, again.repeated) == ("accepted", 1, 1, True)
    assert [name for *_, name in log_of(store)] == FIRST


def test_a_refusal_stays_a_refusal_even_if_it_would_be_accepted_now(road: Road, store: Store) -> None:
    refused = one(road, assign_ticket())
    one(road, register_ticket())
    again = one(road, assign_ticket())
    assert (refused.status, again.status, again.repeated) == ("rejected", "rejected", True)
    assert refused.refusal == again.refusal
    assert [name for *_, name in log_of(store)] == FIRST


def test_a_command_is_remembered_by_every_other_worker(road: Road, store: Store) -> None:
    one(road, register_ticket())
    assert one(Road(store), register_ticket()).repeated


def test_the_same_id_twice_in_one_batch_is_done_once(road: Road, store: Store) -> None:
    outcomes = road.handle([register_ticket(), register_ticket()], NOW)
    assert [(o.status, o.repeated, o.position) for o in outcomes] == [("accepted", False, 2), ("accepted", True, 2)]
    assert [name for *_, name in log_of(store)] == FIRST


def test_an_id_used_for_another_command_or_stream_is_refused_and_the_first_stays(road: Road, store: Store) -> None:
    one(road, register_ticket(command_id="x"))
    for other in (assign_ticket(command_id="x"), register_ticket(command_id="x", ticket="T2")):
        outcome = one(road, other)
        assert outcome.refusal is not None
        assert (outcome.status, outcome.refusal.code) == ("rejected", "command_id_reused")
        assert outcome.refusal.english == f"command id x was used for RegisterTicket on {THE_TICKET}; choose a new id"
    assert one(road, register_ticket(command_id="x")).status == "accepted"
    assert [name for *_, name in log_of(store)] == FIRST


def test_an_id_used_twice_within_one_batch_for_two_commands_is_refused_the_second_time(road: Road) -> None:
    first, second = road.handle([register_ticket(command_id="x"), assign_ticket(command_id="x")], NOW)
    assert (first.status, second.status) == ("accepted", "rejected")
    assert second.refusal is not None
    assert second.refusal.code == "command_id_reused"


def test_what_changes_nothing_is_accepted_and_remembered_without_an_event(road: Road, store: Store) -> None:
    all_of(road, register_ticket(), assign_ticket())
    outcome = one(road, assign_ticket(command_id="again"))
    assert (outcome.status, outcome.events, outcome.version) == ("accepted", 0, 2)
    assert one(road, assign_ticket(command_id="again")).repeated
    assert [name for *_, name in log_of(store)] == [*FIRST, "ticket.assigned"]


# --- in a batch


def test_each_command_of_a_batch_sees_what_those_before_it_did(road: Road, store: Store) -> None:
    batch = [register_ticket(), assign_ticket(), dispatch_engineer(), start_work(), pause_work()]
    outcomes = road.handle(batch, NOW)
    assert [(o.status, o.version, o.position) for o in outcomes] == [("accepted", n, n + 1) for n in range(1, 6)]
    assert_in_order(store)


def test_a_refused_command_does_not_hold_up_the_others_of_its_batch(road: Road, store: Store) -> None:
    batch = [register_ticket(), complete_work(), assign_ticket(), assign_ticket(command_id="u", ticket="T9")]
    assert [o.status for o in road.handle(batch, NOW)] == ["accepted", "rejected", "accepted", "rejected"]
    assert [name for *_, name in log_of(store)] == [*FIRST, "ticket.assigned"]


def test_the_position_in_an_answer_is_the_commands_last_event_in_the_log(road: Road, store: Store) -> None:
    all_of(road, register_ticket(ticket="T2"), receive_stock(2))
    batch = [register_ticket(), assign_ticket("A"), assign_ticket("B", command_id="b"), merge_ticket(), add_note()]
    outcomes = road.handle(batch, NOW)
    last = {recorded.context.command_id: recorded.position for recorded in store.follow(0, 100)}
    own = {(r.stream, r.version): r.context.command_id for r in store.follow(0, 100)}
    assert [outcome.position for outcome in outcomes] == [last[outcome.command_id] for outcome in outcomes]
    assert [own[o.stream, o.version] for o in outcomes] == [o.command_id for o in outcomes]
    assert [outcome.events for outcome in outcomes] == [1, 1, 2, 2, 1]


def test_an_event_carries_who_where_and_when_with_the_offset_of_the_place(road: Road, store: Store) -> None:
    one(road, register_ticket(actor="孙敏", correlation_id="story", causation_id="ticket/T0@4"))
    (recorded,) = store.read(THE_TICKET)
    context = recorded.context
    assert (context.site, context.actor, context.role) == ("SH01", "孙敏", "receptionist")
    assert context.occurred_at.isoformat() == "2026-03-02T12:00:00+08:00"
    assert (context.command_id, context.correlation_id, context.causation_id) == (
        "c-RegisterTicket",
        "story",
        "ticket/T0@4",
    )


def test_the_state_a_worker_remembers_is_a_fold_of_the_events(road: Road, store: Store) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work(), pause_work(at=clock("13:00")))
    all_of(road, resume_work(at=clock("14:00")), request_part(), approve_part(), receive_stock(3), issue_part())
    for stream in (THE_TICKET, STOCK):
        folded = road._load({stream})[stream]
        assert folded.state == fold(stream, store.read(stream))
        assert folded.version == len(store.read(stream))
        assert folded == Road(store)._load({stream})[stream]


def test_a_ticket_can_be_seen_as_it_was_at_every_version(road: Road, store: Store) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work(), pause_work(), resume_work(), complete_work())
    seen = [fold(THE_TICKET, store.read(THE_TICKET, up_to=version)).status for version in range(7)]
    assert seen == [
        Status.UNKNOWN, Status.REGISTERED, Status.ASSIGNED, Status.WORKING, Status.PAUSED, Status.WORKING,
        Status.COMPLETED,
    ]  # fmt: skip


# --- when a decision breaks


def breaks_on(monkeypatch: pytest.MonkeyPatch, kind: type[Any]) -> None:
    def broken(*_: Any) -> Any:
        yield from ()
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setitem(desk.DECISIONS, kind, broken)


def test_a_decision_that_breaks_leaves_the_others_of_its_batch_untouched(
    road: Road, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work())
    batch = [pause_work(), complete_work(), resume_work()]
    with monkeypatch.context() as broken:
        breaks_on(broken, CompleteWork)
        outcomes = road.handle(batch, NOW)
    assert [outcome.status for outcome in outcomes] == ["accepted", "failed", "accepted"]
    assert str(outcomes[1].refusal) == "not recorded: ZeroDivisionError: a mistake of ours; send it again"
    assert store.receipts([complete_work().command_id]) == {}
    assert one(road, complete_work()).status == "accepted"
    assert_in_order(store)


def test_a_decision_that_breaks_after_its_first_event_records_none_of_it(
    road: Road, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_way(*arguments: Any) -> Any:
        yield from decision(*arguments)
        raise ZeroDivisionError("half way")

    all_of(road, register_ticket(), assign_ticket(), start_work())
    kind: type[Any] = CompleteWork
    decision = desk.DECISIONS[kind]
    with monkeypatch.context() as broken:
        broken.setitem(desk.DECISIONS, kind, half_way)
        assert one(road, complete_work()).status == "failed"
    assert len(store.read(THE_TICKET)) == 3
    assert one(road, sign_completion()).status == "rejected"


def test_a_command_that_breaks_once_and_stands_twice_in_its_batch_is_not_recorded_behind_its_answer(
    road: Road, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work())
    kind: type[Any] = CompleteWork
    decision, tries = desk.DECISIONS[kind], []

    def breaks_the_first_time(*arguments: Any) -> Any:
        tries.append(arguments)
        if len(tries) == 1:
            raise ZeroDivisionError("only once")
        return decision(*arguments)

    with monkeypatch.context() as broken:
        broken.setitem(desk.DECISIONS, kind, breaks_the_first_time)
        outcomes = road.handle([complete_work(), complete_work()], NOW)
    assert [outcome.status for outcome in outcomes] == ["failed", "failed"]
    assert store.receipts([complete_work().command_id]) == {}
    assert one(road, complete_work()).status == "accepted"


# --- with others on the way


def test_two_workers_with_stale_memories_write_to_one_ticket_and_both_succeed(road: Road, store: Store) -> None:
    other = Road(store)
    all_of(road, register_ticket())
    assert one(other, add_note(command_id="other sees one event")).version == 2
    for turn in range(5):
        assert one(road, add_note(command_id=f"mine {turn}")).version == 3 + 2 * turn
        assert one(other, add_note(command_id=f"theirs {turn}")).version == 4 + 2 * turn
    assert_in_order(store)


def test_a_rival_between_reading_and_writing_only_makes_us_decide_again(
    road: Road, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work())
    rival, append = Road(store), store.append

    def interrupted(*arguments: Any) -> int:
        monkeypatch.setattr(store, "append", append)
        assert one(rival, pause_work()).status == "accepted"
        return append(*arguments)

    monkeypatch.setattr(store, "append", interrupted)
    outcome = one(road, complete_work())
    assert outcome.refusal is not None
    assert (outcome.status, outcome.refusal.code) == ("rejected", "open_pause")
    assert_in_order(store)


def test_a_batch_in_which_one_ticket_is_always_taken_goes_in_halves_and_not_one_by_one(
    road: Road, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [f"T{number}" for number in range(64)]
    road.handle([register_ticket(command_id=f"open {ticket}", ticket=ticket) for ticket in tickets], NOW)
    rival, append, written = Road(store), store.append, list[int]()

    def interrupted(receipts: Sequence[Receipt], events: Sequence[Pending]) -> int:
        written.append(len(events))
        if len(events) > 1 and events[0].stream == THE_TICKET:
            with monkeypatch.context() as undisturbed:
                undisturbed.setattr(store, "append", append)
                assert one(rival, add_note(command_id=f"rival {len(written)}")).status == "accepted"
        return append(receipts, events)

    monkeypatch.setattr(store, "append", interrupted)
    mine = [THE_TICKET.partition("/")[2], *(ticket for ticket in tickets if f"ticket/{ticket}" != THE_TICKET)]
    outcomes = road.handle([add_note(command_id=f"mine {ticket}", ticket=ticket) for ticket in mine], NOW)
    assert {outcome.status for outcome in outcomes} == {"accepted"}
    assert written == [64, 64, 32, 32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1, 2, 4, 8, 16, 32]
    positions = [outcome.position or 0 for outcome in outcomes]
    assert positions == sorted(positions), "the order of the batch is kept"
    assert_in_order(store)


def test_eight_workers_issue_the_last_parts_and_none_goes_below_zero_or_out_twice(
    database_url: str, road: Road, store: Store
) -> None:
    workers, wanted, on_hand = 8, 12, 7
    for number in range(wanted):
        ticket = {"ticket": f"T{number}"}
        story = [register_ticket(**ticket), request_part(**ticket), approve_part(**ticket)]
        assert {o.status for o in road.handle([numbered(each, number) for each in story], NOW)} == {"accepted"}
    one(road, receive_stock(on_hand))

    def work(worker: int) -> list[Outcome]:
        own = Store(database_url)
        own_road = Road(own)
        commands = [issue_part(command_id=f"{worker}/{n}", ticket=f"T{n}") for n in range(wanted)]
        outcomes = [answered(own_road, command) for command in commands]
        own.close()
        return outcomes

    with ThreadPoolExecutor(workers) as pool:
        outcomes = [outcome for outcomes in pool.map(work, range(workers)) for outcome in outcomes]
    assert_in_order(store)
    counts = store.counts()
    assert (counts["stock.issued"], counts["part.issued"]) == (on_hand, on_hand)
    assert fold(STOCK, store.read(STOCK)).on_hand == 0
    assert Counter(outcome.events for outcome in outcomes)[2] == on_hand
    assert {o.refusal.code for o in outcomes if o.refusal} == {"out_of_stock"}


def test_eight_workers_are_given_the_same_commands_and_each_is_done_once(database_url: str, store: Store) -> None:
    story = [register_ticket(), assign_ticket(), dispatch_engineer(), start_work(), complete_work(), sign_completion()]

    def work(_: int) -> list[Outcome]:
        own = Store(database_url)
        outcomes = Road(own).handle(story, NOW)
        own.close()
        return outcomes

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    assert {outcome.status for outcomes in answers for outcome in outcomes} == {"accepted"}
    assert sum(not outcome.repeated for outcomes in answers for outcome in outcomes) == len(story)
    assert len(store.read(THE_TICKET)) == len(story)


# --- two tickets of the same case


def test_merging_and_separating_keeps_both_histories(road: Road, store: Store) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work(), register_ticket(ticket="T2"), add_note(ticket="T2"))
    before = {stream: store.read(stream) for stream in (THE_TICKET, "ticket/T2")}
    all_of(road, merge_ticket("T2"))
    assert one(road, pause_work(command_id="too late")).status == "rejected"
    all_of(road, separate_ticket("T2"), pause_work())
    after = {stream: store.read(stream) for stream in before}
    for stream, history in before.items():
        assert after[stream][: len(history)] == history
    assert [type(r.event) for r in after[THE_TICKET][3:5]] == [TicketMerged, TicketSeparated]
    assert [type(r.event) for r in after["ticket/T2"][2:]] == [TicketAbsorbed, TicketReleased]
    assert fold(THE_TICKET, after[THE_TICKET]).status is Status.PAUSED


def test_reopening_keeps_what_was_signed_in_the_history(road: Road, store: Store) -> None:
    all_of(road, register_ticket(), assign_ticket(), start_work(), complete_work(), sign_completion(), reopen_ticket())
    assert fold(THE_TICKET, store.read(THE_TICKET)).signed_by == ""
    assert fold(THE_TICKET, store.read(THE_TICKET, up_to=5)).signed_by == "李芳"


def test_a_part_is_issued_to_its_ticket_and_from_its_stock_in_one_step(road: Road, store: Store) -> None:
    all_of(road, register_ticket(), request_part(), approve_part(), receive_stock(1))
    outcome = one(road, issue_part())
    issued = [(r.position, r.stream, r.event.name) for r in store.follow(5, 10)]
    assert issued == [(6, STOCK, "stock.issued"), (7, THE_TICKET, "part.issued")]
    assert (outcome.stream, outcome.events, outcome.position) == (f"stock/SH01/{PART}", 2, 7)
