"""Where the trials take place: a private PostgreSQL, a private RabbitMQ, and a database for whoever asks for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.projector import Projector
from projections.setup import prepare
from services import embedded
from services.demo.simulation import simulate
from tests.bench import history
from tests.bench.sizes import Sizes
from tests.story import ENDS

CREATE_COPY = "CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}"
DROP = "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
BEGUN = 0.6  # the share of the lived log that is projected where the one-by-one trials begin
PREFIX = "bench"
SITES, SEED = 4, 5
Measured = dict[str, float]  # what a trial found, by name: a rate per second, or in the unit behind the last comma
_numbers = count(1)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store, closed at the end."""
    store = Store(url)
    try:
        yield store
    finally:
        store.close()


class Stage:
    """What every trial gets. Databases are named by their URLs, as the application's role."""

    def __init__(self, folder: Path, server: embedded.Server, amqp_url: str, sizes: Sizes) -> None:
        self.folder, self.server, self.amqp_url, self.sizes = folder, server, amqp_url, sizes

    def owner(self, url: str) -> str:
        """The same database as its owner."""
        return url.replace(f"//{embedded.APP}@", f"//{embedded.OWNER}@")

    def keeper(self, url: str) -> str:
        """The same database as its server's keeper, who sees what everybody waits for."""
        return url.replace(f"//{embedded.APP}@", "//postgres@")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """An empty store, for one trial."""
        name = _name()
        try:
            yield self.create(name)
        finally:
            self._execute(DROP, name=name)

    @contextmanager
    def copy(self, url: str) -> Iterator[str]:
        """A copy of a database that nobody uses at the moment, for one trial."""
        name, template = _name(), psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self._execute(CREATE_COPY, name=name, template=str(template), owner=embedded.OWNER)
        try:
            yield self.server.url(embedded.APP, name)
        finally:
            self._execute(DROP, name=name)

    @cached_property
    def pattern(self) -> str:
        """A simulated network that lived its twelve days, with all that followed."""
        url = self.create(_name())
        history.live(url, simulate(SITES, self.sizes.lived_tickets, SEED, ENDS).days)
        return url

    @cached_property
    def lived(self) -> str:
        """The network's history several times over, all boards up to date."""
        url = self.create(_name())
        history.multiply(self.pattern, self.owner(url), self.sizes.copies)
        history.project(url, processes=1)
        return url

    @cached_property
    def halfway(self) -> str:
        """The network's history once, projected somewhat beyond its middle."""
        url = self.create(_name())
        history.multiply(self.pattern, self.owner(url), 1)
        prepare(url, PROJECTIONS.values())
        with opened(url) as store:
            projector = Projector(store, PROJECTIONS.values())
            projector.run_dry(int(store.last_position() * BEGUN))
            projector.close()
        return url

    def create(self, name: str) -> str:
        """An empty store that stays until the server is gone."""
        self.server.prepare(name)
        return self.server.url(embedded.APP, name)

    def _execute(self, statement: str, **names: str) -> None:
        identifiers = {key: sql.Identifier(value) for key, value in names.items()}
        with psycopg.connect(self.server.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(**identifiers))


def _name() -> str:
    return f"{PREFIX}{next(_numbers)}"
