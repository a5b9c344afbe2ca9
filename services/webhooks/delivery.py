"""Calling the subscribers: in the order of the log, at least once, one task for each, so that nobody waits for others.

The same events have the same `Webhook-Id` whenever they are sent again; who remembers it ignores the second time.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from secrets import SystemRandom

import httpx2
import orjson
import psycopg

from events.event import Recorded
from events.listener import Listener
from events.store import DatabaseError, Store
from services.api.cloudevents import BATCH_CONTENT_TYPE, envelope
from services.runtime import Runtime
from services.webhooks.signature import headers
from services.webhooks.subscriptions import Subscription, Subscriptions

READ = 500  # events looked through at once
BATCH = 100  # events in one call
LIMIT_SECONDS = 10.0  # for one call, from connecting to the answer's first line
RETRY_SECONDS = 1.0  # after the database was away
GONE = 410

# About a day in all: 5 s, 10 s, 20 s … 1 h, 1 h, each up to a half more, so that receivers are not called in step.
TRIES = 30
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
JITTER = 0.5

log = logging.getLogger(__name__)
dice = SystemRandom()


class NotDelivered(Exception):
    """A receiver did not take what we sent; `gone` says that it never will again."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.gone = gone


class Courier:
    """Brings every subscriber what he has not had yet."""

    def __init__(self, store: Store, subscriptions: Subscriptions, client: httpx2.AsyncClient) -> None:
        self._store, self._subscriptions, self._client = store, subscriptions, client
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def start_due(self, now: datetime) -> None:
        """Starts a task for each subscription that is due and has none. Raises what went wrong in a finished task."""
        for id_ in [id_ for id_, task in self._running.items() if task.done()]:
            self._running.pop(id_).result()
        for each in await asyncio.to_thread(self._due, now):
            if each.id not in self._running:
                self._running[each.id] = asyncio.create_task(self._bring(each))

    async def finish(self) -> None:
        """Waits until the calls under way are answered or out of time."""
        self._stopping = True
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def attempt(self, subscription: Subscription, now: datetime) -> Subscription | None:
        """One call, with the next events; returns how it stands after that, None if there is nothing more to do now."""
        events, reached = await asyncio.to_thread(next_events, self._store, subscription)
        if reached == subscription.position:
            return None
        try:
            if events:
                await post(self._client, subscription, events, now)
        except NotDelivered as error:
            await asyncio.to_thread(self._failed, subscription, error, now)
            return None
        return await asyncio.to_thread(self._subscriptions.delivered, subscription.id, reached)

    def _due(self, now: datetime) -> list[Subscription]:
        return self._subscriptions.due(now) if self._subscriptions.take_turn() else []

    async def _bring(self, subscription: Subscription) -> None:
        current: Subscription | None = subscription
        while current and not self._stopping:
            current = await self.attempt(current, datetime.now(UTC))

    def _failed(self, subscription: Subscription, error: NotDelivered, now: datetime) -> None:
        failures = subscription.failures + 1
        is_over = error.gone or failures >= TRIES
        log.warning("webhook %s: %s (%s. time)", subscription.id, error, failures)
        self._subscriptions.failed(subscription.id, str(error), None if is_over else now + wait_after(failures))


def next_events(store: Store, subscription: Subscription) -> tuple[list[Recorded], int]:
    """At most BATCH of the subscriber's next events, and the position up to which there are no others of his."""
    read = store.follow(subscription.position, READ)
    wanted = [recorded for recorded in read if subscription.wants(recorded)]
    if len(wanted) > BATCH:
        return wanted[:BATCH], wanted[BATCH - 1].position
    return wanted, read[-1].position if read else subscription.position


async def post(client: httpx2.AsyncClient, subscription: Subscription, events: list[Recorded], now: datetime) -> None:
    """Posts events as one signed CloudEvents batch. Raises NotDelivered if the answer is not 2xx within the limit."""
    body = orjson.dumps([envelope(recorded) for recorded in events])
    message_id = f"{subscription.id}_{events[0].position}_{events[-1].position}"
    told = headers(subscription.secret, message_id, now, body) | {"Content-Type": BATCH_CONTENT_TYPE}
    try:
        # The limit is over all: a receiver that sends a byte now and then never comes to httpx2's own time limits.
        async with (
            asyncio.timeout(LIMIT_SECONDS),
            client.stream("POST", subscription.url, content=body, headers=told) as answer,
        ):
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise NotDelivered(str(error) or f"no answer within {LIMIT_SECONDS:g} s") from error
    if not 200 <= status < 300:
        raise NotDelivered(f"answered {status}", gone=status == GONE)


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubled each time, with jitter."""
    doubled = FIRST_WAIT * 2.0 ** min(failures - 1, 20)
    return min(doubled, LONGEST_WAIT) * dice.uniform(1, 1 + JITTER)


def new_client() -> httpx2.AsyncClient:
    """A client that follows no redirects, for where a receiver moved to was nobody's choice here."""
    limits = httpx2.Limits(max_connections=None)
    return httpx2.AsyncClient(follow_redirects=False, timeout=LIMIT_SECONDS, limits=limits)


async def deliver(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Calls the subscribers about new events until told to stop; outlives a database that is away."""
    while not stopping.is_set():
        try:
            await _deliver(runtime, stopping)
        except (psycopg.Error, DatabaseError) as error:
            log.error("webhooks: %s; trying again", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _deliver(runtime: Runtime, stopping: asyncio.Event) -> None:
    with await asyncio.to_thread(Subscriptions, runtime.url) as subscriptions:
        async with new_client() as client:
            courier = Courier(runtime.store, subscriptions, client)
            try:
                await _keep_starting(courier, runtime.listener, stopping)
            finally:
                await courier.finish()


async def _keep_starting(courier: Courier, listener: Listener, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        heard = listener.appended.heard()
        await courier.start_due(datetime.now(UTC))
        await listener.appended.wait(heard)
