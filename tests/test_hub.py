"""The hub tells each listener what happened since it looked, once: also what happens in the moment it joins."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from services.api.feed import Feed
from services.http.hub import Change, Hub
from services.runtime import Runtime
from services.settings import Settings
from tests.decisions.scenario import register_ticket

EVERYTHING = Feed((), None)
IDS = re.compile(rb"^id: (\d+)\nevent: event$", re.MULTILINE)


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


@pytest.fixture
async def hub(runtime: Runtime) -> AsyncIterator[Hub]:
    """A hub that follows."""
    hub, stopping = Hub(runtime), asyncio.Event()
    following = asyncio.create_task(hub.run(stopping))
    yield hub
    stopping.set()
    await following


async def happens(runtime: Runtime, hub: Hub, ticket: str) -> None:
    """A ticket is registered, and the hub has seen it."""
    outcome = runtime.handle([register_ticket(ticket=ticket, command_id=ticket)])[0]
    await asyncio.to_thread(runtime.settle)
    async with asyncio.timeout(10):
        while hub.position < (outcome.position or 0):
            await asyncio.sleep(0.01)


async def heard(listening: AsyncIterator[bytes], count: int) -> list[int]:
    """The positions of the next events, and of any that come at once after them."""
    found: list[int] = []
    waiting = 10.0
    while True:
        try:
            frame = await asyncio.wait_for(anext(listening), waiting)
        except TimeoutError:
            return found
        found += [int(position) for position in IDS.findall(frame)]
        waiting = 0.3 if len(found) >= count else 10.0


async def test_what_happens_in_the_moment_of_joining_is_told_once(runtime: Runtime, hub: Hub) -> None:
    await happens(runtime, hub, "T1")
    listening = hub.follow(EVERYTHING, 0)
    await anext(listening)  # joined, and nothing told yet
    await happens(runtime, hub, "T2")
    expected = list(range(1, runtime.store.last_position() + 1))
    assert await heard(listening, len(expected)) == expected


async def test_whoever_comes_from_a_server_that_had_seen_more_is_told_nothing_again(runtime: Runtime, hub: Hub) -> None:
    await happens(runtime, hub, "T1")
    seen = runtime.store.last_position()
    runtime.handle([register_ticket(ticket="T2", command_id="T2")])
    listening = hub.follow(EVERYTHING, seen + 1)  # projected nowhere yet
    joining = asyncio.ensure_future(anext(listening))
    await asyncio.to_thread(runtime.settle)
    await joining
    await happens(runtime, hub, "T3")
    expected = list(range(seen + 2, runtime.store.last_position() + 1))
    assert await heard(listening, len(expected)) == expected


async def test_a_hub_that_ends_lets_its_listeners_go_at_once(runtime: Runtime) -> None:
    hub, stopping = Hub(runtime), asyncio.Event()
    following = asyncio.create_task(hub.run(stopping))
    listening = hub.follow(EVERYTHING, None)
    await anext(listening)
    stopping.set()
    async with asyncio.timeout(3):
        assert [frame async for frame in listening if not frame.startswith(b":")] == []
    await following


class Broken(NamedTuple):
    """An audience for which no frame can be made."""

    most_missed: int = 10

    def frame(self, change: Change) -> bytes:
        raise KeyError("no such word")


async def test_a_listener_who_cannot_be_told_holds_nobody_else_up(runtime: Runtime, hub: Hub) -> None:
    async def listen() -> list[bytes]:
        return [frame async for frame in hub.follow(Broken(), None)]

    broken, others = asyncio.create_task(listen()), hub.follow(EVERYTHING, None)
    await anext(others)
    await happens(runtime, hub, "T1")
    expected = list(range(1, runtime.store.last_position() + 1))
    assert await heard(others, len(expected)) == expected
    with pytest.raises(asyncio.CancelledError):
        await broken
