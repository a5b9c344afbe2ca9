"""The long-running roles: each follows the log, or a queue, until it is told to stop.

What knows RabbitMQ is loaded by the roles that need it: it takes long, and an installation of one's own has none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from projections.projector import BATCH as PROJECTED_AT_ONCE
from services import reactions
from services.follower import BATCH
from services.runtime import Runtime
from services.webhooks.delivery import deliver

RETRY_SECONDS = 1.0
AGAIN = 1 << 30  # as if there were more to do
TICK_SECONDS = 1.0
Role = Callable[[Runtime, asyncio.Event], Awaitable[None]]

log = logging.getLogger(__name__)


async def up(runtime: Runtime, stopping: asyncio.Event, desks: Sequence[str], *beside: Role) -> None:
    """Every role in this process: with RabbitMQ if there is one, else commands are decided where they arise."""
    here = (_react_here, _keep_time_here)
    apart = (react, relay_events, keep_time, partial(work_desks, desks=desks))
    roles = (project, deliver, *beside, *(apart if runtime.settings.networked else here))
    await asyncio.gather(*(role(runtime, stopping) for role in roles))


async def work_desks(runtime: Runtime, stopping: asyncio.Event, desks: Sequence[str]) -> None:
    """Decides the commands of these desks' queues."""
    from services.amqp.worker import work

    await work(runtime.settings.amqp_url, runtime.store, desks, stopping)


async def project(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Keeps the read models up to date."""

    async def step() -> int:
        return await asyncio.to_thread(lambda: runtime.projector.step())

    await _follow(runtime, stopping, "projector", step, PROJECTED_AT_ONCE)


async def react(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Sends the next desk the command that follows from an event."""
    from services.amqp.messenger import Messenger

    async with Messenger(runtime.settings.amqp_url, patient=True) as messenger:

        async def step() -> int:
            batch = await asyncio.to_thread(lambda: runtime.reactor.read())
            await messenger.publish([command for recorded in batch for command in reactions.react(recorded)])
            if batch:
                await asyncio.to_thread(runtime.reactor.done)
            return len(batch)

        await _follow(runtime, stopping, "reactor", step)


async def relay_events(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Publishes every event for other systems."""
    from services.amqp import relay, topology

    broker = topology.broker(runtime.settings.amqp_url)
    await topology.connect(broker, patient=True)
    await broker.start()

    async def step() -> int:
        batch = await asyncio.to_thread(lambda: runtime.relay.read())
        await relay.publish(broker, batch)
        if batch:
            await asyncio.to_thread(runtime.relay.done)
        return len(batch)

    try:
        await _follow(runtime, stopping, "relay", step)
    finally:
        await broker.stop()


async def keep_time(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Sends the commands of deadlines that are due."""
    from services.amqp.messenger import Messenger

    async with Messenger(runtime.settings.amqp_url, patient=True) as messenger:

        async def step() -> int:
            due = await asyncio.to_thread(lambda: runtime.clock.due(datetime.now(UTC)))
            await messenger.ask(due)
            return 0

        await _tick(runtime, stopping, step)


async def _keep_time_here(runtime: Runtime, stopping: asyncio.Event) -> None:
    async def step() -> int:
        await asyncio.to_thread(runtime.tick)
        return 0

    await _tick(runtime, stopping, step)


async def _react_here(runtime: Runtime, stopping: asyncio.Event) -> None:
    async def step() -> int:
        return await asyncio.to_thread(runtime.react)

    await _follow(runtime, stopping, "reactor", step)


async def _follow(
    runtime: Runtime, stopping: asyncio.Event, part: str, step: Callable[[], Awaitable[int]], at_once: int = BATCH
) -> None:
    """Steps while each step is full (`at_once` events), and waits for news after one that came to the log's end."""
    while not stopping.is_set():
        heard = runtime.listener.appended.heard()
        if await _tried(runtime, part, step) < at_once:
            await runtime.listener.appended.wait(heard)


async def _tick(runtime: Runtime, stopping: asyncio.Event, step: Callable[[], Awaitable[int]]) -> None:
    """Steps once a second: what is due does not hang on news."""
    while not stopping.is_set():
        await _tried(runtime, "clock", step)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), TICK_SECONDS)


async def _tried(runtime: Runtime, part: str, step: Callable[[], Awaitable[int]]) -> int:
    """How much a step did; it outlives a database that is away."""
    try:
        return await step()
    except Exception as error:
        log.error("%s: %s; trying again", part, error)
        runtime.renew(part)
        await asyncio.sleep(RETRY_SECONDS)
        return AGAIN
