"""Commands carried by a real RabbitMQ to real worker processes."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from typing import Any

import aio_pika
import pytest

from events.store import Store
from services import topology
from services.command import Command, parse
from services.desk import DESKS
from services.messenger import Messenger
from tests.network import Network

pytestmark = pytest.mark.rabbit


@pytest.fixture
def network(database_url: str, amqp_url: str) -> Iterator[Network]:
    network = Network(database_url, amqp_url)
    yield network
    network.end()
    asyncio.run(_purge(amqp_url))


async def _purge(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for desk in DESKS:
            await channel.queue_delete(topology.desk_queue(desk).name)
            await channel.queue_delete(topology.parking_queue(desk).name)


def command(name: str, ticket: str, **fields: Any) -> Command:
    envelope = {"command_id": uuid.uuid4().hex, "site": "SH01", "actor": "li", "role": "manager"}
    return parse({"command": name, **envelope, "at": "2026-03-02T09:00:00+08:00", "ticket": ticket, **fields})


def whole_life(ticket: str) -> list[Command]:
    return [
        command("RegisterTicket", ticket, problem="no heat", product="P1", channel="phone",
                customer={"name": "Wang"}, profile="auto-4s"),
        command("AssignTicket", ticket, team="A"),
        command("DispatchEngineer", ticket, engineer="zhou"),
        command("StartWork", ticket),
        command("CompleteWork", ticket, solution="new valve"),
        command("SignCompletion", ticket, signer="Wang"),
    ]  # fmt: skip


GOOD = {"attitude": 5, "quality": 5, "result": 5}


async def test_a_ticket_lives_its_life_through_three_worker_processes(
    network: Network, store: Store, amqp_url: str
) -> None:
    network.start("work reception", "work workshop", "work callback", "react", "project", "relay")
    async with Messenger(amqp_url) as messenger:
        for each in whole_life("T1"):
            (outcome,) = await messenger.ask([each])
            assert outcome.status == "accepted", outcome
        await until(lambda: "callback.scheduled" in store.counts())
        called = command("CompleteCallback", "T1", identity_verified=True, ratings=GOOD, outcome="resolved")
        (outcome,) = await messenger.ask([called])
        assert outcome.status == "accepted"
        await until(lambda: "ticket.closed" in store.counts())
    assert network.stop() == [0] * 6


async def until(true: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.05)
