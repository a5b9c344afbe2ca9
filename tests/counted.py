"""What the key figures count, told by the log alone: plain Python over events, to compare the figures with."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.callback import CallbackCompleted
from events.complaint import ComplaintRegistered
from events.deadline import DeadlineMet, DeadlineMissed
from events.event import Recorded
from events.ticket import TicketCancelled, TicketClosed, TicketHandedOver, TicketRegistered, TicketReopened
from events.work import WorkCompleted, WorkResumed
from projections.figures import Scope
from services.desk import fold
from services.runtime import Runtime
from services.ticket_state import Ticket

OF_PEOPLE = ("completed", "rated", "satisfied", "paused")


@dataclass(frozen=True)
class Fact:
    """Something that a figure counts, as the log tells it; `before` is the ticket as it was until then."""

    figure: str
    recorded: Recorded
    before: Ticket | None

    @property
    def at(self) -> datetime:
        return self.recorded.context.occurred_at

    @property
    def newest_first(self) -> Any:
        return self.at.date(), self.at, self.recorded.position

    def lies_in(self, scope: Scope) -> bool:
        """Whether it happened there and then; a handover is the old team's."""
        inside = scope.first <= self.at.date() <= scope.last
        here = scope.sites is None or self.recorded.context.site in scope.sites
        team = scope.team is None or (self.before is not None and self.before.team == scope.team)
        return inside and here and team and (scope.engineer is None or self.engineer == scope.engineer)

    @property
    def engineer(self) -> str:
        return self.before.engineer if self.before is not None and self.figure in OF_PEOPLE else ""


MEANS: dict[str, Callable[[Any], bool]] = {
    "received": lambda event: isinstance(event, TicketRegistered),
    "completed": lambda event: isinstance(event, WorkCompleted),
    "handled": lambda event: isinstance(event, TicketClosed),
    "handovers": lambda event: isinstance(event, TicketHandedOver),
    "reopened": lambda event: isinstance(event, TicketReopened),
    "cancelled": lambda event: isinstance(event, TicketCancelled),
    "paused": lambda event: isinstance(event, WorkResumed),
    "rated": lambda event: isinstance(event, CallbackCompleted),
    "satisfied": lambda event: isinstance(event, CallbackCompleted) and event.satisfied,
    "complaints": lambda event: isinstance(event, ComplaintRegistered),
    "deadlines_met": lambda event: isinstance(event, DeadlineMet) and event.late_seconds == 0 and not event.missed,
    "deadlines_missed": lambda event: (
        isinstance(event, DeadlineMissed)
        or (isinstance(event, DeadlineMet) and event.late_seconds > 0 and not event.missed)
    ),
}


def told(runtime: Runtime) -> list[Fact]:
    """Every fact that a figure counts, from the log alone."""
    streams = defaultdict[str, list[Recorded]](list)
    found = []
    for recorded in runtime.store.follow(0, 100_000):
        for figure in (name for name, means in MEANS.items() if means(recorded.event)):
            found.append(Fact(figure, recorded, ticket_of(recorded, streams[recorded.stream])))
        streams[recorded.stream].append(recorded)
    return found


def ticket_of(recorded: Recorded, before: list[Recorded]) -> Ticket | None:
    return fold(recorded.stream, before) if before and recorded.stream.startswith("ticket/") else None


def expected(facts: list[Fact], figure: str, scope: Scope) -> list[Fact]:
    """The facts behind a figure, the newest first."""
    found = [fact for fact in facts if fact.figure == figure and fact.lies_in(scope)]
    return sorted(found, key=lambda fact: fact.newest_first, reverse=True)


def counted(facts: list[Fact], scope: Scope, of: Callable[[Fact], Any], *figures: str) -> dict[Any, Counter[str]]:
    """How often each of these figures was counted in a scope, by what `of` tells of a fact."""
    found = defaultdict[Any, Counter[str]](Counter)
    for fact in facts:
        if fact.figure in figures and fact.lies_in(scope):
            found[of(fact)][fact.figure] += 1
    return found
