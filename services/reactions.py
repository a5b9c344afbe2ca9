"""What follows from an event: the next command, sent by the system to the next desk.

A reaction decides nothing: it knows only its event, and the command's own decision says whether anything happens. Its
command id is made from the event, so reacting twice is reacting once.
"""

from collections.abc import Callable, Iterable
from typing import Any

from events.callback import CallbackCompleted
from events.event import Event, Recorded
from events.work import CompletionSigned, WorkCompleted
from services.callback import ScheduleCallback
from services.command import Command, derived_id
from services.complaint import RegisterComplaint
from services.policy import IMPORTER, SYSTEM
from services.ticket import CloseTicket, ReopenTicket

FOLLOWER = "reactions"


def react(recorded: Recorded) -> list[Command]:
    """The commands that follow from an event; none for what other systems lived through before it was imported."""
    reaction = REACTIONS.get(type(recorded.event))
    if reaction is None or recorded.context.role == IMPORTER:
        return []
    return list(reaction(recorded))


def follow_completion(recorded: Recorded) -> Iterable[Command]:
    event: WorkCompleted = recorded.event  # type: ignore[assignment]
    if not event.to_be_signed:
        yield from schedule_callback(recorded)


def schedule_callback(recorded: Recorded) -> Iterable[Command]:
    yield ScheduleCallback(**_from(recorded, ScheduleCallback))


def answer_callback(recorded: Recorded) -> Iterable[Command]:
    event: CallbackCompleted = recorded.event  # type: ignore[assignment]
    if event.outcome != "resolved":
        yield ReopenTicket(**_from(recorded, ReopenTicket), reason=event.comment or event.outcome)
        return
    if not event.satisfied:
        number = f"{_name(recorded)}-{recorded.version}"
        statement = event.comment or f"dissatisfied at the callback: {event.ratings}"
        envelope = _from(recorded, RegisterComplaint)
        yield RegisterComplaint(**envelope, complaint=number, statement=statement)
    yield CloseTicket(**_from(recorded, CloseTicket))


def _from(recorded: Recorded, command: type[Command]) -> dict[str, Any]:
    cause = f"{recorded.stream}@{recorded.version}"
    return {
        "command_id": derived_id("reaction", cause, command.__name__),
        "ticket": _name(recorded),
        "site": recorded.context.site,
        "actor": SYSTEM,
        "role": SYSTEM,
        "at": recorded.context.occurred_at,
        "correlation_id": recorded.context.correlation_id,
        "causation_id": cause,
        "traceparent": recorded.context.traceparent,
    }


def _name(recorded: Recorded) -> str:
    return recorded.stream.partition("/")[2]


REACTIONS: dict[type[Event], Callable[[Recorded], Iterable[Command]]] = {
    WorkCompleted: follow_completion,
    CompletionSigned: schedule_callback,
    CallbackCompleted: answer_callback,
}
