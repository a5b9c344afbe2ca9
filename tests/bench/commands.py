"""The commands that the trials send: tickets, and notes on them."""

from datetime import UTC, datetime
from typing import Any

from events.store import Store
from services.command import Command, parse
from services.handle import Road

AT = "2026-03-02T09:00:00+08:00"
ENVELOPE = {"site": "SH01", "actor": "li", "role": "manager", "at": AT}
CALL = {"problem": "p", "product": "x", "channel": "phone", "customer": {"name": "Wang"}, "profile": "common"}


def registration(number: int) -> Command:
    """The command that begins one of the tickets T0, T1 …"""
    return parse({"command": "RegisterTicket", **ENVELOPE, **CALL, "command_id": f"open-{number}", **_of(number)})


def note(number: int, tickets: int) -> Command:
    """A note on one of the tickets, each in its turn."""
    told = {"command_id": f"note-{number}", "text": f"note {number}", **_of(number % tickets)}
    return parse({"command": "AddNote", **ENVELOPE, **told})


def open_tickets(store: Store, tickets: int) -> None:
    """Registers so many tickets."""
    outcomes = Road(store).handle([registration(number) for number in range(tickets)], datetime.now(UTC))
    assert all(outcome.status == "accepted" for outcome in outcomes), outcomes[0]


def _of(number: int) -> dict[str, Any]:
    return {"ticket": f"T{number}"}
