"""What a command is, what its outcome is, and how bytes become a command."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from events.event import Context, Event
from services.refusal import Refusal

COMMANDS: dict[str, type["Command"]] = {}

Name = Annotated[str, StringConstraints(pattern=r"^[\w.\-]{1,64}$")]
TRACEPARENT = r"^$|^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]  # in every offset a year that can be read back
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]


class Command(BaseModel):
    """Somebody wants something to happen; it carries everything that the decision needs.

    `command_id` is chosen by the sender: the same id is decided once, however often it arrives. `at` is when it
    happened in the world, with the offset of that place. `causation_id` names the event that led to it, if one did;
    `traceparent` is the W3C trace context of whoever sent it, if it is traced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    opens: ClassVar[bool] = False  # whether it may begin a stream
    reaches_merged: ClassVar[bool] = False  # whether it may go to a ticket that was merged away
    command_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    site: Name
    actor: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    role: Name
    at: Moment
    correlation_id: str = Field(default="", max_length=200)
    causation_id: str = Field(default="", max_length=200)
    traceparent: str = Field(default="", pattern=TRACEPARENT)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.__name__.endswith("Command"):  # those are only what others have in common
            COMMANDS[cls.__name__] = cls

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that the decision reads; the first one is the command's own."""
        raise NotImplementedError

    @property
    def acts_as(self) -> tuple[str, ...]:
        """Other commands that this one amounts to: their guards stand before it, too."""
        return ()

    def context(self) -> Context:
        """The part of the envelope that this command gives its events."""
        correlation = self.correlation_id or self.streams[0]
        story = self.command_id, correlation, self.causation_id, self.traceparent
        return Context(self.at, self.site, self.actor, self.role, *story)


class TicketCommand(Command):
    """A command to one ticket, named as people name it, e.g. `SH01-261121-7F3K`."""

    ticket: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"ticket/{self.ticket}",)


@dataclass(frozen=True, slots=True)
class On:
    """An event that belongs to another stream of the decision than the command's own."""

    stream: str
    event: Event


Decided = Iterable[Event | On | Refusal]  # a refusal of what was recorded all the same: its `kept` is true
Decisions = dict[type[Any], Callable[..., Decided]]


class Outcome(BaseModel):
    """The answer to a command. `failed` means an error of ours: nothing was recorded, send it again.
    `malformed` means that it was no command at all.

    An accepted command has a `refusal` too where only the fact was kept and the ticket did not follow it.
    `position` is where the log stood after it; a caller who waits for a board to reach it reads its own write.
    """

    model_config = ConfigDict(frozen=True)
    command_id: str
    status: Literal["accepted", "rejected", "failed", "malformed"]
    stream: str
    version: int
    position: int | None = None
    events: int = 0
    repeated: bool = False
    refusal: Refusal | None = None


class Malformed(ValueError):
    """These bytes are no command; `str()` names the field, what was expected and what was found."""


def parse(data: bytes | Any) -> Command:
    """Reads a command from JSON, as bytes or decoded: `{"command": "StartWork", …}`. Raises Malformed."""
    document = _document(data)
    name = document.pop("command", None)
    if not isinstance(name, str) or name not in COMMANDS:
        raise Malformed(f"field `command`: expected one of {', '.join(sorted(COMMANDS))}; found {_short(name)}")
    try:
        command = COMMANDS[name].model_validate(document)
    except ValidationError as error:
        raise Malformed(f"{name}: " + "; ".join(map(_explain, error.errors()))) from None
    _must_be_storable(name, document)
    return command


def dump(command: Command) -> dict[str, Any]:
    """The JSON document that `parse` reads back."""
    return {"command": type(command).__name__, **command.model_dump(mode="json")}


def derived_id(*parts: object) -> str:
    """A command id that is the same whenever the same cause is seen again."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def _document(data: bytes | Any) -> dict[str, Any]:
    try:
        document = orjson.loads(data) if isinstance(data, bytes) else data
    except orjson.JSONDecodeError as error:
        raise Malformed(f"expected one JSON object; found bytes that are no JSON ({error}): {_short(data)}") from None
    if not isinstance(document, dict):
        raise Malformed(f"expected one JSON object; found {type(document).__name__}: {_short(document)}")
    return dict(document)


def _must_be_storable(name: str, document: dict[str, Any]) -> None:
    """PostgreSQL keeps no NUL: one such text would take its whole batch down. Raises Malformed."""
    try:
        written = orjson.dumps(document, default=str)
    except orjson.JSONEncodeError as error:
        raise Malformed(f"{name}: expected values that can be written as JSON; {error}") from None
    if b"\\u0000" not in written:  # quick, and nearly always the end of it
        return
    for field, value in document.items():
        if _has_nul(value):
            raise Malformed(f"{name}: field `{field}`: expected text without NUL; found {_short(value)}")


def _has_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_nul, [*value, *value.values()]))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def _explain(error: Any) -> str:
    field = ".".join(map(str, error["loc"])) or "(whole)"
    if error["type"] == "missing":
        return f"field `{field}`: expected a value; found none"
    if error["type"] == "extra_forbidden":
        return f"field `{field}`: no such field; remove it or mend its name"
    if error["type"] == "timezone_aware":
        example = "2026-11-21T09:30:00+08:00"
        return f"field `{field}`: expected a time with its offset, like {example}; found {_short(error['input'])}"
    return f"field `{field}`: {_expected(error['msg'])}; found {_short(error['input'])}"


def _expected(message: str) -> str:
    return "expected it to " + re.sub(r"^(Value error, |(Input|String|List|Value)( should)? ?)", "", message)


def _short(found: object) -> str:
    try:
        text = repr(found)
    except RecursionError:
        text = f"{type(found).__name__} within {type(found).__name__} within …"
    return text if len(text) <= 80 else text[:77] + "…"
