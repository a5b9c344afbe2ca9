"""Parts: requested, approved or refused, and issued from a stock that never goes below zero."""

import pytest

from events.event import Event
from services.command import Command, On
from tests.decisions.scenario import (
    PART,
    STOCK,
    TICKET,
    approve_part,
    assigned,
    call_received,
    cancelled,
    closed,
    for_plain_profiles,
    given,
    issue_part,
    merged,
    part_approved,
    part_issued,
    part_refused,
    part_requested,
    receive_stock,
    refuse_part,
    request_part,
    stock_issued,
    stock_received,
    work_completed,
    work_started,
)

THE_TICKET = f"ticket/{TICKET}"
WORKING = (call_received(), assigned(), work_started())
APPROVED = (*WORKING, part_requested(), part_approved())

# --- the request


@for_plain_profiles
def test_a_ticket_asks_for_a_part(profile: str) -> None:
    given(call_received(profile)).when(request_part("P1", PART, 2)).then(part_requested("P1", PART, 2))


def test_the_same_request_again_changes_nothing() -> None:
    given(*WORKING, part_requested("P1", PART, 2)).when(request_part("P1", PART, 2)).then_nothing()


@pytest.mark.parametrize(("part_no", "quantity"), [("F-02", 1), (PART, 2)])
def test_a_request_number_stands_for_one_part_and_quantity(part_no: str, quantity: int) -> None:
    history = (*WORKING, part_requested("P1", PART, 1))
    given(*history).when(request_part("P1", part_no, quantity)).then_refused("request_taken", rule="R-201")


def test_a_finished_ticket_asks_for_no_part() -> None:
    given(*WORKING, work_completed()).when(request_part()).then_refused("not_open", rule="R-002")


@for_plain_profiles
def test_the_service_department_approves_or_refuses(profile: str) -> None:
    history = (call_received(profile), part_requested())
    given(*history).when(approve_part()).then(part_approved())
    given(*history).when(refuse_part(reason="可修复")).then(part_refused())


def test_approving_or_refusing_twice_is_doing_it_once() -> None:
    given(*WORKING, part_requested(), part_approved()).when(approve_part()).then_nothing()
    given(*WORKING, part_requested(), part_refused()).when(refuse_part()).then_nothing()


@pytest.mark.parametrize(
    ("decision", "command"),
    [
        (part_refused(), approve_part()),
        (part_approved(), refuse_part()),
        (part_issued(), approve_part()),
        (part_issued(), refuse_part()),
    ],
)
def test_a_decision_about_a_part_stands(decision: Event, command: Command) -> None:
    given(*WORKING, part_requested(), decision).when(command).then_refused("already_decided", rule="R-195")


@pytest.mark.parametrize("command", [approve_part(), refuse_part(), issue_part()])
def test_what_nobody_requested_is_not_decided_or_issued(command: Command) -> None:
    given(*WORKING).when(command).then_refused("unknown_request", rule="R-201")


def test_a_request_left_open_can_be_refused_but_not_approved_once_the_work_is_done() -> None:
    history = (*WORKING, part_requested(), work_completed())
    given(*history).when(approve_part()).then_refused("not_open", rule="R-002")
    given(*history).when(refuse_part()).then(part_refused())


# --- the store


def test_parts_come_into_the_store_with_a_cause() -> None:
    given().when(receive_stock(5, "到货单 7")).then(stock_received(5, "到货单 7"))


def test_a_part_leaves_the_store_and_reaches_its_ticket_in_one_step() -> None:
    given(On(STOCK, stock_received(3)), *APPROVED).when(issue_part()).then(
        stock_issued(), On(THE_TICKET, part_issued())
    )


def test_a_stock_is_what_came_less_what_went() -> None:
    history = (On(STOCK, stock_received(3)), On(STOCK, stock_received(2)), On(STOCK, stock_issued(quantity=4)))
    assert given(*history).state(STOCK).on_hand == 1


@pytest.mark.parametrize("on_hand", [0, 1])
def test_a_stock_never_goes_below_zero(on_hand: int) -> None:
    history = given(*WORKING, part_requested("P1", PART, 2), part_approved(), On(STOCK, stock_received(on_hand)))
    refusal = history.when(issue_part()).then_refused("out_of_stock", rule="R-202")
    assert refusal.english == f"{on_hand} of F-01 on hand, 2 wanted; report the shortage"


def test_a_part_is_issued_once() -> None:
    history = (On(STOCK, stock_received(3)), On(STOCK, stock_issued()), *APPROVED, part_issued())
    given(*history).when(issue_part()).then_nothing()


@pytest.mark.parametrize("decision", [(), (part_refused(),)], ids=["undecided", "refused"])
def test_no_part_is_issued_without_approval(decision: tuple[Event, ...]) -> None:
    history = given(On(STOCK, stock_received(3)), *WORKING, part_requested(), *decision)
    history.when(issue_part()).then_refused("not_approved", rule="R-195")


def test_no_other_part_is_issued_than_was_asked_for() -> None:
    given(*APPROVED).when(issue_part("P1", "F-02")).then_refused("other_part", rule="R-201")


@pytest.mark.parametrize("end", [cancelled(), closed(), work_completed()], ids=["cancelled", "closed", "completed"])
def test_no_part_is_issued_to_a_ticket_that_is_finished(end: Event) -> None:
    history = given(On(STOCK, stock_received(3)), *APPROVED, end)
    history.when(issue_part()).then_refused("not_open", rule="R-002")


def test_no_part_is_issued_to_a_ticket_that_was_merged_away() -> None:
    given(On(STOCK, stock_received(3)), *APPROVED, merged("T2")).when(issue_part()).then_refused("merged", rule="R-003")


def test_no_part_is_issued_to_an_unknown_ticket() -> None:
    given(On(STOCK, stock_received(3))).when(issue_part()).then_refused("unknown_ticket", rule="R-001")


def test_no_part_is_issued_to_another_sites_ticket() -> None:
    history = given(*APPROVED, site="BJ01").and_given(On(STOCK, stock_received(3)))
    history.when(issue_part()).then_refused("other_site", rule="R-026")
