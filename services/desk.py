"""The map of the house: which desk decides which command, and what the events of a stream fold into."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from events.event import Context, Event, Recorded
from services import callback, complaint, log_line, part, ticket, ticket_state, work
from services.command import Command, Decided, Decisions
from services.policy import COMMON, Policy, policy_of
from services.refusal import Rejected


class State(Protocol):
    """What the events of a stream fold into."""

    def admit(self, command: Command) -> None:
        """Raises Rejected where no command of this kind can be right."""


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of stream: its state before the first event, and how an event changes it."""

    empty: Any
    evolve: Callable[[Any, Event, Context], Any]


def noun_of(stream: str) -> Noun:
    """The kind of a stream, told by the beginning of its name: `ticket/…`, `stock/…`."""
    return NOUNS[stream.partition("/")[0]]


def fold(stream: str, events: Iterable[Recorded]) -> Any:
    """The state of a stream after these events of it."""
    noun = noun_of(stream)
    state = noun.empty
    for recorded in events:
        state = noun.evolve(state, recorded.event, recorded.context)
    return state


def decide(command: Command, states: Sequence[State], now: datetime) -> Decided:
    """What follows from a command, given the states of its streams. Pure; raises Rejected.

    `now` is when the door received it: a time further ahead than the profile tolerates is refused.
    """
    policy = _policy_for(command, states)
    policy.permit(command.role, type(command).__name__)
    ahead = command.at - now
    if ahead > policy.duration("clock_tolerance"):
        raise Rejected("in_the_future", seconds=int(ahead.total_seconds()))
    states[0].admit(command)
    return DECISIONS[type(command)](command, *states, policy)


def _policy_for(command: Command, states: Sequence[State]) -> Policy:
    """The profile that the stream began with; a first command names it itself."""
    profile = getattr(states[0], "profile", "") or getattr(command, "profile", "")
    return policy_of(profile or COMMON)


DESKS: dict[str, Decisions] = {
    "reception": ticket.DECISIONS | complaint.DECISIONS | log_line.DECISIONS,
    "workshop": work.DECISIONS | part.DECISIONS,
    "callback": callback.DECISIONS,
}
DECISIONS = {command: decision for desk in DESKS.values() for command, decision in desk.items()}
DESK_OF = {command: name for name, desk in DESKS.items() for command in desk}

NOUNS = {
    "ticket": Noun(ticket_state.Ticket(), ticket_state.evolve),
    "stock": Noun(part.Stock(), part.evolve),
    "complaint": Noun(complaint.Complaint(), complaint.evolve),
}
