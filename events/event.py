"""What an event is, and the envelope in which it lies in the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

EVENTS: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """Something that happened: only the facts, never who told us or when (that is the envelope's).

    A subclass names itself for good: `class WorkPaused(Event, name="work.paused")`. The name is what the log
    keeps, so classes and modules may move. Unknown fields are ignored on reading: a newer writer never stops an
    older reader. `topic` names the field that tells its kinds apart where rules do: with `topic = "reason"` a rule
    may speak of `work.paused/rest_time`. `facts` are fields that later rules ask for.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]
    topic: ClassVar[str] = ""
    facts: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, name: str = "", **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not name:
            raise TypeError(f"{cls.__qualname__} needs a lasting name: class {cls.__name__}(Event, name='noun.verb')")
        if name in EVENTS:
            raise TypeError(f"event name {name!r} is taken by {EVENTS[name].__qualname__}; names are for good")
        cls.name = name
        EVENTS[name] = cls

    def __init_subclass__(cls, name: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @property
    def token(self) -> str:
        """How rules name this event with its topic: `work.paused/rest_time`; "" if it has none."""
        return f"{self.name}/{getattr(self, self.topic)}" if self.topic else ""


class Titled(BaseModel):
    """What the profile of that day called it, for people: its title in both languages."""

    english: str = ""
    chinese: str = ""


class Unreadable(Event, name="(unreadable)"):
    """Stands for an event of the log that this release cannot read: an unknown name or fields that do not fit."""

    unread_name: str
    why: str


class Context(NamedTuple):
    """Who told us, from where, when it happened and why: the part of the envelope that the command brings.

    `occurred_at` is aware and keeps the offset of the place where it happened, so that a site's day is its own.
    `correlation_id` names the whole story, `causation_id` the event that caused the command ("" for people).
    `traceparent` is the W3C trace context in which it was decided, "" if nobody traced it.
    """

    occurred_at: datetime
    site: str
    actor: str
    role: str
    command_id: str
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that was decided and waits to be appended as `version` (1, 2, …) of its stream."""

    stream: str
    version: int
    event: Event
    context: Context


def read_event(name: str, state: bytes) -> Event:
    """The event with this name and JSON; an Unreadable if this release cannot make sense of it."""
    kind = EVENTS.get(name)
    if kind is None:
        return Unreadable(unread_name=name, why="no event has this name in this release; upgrade it")
    try:
        event: Event = kind.__pydantic_validator__.validate_json(state)  # model_validate_json, without its options
    except ValidationError as error:
        return Unreadable(unread_name=name, why=str(error))
    return event


class Recorded(NamedTuple):
    """An event with its envelope, as the log holds it.

    `position` counts all events 1, 2, 3 … without a hole; `version` those of one stream. `recorded_at` is when
    the database knew it (UTC), and grows with the position; `context.occurred_at` is when it happened.
    """

    position: int
    stream: str
    version: int
    recorded_at: datetime
    event: Event
    context: Context

    def document(self) -> dict[str, Any]:
        """The event with its envelope as JSON-able data, as other systems get it."""
        return {
            "position": self.position,
            "stream": self.stream,
            "version": self.version,
            "name": self.event.name,
            "event": self.event.model_dump(mode="json"),
            "recorded_at": self.recorded_at,
            **self.context._asdict(),
        }
