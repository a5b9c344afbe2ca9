"""After a time without a projector: how fast it catches up with what came in meanwhile.

What comes in are mixed lives of a simulated network, with all that reactions make of them, as fast as one road in one
process takes them in batches of 250: more than comes in by single messages.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.projector import Projector
from services.command import Command
from services.demo.demonstration import BATCH
from services.demo.simulation import simulate
from services.runtime import Runtime
from services.settings import Settings
from tests.bench.stage import Measured, Stage
from tests.story import ENDS

SITES, SEED = 8, 11


def caught_up(stage: Stage) -> Measured:
    """Events per second that came in, and that the projector then caught up with."""
    with stage.fresh() as url:
        runtime = Runtime(Settings(stage.folder), url)
        try:
            came_in = _live(runtime, stage.sizes.outage_tickets, stage.sizes.outage_seconds)
            return {"ingest of mixed lives": came_in, "catch-up of the projector": _catch_up(runtime.store)}
        finally:
            runtime.close()


def _live(runtime: Runtime, tickets: int, seconds: float) -> float:
    batches, began = _batches(tickets), time.perf_counter()
    for batch in batches:
        runtime.road.handle(batch, datetime.now(UTC))
        while runtime.react():
            pass
        if time.perf_counter() - began > seconds:
            break
    return runtime.store.last_position() / (time.perf_counter() - began)


def _batches(tickets: int) -> list[list[Command]]:
    return [batch for day in simulate(SITES, tickets, SEED, ENDS).days for batch in _parts(day)]


def _parts(day: list[Command]) -> Iterator[list[Command]]:
    yield from (day[at : at + BATCH] for at in range(0, len(day), BATCH))


def _catch_up(store: Store) -> float:
    projector = Projector(store, PROJECTIONS.values())
    began = time.perf_counter()
    events = projector.run_dry()
    took = time.perf_counter() - began
    projector.close()
    assert events == store.last_position()
    return events / took
