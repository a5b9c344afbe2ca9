"""The full command path: from a full quorum queue through workers to outcomes on record."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from services.amqp import topology
from services.amqp.messenger import Messenger
from services.command import Command
from tests.bench import raw
from tests.bench.commands import note, open_tickets
from tests.bench.stage import Measured, Stage, opened
from tests.network import Network

LIMIT_SECONDS = 120.0
STAND_AT_THE_GATE = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
AT_ONCE = 200  # messages on their way to the broker


def one_a_message(stage: Stage) -> Measured:
    """Commands per second, one in each message, by one worker process."""
    with stage.fresh() as url:
        rate = flow(stage, url, stage.sizes.single, stage.sizes.tickets, 1, 1)
    return {"full path, 1 a message": rate}


def hundred_a_message(stage: Stage) -> Measured:
    """The same with a hundred commands in each message; then the rows that this made, written without all that."""
    with stage.fresh() as url:
        rate = flow(stage, url, stage.sizes.batched, stage.sizes.tickets, 100, 1)
        again = raw.written_again(stage.owner(url), 100)
    return {"full path, 100 a message": rate, **again}


def several_workers(stage: Stage) -> Measured:
    """Commands per second, one in each message, by several worker processes of one desk, over many tickets."""
    return {f"full path, workers: {number}": _by(stage, number) for number in stage.sizes.workers}


def _by(stage: Stage, workers: int) -> float:
    with stage.fresh() as url:
        return flow(stage, url, stage.sizes.single, stage.sizes.many_tickets, 1, workers)


def flow(stage: Stage, url: str, count: int, tickets: int, per_message: int, workers: int) -> float:
    """Commands per second by so many worker processes, who find a full queue and begin together."""
    with opened(url) as store:
        open_tickets(store, tickets)
        before = store.last_position()
        asyncio.run(empty(stage.amqp_url, "reception"))
        asyncio.run(fill(stage.amqp_url, [note(number, tickets) for number in range(count)], per_message))
        with working(stage, url, "reception", workers):
            return rate(count, lambda: store.last_position() - before)


@contextmanager
def working(stage: Stage, url: str, desk: str, workers: int) -> Iterator[list[Network]]:
    """Worker processes of a desk, let go when all of them stand before the inbox with commands in their hands."""
    networks = [Network(url, stage.amqp_url) for _ in range(workers)]
    try:
        with psycopg.connect(stage.owner(url)) as gate, psycopg.connect(stage.keeper(url), autocommit=True) as looking:
            gate.execute("LOCK TABLE aftersales.inbox IN EXCLUSIVE MODE")
            for network in networks:
                network.start(f"work {desk}")
            wait_until(lambda: _standing(looking) >= workers, f"{workers} workers before the inbox")
        yield networks
    finally:
        for network in networks:
            network.stop()


def _standing(looking: psycopg.Connection) -> int:
    row = looking.execute(STAND_AT_THE_GATE).fetchone()
    return int(row[0]) if row else 0


async def empty(amqp_url: str, desk: str) -> None:
    """Throws away what the trial before may have left in a desk's queue."""
    broker = topology.broker(amqp_url)
    await topology.connect(broker, patient=False)
    await (await broker.declare_queue(topology.desk_queue(desk))).purge()
    await broker.stop()


async def fill(amqp_url: str, commands: list[Command], per_message: int) -> None:
    """Fills the desks' queues."""
    batches = [commands[at : at + per_message] for at in range(0, len(commands), per_message)]
    async with Messenger(amqp_url) as messenger:
        for at in range(0, len(batches), AT_ONCE):
            await asyncio.gather(*(messenger.publish(batch) for batch in batches[at : at + AT_ONCE]))


def rate(count: int, done: Callable[[], int]) -> float:
    """Per second, of the last three quarters: what was in hands before the beginning is not counted."""
    wait_until(lambda: done() >= count / 4, f"a quarter of {count}")
    began, first = time.perf_counter(), done()
    wait_until(lambda: done() >= count, f"all {count}")
    return (done() - first) / (time.perf_counter() - began)


def wait_until(is_so: Callable[[], Any], what: str) -> None:
    """Looks again and again; raises TimeoutError if it does not come true."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {LIMIT_SECONDS:g} s in vain for {what}")
        time.sleep(0.005)
