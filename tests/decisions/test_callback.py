"""The callback desk: when it calls, whom it asks, and what counts as satisfied."""

import pytest

from events.event import Event
from services.policy import policy_of
from services.ticket_state import Status
from tests.decisions.scenario import (
    BAD,
    GOOD,
    assigned,
    call_received,
    callback_completed,
    callback_scheduled,
    cancelled,
    clock,
    closed,
    complete_callback,
    completion_signed,
    engineer_dispatched,
    for_called_back_profiles,
    for_plain_profiles,
    given,
    reopened,
    schedule_callback,
    work_completed,
    work_started,
)

DONE = (assigned(), engineer_dispatched("wang"), work_started(), work_completed(), completion_signed())


# --- planned


@for_called_back_profiles
def test_a_finished_service_is_called_back_within_the_days_of_its_profile(profile: str) -> None:
    due_at = clock("12:00") + policy_of(profile).duration("callback_within")
    given(call_received(profile), *DONE).when(schedule_callback()).then(callback_scheduled(due_at))


@for_called_back_profiles
def test_a_callback_is_planned_once(profile: str) -> None:
    history = (call_received(profile), *DONE, callback_scheduled())
    given(*history).when(schedule_callback()).then_nothing()
    given(*history, callback_completed()).when(schedule_callback()).then_nothing()


def test_a_profile_without_callbacks_plans_none() -> None:
    given(call_received("imported"), *DONE).when(schedule_callback()).then_nothing()


@pytest.mark.parametrize("story", [(), (assigned(), work_started()), (assigned(), cancelled())])
def test_there_is_nothing_to_ask_before_a_service_is_finished(story: tuple[Event, ...]) -> None:
    history = (call_received("software"), *story)
    given(*history).when(schedule_callback()).then_refused("nothing_to_call_back", rule="R-240")


# --- made


@for_plain_profiles
def test_the_customer_tells_us_and_the_profile_says_whether_that_is_satisfied(profile: str) -> None:
    lowest = int(policy_of(profile).number("satisfied_from"))
    for mark in range(1, 6):
        ratings = {**GOOD, "quality": mark}
        given(call_received(profile), *DONE, callback_scheduled()).when(complete_callback(ratings)).then(
            callback_completed(ratings, satisfied=mark >= lowest)
        )


@for_called_back_profiles
@pytest.mark.parametrize("outcome", ["unresolved", "new_problem"])
def test_a_fault_that_is_not_gone_is_never_satisfied(profile: str, outcome: str) -> None:
    history = (call_received(profile), *DONE, callback_scheduled())
    given(*history).when(complete_callback(GOOD, outcome)).then(callback_completed(GOOD, outcome, False))


def test_the_callback_is_about_whoever_did_the_work() -> None:
    done = (assigned("B"), work_started("li"), work_completed(engineer="li", team="B"), completion_signed())
    given(call_received(), *done, callback_scheduled()).when(complete_callback()).then(
        callback_completed(engineer="li", team="B")
    )


def test_one_bad_mark_is_enough_to_be_dissatisfied() -> None:
    history = (call_received(), *DONE, callback_scheduled())
    given(*history).when(complete_callback(BAD, comment="等了太久")).then(
        callback_completed(BAD, satisfied=False, comment="等了太久")
    )


def test_nobody_is_called_who_is_not_on_the_list() -> None:
    given(call_received(), *DONE).when(complete_callback()).then_refused("no_callback_due", rule="R-240")


def test_a_callback_is_made_once() -> None:
    history = (call_received(), *DONE, callback_scheduled(), callback_completed())
    given(*history).when(complete_callback()).then_refused("no_callback_due", rule="R-240")


def test_a_reopened_ticket_is_not_called_back_before_it_is_done_again() -> None:
    history = (call_received(), *DONE, callback_scheduled(), reopened())
    given(*history).when(complete_callback()).then_refused("no_callback_due", rule="R-240")
    again = (engineer_dispatched(), work_started(), work_completed(), completion_signed())
    given(*history, *again).when(schedule_callback()).then(callback_scheduled())


def test_the_customer_is_verified_before_being_asked() -> None:
    history = (call_received(), *DONE, callback_scheduled())
    given(*history).when(complete_callback(identity_verified=False)).then_refused("identity_not_verified", rule="R-244")


def test_nobody_asks_for_the_rating_of_ones_own_work() -> None:
    history = (call_received(), *DONE, callback_scheduled())
    given(*history).when(complete_callback(actor="wang")).then_refused("own_rating", rule="R-240")


def test_a_callback_leaves_the_ticket_as_it_is_and_reactions_go_on_from_there() -> None:
    state = given(call_received(), *DONE, callback_scheduled(), callback_completed(BAD, "unresolved", False)).state()
    assert (state.status, state.callback_due, state.called_back) == (Status.COMPLETED, None, True)
    assert given(call_received(), *DONE, callback_scheduled(), closed()).state().callback_due is not None
