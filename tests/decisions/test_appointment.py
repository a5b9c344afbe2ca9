"""Appointments: booked ahead, moved, reconfirmed, missed."""

import pytest

from services.command import Command
from tests.decisions.scenario import (
    appointment_booked,
    appointment_missed,
    appointment_moved,
    appointment_reconfirmed,
    book_appointment,
    call_received,
    clock,
    given,
    miss_appointment,
    move_appointment,
    reconfirm_appointment,
    vehicle_arrived,
    work_completed,
)

BOOKED = (call_received(), appointment_booked())
NEEDS_ONE = (move_appointment(), reconfirm_appointment(), miss_appointment())


def test_a_customer_books_a_time_with_his_own_advisor_and_technician() -> None:
    given(call_received()).when(book_appointment()).then(appointment_booked())


def test_nobody_is_booked_twice() -> None:
    given(*BOOKED).when(book_appointment()).then_refused("booked_already", rule="R-059")


def test_who_missed_an_appointment_may_book_another() -> None:
    given(*BOOKED, appointment_missed()).when(book_appointment()).then(appointment_booked())


@pytest.mark.parametrize("command", [book_appointment(clock("11:00")), move_appointment(expected_at=clock("12:00"))])
def test_an_appointment_lies_ahead(command: Command) -> None:
    history = (call_received(),) if type(command) is type(book_appointment()) else BOOKED
    given(*history).when(command).then_refused("appointment_in_the_past", rule="R-059")


def test_a_standing_appointment_is_moved_reconfirmed_or_missed() -> None:
    given(*BOOKED).when(move_appointment()).then(appointment_moved())
    given(*BOOKED).when(reconfirm_appointment()).then(appointment_reconfirmed())
    given(*BOOKED).when(miss_appointment()).then(appointment_missed())


@pytest.mark.parametrize("command", NEEDS_ONE)
def test_without_an_appointment_there_is_nothing_to_move_reconfirm_or_miss(command: Command) -> None:
    given(call_received()).when(command).then_refused("not_booked", rule="R-059")
    given(*BOOKED, vehicle_arrived()).when(command).then_refused("not_booked", rule="R-059")


@pytest.mark.parametrize("command", [book_appointment(), *NEEDS_ONE])
def test_a_finished_job_has_no_appointments(command: Command) -> None:
    given(*BOOKED, work_completed()).when(command).then_refused("not_open", rule="R-002")


def test_a_moved_appointment_still_stands() -> None:
    moved = given(*BOOKED, appointment_moved())
    moved.when(book_appointment()).then_refused("booked_already", rule="R-059")
    moved.when(move_appointment(clock("16:00"))).then(appointment_moved(clock("16:00")))


def test_who_kept_an_appointment_may_book_another() -> None:
    given(*BOOKED, vehicle_arrived()).when(book_appointment()).then(appointment_booked())


@pytest.mark.parametrize("answer", ["coming", "late", "not_coming", "not_reached"])
def test_what_the_customer_says_before_he_is_expected_is_kept(answer: str) -> None:
    given(*BOOKED).when(reconfirm_appointment(answer, note="已致电")).then(
        appointment_reconfirmed(answer, note="已致电")
    )
