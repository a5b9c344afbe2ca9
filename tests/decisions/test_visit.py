"""The visit: set out, tell a delay in advance, go when the customer lets one go."""

import pytest

from events.deadline import DeadlineDropped, DeadlineStarted
from events.event import Event
from tests.decisions.scenario import (
    arrive_on_site,
    assigned,
    call_received,
    clock,
    completion_signed,
    deadline_started,
    delay_notified,
    depart_for_customer,
    dispatch_engineer,
    engineer_arrived,
    engineer_departed,
    engineer_dispatched,
    engineer_left,
    given,
    handed_over,
    leave_customer,
    notify_delay,
    product_taken_away,
    reopened,
    work_completed,
    work_paused,
    work_started,
)

SENT = (call_received(), assigned("A"), engineer_dispatched("wang", promised_at=clock("14:00")))
THERE = (*SENT, engineer_arrived())

# --- setting out


def test_the_engineer_who_was_sent_sets_out() -> None:
    given(*SENT).when(depart_for_customer()).then(engineer_departed("wang"))


@pytest.mark.parametrize("history", [(call_received(),), (call_received(), assigned("A")), THERE])
def test_nobody_sets_out_who_was_not_sent(history: tuple[Event, ...]) -> None:
    given(*history).when(depart_for_customer()).then_refused("not_dispatched", rule="R-030")


def test_nobody_sets_out_in_place_of_another() -> None:
    refusal = given(*SENT).when(depart_for_customer(actor="li")).then_refused("other_engineer", rule="R-145")
    assert "was given to wang" in refusal.english


def test_setting_out_comes_after_preparing_where_the_profile_says_so() -> None:
    history = (call_received("on-site"), assigned("A"), engineer_dispatched("wang"))
    refusal = given(*history).when(depart_for_customer()).then_refused("guard_needs", rule="R-149")
    assert "Preparation of a visit" in refusal.english
    assert "上门准备单" in refusal.chinese


def test_nobody_arrives_there_who_did_not_set_out() -> None:
    history = (call_received("on-site"), assigned("A"), engineer_dispatched("wang"))
    given(*history).when(arrive_on_site()).then_refused("guard_needs", rule="R-149")
    given(*history, engineer_departed()).when(arrive_on_site()).then(engineer_arrived("wang"))


# --- late


def test_a_delay_is_told_in_advance() -> None:
    given(*SENT).when(notify_delay(at=clock("13:30"))).then(delay_notified())


def test_a_delay_that_nobody_promised_anything_about_can_be_told_at_any_time() -> None:
    given(call_received(), assigned("A"), engineer_dispatched()).when(notify_delay(at=clock("14:30"))).then(
        delay_notified()
    )


def test_a_delay_that_is_told_when_the_customer_waits_already_is_late() -> None:
    command = notify_delay(at=clock("14:01"))
    refusal = given(*SENT).when(command).then_refused("delay_told_late", rule="R-153")
    assert "2026-03-02 14:00" in refusal.english


def test_a_second_delay_is_measured_by_the_time_told_with_the_first() -> None:
    once = (*SENT, delay_notified(new_time=clock("15:00")))
    later = {"new_time": clock("15:30")}
    given(*once).when(notify_delay(at=clock("14:40"), **later)).then(delay_notified(**later))
    given(*once).when(notify_delay(at=clock("15:01"), **later)).then_refused("delay_told_late", rule="R-153")


def test_the_new_time_is_one_to_come() -> None:
    command = notify_delay(at=clock("13:30"), new_time=clock("13:30"))
    given(*SENT).when(command).then_refused("promise_in_the_past", rule="R-153")


@pytest.mark.parametrize("history", [(call_received(), assigned("A")), THERE, (*SENT, handed_over("A", "B"))])
def test_only_who_is_on_the_way_tells_a_delay(history: tuple[Event, ...]) -> None:
    given(*history).when(notify_delay()).then_refused("not_dispatched", rule="R-030")


# --- going


@pytest.mark.parametrize(
    "history",
    [
        (work_started(), work_completed(), completion_signed()),
        (work_started(), work_paused("rest_time")),
        (work_started(), product_taken_away()),
        (),
    ],
    ids=["done", "broken off", "product taken away", "nothing begun"],
)
def test_the_engineer_goes_when_the_customer_lets_him(history: tuple[Event, ...]) -> None:
    given(*THERE, *history).when(leave_customer()).then(engineer_left())


def test_nobody_goes_while_the_work_is_running() -> None:
    given(*THERE, work_started()).when(leave_customer()).then_refused("left_at_work", rule="R-169")


@pytest.mark.parametrize(
    "history",
    [SENT, (*THERE, work_completed(), reopened(), engineer_dispatched("wang"))],
    ids=["on the way", "sent again"],
)
def test_nobody_goes_who_was_not_there(history: tuple[Event, ...]) -> None:
    given(*history).when(leave_customer()).then_refused("not_with_customer", rule="R-169")


def test_one_may_go_for_a_meal_and_once_more_in_the_end() -> None:
    history = (*THERE, work_started(), work_paused("rest_time"), engineer_left(), work_completed())
    given(*history).when(leave_customer()).then(engineer_left())


def test_where_work_is_done_nobody_goes_without_the_signature() -> None:
    history = (call_received("on-site"), engineer_dispatched(), engineer_arrived(), work_started(), work_completed())
    refusal = given(*history).when(leave_customer()).then_refused("guard_needs", rule="R-166")
    assert "signature for the completion" in refusal.english


# --- in time


def test_what_the_customer_was_promised_is_due_then() -> None:
    promise = clock("14:00")
    decided = (
        given(call_received("on-site"), assigned("A")).when(dispatch_engineer("wang", promised_at=promise)).decided
    )
    started = decided[1]
    assert isinstance(started, DeadlineStarted)
    assert (started.deadline, started.due_at, started.rules) == ("on_time", promise, ("R-152",))


def test_a_delay_told_in_advance_puts_its_own_time_in_the_place_of_the_first() -> None:
    running = deadline_started("on_time", clock("14:00"), rules=["R-152"])
    history = (call_received("on-site"), assigned("A"), engineer_dispatched("wang"), running)
    _, *ends = given(*history).when(notify_delay(new_time=clock("15:00"))).decided
    assert [(type(each), getattr(each, "deadline", "")) for each in ends] == [
        (DeadlineDropped, "on_time"),
        (DeadlineStarted, "on_time_as_told"),
    ]
