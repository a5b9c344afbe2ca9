"""A ticket of a hundred events as it was at any moment."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from events.store import Store
from services.command import Command, parse
from services.handle import Road
from services.replay import replay
from tests.bench.commands import CALL, ENVELOPE
from tests.bench.stage import Measured, Stage, opened

TICKET, LENGTH = "SH01-LONG", 100
BEGINS = datetime.fromisoformat(ENVELOPE["at"])
PAUSE: dict[str, Any] = {"reason": "waiting_for_customer"}
ROUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PauseWork", PAUSE),
    ("AddNote", {"text": "the customer calls back"}),
    ("ResumeWork", {}),
    ("AddNote", {"text": "work goes on"}),
)
BEGINNING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("RegisterTicket", CALL),
    ("AssignTicket", {"team": "A", "owner": "wang"}),
    ("DispatchEngineer", {"engineer": "wang"}),
    ("StartWork", {}),
)


def replays(stage: Stage) -> Measured:
    """Milliseconds from asking for the ticket at a moment of its life to its state then."""
    with stage.fresh() as url, opened(url) as store:
        live_long(store)
        took = sorted(_replayed(store, number / stage.sizes.replays) for number in range(stage.sizes.replays))
    middle, end = took[len(took) // 2], took[int(len(took) * 0.95)]
    return {"replay of 100 events, p50, ms": middle, "replay of 100 events, p95, ms": end}


def live_long(store: Store) -> None:
    """Lets a ticket live a hundred events through the road."""
    road, told = Road(store), [*BEGINNING, *ROUND * (LENGTH // len(ROUND))][:LENGTH]
    outcomes = road.handle([_command(number, *each) for number, each in enumerate(told)], datetime.now(UTC))
    assert all(outcome.status == "accepted" for outcome in outcomes), outcomes
    assert len(store.read(f"ticket/{TICKET}")) >= LENGTH


def _command(number: int, name: str, fields: dict[str, Any]) -> Command:
    at = BEGINS + timedelta(minutes=number)
    return parse({"command": name, **ENVELOPE, **fields, "ticket": TICKET, "command_id": f"long-{number}", "at": at})


def _replayed(store: Store, share: float) -> float:
    moment = BEGINS + timedelta(minutes=share * LENGTH)
    began = time.perf_counter()
    found = replay(store, f"ticket/{TICKET}", at=moment)
    took = (time.perf_counter() - began) * 1000
    assert found.version, "it had begun by then"
    return took
