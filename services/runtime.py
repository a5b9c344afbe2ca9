"""The one place where the parts of a process are joined."""

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

from events import schema
from events.event import Event, Recorded
from events.listener import Listener
from events.store import Store
from projections.catalog import PROJECTIONS
from projections.projector import Projector
from projections.query import Reader
from projections.setup import prepare
from services import embedded, reactions, tracing
from services.clock import Clock
from services.command import Command, Outcome
from services.follower import Follower
from services.handle import Road
from services.settings import Settings, SettingsError

if TYPE_CHECKING:
    from services.amqp.messenger import Portal

Progress = Callable[[int, int], None]


class Runtime:
    """A process's own store, road, read models and followers; each is made when first asked for."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.url = url
        self.store = Store(url)
        prepare(url, PROJECTIONS.values())

    @cached_property
    def listener(self) -> Listener:
        """Who hears of news in the log; one for all roles of the process."""
        return Listener(self.url).start()

    @cached_property
    def road(self) -> Road:
        """The one road, for commands decided in this process."""
        return Road(self.store)

    @cached_property
    def projector(self) -> Projector:
        """The live projections; those whose declaration changed are rebuilt first."""
        if stale := prepare(self.url, PROJECTIONS.values()):
            from projections.rebuild import rebuild  # not before: it is rarely needed

            rebuild(self.store, [PROJECTIONS[name] for name in stale])
        return Projector(self.store, PROJECTIONS.values())

    @cached_property
    def reactor(self) -> Follower:
        """The follower that sends what follows from events."""
        return self.follower(reactions.FOLLOWER, reactions.REACTIONS)

    @cached_property
    def relay(self) -> Follower:
        """The follower that publishes events for other systems."""
        from services.amqp import relay

        return self.follower(relay.FOLLOWER)

    @cached_property
    def reader(self) -> Reader:
        """The read models, to be asked."""
        return Reader(self.store)

    def follower(self, name: str, events: Iterable[type[Event]] = ()) -> Follower:
        """A follower of the log with its checkpoint beside the read models'."""
        return Follower(self.store, name, events)

    def handle(self, commands: Sequence[Command]) -> list[Outcome]:
        """Carries commands out in this process, now."""
        return self.road.handle(commands, datetime.now(UTC))

    def settle(self, progress: Progress = lambda done, total: None) -> None:
        """Lets reactions and projections follow the log until nothing is left to do.

        `progress` is told how many events were projected and up to which position there are any.
        """
        while self.react():
            pass
        done, total = self.projector.position(), self.store.last_position()
        while count := self.projector.step():
            done += count
            progress(done, total)

    def react(self) -> int:
        """Carries out what follows from the next events; returns how many events there were.

        A stream whose command cannot be decided (an error of ours) is parked for the reactions; the others go on.
        """
        batch = self.reactor.read()
        for recorded, why in self._react_to(batch):
            self.reactor.park(recorded, why)
        if batch:
            self.reactor.done()
        return len(batch)

    def react_again(self, stream: str) -> str:
        """Reacts to a parked stream again; returns why it still fails, "" if it does not."""
        failures = self._react_to(self.reactor.waiting(stream))
        if not failures:
            self.reactor.unpark(stream)
        return failures[0][1] if failures else ""

    def _react_to(self, batch: Sequence[Recorded]) -> list[tuple[Recorded, str]]:
        caused = [(recorded, command) for recorded in batch for command in reactions.react(recorded)]
        outcomes = self.handle([command for _, command in caused]) if caused else []
        return [
            (recorded, str(outcome.refusal))
            for (recorded, _), outcome in zip(caused, outcomes, strict=True)
            if outcome.status == "failed"
        ]

    @cached_property
    def clock(self) -> Clock:
        """Who looks which deadlines are due."""
        return Clock(self.url)

    def tick(self, now: datetime | None = None) -> int:
        """Carries out what deadlines ask for by `now`; returns how many there were. Boards must be up to date."""
        now = now or datetime.now(UTC)
        due = self.clock.due(now)
        return len(self._clock_road.handle(due, now)) if due else 0

    @cached_property
    def _clock_road(self) -> Road:
        """A road of the clock's own: one road is for one thread."""
        return Road(self.store)

    @cached_property
    def portal(self) -> "Portal":
        """The way to the workers, for callers without an event loop."""
        from services.amqp.messenger import Portal  # it takes long to load, and only a network needs it

        return Portal(self.settings.amqp_url)

    def carry(self, commands: Sequence[Command]) -> list[Outcome]:
        """The outcomes of commands: decided here, or by the workers over RabbitMQ."""
        return self.portal.ask(commands) if self.settings.networked else self.handle(commands)

    def ask(self, commands: Sequence[Command]) -> list[Outcome]:
        """The outcomes of commands, with all that follows from them done or on its way."""
        outcomes = self.carry(commands)
        self.catch_up()
        return outcomes

    def catch_up(self, progress: Progress = lambda done, total: None) -> None:
        """Brings the read models up to date if that is this process's work (in network mode it is the projector's)."""
        if not self.settings.networked:
            self.settle(progress)

    def renew(self, part: str) -> None:
        """Drops a part, e.g. one whose connection broke; it is made anew when next asked for."""
        if part in self.__dict__:
            self.__dict__.pop(part).close()

    def close(self) -> None:
        """Closes what was opened."""
        for part in ("listener", "clock", "portal", "reader", "reactor", "relay", "projector", "store"):
            self.renew(part)


@contextmanager
def running(settings: Settings) -> Iterator[Runtime]:
    """A runtime over the database of the settings, which is started, or installed, if need be."""
    spare_the_collector()
    if settings.traces:
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        tracing.configure(ConsoleSpanExporter(out=sys.stderr))
    with _database(settings) as url:
        runtime = Runtime(settings, url)
        try:
            yield runtime
        finally:
            runtime.close()


def spare_the_collector() -> None:
    """Keeps the garbage collector from looking at what stays: measured, it took a third of a worker's time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if not settings.database_url:
        with embedded.running(settings.data) as url:
            yield url
        return
    if not schema.is_installed(settings.database_url):
        install(settings)
    yield settings.database_url


def install(settings: Settings) -> None:
    """Makes the tables in an outside database: as its owner if we are told one, else as the application itself."""
    app = conninfo_to_dict(settings.database_url).get("user") or os.environ.get("PGUSER", "")
    if not app:
        raise SettingsError("AFTERSALES_DATABASE_URL names no user; expected postgresql://USER:PASSWORD@HOST/DATABASE")
    schema.install(settings.owner_url or settings.database_url, str(app))
