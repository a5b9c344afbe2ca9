"""The measurements; each gives a rate per second."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import psycopg

from events.store import Store
from projections import projector
from projections.catalog import PROJECTIONS
from projections.projection import Projection
from projections.rebuild import rebuild
from projections.setup import prepare
from services.amqp import topology
from services.amqp.messenger import Messenger
from services.command import Command, parse
from services.handle import Road
from services.logs.importer import import_log
from services.logs.mapping import read_mapping
from tests.bench import naive
from tests.network import Network

TICKETS = 200
MAPPING = """
log = "bench"
profile = "imported"
ticket = "case"
time = "when"
status = "state"
site = "shop"
actor = "who"
team = "team"
[does]
open = "AssignTicket"
start = "StartWork"
wait = { command = "PauseWork", reason = "waiting_for_customer" }
done = "CompleteWork"
closed = "CloseTicket"
"""
STATES = ("open", "start", "wait", "start", "done", "closed", "start", "done", "closed")

# The same daily figures as projections/kpi_daily.py counts from these events, in one statement.
SQL_FOLD = """
CREATE TABLE boards.sql_fold AS
SELECT site, (occurred_at + utc_offset * interval '1 minute')::date AS day,
    count(*) FILTER (WHERE topic = 'ticket.registered') AS received,
    count(*) FILTER (WHERE topic = 'work.completed') AS completed,
    count(*) FILTER (WHERE topic = 'ticket.closed') AS handled,
    sum((convert_from(state, 'UTF8')::jsonb ->> 'handling_seconds')::bigint) AS handling_seconds,
    sum((convert_from(state, 'UTF8')::jsonb ->> 'paused_seconds')::bigint) AS paused_seconds,
    count(*) FILTER (WHERE topic = 'ticket.handed_over') AS handovers,
    count(*) FILTER (WHERE topic = 'ticket.reopened') AS reopened,
    count(*) FILTER (WHERE topic = 'ticket.cancelled') AS cancelled
