"""What the workshop decides: dispatch (派工), arrival, work with its pauses, completion, signature."""

from typing import Annotated

from pydantic import Field

from events.form import SignatureMethod
from events.work import (
    AdvisorInformed,
    CompletionSigned,
    EngineerArrived,
    EngineerDispatched,
    PauseReason,
    TradeChanged,
    WorkCompleted,
    WorkPaused,
    WorkResumed,
    WorkStarted,
)
from services.command import Decided, Decisions, Moment, TicketCommand, Words
from services.form import Drawing, digest_of
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import Status, Ticket, seconds_between

Person = Annotated[str, Field(min_length=1, max_length=100)]
READY = frozenset({Status.ASSIGNED, Status.DISPATCHED, Status.ON_SITE})
ON_THE_JOB = frozenset({Status.DISPATCHED, Status.ON_SITE, Status.WORKING})


class DispatchEngineer(TicketCommand):
    """Send an engineer; `promised_at` is what the customer was told, if anything was."""

    engineer: Person
    promised_at: Moment | None = None


class ArriveOnSite(TicketCommand):
    """The engineer stands before the customer."""


class StartWork(TicketCommand):
    """Work begins; without a dispatch (phone, remote) the sender does it."""


class PauseWork(TicketCommand):
    """Work stands still, with a reason."""

    reason: PauseReason
    note: str = Field("", max_length=2000)


class ResumeWork(TicketCommand):
    """Work goes on."""


class CompleteWork(TicketCommand):
    """The fault is removed; say how."""

    solution: Words


class SignCompletion(TicketCommand):
    """The customer signs that the service was done; what exactly, the event's digest says.

    `drawing`, as SVG path data in a box 600 × 200, only on a screen.
    """

    signer: Person
    method: SignatureMethod = "on_paper"
    place: str = Field("", max_length=200)
    drawing: Drawing = ""


class InformAdvisor(TicketCommand):
    """Tell the service advisor of a pause, a finding, a delay."""

    advisor: Person
    matter: Words


class ChangeTrade(TicketCommand):
    """Pass the job from one trade to another, and to its engineer."""

    from_trade: Words
    to_trade: Words
    engineer: Person


def dispatch_engineer(command: DispatchEngineer, ticket: Ticket, policy: Policy) -> Decided:
    same = (ticket.engineer, ticket.promised_at) == (command.engineer, command.promised_at)
    if same and ticket.status in ON_THE_JOB:
        return
    must_be_open(command, ticket)
    if ticket.status is Status.REGISTERED:
        raise Rejected("no_team", ticket=command.ticket)
    yield EngineerDispatched(engineer=command.engineer, promised_at=command.promised_at)


def arrive_on_site(command: ArriveOnSite, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.ON_SITE and command.actor == ticket.engineer:
        return
    if ticket.status not in (Status.DISPATCHED, Status.ON_SITE):
        raise Rejected("not_dispatched", ticket=command.ticket, status=ticket.status)
    if command.actor != ticket.engineer:
        raise Rejected("other_engineer", ticket=command.ticket, engineer=ticket.engineer)
    yield EngineerArrived(engineer=ticket.engineer)


def start_work(command: StartWork, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.WORKING:
        return
    must_be_open(command, ticket)
    if ticket.status is Status.PAUSED:
        raise Rejected("open_pause", ticket=command.ticket, reason=ticket.pause_reason)
    if ticket.status not in READY:
        raise Rejected("no_team", ticket=command.ticket)
    yield WorkStarted(engineer=ticket.engineer or command.actor)


def pause_work(command: PauseWork, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.PAUSED and ticket.pause_reason == command.reason:
        return
    if ticket.status is Status.PAUSED:
        yield resumed(command, ticket)  # another reason: that part of the pause is over
    elif ticket.status is not Status.WORKING:
        raise Rejected("not_running", ticket=command.ticket, status=ticket.status)
    yield WorkPaused(reason=command.reason, note=command.note)


def resume_work(command: ResumeWork, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.WORKING:
        return
    if ticket.status is not Status.PAUSED:
        raise Rejected("not_paused", ticket=command.ticket, status=ticket.status)
    yield resumed(command, ticket)


def complete_work(command: CompleteWork, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status is Status.COMPLETED:
        return
    if ticket.status is Status.PAUSED:
        raise Rejected("open_pause", ticket=command.ticket, reason=ticket.pause_reason)
    if ticket.status is not Status.WORKING:
        raise Rejected("not_running", ticket=command.ticket, status=ticket.status)
    must_be_settled(ticket)
    yield completed(command.solution, command, ticket)


def sign_completion(command: SignCompletion, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.signed_by:
        return
    if ticket.status is not Status.COMPLETED:
        raise Rejected("not_finished", ticket=command.ticket, status=ticket.status)
    statement = {"solution": ticket.solution, "completed": ticket.case.seen[WorkCompleted.name]}
    digest = digest_of(command.streams[0], "completion", 1, statement)
    how = {"method": command.method, "place": command.place, "drawing": command.drawing}
    yield CompletionSigned(signer=command.signer, digest=digest, **how)


def inform_advisor(command: InformAdvisor, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    yield AdvisorInformed(advisor=command.advisor, matter=command.matter)


def change_trade(command: ChangeTrade, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.status not in (Status.WORKING, Status.PAUSED):
        raise Rejected("not_running", ticket=command.ticket, status=ticket.status)
    yield TradeChanged(from_trade=command.from_trade, to_trade=command.to_trade, engineer=command.engineer)


def must_be_settled(ticket: Ticket) -> None:
    """Raises Rejected while a part waits in the store or the customer for an answer about an item."""
    for request, part in ticket.parts.items():
        if part.status == "approved":
            raise Rejected("open_part", part_no=part.part_no, request=request)
    for item, proposed in ticket.items.items():
        if proposed.status == "proposed":
            raise Rejected("open_item", item=item)


def resumed(command: TicketCommand, ticket: Ticket) -> WorkResumed:
    """The event that work goes on now, with the length of the pause."""
    seconds = seconds_between(ticket.paused_since or command.at, command.at)
    return WorkResumed(reason=ticket.pause_reason, paused_seconds=seconds, engineer=ticket.engineer, team=ticket.team)


def completed(solution: str, command: TicketCommand, ticket: Ticket) -> WorkCompleted:
    """The event that the fault is removed now, with the durations that follow from the ticket's life so far."""
    elapsed = seconds_between(ticket.handling_since or command.at, command.at)
    paused = ticket.paused_seconds + seconds_between(ticket.paused_since or command.at, command.at)
    return WorkCompleted(
        solution=solution,
        handling_seconds=max(0, elapsed - paused),
        paused_seconds=paused,
        to_be_signed=ticket.needs_signature,
        engineer=ticket.engineer,
        team=ticket.team,
        category=ticket.case.facts.get("category", ""),
    )


DECISIONS: Decisions = {
    DispatchEngineer: dispatch_engineer,
    ArriveOnSite: arrive_on_site,
    StartWork: start_work,
    PauseWork: pause_work,
    ResumeWork: resume_work,
    CompleteWork: complete_work,
    SignCompletion: sign_completion,
    InformAdvisor: inform_advisor,
    ChangeTrade: change_trade,
}
