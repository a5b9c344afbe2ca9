"""The hub: one per process follows the log behind the projections, and tells every listener what has changed.

Listeners that see the same are one audience: what they are told is made once. A frame's id is the position of the log
that it is true up to; a listener who was away names the last id it saw and gets what it missed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg_pool import PoolTimeout

from events.event import Recorded
from events.store import DatabaseAway
from projections.hub import Touched, touched
from projections.query import Reader
from services.runtime import Runtime

T = TypeVar("T")
AWAY = (psycopg.OperationalError, PoolTimeout, *DatabaseAway)  # nobody's fault among the listeners: tried again

BATCH = 1_000  # events that one frame covers at most
WAITING_FRAMES = 100  # a listener that lets so many pile up is cut loose; it comes back for what it missed
ALIVE_SECONDS = 15.0
RETRY_MILLISECONDS = 1_000
GOODBYE = b": goodbye\n\n"
RESET = b"event: reset\ndata: {}\n\n"

log = logging.getLogger(__name__)


class Change:
    """Some events that follow each other, and what they changed."""

    def __init__(self, events: Sequence[Recorded], reader: Reader) -> None:
        self.events, self.reader = events, reader
        self.position = events[-1].position
        self._made: dict[Hashable, Any] = {}

    @cached_property
    def touched(self) -> Touched:
        """The rows that changed, by projection."""
        return touched(self.events)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for the first audience that needed it serves all others."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made


class Audience(Protocol):
    """Listeners that are told the same; hashable."""

    @property
    def most_missed(self) -> int:
        """Events after which a listener that comes back starts afresh."""
        ...

    def frame(self, change: Change) -> bytes:
        """What they are told of a change; empty if it does not concern them."""
        ...


Frames = dict[Audience, bytes | None]


@dataclass(eq=False)
class Client:
    """One listener."""

    audience: Audience
    task: "asyncio.Task[Any] | None"
    frames: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(WAITING_FRAMES))


class Hub:
    """Follows the log behind the projections, and fans out."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._clients: set[Client] = set()
        self._stopped = asyncio.Event()
        self._moved = asyncio.Condition()
        self.position = 0
        self.cut_loose = 0

    @property
    def clients(self) -> int:
        """How many pages are open."""
        return len(self._clients)

    async def run(self, stopping: asyncio.Event) -> None:
        """Follows until told to stop; a database that is away is waited for."""
        self.position = await asyncio.to_thread(self._runtime.reader.position)
        while not stopping.is_set():
            heard = self._runtime.listener.projected.heard()
            try:
                more = await self._step()
            except Exception as error:
                log.error("hub: %s; trying again", error)
                await asyncio.sleep(1)
            else:
                if not more:
                    await self._runtime.listener.projected.wait(heard)
        self.close()

    def close(self) -> None:
        """Ends every stream, also of those who are waiting."""
        self._stopped.set()
        for client in list(self._clients):
            self._put(client, GOODBYE)

    async def follow(self, audience: Audience, after: int | None) -> AsyncIterator[bytes]:
        """What a listener is told, from now on or from a position on; ends when the hub does."""
        after = await self._reached(after)
        client, joined = Client(audience, asyncio.current_task()), self.position
        self._clients.add(client)  # from `joined` on it is told by frames: nothing may come in between
        try:
            yield b"retry: %d\nid: %d\n\n" % (RETRY_MILLISECONDS, after)
            async for missed in self._missed(audience, after, joined):
                yield missed
            while not self._stopped.is_set():
                yield await self._next(client)
        finally:
            self._clients.discard(client)

    async def _reached(self, after: int | None) -> int:
        """Where a listener begins; one who saw more elsewhere is waited for, so that nothing is told twice."""
        if after is None:
            return self.position
        after = min(after, await asyncio.to_thread(self._runtime.store.last_position))
        async with self._moved:
            await self._moved.wait_for(lambda: self.position >= after)
        return after

    async def _next(self, client: Client) -> bytes:
        try:
            async with asyncio.timeout(ALIVE_SECONDS):
                return await client.frames.get()
        except TimeoutError:
            return b": alive\nid: %d\n\n" % self.position

    async def _missed(self, audience: Audience, after: int, up_to: int) -> AsyncIterator[bytes]:
        if up_to - after > audience.most_missed:
            yield b"id: %d\n%s" % (up_to, RESET)
            return
        while after < up_to:
            change = await asyncio.to_thread(self._change, after, up_to)
            frame = (await asyncio.to_thread(_frames, change, [audience]))[audience]
            if frame is None:
                return
            if frame:
                yield frame
            after = change.position

    async def _step(self) -> bool:
        """Tells everybody what has changed since; whether there is more than one frame covers."""
        looked = await asyncio.to_thread(self._look, self._audiences())
        if not looked:
            return False
        change, frames = looked
        while new := self._audiences() - frames.keys():  # some come while we render
            frames |= await asyncio.to_thread(_frames, change, new)
        self.position = change.position
        for client in list(self._clients):
            frame = frames[client.audience]
            if frame is None:
                self._cut(client)
            elif frame:
                self._put(client, frame)
        async with self._moved:
            self._moved.notify_all()
        return len(change.events) == BATCH

    def _put(self, client: Client, frame: bytes) -> None:
        try:
            client.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._cut(client)

    def _cut(self, client: Client) -> None:
        self.cut_loose += 1
        self._clients.discard(client)
        if client.task:
            client.task.cancel()

    def _audiences(self) -> set[Audience]:
        return {client.audience for client in self._clients}

    def _look(self, audiences: set[Audience]) -> tuple[Change, Frames] | None:
        """What has changed since, and what these are told of it; None if nothing has."""
        reached = self._runtime.reader.position()
        if reached <= self.position:
            return None
        change = self._change(self.position, reached)
        return change, _frames(change, audiences)

    def _change(self, after: int, up_to: int) -> Change:
        return Change(self._runtime.store.follow(after, min(BATCH, up_to - after)), self._runtime.reader)


def _frames(change: Change, audiences: Iterable[Audience]) -> Frames:
    return {audience: _frame(audience, change) for audience in audiences}


def _frame(audience: Audience, change: Change) -> bytes | None:
    """What an audience is told; None if that cannot be said: it is cut loose, and holds nobody else up."""
    try:
        return audience.frame(change)
    except AWAY:
        raise
    except Exception:
        log.exception("nothing can be told to %r up to position %d", audience, change.position)
        return None
