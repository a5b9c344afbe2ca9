"""What the callback desk decides (回访)."""

from pydantic import ConfigDict, Field

from events.callback import CallbackCompleted, CallbackOutcome, CallbackScheduled, Ratings
from services.command import Decided, Decisions, TicketCommand
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import FINISHED, Status, Ticket


class Rated(Ratings):
    """The ratings as a command gives them: a misspelt field is told, not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ScheduleCallback(TicketCommand):
    """Plan the call after a finished service; the profile says by when."""


class CompleteCallback(TicketCommand):
    """The customer was called and told us."""

    identity_verified: bool
    ratings: Rated
    outcome: CallbackOutcome
    comment: str = Field("", max_length=2000)


def schedule_callback(command: ScheduleCallback, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.callback_due or ticket.called_back or not ticket.needs_callback:
        return
    if ticket.status not in FINISHED - {Status.CANCELLED}:
        raise Rejected("nothing_to_call_back", ticket=command.ticket, status=ticket.status)
    yield CallbackScheduled(due_at=command.at + policy.duration("callback_within"))


def complete_callback(command: CompleteCallback, ticket: Ticket, policy: Policy) -> Decided:
    if not ticket.callback_due:
        raise Rejected("no_callback_due", ticket=command.ticket)
    if not command.identity_verified:
        raise Rejected("identity_not_verified")
    if command.actor == ticket.engineer:
        raise Rejected("own_rating", actor=command.actor)
    yield CallbackCompleted(
        ratings=Ratings(**command.ratings.model_dump()),
        outcome=command.outcome,
        satisfied=_satisfied(command, policy),
        comment=command.comment,
        engineer=ticket.engineer,
        team=ticket.team,
    )


def _satisfied(command: CompleteCallback, policy: Policy) -> bool:
    return command.outcome == "resolved" and command.ratings.lowest >= policy.number("satisfied_from")


DECISIONS: Decisions = {
    ScheduleCallback: schedule_callback,
    CompleteCallback: complete_callback,
}
