"""What the service desk decides: contact, guidance by phone, remote sessions, escalation, another engineer."""

from typing import Literal

from events.support import (
    CustomerContacted,
    EngineerReplaced,
    GuidanceGiven,
    Medium,
    ProgressReported,
    Purpose,
    RemoteSessionEnded,
    RemoteSessionStarted,
    TicketEscalated,
)
from events.work import EngineerDispatched, WorkStarted
from services.command import Decided, Decisions, Moment, Name, TicketCommand, Words
from services.milestone import told
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import Status, Ticket
from services.work import Person, completed, must_be_settled, resumed


class ContactCustomer(TicketCommand):
    """Somebody spoke with the customer; `agreed_at` is what both fixed, e.g. the visit."""

    purpose: Purpose
    medium: Medium
    result: Words
    agreed_at: Moment | None = None


class GiveGuidance(TicketCommand):
    """Guide the customer by phone; if that solves it, the work is done."""

    advice: Words
    result: Literal["solved", "unsolved"]

    @property
    def acts_as(self) -> tuple[str, ...]:
        return ("CompleteWork",) if self.result == "solved" else ()


class StartRemoteSession(TicketCommand):
    """Connect to the customer's system, as he authorised."""

    system: Words


class EndRemoteSession(TicketCommand):
    """Disconnect; say what was changed."""

    changes: Words


class EscalateTicket(TicketCommand):
    """Tell somebody who can do more: a superior, the technical department, the leading group."""

    to: Name
    reason: Words
    urgent: bool = False


class ReportProgress(TicketCommand):
    """Tell the customer how far we are."""

    text: Words
    medium: Medium


class ReplaceEngineer(TicketCommand):
    """Headquarters sends another engineer because the user was dissatisfied."""

    engineer: Person
    reason: Words


def give_guidance(command: GiveGuidance, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    yield GuidanceGiven(advice=command.advice, result=command.result)
    if command.result == "solved":
        must_be_settled(ticket)
        if ticket.status is Status.PAUSED:
            yield resumed(command, ticket)
        elif ticket.status is not Status.WORKING:
            yield WorkStarted(engineer=command.actor)
            ticket = ticket._replace(engineer=command.actor)
        yield completed(command.advice, command, ticket)


def start_remote_session(command: StartRemoteSession, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if _is_connected(ticket):
        raise Rejected("session_open", ticket=command.ticket)
    yield RemoteSessionStarted(system=command.system)


def end_remote_session(command: EndRemoteSession, ticket: Ticket, policy: Policy) -> Decided:
    if not _is_connected(ticket):
        raise Rejected("no_session", ticket=command.ticket)
    yield RemoteSessionEnded(changes=command.changes)


def _is_connected(ticket: Ticket) -> bool:
    return ticket.case.holds(RemoteSessionStarted.name, RemoteSessionEnded.name)


def replace_engineer(command: ReplaceEngineer, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if not ticket.engineer:
        raise Rejected("not_dispatched", ticket=command.ticket, status=ticket.status)
    if ticket.engineer == command.engineer:
        raise Rejected("same_engineer", engineer=command.engineer)
    yield EngineerReplaced(engineer=command.engineer, instead_of=ticket.engineer, reason=command.reason)
    yield EngineerDispatched(engineer=command.engineer, promised_at=ticket.promised_at)


DECISIONS: Decisions = {
    ContactCustomer: told(CustomerContacted, also_when_finished=True),
    GiveGuidance: give_guidance,
    StartRemoteSession: start_remote_session,
    EndRemoteSession: end_remote_session,
    EscalateTicket: told(TicketEscalated),
    ReportProgress: told(ProgressReported, also_when_finished=True),
    ReplaceEngineer: replace_engineer,
}
