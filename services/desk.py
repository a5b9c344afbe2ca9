"""The map of the house: which desk decides which command, and what the events of a stream fold into."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from events.agreement import AgreementSigned
from events.area import VehicleEntered
from events.event import Context, Event, Recorded
from events.ticket import TicketRegistered
from services import (
    agreement,
    appointment,
    area,
    audit,
    callback,
    complaint,
    custody,
    deadline,
    form,
    guard,
    handover,
    inspection,
    log_line,
    order,
    part,
    profile,
    reception,
    support,
    ticket,
    ticket_state,
    visit,
    work,
)
from services.command import Command, Decided, Decisions, On
from services.policy import COMMON, Policy
from services.profile import Profile, on_record
from services.refusal import Refusal, Rejected

FIRST_EVENTS = (TicketRegistered, AgreementSigned, VehicleEntered)  # name the version that a case begins under
Shelf = Mapping[str, Profile]  # the versions of the profiles, beyond the shipped ones


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


def decide(command: Command, states: Sequence[State], now: datetime, shelf: Shelf | None = None) -> Decided:
    """What follows from a command, given the states of its streams. Pure; raises Rejected.

    `now` is when the door received it: a time further ahead than the profile tolerates is refused. `shelf` holds the
    published versions of the profiles; what is not on it is as shipped.
    """
    policy = policy_for(command, states, shelf or {})
    policy.permit(command.role, type(command).__name__)
    ahead = command.at - now
    if ahead > policy.duration("clock_tolerance"):
        raise Rejected("in_the_future", seconds=int(ahead.total_seconds()))
    states[0].admit(command)
    if case := getattr(states[0], "case", None):
        guard.check(command, case, policy)
    decided = DECISIONS[type(command)](command, *states, policy)
    if policy.deadlines:
        decided = _with_deadlines(command, states, decided, policy)
    return decided if shelf is None else _with_rules(decided, policy, shelf)


def policy_for(command: Command, states: Sequence[State], shelf: Shelf) -> Policy:
    """The profile and version that the stream began with; a first command names the profile itself."""
    name = profile_named(command, states)
    versions = shelf.get(name, Profile())
    if version := getattr(states[0], "policy_version", 0):
        return versions.version(name, version)
    return versions.in_force(name, command.at)


def profile_named(command: Command, states: Sequence[State]) -> str:
    """The profile that a decision asks."""
    return getattr(states[0], "profile", "") or getattr(command, "profile", "") or COMMON


def _with_rules(decided: Decided, policy: Policy, shelf: Shelf) -> Iterator[Any]:
    """The decided events; with the first event of a case the rules that it begins under, if they are not on record."""
    for each in decided:
        yield each
        if isinstance(each, FIRST_EVENTS):
            shipped = on_record(policy, shelf.get(policy.profile, Profile()))
            yield from [On(f"profile/{policy.profile}", shipped)] if shipped else []


def _with_deadlines(command: Command, states: Sequence[State], decided: Decided, policy: Policy) -> Iterator[Any]:
    """The decided events, each with the deadlines that begin, move or end with it."""
    decided = tuple(decided)
    if not any(deadline.is_heard(event, policy) for event in _events(decided)):  # as is most: it needs no folding
        yield from decided
        return
    streams, context = dict(zip(command.streams, states, strict=True)), command.context()
    for each in decided:
        yield each
        if isinstance(each, Refusal):
            continue
        stream, event = (each.stream, each.event) if isinstance(each, On) else (command.streams[0], each)
        state = streams[stream] = noun_of(stream).evolve(streams[stream], event, context)
        case = getattr(state, "case", None)
        for consequence in deadline.follow(event, case, context, policy) if case else ():
            state = streams[stream] = noun_of(stream).evolve(streams[stream], consequence, context)
            yield On(stream, consequence) if isinstance(each, On) else consequence


def _events(decided: Iterable[Event | On | Refusal]) -> Iterator[Event]:
    return (each.event if isinstance(each, On) else each for each in decided if not isinstance(each, Refusal))


DESKS: dict[str, Decisions] = {
    "reception": (
        ticket.DECISIONS
        | support.DECISIONS
        | appointment.DECISIONS
        | reception.DECISIONS
        | area.DECISIONS
        | order.DECISIONS
        | form.DECISIONS
        | complaint.DECISIONS
        | agreement.DECISIONS
        | log_line.DECISIONS
    ),
    "workshop": (
        work.DECISIONS
        | visit.DECISIONS
        | part.DECISIONS
        | inspection.DECISIONS
        | custody.DECISIONS
        | handover.DECISIONS
    ),
    "callback": callback.DECISIONS,
    "office": profile.DECISIONS | audit.DECISIONS | deadline.DECISIONS,
}
DECISIONS = {command: decision for desk in DESKS.values() for command, decision in desk.items()}
DESK_OF = {command: name for name, desk in DESKS.items() for command in desk}

NOUNS = {
    "ticket": Noun(ticket_state.Ticket(), ticket_state.evolve),
    "stock": Noun(part.Stock(), part.evolve),
    "complaint": Noun(complaint.Complaint(), complaint.evolve),
    "agreement": Noun(agreement.Agreement(), agreement.evolve),
    "area": Noun(area.Area(), area.evolve),
    "profile": Noun(profile.Profile(), profile.evolve),
    "audit": Noun(audit.Audited(), audit.evolve),
}
