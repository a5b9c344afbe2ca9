"""What reception decides about appointments (预约)."""

from typing import Literal

from pydantic import Field

from events.appointment import AppointmentBooked, AppointmentMissed, AppointmentMoved, AppointmentReconfirmed
from events.reception import VehicleArrived
from services.command import Decided, Decisions, Moment, TicketCommand, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import Ticket
from services.work import Person


class BookAppointment(TicketCommand):
    """The customer will come at a time, to an advisor and a technician who know his data."""

    expected_at: Moment
    advisor: Person
    technician: Person
    source: Literal["inbound", "outbound"]
    wish: Words


class MoveAppointment(TicketCommand):
    """The customer comes at another time."""

    expected_at: Moment
    reason: Words


class ReconfirmAppointment(TicketCommand):
    """Call the customer half an hour before he is expected."""

    answer: Literal["coming", "late", "not_coming", "not_reached"]
    note: str = Field("", max_length=2000)


class MissAppointment(TicketCommand):
    """The customer did not come."""

    note: str = Field("", max_length=2000)


def book_appointment(command: BookAppointment, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    _must_lie_ahead(command)
    if is_booked(ticket):
        raise Rejected("booked_already", ticket=command.ticket)
    fields = {name: getattr(command, name) for name in AppointmentBooked.model_fields}
    yield AppointmentBooked.model_validate(fields)


def move_appointment(command: MoveAppointment, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    _must_lie_ahead(command)
    _must_be_booked(command, ticket)
    yield AppointmentMoved(expected_at=command.expected_at, reason=command.reason)


def reconfirm_appointment(command: ReconfirmAppointment, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    _must_be_booked(command, ticket)
    yield AppointmentReconfirmed(answer=command.answer, note=command.note)


def miss_appointment(command: MissAppointment, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    _must_be_booked(command, ticket)
    yield AppointmentMissed(note=command.note)


def is_booked(ticket: Ticket) -> bool:
    """Whether an appointment stands that the customer has neither kept nor missed."""
    since = max(ticket.case.seen.get(event.name, 0) for event in (VehicleArrived, AppointmentMissed))
    return ticket.case.seen.get(AppointmentBooked.name, 0) > since


def _must_be_booked(command: TicketCommand, ticket: Ticket) -> None:
    if not is_booked(ticket):
        raise Rejected("not_booked", ticket=command.ticket)


def _must_lie_ahead(command: BookAppointment | MoveAppointment) -> None:
    if command.expected_at <= command.at:
        raise Rejected("appointment_in_the_past", expected_at=f"{command.expected_at:%Y-%m-%d %H:%M}")


DECISIONS: Decisions = {
    BookAppointment: book_appointment,
    MoveAppointment: move_appointment,
    ReconfirmAppointment: reconfirm_appointment,
    MissAppointment: miss_appointment,
}
