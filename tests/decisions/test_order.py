"""The estimate and its cap; items that were not on the order."""

import pytest

from events.event import Event
from services.command import Command
from tests.decisions.scenario import (
    approve_item,
    call_received,
    clock,
    complete_work,
    decline_item,
    estimate_given,
    give_estimate,
    given,
    item_approved,
    item_declined,
    item_proposed,
    propose_item,
    work_completed,
    work_started,
)

AT_WORK = (call_received(), work_started())
PROPOSED = (*AT_WORK, item_proposed())


def test_an_estimate_names_its_lines_and_a_sum_that_is_not_exceeded() -> None:
    given(call_received()).when(give_estimate()).then(estimate_given())


def test_the_lines_keep_within_the_cap() -> None:
    given(call_received()).when(give_estimate(600)).then_refused("estimate_above_cap", rule="R-104")


@pytest.mark.parametrize(
    ("command", "rule"),
    [(give_estimate(promised_at=clock("12:00")), "R-107"), (propose_item(promised_at=clock("11:00")), "R-114")],
)
def test_a_promise_lies_ahead(command: Command, rule: str) -> None:
    given(*AT_WORK).when(command).then_refused("promise_in_the_past", rule=rule)


def test_the_customer_agrees_to_an_item_or_does_not() -> None:
    given(*AT_WORK).when(propose_item()).then(item_proposed())
    given(*PROPOSED).when(approve_item()).then(item_approved())
    given(*PROPOSED).when(decline_item()).then(item_declined())


def test_an_item_for_safety_that_is_declined_is_told_apart() -> None:
    given(*AT_WORK, item_proposed(safety=True)).when(decline_item()).then(item_declined(weight="safety"))


def test_saying_the_same_again_changes_nothing() -> None:
    given(*PROPOSED, item_approved()).when(approve_item()).then_nothing()
    given(*PROPOSED, item_declined()).when(decline_item()).then_nothing()


def test_an_item_is_proposed_once() -> None:
    given(*PROPOSED).when(propose_item()).then_refused("item_known", rule="R-114")


@pytest.mark.parametrize("command", [approve_item(), decline_item()])
def test_nobody_agrees_to_what_was_not_proposed(command: Command) -> None:
    given(*AT_WORK).when(command).then_refused("unknown_item", rule="R-114")


def test_work_is_not_done_while_an_item_is_open() -> None:
    given(*PROPOSED).when(complete_work()).then_refused("open_item", rule="R-114")


@pytest.mark.parametrize("command", [give_estimate(), propose_item(), approve_item()])
def test_nothing_is_added_to_work_that_is_done(command: Command) -> None:
    given(*PROPOSED, work_completed()).when(command).then_refused("not_open", rule="R-002")


def test_fen_are_added_up_to_the_fen() -> None:
    three = {"lines": [{"item": "机油", "labour": 0.1, "parts": 0.2}]}
    given(call_received()).when(give_estimate(0.3, **three)).then(estimate_given(0.3, 0.3, **three))
    added = (estimate_given(cap=100.1), item_proposed("雨刷", 200.2), item_approved("雨刷", 200.2))
    assert given(*AT_WORK, *added).state().agreed_amount == 300.3


def test_the_customer_may_change_his_mind_and_owes_what_he_agreed_to_last() -> None:
    agreed = given(*PROPOSED, estimate_given(cap=700), item_approved())
    assert agreed.state().agreed_amount == 1600
    agreed.when(decline_item()).then(item_declined())
    declined = agreed.and_given(item_declined())
    assert declined.state().agreed_amount == 700
    declined.when(approve_item()).then(item_approved())


def test_an_item_that_was_declined_is_not_proposed_again() -> None:
    given(*PROPOSED, item_declined()).when(propose_item()).then_refused("item_known", rule="R-114")


def test_the_customer_agrees_to_the_fee_that_he_was_told() -> None:
    given(*AT_WORK, item_proposed("雨刷", 120)).when(approve_item("雨刷")).then(item_approved("雨刷", 120))


@pytest.mark.rule("R-114")
@pytest.mark.parametrize("answer", [item_approved(), item_declined()], ids=["approved", "declined"])
def test_work_is_done_when_the_customer_has_answered(answer: Event) -> None:
    given(*PROPOSED, answer).when(complete_work()).then(work_completed(handling_seconds=3 * 3600, team=""))
