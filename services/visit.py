"""What the engineer decides on the way to the customer and back (上门服务)."""

from events.visit import DelayNotified, EngineerDeparted, EngineerLeft
from events.work import EngineerArrived, EngineerDispatched
from services.command import Decided, Decisions, Moment, TicketCommand, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import Status, Ticket
from services.work import Person


class DepartForCustomer(TicketCommand):
    """Set out, prepared."""


class NotifyDelay(TicketCommand):
    """Tell the customer in advance that it will be later, and why."""

    new_time: Moment
    reason: Words


class LeaveCustomer(TicketCommand):
    """Go, after the customer said that there is nothing more."""

    permitted_by: Person


def depart_for_customer(command: DepartForCustomer, ticket: Ticket, policy: Policy) -> Decided:
    _must_be_sent(command, ticket)
    if command.actor != ticket.engineer:
        raise Rejected("other_engineer", ticket=command.ticket, engineer=ticket.engineer)
    yield EngineerDeparted(engineer=ticket.engineer)


def notify_delay(command: NotifyDelay, ticket: Ticket, policy: Policy) -> Decided:
    _must_be_sent(command, ticket)
    if ticket.promised_at and command.at > ticket.promised_at:
        raise Rejected("delay_told_late", promised_at=f"{ticket.promised_at:%Y-%m-%d %H:%M}")
    if command.new_time <= command.at:
        raise Rejected("promise_in_the_past", cites="R-153", promised_at=f"{command.new_time:%Y-%m-%d %H:%M}")
    yield DelayNotified(new_time=command.new_time, reason=command.reason)


def leave_customer(command: LeaveCustomer, ticket: Ticket, policy: Policy) -> Decided:
    if not ticket.case.holds(EngineerArrived.name, EngineerDispatched.name):
        raise Rejected("not_with_customer", ticket=command.ticket)
    if ticket.status is Status.WORKING and not ticket.receipt:
        raise Rejected("left_at_work", ticket=command.ticket)
    yield EngineerLeft(permitted_by=command.permitted_by)


def _must_be_sent(command: TicketCommand, ticket: Ticket) -> None:
    if ticket.status is not Status.DISPATCHED:
        raise Rejected("not_dispatched", ticket=command.ticket, status=ticket.status)


DECISIONS: Decisions = {
    DepartForCustomer: depart_for_customer,
    NotifyDelay: notify_delay,
    LeaveCustomer: leave_customer,
}
