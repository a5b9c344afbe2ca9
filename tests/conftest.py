"""One PostgreSQL for the whole session, a fresh clone of an empty store for every test."""

import inspect
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import orjson
import psycopg
import pytest

from events.store import Store
from services import embedded
from services.demo.demonstration import play
from services.demo.simulation import simulate
from services.handle import Road
from services.runtime import Runtime
from services.settings import Settings
from tests.broker import Broker
from tests.story import ENDS

TEMPLATE, LIVED = "empty", "lived"
TOLD_RULE = re.compile(r'rule="(R-\d{3})"')
_numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", type=Path, help="write here which tests prove which rule")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if target := config.getoption("proofs"):
        found = {rule: sorted(tests) for rule, tests in sorted(proofs(items).items())}
        target.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")


def proofs(items: list[pytest.Item]) -> dict[str, set[str]]:
    """The tests that prove each rule: marked `@pytest.mark.rule("R-111")`, or expecting `rule="R-111"`."""
    found: dict[str, set[str]] = {}
    for item in items:
        marked = {str(rule) for mark in item.iter_markers("rule") for rule in mark.args}
        told = set(TOLD_RULE.findall(inspect.getsource(item.function))) if isinstance(item, pytest.Function) else set()
        for rule in marked | told:
            found.setdefault(rule, set()).add(item.nodeid.partition("[")[0])
    return found


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


@contextmanager
def clone(server: embedded.Server, template: str) -> Iterator[str]:
    """The URL of a copy of a database, as the application's role; the copy is dropped at the end."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} OWNER {embedded.OWNER}")
    yield server.url(embedded.APP, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(server: embedded.Server, statement: str) -> None:
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def database_url(server: embedded.Server) -> Iterator[str]:
    """The URL of an empty store of this test's own, as the application's role."""
    with clone(server, TEMPLATE) as url:
        yield url


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
def lived_template(server: embedded.Server) -> str:
    """A database in which a simulated network lived its days, with all that followed and all boards."""
    server.prepare(LIVED)
    runtime = Runtime(Settings(Path()), server.url(embedded.APP, LIVED))
    play(runtime, simulate(3, 60, 5, ENDS).days, lambda done, total: None)
    runtime.close()
    return LIVED


@pytest.fixture
def lived(server: embedded.Server, lived_template: str) -> Iterator[Runtime]:
    """This test's own copy of the simulated network."""
    with clone(server, lived_template) as url:
        runtime = Runtime(Settings(Path()), url)
        yield runtime
        runtime.close()


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A private RabbitMQ node of this session, started when the first test asks for it."""
    broker = Broker()
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def amqp_url(broker: Broker) -> str:
    """How to reach the private node."""
    return broker.url
