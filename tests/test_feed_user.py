"""A RabbitMQ user follows the events of its own sites; the broker itself refuses every other key."""

import shlex

import aio_pika
import pytest
from aiormq.exceptions import ChannelAccessRefused

from services.access import Person, access_of
from services.amqp import topology
from services.amqp.permissions import follower
from services.policy import COMMON, policies
from services.refusal import Rejected
from tests.broker import Broker

pytestmark = pytest.mark.rabbit


@pytest.fixture
async def exchange(broker: Broker) -> str:
    """The exchange of the events, declared as the relay declares it."""
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        await channel.declare_exchange(topology.EVENTS.name, aio_pika.ExchangeType.TOPIC, durable=True)
    return topology.EVENTS.name


def let_in(broker: Broker, user: str, sites: frozenset[str] | None) -> str:
    """Makes a user with just what `aftersales feed-user` prints; its address."""
    broker.control("add_user", user, "secret")
    for command in follower(user, access_of(Person(user, "integrator", sites), policies()[COMMON])):
        broker.control(*shlex.split(command)[1:])
    return broker.url_of(user, "secret")


async def may_bind(address: str, exchange: str, queue: str, key: str) -> bool:
    connection = await aio_pika.connect(address)
    async with connection:
        channel = await connection.channel()
        try:
            own = await channel.declare_queue(queue, exclusive=True)
            await own.bind(exchange, key)
        except ChannelAccessRefused:
            return False
    return True


@pytest.mark.rule("R-026")
async def test_a_user_of_one_site_binds_that_sites_events_and_no_others(broker: Broker, exchange: str) -> None:
    address = let_in(broker, "dealer-sh", frozenset({"SH01"}))
    queue = "dealer-sh.events"
    assert await may_bind(address, exchange, queue, "SH01.#")
    assert await may_bind(address, exchange, queue, "SH01.work.paused")
    for key in ("#", "*.work.#", "BJ01.#", "SH010.#", "#.work.paused", "SH01"):
        assert not await may_bind(address, exchange, queue, key), key
    assert not await may_bind(address, exchange, "somebody-elses.queue", "SH01.#")
    assert not await may_bind(address, topology.COMMANDS.name, queue, "StartWork")


async def test_a_role_that_does_not_see_the_feed_gets_no_permissions() -> None:
    with pytest.raises(Rejected, match="feed"):
        follower("gate", access_of(Person("gate", "guard", frozenset({"SH01"})), policies()[COMMON]))