FROM aftersales.events GROUP BY 1, 2
"""


def note(number: int) -> Command:
    """The command of the trials: a note on one of the tickets."""
    envelope = {"command_id": f"note-{number}", "site": "SH01", "actor": "li", "role": "manager"}
    return parse({"command": "AddNote", **envelope, "at": "2026-03-02T09:00:00+08:00", "ticket": f"T{number % TICKETS}",
                  "text": f"note {number}"})  # fmt: skip


def open_tickets(store: Store) -> None:
    """Registers the tickets of the trials."""
    facts = {"problem": "p", "product": "x", "channel": "phone", "customer": {"name": "Wang"}, "profile": "common"}
    envelope = {"command": "RegisterTicket", "site": "SH01", "actor": "li", "role": "manager"}
    at = "2026-03-02T09:00:00+08:00"
    commands = [
        parse({**envelope, **facts, "at": at, "command_id": f"open-{n}", "ticket": f"T{n}"}) for n in range(TICKETS)
    ]
    Road(store).handle(commands, datetime.now(UTC))


def full_path(url: str, amqp_url: str, count: int, per_message: int) -> float:
    """Commands per second from a full quorum queue to recorded outcomes, by one worker process."""
    store, network = Store(url), Network(url, amqp_url)
    open_tickets(store)
    before = store.last_position()
    asyncio.run(_fill(amqp_url, [note(n) for n in range(count)], per_message))
    network.start("work reception")
    try:
        return _rate(count, lambda: store.last_position() - before)
    finally:
        network.stop()
        store.close()


async def _fill(amqp_url: str, commands: list[Command], per_message: int) -> None:
    async with Messenger(amqp_url) as messenger:
        batches = [commands[at : at + per_message] for at in range(0, len(commands), per_message)]
        await asyncio.gather(*(messenger.publish(batch) for batch in batches))


def naive_path(owner_url: str, amqp_url: str, count: int) -> float:
    """Messages per second by the naive worker, from a full quorum queue."""
    info = psycopg.conninfo.conninfo_to_dict(owner_url)
    settings = {"PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": str(info["dbname"]),
                "POSTGRES_HOST": str(info["host"]), "POSTGRES_PORT": "5432", "POSTGRES_USER": str(info["user"]),
                "POSTGRES_PASSWORD": "none", "POSTGRES_SCHEMA": "naive"}  # fmt: skip
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS naive CASCADE; CREATE SCHEMA naive")
        tickets = naive.Tickets(env=settings)
        for number in range(TICKETS):
            tickets.open(f"T{number}")
        tickets.close()
        name = f"naive-{time.monotonic_ns()}"
        asyncio.run(_fill_naive(amqp_url, name, count))
        with _process("tests.bench.naive", amqp_url, name, **settings):
            return _rate(count, lambda: _scalar(connection, "SELECT count(*) FROM naive.tickets_events") - TICKETS)


async def _fill_naive(amqp_url: str, name: str, count: int) -> None:
    broker = topology.broker(amqp_url)
    await broker.connect()
    await broker.declare_queue(naive.queue(name))
    bodies = [orjson.dumps({"ticket": f"T{n % TICKETS}", "text": f"note {n}"}) for n in range(count)]
    publishes = (broker.publish(body, name, content_type="application/json", persist=True) for body in bodies)
    await asyncio.gather(*publishes)
    await broker.stop()


def import_lines(url: str, folder: Path, lines: int) -> float:
    """Log lines per second from a CSV file to the store, through the road."""
    log, store = folder / "bench.csv", Store(url)
    write_log(log, lines)
    road = Road(store)
    began = time.perf_counter()
    mapping = read_mapping("bench.toml", MAPPING)
    import_log(log, mapping, lambda commands: road.handle(commands, datetime.now(UTC)), lambda done, share: None)
    store.close()
    return lines / (time.perf_counter() - began)


def write_log(log: Path, lines: int) -> None:
    """A log of tickets that are opened, paused, closed, reopened and handed about."""
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with log.open("w") as file:
        file.write("case,when,state,shop,who,team\n")
        for number in range(lines):
            ticket, step = divmod(number, len(STATES))
            at = start + timedelta(minutes=ticket, hours=step)
            row = (
                f"C{ticket}",
                at.isoformat(),
                STATES[step],
                f"S{ticket % 20}",
                f"P{ticket % 50}",
                f"G{(ticket + step // 3) % 9}",
            )
            file.write(",".join(row) + "\n")


def rebuild_rate(url: str, projections: list[Projection]) -> float:
    """Events per second by a rebuild, comparison and swap included."""
    store = Store(url)
    prepare(url, PROJECTIONS.values())
    _project(store, list(PROJECTIONS.values()))
    done = rebuild(store, projections)
    store.close()
    return done.events / done.seconds


def one_by_one(url: str, projection: Projection, events: int) -> float:
    """Events per second by a projector that takes one event a transaction."""
    store, batch = Store(url), projector.BATCH
    prepare(url, PROJECTIONS.values())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO boards.checkpoints (follower, position) VALUES ('bench', 0) ON CONFLICT DO NOTHING"
        )
    single = projector.Projector(store, [projection], follower="bench")
    projector.BATCH = 1
    began = time.perf_counter()
    for _ in range(events):
        single.step()
    took = time.perf_counter() - began
    projector.BATCH = batch
    single.close()
    store.close()
    return events / took


def sql_fold(url: str) -> float:
    """Events per second by one SQL statement that makes the daily figures."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS boards.sql_fold")
        began = time.perf_counter()
        connection.execute(SQL_FOLD)
        took = time.perf_counter() - began
        return _scalar(connection, "SELECT max(notification_id) FROM aftersales.events") / took


def _project(store: Store, projections: list[Projection]) -> None:
    live = projector.Projector(store, projections)
    live.run_dry()
    live.close()


def _rate(count: int, done: Callable[[], int], limit: float = 180.0) -> float:
    """Per second, from the first seen to the last."""
    deadline = time.monotonic() + limit
    while not (first := done()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.005)
    began = time.perf_counter()
    while (last := done()) < count:
        assert time.monotonic() < deadline, f"only {last} of {count} were done"
        time.sleep(0.005)
    return (last - first) / (time.perf_counter() - began)


def _scalar(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _process(module: str, *arguments: str, **environment: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], env={**os.environ, **environment})
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
