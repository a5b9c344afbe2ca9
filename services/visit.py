"""What the engineer decides on the way to the customer and back (上门服务)."""

from events.visit import DelayNotified, EngineerDeparted, EngineerLeft
from services.command import Decided, Decisions, Moment, TicketCommand, Words
from services.milestone import told
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
    if ticket.status is not Status.DISPATCHED:
        raise Rejected("not_dispatched", ticket=command.ticket, status=ticket.status)
    if command.actor != ticket.engineer:
        raise Rejected("other_engineer", ticket=command.ticket, engineer=ticket.engineer)
    yield EngineerDeparted(engineer=ticket.engineer)


def notify_delay(command: NotifyDelay, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.promised_at and command.at > ticket.promised_at:
        raise Rejected("delay_told_late", promised_at=f"{ticket.promised_at:%Y-%m-%d %H:%M}")
    yield DelayNotified(new_time=command.new_time, reason=command.reason)


DECISIONS: Decisions = {
    DepartForCustomer: depart_for_customer,
    NotifyDelay: notify_delay,
    LeaveCustomer: told(EngineerLeft, also_when_finished=True),
}
