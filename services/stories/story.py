"""What a story is made of: somebody sends a command and it is accepted, or refused by a rule; time passes."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

DAY_ONE = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8)))  # a Monday
SITE = "SH01"


@dataclass(frozen=True)
class Step:
    """Somebody sends a command at `time` ("09:05", or "+2 09:05" two days later).

    `refused_by` is the rule that refuses it; "" if it is accepted. `on` tells which case of the story it is about.
    """

    time: str
    role: str
    command: str
    fields: dict[str, Any]
    refused_by: str = ""
    on: str = ""
    actor: str = ""

    @property
    def at(self) -> datetime:
        """When it happens, +08:00."""
        return moment(self.time)


@dataclass(frozen=True)
class Passing:
    """Time passes until `time`; the clock then does exactly `events` (event names), no more."""

    time: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class Following:
    """What happened leads by itself to `event` on the case; a reaction sees to it."""

    event: str
    on: str = ""


@dataclass(frozen=True)
class Story:
    """A way through a system; `case` is the stream that steps are about unless they say otherwise."""

    name: str
    system: str
    profile: str
    english: str
    chinese: str
    steps: tuple[Step | Passing | Following, ...]
    case: str = "ticket/T1"


def does(time: str, role: str, command: str, *, on: str = "", actor: str = "", **fields: Any) -> Step:
    """A step that is accepted."""
    return Step(time, role, command, fields, "", on, actor)


def refused(rule: str, time: str, role: str, command: str, *, on: str = "", actor: str = "", **fields: Any) -> Step:
    """A step that a rule refuses."""
    return Step(time, role, command, fields, rule, on, actor)


def fills(time: str, role: str, form: str, /, *, on: str = "", **fields: Any) -> Step:
    """A form is filled in."""
    return does(time, role, "FillForm", on=on, form=form, fields=fields)


def signs(time: str, role: str, form: str, party: str, signer: str, /, *, on: str = "", place: str = "店内") -> Step:
    """The present edition of a form is signed."""
    named = {"form": form, "party": party, "signer": signer, "method": "on_screen", "place": place}
    return does(time, role, "SignForm", on=on, **named)


def passes(time: str, *events: str) -> Passing:
    """Time passes, and the clock does this."""
    return Passing(time, events)


def follows(event: str, *, on: str = "") -> Following:
    """A reaction leads to this event."""
    return Following(event, on)


def moment(time: str) -> datetime:
    """A time of the story's calendar as a moment, +08:00: `09:05`, `+2 09:05`, `+2 09:05:30`."""
    days, _, clock = time.rpartition(" ")
    hours, minutes, *seconds = map(int, clock.split(":"))
    passed = timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=sum(seconds))
    return DAY_ONE + passed
