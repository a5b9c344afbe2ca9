"""What the libraries give without us: a message a transaction, and an event a transaction."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import psycopg

from services.amqp import topology
from tests.bench import naive
from tests.bench.path import rate
from tests.bench.stage import Measured, Stage

SCHEMA = "naive"
THREADS = (1, 2, 4, 8)
COUNT = f"SELECT count(*) FROM {SCHEMA}.tickets_events"


def naive_path(stage: Stage) -> Measured:
    """Messages per second by the naive worker, from a full quorum queue."""
    tickets, count, name = stage.sizes.tickets, stage.sizes.naive, f"naive-{time.monotonic_ns()}"
    with _tickets(stage, tickets) as (_, settings), psycopg.connect(settings["URL"], autocommit=True) as connection:
        asyncio.run(_fill(stage.amqp_url, name, count, tickets))
        with _worker(stage.amqp_url, name, settings):
            found = rate(count, lambda: _scalar(connection, COUNT) - tickets)
    return {"naive path": found}


def library_save(stage: Stage) -> Measured:
    """Events per second by the library's own save, each of one event, on its safe default path: the best of threads."""
    with _tickets(stage, max(THREADS)) as (app, _):
        return {"library save": max(_saved(app, threads, stage.sizes.saves) for threads in THREADS)}


def _saved(app: naive.Tickets, threads: int, count: int) -> float:
    """Each thread has a ticket of its own and saves note after note."""
    tickets = [app.ticket(f"T{number}") for number in range(threads)]
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda ticket: _save(app, ticket, count // threads), tickets))
    return count // threads * threads / (time.perf_counter() - began)


def _save(app: naive.Tickets, ticket: naive.Ticket, count: int) -> None:
    for number in range(count):
        ticket.note(f"note {number}")
        app.save(ticket)


@contextmanager
def _tickets(stage: Stage, count: int) -> Iterator[tuple[naive.Tickets, dict[str, str]]]:
    """An application of the library in a database of its own, with so many tickets, and its settings."""
    with stage.fresh() as url:
        settings = _settings(stage.owner(url))
        with psycopg.connect(settings["URL"], autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
        app = naive.Tickets(env=settings)
        for number in range(count):
            app.open(f"T{number}")
        yield app, settings
        app.close()


def _settings(owner_url: str) -> dict[str, str]:
    info = psycopg.conninfo.conninfo_to_dict(owner_url)
    return {
        "URL": owner_url,
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(info["dbname"]),
        "POSTGRES_HOST": str(info["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": str(info["user"]),
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_SCHEMA": SCHEMA,
    }


async def _fill(amqp_url: str, name: str, count: int, tickets: int) -> None:
    broker = topology.broker(amqp_url)
    await broker.connect()
    await broker.declare_queue(naive.queue(name))
    bodies = [orjson.dumps({"ticket": f"T{n % tickets}", "text": f"note {n}"}) for n in range(count)]
    publishes = (broker.publish(body, name, content_type="application/json", persist=True) for body in bodies)
    await asyncio.gather(*publishes)
    await broker.stop()


@contextmanager
def _worker(amqp_url: str, queue: str, settings: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.naive", amqp_url, queue]
    process = subprocess.Popen(command, env={**os.environ, **settings})
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _scalar(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
