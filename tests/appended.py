"""Events for tests that write to the log themselves, past decisions and doors."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg

from events.event import EVENTS, Context, Event, Pending
from events.store import APPEND, Receipt, _columns
from events.ticket import TicketNoted

CHINA = timezone(timedelta(hours=8))
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)


class TicketTeleported(Event, name="ticket.teleported"):
    """An event of a later release: no class has its name, until a test upgrades (`EVENTS` gets it back)."""

    planet: str


class LaterNote(TicketNoted, name="ticket.later_note"):
    """A note as a later release writes it, with a field that this one does not know."""

    urgent: bool = True


EVENTS.pop(TicketTeleported.name)
EVENTS.pop(LaterNote.name)
LaterNote.name = TicketNoted.name


def context(command_id: str = "c", occurred_at: datetime = MORNING, **fields: str) -> Context:
    """An envelope of site SH01."""
    envelope = {"site": "SH01", "actor": "li", "role": "receptionist", **fields}
    return Context(occurred_at=occurred_at, command_id=command_id, **envelope)


def pending(stream: str, version: int, event: Event | None = None, **fields: Any) -> Pending:
    """An event that continues a stream; a note unless told otherwise."""
    return Pending(stream, version, event or TicketNoted(text=f"{stream} {version}"), context(**fields))


def receipt(command_id: str, stream: str, version: int, **fields: Any) -> Receipt:
    """What the inbox keeps of an accepted command."""
    return Receipt(command_id, "AddNote", stream, version, **fields)


def append_in(connection: psycopg.Connection[Any], receipts: Sequence[Receipt], events: Sequence[Pending]) -> None:
    """Appends inside a transaction that the caller ends, as no part of the product does."""
    connection.execute(APPEND, _columns(receipts, events))
