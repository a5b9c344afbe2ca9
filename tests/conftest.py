"""One PostgreSQL for the whole session, a fresh clone of an empty store for every test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from events.store import Store
from services import embedded
from services.handle import Road
from tests.broker import Broker

TEMPLATE = "empty"
_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Server]:
    """A private PostgreSQL with fsync on, as users have it."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-test-"))
    folder.chmod(0o711)  # our own folder: the service account passes through to its own below
    server = embedded.Server(folder)
    server.start()
    server.prepare(TEMPLATE)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def database_url(server: embedded.Server) -> Iterator[str]:
    """The URL of an empty store of this test's own, as the application's role."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {embedded.OWNER}")
        yield server.url(embedded.APP, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def road(store: Store) -> Road:
    """The one road over the empty store."""
    return Road(store)


@pytest.fixture(scope="session")
def amqp_url() -> Iterator[str]:
    """A private RabbitMQ node of this session, started when the first test asks for it."""
    broker = Broker()
    try:
        broker.start()
        yield broker.url
    finally:
        broker.stop()
