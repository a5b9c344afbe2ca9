"""Payment, exit pass, departure."""

import pytest

from events.event import Event
from tests.decisions.scenario import (
    call_received,
    estimate_given,
    exit_pass_issued,
    form_filled,
    form_signed,
    given,
    issue_exit_pass,
    item_approved,
    item_proposed,
    payment_received,
    receive_payment,
    release_vehicle,
    reopened,
    vehicle_released,
    work_completed,
)

AGREED = (call_received(), estimate_given(680, 700))
PAID = (*AGREED, payment_received())


def sheet(total: float) -> tuple[Event, Event]:
    """A settlement sheet over so many yuan, signed."""
    return form_filled("settlement_sheet", {"total": total}), form_signed("settlement_sheet")


def test_the_customer_pays_what_the_settlement_sheet_says() -> None:
    given(*AGREED, *sheet(680)).when(receive_payment(680)).then(payment_received(680))


def test_another_amount_is_not_taken() -> None:
    given(*AGREED, *sheet(680)).when(receive_payment(650)).then_refused("other_amount", rule="R-232")


def test_nobody_is_charged_more_than_he_agreed_to() -> None:
    given(*AGREED, *sheet(900)).when(receive_payment(900)).then_refused("more_than_agreed", rule="R-114")
    added = (item_proposed("制动盘", 900), item_approved("制动盘", 900))
    given(*AGREED, *added, *sheet(1600)).when(receive_payment(1600)).then(payment_received(1600))


def test_nobody_pays_twice_for_one_sheet() -> None:
    charged = (*AGREED, *sheet(680), payment_received())
    given(*charged).when(receive_payment(680)).then_refused("paid_already", rule="R-234")
    given(*charged, *sheet(20)).when(receive_payment(20)).then(payment_received(20))


def test_a_job_that_was_opened_again_may_be_charged_again() -> None:
    again = (*PAID, work_completed(), reopened(), estimate_given(100, 100))
    given(*again).when(receive_payment(100)).then(payment_received(100))


def test_the_exit_pass_follows_the_payment() -> None:
    given(*AGREED).when(issue_exit_pass()).then_refused("guard_needs", rule="R-233")
    given(*PAID).when(issue_exit_pass()).then(exit_pass_issued())


def test_a_car_leaves_once_with_its_own_exit_pass() -> None:
    given(*PAID).when(release_vehicle()).then_refused("guard_needs", rule="R-233")
    given(*PAID, exit_pass_issued("CM-2")).when(release_vehicle()).then_refused("other_exit_pass", rule="R-233")
    given(*PAID, exit_pass_issued()).when(release_vehicle()).then(vehicle_released())
    given(*PAID, exit_pass_issued(), vehicle_released()).when(release_vehicle()).then_nothing()


@pytest.mark.rule("R-234")
def test_a_job_that_was_opened_again_is_not_charged_for_the_old_sheet_again() -> None:
    again = given(*AGREED, *sheet(680), payment_received(), reopened())
    again.when(receive_payment(680)).then_refused("paid_already", rule="R-234")
    again.and_given(estimate_given(100, 100), *sheet(100)).when(receive_payment(100)).then(payment_received(100))


def test_where_there_is_no_sheet_the_customer_pays_what_he_agreed_to() -> None:
    given(*AGREED).when(receive_payment(700)).then(payment_received(700))
    given(*AGREED).when(receive_payment(680)).then_refused("other_amount", rule="R-232")
    given(*AGREED, payment_received(700)).when(receive_payment(700)).then_refused("paid_already", rule="R-234")


def test_what_is_agreed_to_the_fen_can_be_paid_to_the_fen() -> None:
    added = (estimate_given(cap=100.1), item_proposed("雨刷", 200.2), item_approved("雨刷", 200.2))
    given(call_received(), *added, *sheet(300.3)).when(receive_payment(300.3)).then(payment_received(300.3))


def test_who_pays_nothing_has_paid() -> None:
    given(call_received(), *sheet(0)).when(receive_payment(0)).then(payment_received(0))


def test_a_new_exit_pass_counts_instead_of_the_old_one() -> None:
    again = given(*PAID, exit_pass_issued(), vehicle_released(), exit_pass_issued("CM-2"))
    again.when(release_vehicle()).then_refused("other_exit_pass", rule="R-233")
    again.when(release_vehicle(exit_pass="CM-2")).then(vehicle_released(exit_pass="CM-2"))
