"""A ticket's film: every event as a person reads it, what it changed, why it happened and what it led to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.event import Recorded
from events.form import FormFilled, FormSigned
from events.store import Store
from events.ticket import TicketRegistered
from projections.query import Reader
from projections.ticket_history import words
from services.desk import noun_of
from services.ticket_state import Ticket

RULE = re.compile(r"R-\d{3}")


@dataclass
class Step:
    """One event of the film. `changes` are the facts it changed: name → (before, after)."""

    recorded: Recorded
    english: str
    chinese: str
    changes: dict[str, tuple[Any, Any]]
    rules: tuple[str, ...]
    policy: str
    caused: list["Step"] = field(default_factory=list)
    with_it: bool = False

    @property
    def is_of_the_ticket(self) -> bool:
        """Whether it lies in the ticket's own stream; others (parts, complaints) belong to its story."""
        return self.recorded.stream.startswith("ticket/")

    @property
    def address(self) -> str:
        """What names the event in the causes of others."""
        return f"{self.recorded.stream}@{self.recorded.version}"

    @property
    def known_late(self) -> float:
        """How many seconds after it happened the system knew of it."""
        return max(0.0, (self.recorded.recorded_at - self.recorded.context.occurred_at).total_seconds())


@dataclass(frozen=True)
class Film:
    """A ticket's whole story, and its state after the last step that is shown."""

    ticket: str
    steps: list[Step]
    state: Ticket
    shown: int  # the version of the ticket that is shown

    @property
    def length(self) -> int:
        """How many events the ticket's own stream has."""
        return max((step.recorded.version for step in self.steps if step.is_of_the_ticket), default=0)

    @property
    def registered(self) -> Recorded:
        """How it began."""
        return next(step.recorded for step in self.steps if isinstance(step.recorded.event, TicketRegistered))


def film(store: Store, reader: Reader, ticket: str, version: int | None = None) -> Film | None:
    """The film of a ticket, with the state after `version` events (all of them for None); None if there is none."""
    story = {recorded.position: recorded for recorded in reader.story([ticket])}
    own = store.read(f"ticket/{ticket}")
    if not own:
        return None
    states = _states(own)
    shown = len(own) if version is None else max(0, min(version, len(own)))
    whole = story | {recorded.position: recorded for recorded in own}  # its own may be newer than the read models
    steps = [_step(whole[position], states) for position in sorted(whole)]
    _join(steps)
    return Film(ticket, steps, states[shown], shown)


def version_at(steps: Sequence[Recorded], at: datetime | None, known: datetime | None) -> int:
    """How far a stream had come at a moment in the world, as far as was known by another one."""
    seen = [
        each.version
        for each in steps
        if (at is None or each.context.occurred_at <= at) and (known is None or each.recorded_at <= known)
    ]
    return max(seen, default=0)


def facts_of(state: Ticket) -> dict[str, Any]:
    """What a state says, for people: plain facts, then open parts, running deadlines and papers."""
    plain = {name: getattr(state, name) for name in PLAIN if getattr(state, name)}
    if not state.paused_since:
        plain.pop("pause_reason", None)
    parts = {f"part {each.part_no}": each.status for each in state.parts.values()}
    items = {f"item {name}": each.status for name, each in state.items.items()}
    deadlines = {f"deadline {name}": each.due_at for name, each in state.case.deadlines.items()}
    papers = {f"form {name}": _paper(each) for name, each in state.case.forms.items()}
    return plain | dict(sorted((parts | items | deadlines | papers).items()))


def _paper(filled: Any) -> str:
    return f"{filled.edition}" + (f" ✓ {', '.join(sorted(filled.signed_by))}" if filled.signed_by else "")


def _states(own: Sequence[Recorded]) -> list[Ticket]:
    states = [Ticket()]
    noun = noun_of("ticket/")
    for recorded in own:
        states.append(noun.evolve(states[-1], recorded.event, recorded.context))
    return states


def _step(recorded: Recorded, states: Sequence[Ticket]) -> Step:
    own = recorded.stream.startswith("ticket/")
    changes = _changes(states[recorded.version - 1], states[recorded.version]) if own else {}
    named = (getattr(recorded.event, "profile", ""), getattr(recorded.event, "policy_version", ""))
    policy = " ".join(map(str, filter(None, named)))
    return Step(recorded, *words(recorded.event), changes, _rules(recorded), policy)


def _rules(recorded: Recorded) -> tuple[str, ...]:
    """The rules that the event names itself; else those that its kind is there for."""
    named = getattr(recorded.event, "rules", ())
    return tuple(named) or tuple(dict.fromkeys(RULE.findall(type(recorded.event).__doc__ or "")))


def _changes(before: Ticket, after: Ticket) -> dict[str, tuple[Any, Any]]:
    old, new = facts_of(before), facts_of(after)
    names = dict.fromkeys([*old, *new])
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _join(steps: Sequence[Step]) -> None:
    """Tells each step which others it led to: by a reaction, or decided together with it."""
    known = {step.address: step for step in steps}
    first_of: dict[str, Step] = {}
    for step in steps:
        context = step.recorded.context
        first = first_of.setdefault(context.command_id, step)
        step.with_it = first is not step
        cause = first if step.with_it else known.get(context.causation_id)
        if cause:
            cause.caused.append(step)


def papers(steps: Sequence[Step]) -> list[tuple[FormFilled, list[FormSigned]]]:
    """The latest edition of every form of the ticket, with the signatures that hold for it."""
    filled: dict[str, FormFilled] = {}
    signed: dict[str, list[FormSigned]] = {}
    for step in steps:
        if isinstance(step.recorded.event, FormFilled):
            filled[step.recorded.event.form] = step.recorded.event
        elif isinstance(step.recorded.event, FormSigned):
            signed.setdefault(step.recorded.event.form, []).append(step.recorded.event)
    return [
        (form, [each for each in signed.get(name, []) if each.digest == form.digest]) for name, form in filled.items()
    ]


PLAIN = (
    "status", "team", "owner", "engineer", "promised_at", "pause_reason", "paused_seconds", "solution", "signed_by",
    "callback_due", "called_back", "into", "agreed_amount", "receipt", "exit_pass",
)  # fmt: skip
