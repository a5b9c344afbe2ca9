"""What rows may ask about a case: what happened, which forms lie there, which deadlines run.

Every noun that rows speak of (a ticket, an agreement, a site's pre-check area) carries a case in its state.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from events.deadline import (
    DeadlineDropped,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMissed,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineStarted,
    DeadlineWarned,
)
from events.event import Context, Event
from events.form import FormFilled, FormSigned

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Filled(NamedTuple):
    """The current edition of a form, and who signed it."""

    edition: int
    digest: str
    fields: Mapping[str, Any]
    signed_by: frozenset[str] = frozenset()


class Running(NamedTuple):
    """A deadline that runs. Seconds are counted on the deadline's own clock; `excluded_seconds` were pauses.

    `pause` names the event that made its clock stand still.
    """

    deadline: str
    about: str
    rules: tuple[str, ...]
    within: str
    since: datetime
    due_at: datetime
    paused: bool = False
    pause: str = ""
    left_seconds: int = 0
    excluded_seconds: int = 0
    warned: bool = False
    missed: bool = False
    escalated: int = 0
    english: str = ""
    chinese: str = ""

    def named(self) -> dict[str, str]:
        """What every event of this deadline says of it: its name, what it is about, its title."""
        return {"deadline": self.deadline, "about": self.about, "english": self.english, "chinese": self.chinese}


class Case(NamedTuple):
    """`seen` tells when an event (and the event with its topic) was last seen, counted in events of the stream."""

    length: int = 0
    seen: Mapping[str, int] = NOTHING
    facts: Mapping[str, str] = NOTHING
    forms: Mapping[str, Filled] = NOTHING
    deadlines: Mapping[str, Running] = NOTHING

    def holds(self, token: str, since: str | None = None) -> bool:
        """Whether something happened, after `since` if that happened; `field/FORM/FIELD`: whether a form says yes."""
        head, _, topic = token.partition("/")
        if head == "field":
            form, _, name = topic.partition("/")
            return form in self.forms and bool(self.forms[form].fields.get(name))
        return self.seen.get(token, 0) > self.seen.get(since or "", 0)


def evolve(case: Case, event: Event, context: Context) -> Case:
    """The case after an event. Total."""
    if event.name.startswith("deadline."):
        return case._replace(deadlines=_deadlines(case.deadlines, event))
    length = case.length + 1
    seen = {**case.seen, event.name: length}
    if token := event.token:
        seen[token] = length
    if isinstance(event, FormFilled):
        seen.pop(f"form.signed/{event.form}", None)  # no signature outlives its edition
    facts = {**case.facts, **{name: str(getattr(event, name)) for name in event.facts}} if event.facts else case.facts
    return Case(length, seen, facts, _forms(case.forms, event), case.deadlines)


def _forms(forms: Mapping[str, Filled], event: Event) -> Mapping[str, Filled]:
    match event:
        case FormFilled():
            return {**forms, event.form: Filled(event.edition, event.digest, event.fields)}
        case FormSigned() if event.form in forms:
            filled = forms[event.form]
            return {**forms, event.form: filled._replace(signed_by=filled.signed_by | {event.party})}
        case _:
            return forms


def _deadlines(running: Mapping[str, Running], event: Event) -> Mapping[str, Running]:
    key = key_of(getattr(event, "deadline", ""), getattr(event, "about", ""))
    if isinstance(event, DeadlineStarted):
        names = ("deadline", "about", "rules", "within", "since", "due_at", "english", "chinese")
        started = Running(**{name: getattr(event, name) for name in names})
        return {**running, key: started}
    if key not in running:
        return running
    if isinstance(event, DeadlineMet | DeadlineDropped):
        return {name: each for name, each in running.items() if name != key}
    return {**running, key: _changed(running[key], event)}


def _changed(running: Running, event: Event) -> Running:
    match event:
        case DeadlinePaused():
            return running._replace(paused=True, pause=event.why, left_seconds=event.left_seconds)
        case DeadlineMoved():
            return running._replace(
                due_at=event.due_at,
                within=event.within,
                excluded_seconds=event.excluded_seconds,
                paused=False,
                pause="",
                left_seconds=0,
                warned=False,
                missed=False,
                escalated=0,
            )
        case DeadlineWarned():
            return running._replace(warned=True)
        case DeadlineMissed():
            return running._replace(missed=True)
        case DeadlineEscalated():
            return running._replace(escalated=event.step)
        case _:
            return running


def key_of(deadline: str, about: str) -> str:
    """What tells a running deadline from all others of its case."""
    return f"{deadline}/{about}" if about else deadline
