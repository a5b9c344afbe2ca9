"""The estimate and its cap; items that were not on the order."""

import pytest

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
