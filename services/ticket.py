"""What reception decides about a ticket (工单): register, classify, assign, hand over, merge, close, reopen."""

from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from events.ticket import (
    Channel,
    Customer,
    CustomerDataOpened,
    TicketAbsorbed,
    TicketAssigned,
    TicketCancelled,
    TicketClassified,
    TicketClosed,
    TicketHandedOver,
    TicketMerged,
    TicketNoted,
    TicketPlacedOnFollowUp,
    TicketRegistered,
    TicketReleased,
    TicketReopened,
    TicketSeparated,
    Zone,
)
from services.command import Decided, Decisions, Name, On, TicketCommand, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import ENDED, FINISHED, Status, Ticket


class Caller(Customer):
    """The customer as a command gives him: a misspelt field is told, not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Team = Annotated[str, Field(min_length=1, max_length=100)]


class RegisterTicket(TicketCommand):
    """Write a request into the register (登记).

    If the customer has an `agreement`, its period and scope say whether the `service` is covered, and its grade holds.
    """

    opens: ClassVar[bool] = True
    problem: Words
    product: str = Field(max_length=200)
    channel: Channel
    customer: Caller
    profile: Name
    agreement: Annotated[str, Field(pattern=r"^[\w.\-]{0,64}$")] = ""
    service: str = Field("", max_length=100)
    grade: str = Field("", max_length=64)
    zone: Zone = ""

    @property
    def streams(self) -> tuple[str, ...]:
        agreement = (f"agreement/{self.agreement}",) if self.agreement else ()
        return (f"ticket/{self.ticket}", *agreement)


class ClassifyTicket(TicketCommand):
    """Give the request its kind and its fault grade, 1 (worst) to 4."""

    category: Words
    fault_grade: int = Field(ge=1, le=4)


class AssignTicket(TicketCommand):
    """Make a team, and perhaps one person, answer for the ticket."""

    team: Team
    owner: str = Field("", max_length=100)


class HandOverTicket(TicketCommand):
    """Pass the ticket to another team (转派)."""

    to_team: Team
    reason: Words


class FollowUpTicket(TicketCommand):
    """Put the ticket on the follow-up list (待跟踪) for a day."""

    follow_up_on: date
    reason: Words


class AddNote(TicketCommand):
    """Add a remark; possible at any time, also after the end."""

    reaches_merged: ClassVar[bool] = True
    text: Words


class OpenCustomerData(TicketCommand):
    """Look at the customer's name, telephone number and address; only while the case is open, and it is recorded."""

    purpose: Words


class MergeTicket(TicketCommand):
    """This ticket is the same case as `into`; it goes on there."""

    into: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"ticket/{self.ticket}", f"ticket/{self.into}")


class SeparateTicket(TicketCommand):
    """Undo a merge: the ticket lives on its own again, as it was."""

    reaches_merged: ClassVar[bool] = True
    merged_into: Name
    reason: Words

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"ticket/{self.ticket}", f"ticket/{self.merged_into}")


class CancelTicket(TicketCommand):
    """The request is void."""

    reason: Words


class ReopenTicket(TicketCommand):
    """A finished ticket is work again."""

    reason: Words


class CloseTicket(TicketCommand):
    """Everything is done."""


def register_ticket(command: RegisterTicket, ticket: Ticket, *agreed: Any) -> Decided:
    if ticket.status is not Status.UNKNOWN:
        raise Rejected("already_registered", ticket=command.ticket)
    *agreements, policy = agreed
    for agreement in agreements:
        agreement.admit(command)
    yield TicketRegistered(
        problem=command.problem,
        product=command.product,
        channel=command.channel,
        customer=Customer(**command.customer.model_dump()),
        profile=policy.profile,
        policy_version=policy.version,
        needs_signature=policy.flag("needs_signature"),
        needs_callback=policy.flag("needs_callback"),
        agreement=command.agreement,
        coverage=agreements[0].coverage(command.at.date(), command.service) if agreements else "unasked",
        grade=agreements[0].grade if agreements else command.grade,
        zone=command.zone,
    )


