"""How soon those who listen are told of a command that came in over HTTP, and for how much memory.

Sent: from sending the command. Accepted: from the moment in the log (`recorded_at`), a little before the answer. A
frame of the feed shows the event; a page's frame carries the row, which is visible then.
"""

import asyncio
import time
from collections.abc import Iterable

from events.event import Recorded
from tests.bench.stage import Measured, Stage
from tests.crowd import Crowd, Heard, crowded
from tests.streams import Listener, Told

CROWD = 500  # followers of the feed, and as many open pages
FEW = 5
WORKERS = 16
COMMANDS_A_TICKET = 5
LOADS = (("half load", 0.5), ("90 % load", 0.9))


def under_load(stage: Stage) -> Measured:
    """A few listeners while commands come in as fast as they can, then at shares of that; nobody is told wrong."""
    with crowded() as crowd:
        tickets = stage.sizes.heard_tickets
        most, found = _listen(crowd, FEW, tickets, 0.0, "saturation")
        for name, share in LOADS:
            found |= _listen(crowd, FEW, tickets, WORKERS / (most * share), name)[1]
        return {"commands over HTTP": most, **found}


def thousand(stage: Stage) -> Measured:
    """A thousand listeners at twenty commands a second."""
    with crowded() as crowd:
        heard = asyncio.run(crowd.listen(feeds=CROWD, pages=CROWD, tickets=20, pause=1 / 20, workers=1))
        heard.check()
        found = _percentiles("sent to frame, 1,000 listeners", heard.delays)
        return {**found, "memory of a listener, KiB": heard.bytes_each / 1024}


def _listen(crowd: Crowd, each: int, tickets: int, pause: float, name: str) -> tuple[float, Measured]:
    heard = asyncio.run(crowd.listen(feeds=each, pages=each, tickets=tickets, pause=pause, workers=WORKERS))
    heard.check()
    events = [event for event in crowd.log() if event.position > heard.before]
    found = _percentiles(f"sent to frame, {name}", heard.delays)
    found |= _percentiles(f"accepted to frame, {name}", _to_frames(heard, events))
    found |= _percentiles(f"accepted to row, {name}", _to_rows(heard, events))
    return tickets * COMMANDS_A_TICKET / heard.seconds, found


def _to_frames(heard: Heard, events: Iterable[Recorded]) -> list[float]:
    """Seconds from each event's record to its frame, for each follower."""
    at = _recorded(events)
    listeners = [listener for some in heard.feeds.values() for listener in some]
    return [told.at - at[told.position] for listener in listeners for told in listener.told if told.position in at]


def _to_rows(heard: Heard, events: list[Recorded]) -> list[float]:
    """Seconds from the record of a ticket's newest event to the page's frame with its row."""
    at, of_ticket = _recorded(events), dict[str, list[int]]()
    for event in events:
        of_ticket.setdefault(event.stream.removeprefix("ticket/"), []).append(event.position)
    delays = []
    for page in heard.pages:
        for told, ticket in _rows(page):
            known = [position for position in of_ticket.get(ticket, ()) if position <= told.position]
            delays += [told.at - at[known[-1]]] if known else []
    return delays


def _rows(page: Listener) -> list[tuple[Told, str]]:
    """Each row that a page was told of, with its frame."""
    boards = [(told, rows) for told in page.told for rows in told.data["boards"].values()]  # type: ignore[index]
    return [(told, str(key).rpartition("/")[2]) for told, rows in boards for key, _ in rows]


def _recorded(events: Iterable[Recorded]) -> dict[int, float]:
    """Position → when it was recorded, on the clock of the frames."""
    ahead = time.time() - time.monotonic()
    return {event.position: event.recorded_at.timestamp() - ahead for event in events}


def _percentiles(name: str, seconds: list[float]) -> Measured:
    delays = sorted(seconds)
    middle, end = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    return {f"{name}, p50, ms": middle * 1000, f"{name}, p99, ms": end * 1000}
