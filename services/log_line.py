"""A line of another system's log, led along the same decisions as a person's command.

A log says where a ticket is; the steps between are left unsaid. `IMPLIED` supplies them: before a ticket is paused it
must have been started, before it is started it must have been reopened … What the rules then still refuse is written
into the line's event and told in the answer, so no line is ever lost.
"""

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any, ClassVar, Literal, cast

from pydantic import Field

from events.event import Event
from events.log_line import LogLineImported
from events.ticket import Customer, TicketAssigned, TicketHandedOver, TicketRegistered
from events.work import PauseReason
from services import guard, work
from services import ticket as reception
from services.command import Command, Decided, Decisions, Name, TicketCommand
from services.policy import Policy
from services.refusal import Refusal, Rejected
from services.ticket_state import Status, Ticket, evolve

Action = Literal[
    "AssignTicket",
    "DispatchEngineer",
    "StartWork",
    "PauseWork",
    "ResumeWork",
    "CompleteWork",
    "CloseTicket",
    "CancelTicket",
    "ReopenTicket",
    "",
]


class ImportLogLine(TicketCommand):
    """One line of a log: who had the ticket when, and what the line's status means as a command (`action`).

    An empty `team` means that the log does not say; the ticket stays with whom it is.
    """

    opens: ClassVar[bool] = True
    log: Name
    line: int = Field(ge=1)
    profile: Name
    team: str
    product: str
    impact: str
    action: Action
    reason: PauseReason = "other"
    status: str
    attributes: dict[str, str]


def import_log_line(command: ImportLogLine, ticket: Ticket, policy: Policy) -> Decided:
    story = _Story(command, ticket, policy)
    yield from story.tell()
    yield LogLineImported(
        log=command.log,
        line=command.line,
        status=command.status,
        action=command.action,
        refused=story.refused.code if story.refused else "",
        attributes=command.attributes,
    )
    if story.refused:
        yield story.refused.model_copy(update={"kept": True})


class _Story:
    """What a line makes of a ticket: the events it causes, and the first refusal on the way."""

    def __init__(self, line: ImportLogLine, ticket: Ticket, policy: Policy) -> None:
        self.line = line if line.team else line.model_copy(update={"team": ticket.team})
        self.ticket, self.policy, self.context = ticket, policy, line.context()
        self.refused: Refusal | None = None

    def tell(self) -> Iterator[Event]:
        try:
            _must_be_newest(self.line, self.ticket)
            if self.ticket.status is Status.UNKNOWN:
                yield from self._then(_registered(self.line, self.policy))
            if self.line.team != self.ticket.team:
                yield from self._then(_moved(self.line, self.ticket))
            yield from self._reach(self.line.action)
        except Rejected as rejected:
            self.refused = rejected.refusal

    def _reach(self, action: str) -> Iterator[Event]:
        before = None
        while (implied := IMPLIED.get(action, {}).get(self.ticket.status)) and self.ticket.status is not before:
            before = self.ticket.status  # a step that led nowhere is not taken again
            yield from self._reach(implied)
        for event in _decided(action, self.line, self.ticket, self.policy):
            yield from self._then(event)

    def _then(self, event: Event) -> Iterator[Event]:
        self.ticket = evolve(self.ticket, event, self.context)
        yield event


def _must_be_newest(line: ImportLogLine, ticket: Ticket) -> None:
    """Raises Rejected if something later is known: then the line is history, and changes nothing."""
    if ticket.latest_at is not None and line.at < ticket.latest_at:
        raise Rejected("late_line")


def _registered(line: ImportLogLine, policy: Policy) -> TicketRegistered:
    return TicketRegistered(
        problem=line.impact,
        product=line.product,
        channel="system",
        customer=Customer(name=""),
        profile=policy.profile,
        policy_version=policy.version,
        needs_signature=policy.flag("needs_signature"),
        needs_callback=policy.flag("needs_callback"),
    )


def _moved(line: ImportLogLine, ticket: Ticket) -> Event:
    """The log says who has the ticket; a fact of the past needs nobody's leave."""
    if ticket.team:
        return TicketHandedOver(from_team=ticket.team, to_team=line.team, reason=line.status)
    return TicketAssigned(team=line.team)


def _decided(action: str, line: ImportLogLine, ticket: Ticket, policy: Policy) -> Iterable[Event]:
    if not action:
        return ()
    decide, fields = ACTIONS[action]
    # It need only look like the command: the line was validated, and a log without teams is still a log.
    sender = {"site": line.site, "actor": line.actor, "role": line.role, "at": line.at}
    command = LIKE[action](ticket=line.ticket, **sender, **fields(line))
    guard.check(cast(Command, command), ticket.case, policy)  # nor does a log lead around the rows of a live ticket
    return cast(Iterable[Event], decide(command, ticket, policy))


_NOT_BEGUN = (Status.REGISTERED, Status.ASSIGNED, Status.DISPATCHED, Status.ON_SITE)
_FINISHED = (Status.COMPLETED, Status.CLOSED, Status.CANCELLED)

IMPLIED: dict[str, dict[Status, str]] = {
    "AssignTicket": dict.fromkeys(_FINISHED, "ReopenTicket"),
    "DispatchEngineer": {Status.REGISTERED: "AssignTicket"} | dict.fromkeys(_FINISHED, "ReopenTicket"),
    "StartWork": {Status.REGISTERED: "AssignTicket", Status.PAUSED: "ResumeWork"}
    | dict.fromkeys(_FINISHED, "ReopenTicket"),
    "PauseWork": dict.fromkeys((*_NOT_BEGUN, *_FINISHED), "StartWork"),
    "ResumeWork": dict.fromkeys((*_NOT_BEGUN, *_FINISHED), "StartWork"),
    "CompleteWork": dict.fromkeys(_NOT_BEGUN, "StartWork") | {Status.PAUSED: "ResumeWork"},
    "CloseTicket": dict.fromkeys((*_NOT_BEGUN, Status.WORKING, Status.PAUSED), "CompleteWork"),
}

Fields = Callable[[ImportLogLine], dict[str, Any]]

# a line's action → the decision of the command it stands for, and what that command says beyond ticket, actor and time
ACTIONS: dict[str, tuple[Callable[..., Decided], Fields]] = {
    "AssignTicket": (reception.assign_ticket, lambda line: {"team": line.team, "owner": ""}),
    "DispatchEngineer": (work.dispatch_engineer, lambda line: {"engineer": line.actor, "promised_at": None}),
    "StartWork": (work.start_work, lambda line: {}),
    "PauseWork": (work.pause_work, lambda line: {"reason": line.reason, "note": line.status}),
    "ResumeWork": (work.resume_work, lambda line: {}),
    "CompleteWork": (work.complete_work, lambda line: {"solution": line.status}),
    "CloseTicket": (reception.close_ticket, lambda line: {}),
    "CancelTicket": (reception.cancel_ticket, lambda line: {"reason": line.status}),
    "ReopenTicket": (reception.reopen_ticket, lambda line: {"reason": line.status}),
}

LIKE = {
    action: type(action, (SimpleNamespace,), {"acts_as": ()}) for action in ACTIONS
}  # named as the commands are: guards ask

DECISIONS: Decisions = {ImportLogLine: import_log_line}
