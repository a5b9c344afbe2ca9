"""Complaints (投诉): registered by people or after a bad callback, and resolved."""

from typing import ClassVar, NamedTuple

from events.complaint import ComplaintRegistered, ComplaintResolved
from events.event import Context, Event
from services.command import Command, Decided, Decisions, Name, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import Status, Ticket


class ComplaintCommand(Command):
    """A command to one complaint."""

    complaint: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"complaint/{self.complaint}",)


class RegisterComplaint(ComplaintCommand):
    """A customer is dissatisfied with a service."""

    opens: ClassVar[bool] = True
    ticket: Name
    statement: Words

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"complaint/{self.complaint}", f"ticket/{self.ticket}")


class ResolveComplaint(ComplaintCommand):
    """The complaint was handled; say how."""

    result: Words


class Complaint(NamedTuple):
    """Whose complaint it is and whether it is done."""

    site: str = ""
    ticket: str = ""
    statement: str = ""
    resolved: bool = False

    def admit(self, command: Command) -> None:
        """Raises Rejected for an unknown complaint or another site's."""
        if not self.site and not command.opens:
            raise Rejected("unknown_complaint", complaint=command.streams[0].partition("/")[2])
        if self.site and command.site != self.site:
            raise Rejected("other_site", site=self.site, found=command.site)


def evolve(complaint: Complaint, event: Event, context: Context) -> Complaint:
    """The complaint after an event."""
    match event:
        case ComplaintRegistered():
            return Complaint(context.site, event.ticket, event.statement)
        case ComplaintResolved():
            return complaint._replace(resolved=True)
        case _:
            return complaint


def register_complaint(command: RegisterComplaint, complaint: Complaint, ticket: Ticket, policy: Policy) -> Decided:
    if (complaint.ticket, complaint.statement) == (command.ticket, command.statement):
        return
    if complaint.site:
        raise Rejected("complaint_taken", complaint=command.complaint, ticket=complaint.ticket)
    if ticket.status is Status.UNKNOWN:
        raise Rejected("unknown_ticket", ticket=command.ticket)
    if ticket.site != command.site:
        raise Rejected("other_site", site=ticket.site, found=command.site)
    yield ComplaintRegistered(ticket=command.ticket, statement=command.statement)


def resolve_complaint(command: ResolveComplaint, complaint: Complaint, policy: Policy) -> Decided:
    if not complaint.resolved:
        yield ComplaintResolved(result=command.result)


DECISIONS: Decisions = {
    RegisterComplaint: register_complaint,
    ResolveComplaint: resolve_complaint,
}
