"""The demo: lets the simulated network live through the real road, and picks what is worth looking at."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from projections.catalog import BOARDS
from projections.projection import Page, Row
from services.command import Command
from services.runtime import Progress, Runtime

BATCH = 250
FOLDER = "demo-3"  # another number whenever the simulated lives change: two of them do not mix in one store
SHOWN = (
    "reception_queue", "appointments", "pre_check_area", "workshop_board", "callback_queue", "to_follow", "paused",
    "deadlines", "complaints", "parts",
)  # fmt: skip
ROWS = 8


@dataclass(frozen=True, slots=True)
class Played:
    """What the simulated days brought."""

    commands: int
    new_events: int
    refused: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demo shows: boards, figures and one ticket's history; `moment` is a time in that ticket's life."""

    commands: int
    events: int
    new_events: int
    refused: int
    seconds: float
    boards: list[Page]
    kpi: list[Row]
    ticket: str
    moment: str
    history: list[Row]


def play(runtime: Runtime, days: Sequence[Sequence[Command]], progress: Progress) -> Played:
    """Lives simulated days, one after another, with all that follows from each; repeating it adds nothing."""
    began, before, done, refused = time.monotonic(), runtime.store.last_position(), 0, 0
    total = sum(map(len, days))
    for day in days:
        for batch in _batches(day):
            outcomes = runtime.handle(batch)
            refused += sum(outcome.status != "accepted" for outcome in outcomes)
            done += len(batch)
            progress(done, total)
        runtime.settle()
        while runtime.tick(day[-1].at):
            runtime.settle()
    return Played(total, runtime.store.last_position() - before, refused, time.monotonic() - began)


def look(runtime: Runtime, played: Played) -> Demonstration:
    """What to show of it."""
    ticket = runtime.reader.longest_history()
    history = runtime.reader.history([ticket])
    return Demonstration(
        commands=played.commands,
        events=runtime.store.last_position(),
        new_events=played.new_events,
        refused=played.refused,
        seconds=played.seconds,
        boards=[runtime.reader.board(BOARDS[name], limit=ROWS) for name in SHOWN],
        kpi=runtime.reader.kpi(),
        ticket=ticket,
        moment=history[len(history) // 2]["occurred_at"].isoformat() if history else "",
        history=history,
    )


def _batches(commands: Sequence[Command]) -> Iterator[list[Command]]:
    waiting = iter(commands)
    while batch := list(islice(waiting, BATCH)):
        yield batch