def classify_ticket(command: ClassifyTicket, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    yield TicketClassified(category=command.category, fault_grade=command.fault_grade)


def assign_ticket(command: AssignTicket, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.ASSIGNED and (ticket.team, ticket.owner) == (command.team, command.owner):
        return
    must_be_open(command, ticket)
    if ticket.team not in ("", command.team):
        yield TicketHandedOver(from_team=ticket.team, to_team=command.team, reason="assigned anew")
    yield TicketAssigned(team=command.team, owner=command.owner)


def hand_over_ticket(command: HandOverTicket, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.team == command.to_team:
        return
    must_be_open(command, ticket)
    if not ticket.team:
        raise Rejected("no_team", ticket=command.ticket)
    yield TicketHandedOver(from_team=ticket.team, to_team=command.to_team, reason=command.reason)


def follow_up_ticket(command: FollowUpTicket, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status in ENDED:
        raise Rejected("not_open", ticket=command.ticket, status=ticket.status)
    yield TicketPlacedOnFollowUp(follow_up_on=command.follow_up_on, reason=command.reason)


def add_note(command: AddNote, ticket: Ticket, policy: Policy) -> Decided:
    yield TicketNoted(text=command.text)


def open_customer_data(command: OpenCustomerData, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status in ENDED:
        raise Rejected("no_open_case", ticket=command.ticket, status=ticket.status)
    yield CustomerDataOpened(purpose=command.purpose)


def merge_ticket(command: MergeTicket, ticket: Ticket, survivor: Ticket, policy: Policy) -> Decided:
    if command.into == command.ticket:
        raise Rejected("merge_with_itself")
    if survivor.status is Status.UNKNOWN:
        raise Rejected("unknown_ticket", ticket=command.into)
    if survivor.site != command.site:
        raise Rejected("other_site", site=survivor.site, found=command.site)
    if survivor.status in ENDED:
        raise Rejected("merge_into_ended", into=command.into, status=survivor.status)
    yield TicketMerged(into=command.into)
    yield On(command.streams[1], TicketAbsorbed(other=command.ticket))


def separate_ticket(command: SeparateTicket, ticket: Ticket, survivor: Ticket, policy: Policy) -> Decided:
    if ticket.status is not Status.MERGED or ticket.into != command.merged_into:
        raise Rejected("not_merged", ticket=command.ticket)
    yield TicketSeparated(other=command.merged_into, reason=command.reason)
    yield On(command.streams[1], TicketReleased(other=command.ticket))


def cancel_ticket(command: CancelTicket, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.CANCELLED:
        return
    must_be_open(command, ticket)
    yield TicketCancelled(reason=command.reason)


def reopen_ticket(command: ReopenTicket, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status not in FINISHED:
        raise Rejected("not_ended", ticket=command.ticket, status=ticket.status)
    yield TicketReopened(reason=command.reason)


def close_ticket(command: CloseTicket, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.CLOSED:
        return
    if ticket.status is not Status.COMPLETED:
        raise Rejected("no_solution", ticket=command.ticket, status=ticket.status)
    if ticket.needs_signature and not ticket.signed_by:
        raise Rejected("unsigned", ticket=command.ticket)
    if ticket.needs_callback and not ticket.called_back:
        raise Rejected("no_callback", ticket=command.ticket)
    yield TicketClosed(solution=ticket.solution)


def must_be_open(command: TicketCommand, ticket: Ticket) -> None:
    """Raises Rejected if the work on the ticket is finished."""
    if ticket.status in FINISHED:
        raise Rejected("not_open", ticket=command.ticket, status=ticket.status)


DECISIONS: Decisions = {
    RegisterTicket: register_ticket,
    ClassifyTicket: classify_ticket,
    AssignTicket: assign_ticket,
    HandOverTicket: hand_over_ticket,
    FollowUpTicket: follow_up_ticket,
    AddNote: add_note,
    OpenCustomerData: open_customer_data,
    MergeTicket: merge_ticket,
    SeparateTicket: separate_ticket,
    CancelTicket: cancel_ticket,
    ReopenTicket: reopen_ticket,
    CloseTicket: close_ticket,
}
