"""After a time without a projector: how fast it catches up with what came in meanwhile.

What comes in are mixed lives of a simulated network, with all that reactions make of them: one command a message,
through RabbitMQ and a worker of all desks, as fast as these go. And, faster than any door, from one road in one process
in batches of 250.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
from faststream.rabbit import RabbitBroker

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.projector import Projector
from services.amqp import topology
from services.command import Command, dump
from services.demo.demonstration import BATCH
from services.demo.simulation import simulate
from services.desk import DESKS
from services.runtime import Runtime
from services.settings import Settings
from tests.bench.path import AT_ONCE, empty, wait_until
from tests.bench.stage import Measured, Stage, opened
from tests.network import Network
from tests.story import ENDS

SITES, SEED = 8, 11
FIRST_DESK = "reception"
BEGUN = 200  # events after which the time counts


def caught_up(stage: Stage) -> Measured:
    """Events per second that came in through the broker, and that the projector then caught up with."""
    with stage.fresh() as url, opened(url) as store:
        came_in = _through_the_broker(stage, url, store)
        return {"ingest of mixed lives": came_in, "catch-up of the projector": _catch_up(store)}


def on_the_road(stage: Stage) -> Measured:
    """Events per second that come in where there is no broker."""
    with stage.fresh() as url:
        runtime = Runtime(Settings(stage.folder), url)
        try:
            return {"ingest of mixed lives, no broker": _live(runtime, _days(stage), stage.sizes.outage_seconds)}
        finally:
            runtime.close()


def _through_the_broker(stage: Stage, url: str, store: Store) -> float:
    network = Network(url, stage.amqp_url)
    asyncio.run(_fill(stage.amqp_url, [command for day in _days(stage) for command in day]))
    network.start(f"work {' '.join(DESKS)}", "react")
    try:
        return _rate(store, stage.sizes.outage_seconds)
    finally:
        network.stop()


async def _fill(amqp_url: str, commands: list[Command]) -> None:
    """One queue for all of them, as a site's own feed would be: lives keep their order."""
    for desk in DESKS:
        await empty(amqp_url, desk)
    broker = topology.broker(amqp_url)
    await topology.connect(broker, patient=False)
    for at in range(0, len(commands), AT_ONCE):
        await asyncio.gather(*(_publish(broker, command) for command in commands[at : at + AT_ONCE]))
    await broker.stop()


async def _publish(broker: RabbitBroker, command: Command) -> None:
    await broker.publish(
        orjson.dumps([dump(command)]), exchange=topology.COMMANDS, routing_key=FIRST_DESK, persist=True
    )


def _rate(store: Store, seconds: float) -> float:
    wait_until(lambda: store.last_position() >= BEGUN, "the first events")
    began, first = time.perf_counter(), store.last_position()
    time.sleep(seconds)
    return (store.last_position() - first) / (time.perf_counter() - began)


def _live(runtime: Runtime, days: list[list[Command]], seconds: float) -> float:
    began = time.perf_counter()
    for batch in _batches(days):
        runtime.road.handle(batch, datetime.now(UTC))
        while runtime.react():
            pass
        if time.perf_counter() - began > seconds:
            break
    return runtime.store.last_position() / (time.perf_counter() - began)


def _days(stage: Stage) -> list[list[Command]]:
    return simulate(SITES, stage.sizes.outage_tickets, SEED, ENDS).days


def _batches(days: list[list[Command]]) -> Iterator[list[Command]]:
    for day in days:
        yield from (day[at : at + BATCH] for at in range(0, len(day), BATCH))


def _catch_up(store: Store) -> float:
    projector = Projector(store, PROJECTIONS.values())
    began = time.perf_counter()
    events = projector.run_dry()
    took = time.perf_counter() - began
    projector.close()
    assert events == store.last_position()
    return events / took
