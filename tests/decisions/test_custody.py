"""The customer's property in our hands: against a receipt, inspected, returned, archived."""

from datetime import date

import pytest

from events.event import Event
from services.command import Command
from tests.decisions.scenario import (
    archive_papers,
    call_received,
    cancel_ticket,
    cancelled,
    close_ticket,
    closed,
    completion_signed,
    form_filled,
    form_signed,
    given,
    inspection_passed,
    merge_ticket,
    papers_archived,
    product_returned,
    product_taken_away,
    return_date_set,
    return_product,
    rework_ordered,
    set_return_date,
    sign_completion,
    take_product_away,
    work_completed,
    work_paused,
    work_started,
)

AT_WORK = (call_received(), work_started())
TAKEN = (*AT_WORK, product_taken_away("坐框", "SJ-1"))
REPAIRED = (*TAKEN, work_completed())

# --- taken away


def test_a_product_is_taken_away_against_a_receipt() -> None:
    given(*AT_WORK).when(take_product_away("坐框", "SJ-1")).then(product_taken_away("坐框", "SJ-1"))


def test_what_is_with_us_is_not_taken_away_again() -> None:
    refusal = given(*TAKEN).when(take_product_away("坐框", "SJ-2")).then_refused("taken_already", rule="R-183")
    assert "against receipt SJ-1" in refusal.english


def test_what_was_returned_can_be_taken_away_again() -> None:
    history = (*TAKEN, product_returned("SJ-1"))
    given(*history).when(take_product_away("坐框", "SJ-2")).then(product_taken_away("坐框", "SJ-2"))


@pytest.mark.parametrize("end", [work_completed(), closed(), cancelled()], ids=["completed", "closed", "cancelled"])
def test_nothing_is_taken_away_when_the_work_is_finished(end: Event) -> None:
    given(*AT_WORK, end).when(take_product_away()).then_refused("not_open", rule="R-002")


@pytest.mark.parametrize(("profile", "form"), [("furniture", "Not to be finished on site"), ("on-site", "Agreement")])
def test_a_product_is_taken_away_as_agreed(profile: str, form: str) -> None:
    history = (call_received(profile), work_started())
    refusal = given(*history).when(take_product_away()).then_refused("guard_needs", rule="R-163")
    assert form in refusal.english


@pytest.mark.parametrize("profile", ["furniture", "voucher-repair"])
def test_a_receipt_comes_before_the_product_goes(profile: str) -> None:
    history = (call_received(profile), work_started(), form_filled("not_finished", {}))
    given(*history).when(take_product_away()).then_refused("guard_needs", rule="R-183")


def test_the_customer_signs_the_voucher_too() -> None:
    history = (call_received("voucher-repair"), work_started(), form_signed("take_away_receipt"))
    given(*history).when(take_product_away()).then_refused("guard_needs", rule="R-184")
    given(*history, form_signed("voucher_take_away")).when(take_product_away()).then(product_taken_away())


# --- while it is with us


@pytest.mark.parametrize("command", [cancel_ticket(), merge_ticket(), close_ticket(), sign_completion()])
def test_no_case_ends_while_the_product_is_with_us(command: Command) -> None:
    refusal = given(*REPAIRED).when(command).then_refused("guard_needs", rule="R-189")
    assert "the product returned" in refusal.english


def test_after_its_return_the_case_may_end() -> None:
    given(*TAKEN, product_returned("SJ-1")).when(cancel_ticket()).then(cancelled())


def test_a_second_product_that_was_taken_away_has_to_come_back_as_well() -> None:
    history = (*TAKEN, product_returned("SJ-1"), product_taken_away("坐垫", "SJ-2"))
    given(*history).when(cancel_ticket()).then_refused("guard_needs", rule="R-189")


# --- the return


def test_the_return_date_follows_the_directors_inspection() -> None:
    given(*REPAIRED).when(set_return_date()).then_refused("guard_needs", rule="R-188")
    inspected = (*REPAIRED, inspection_passed("director", "zhang"))
    given(*inspected).when(set_return_date()).then(return_date_set(return_on=date(2026, 3, 6)))


def test_an_inspection_of_the_time_before_does_not_count() -> None:
    history = (*AT_WORK, inspection_passed("director", "zhang"), product_taken_away(), work_paused())
    given(*history).when(set_return_date()).then_refused("guard_needs", rule="R-188")


def test_an_inspection_before_a_rework_does_not_count_with_the_voucher() -> None:
    voucher = (call_received("voucher-repair"), work_started(), product_taken_away(), work_completed())
    history = (*voucher, inspection_passed("director", "zhang"), return_date_set())
    given(*history).when(return_product()).then(product_returned())
    again = (*history, rework_ordered("director"), work_completed("返修"))
    given(*again).when(return_product()).then_refused("guard_needs", rule="R-188")
    given(*again).when(set_return_date()).then_refused("guard_needs", rule="R-188")


def test_there_is_no_return_date_for_what_is_not_with_us() -> None:
    history = (*AT_WORK, inspection_passed("director", "zhang"))
    given(*history).when(set_return_date()).then_refused("not_taken", rule="R-183")


def test_the_product_goes_back_and_its_receipt_is_void() -> None:
    given(*REPAIRED).when(return_product("SJ-1")).then(product_returned("SJ-1"))


def test_another_receipt_brings_nothing_back() -> None:
    refusal = given(*REPAIRED).when(return_product("SJ-9")).then_refused("other_receipt", rule="R-189")
    assert "went with receipt SJ-1, not SJ-9" in refusal.english


@pytest.mark.parametrize("history", [AT_WORK, (*TAKEN, product_returned("SJ-1"))], ids=["never taken", "returned"])
def test_nothing_can_be_returned_that_is_not_with_us(history: tuple[Event, ...]) -> None:
    given(*history).when(return_product("SJ-1")).then_refused("not_taken", rule="R-183")


def test_with_the_voucher_nothing_goes_back_before_its_date_is_set() -> None:
    voucher = (call_received("voucher-repair"), work_started(), product_taken_away(), work_completed())
    history = (*voucher, inspection_passed("director", "zhang"))
    given(*history).when(return_product()).then_refused("guard_needs", rule="R-188")
    given(*history, return_date_set()).when(return_product()).then(product_returned())


# --- the papers


@pytest.mark.parametrize("end", [work_completed(), closed(), cancelled()], ids=["completed", "closed", "cancelled"])
def test_papers_are_put_away_also_after_the_end(end: Event) -> None:
    given(*AT_WORK, end).when(archive_papers()).then(papers_archived())


def test_a_voucher_is_archived_when_the_customer_has_signed() -> None:
    history = (call_received("voucher-repair"), work_started(), work_completed())
    given(*history).when(archive_papers()).then_refused("guard_needs", rule="R-191")
    given(*history, completion_signed()).when(archive_papers()).then(papers_archived())


def test_the_line_in_the_register_is_cancelled_before_the_case_is_closed() -> None:
    history = (call_received("voucher-repair"), work_started(), work_completed(), completion_signed())
    given(*history).when(close_ticket()).then_refused("guard_needs", rule="R-191")
    given(*history, papers_archived()).when(close_ticket()).then(closed())


def test_the_voucher_of_a_cancelled_request_is_archived_unsigned() -> None:
    given(call_received("voucher-repair"), cancelled()).when(archive_papers()).then(papers_archived())
