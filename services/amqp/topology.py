"""Every exchange and queue, once. Works on RabbitMQ 3.10 and 4.x: only what both know is declared.

```
aftersales.commands (direct) ──desk or command name──▶ aftersales.<desk> (quorum) ──dead──▶ aftersales.<desk>.parked
aftersales.events   (topic)  ──site.noun.verb──▶ whoever binds a queue
```
"""

import asyncio
import logging

from aio_pika.exceptions import AMQPError
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue

from services.amqp import BrokerAway
from services.desk import DESKS

# A backstop only. Attempts are counted in the inbox, per command: a worker that crashes on one command returns all
# the innocent ones it had prefetched, and a low limit would discard those.
DELIVERY_LIMIT = 1_000
RECONNECT_SECONDS = 1.0

log = logging.getLogger(__name__)

COMMANDS = RabbitExchange("aftersales.commands", type=ExchangeType.DIRECT, durable=True)
DEAD = RabbitExchange("aftersales.dead", type=ExchangeType.DIRECT, durable=True)
EVENTS = RabbitExchange("aftersales.events", type=ExchangeType.TOPIC, durable=True)


def desk_queue(desk: str) -> RabbitQueue:
    """The queue of a desk's commands; a message that cannot be worked on goes to the desk's parking queue."""
    return RabbitQueue(
        f"aftersales.{desk}",
        queue_type=QueueType.QUORUM,
        durable=True,
        routing_key=desk,
        arguments={
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD.name,
            "x-dead-letter-routing-key": desk,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def parking_queue(desk: str) -> RabbitQueue:
    """Where a desk's unworkable messages wait for a person, with their cause in the headers."""
    return RabbitQueue(f"aftersales.{desk}.parked", queue_type=QueueType.QUORUM, durable=True, routing_key=desk)


def answer_queue(name: str) -> RabbitQueue:
    """Where one asking process gets its answers; gone when the process is."""
    return RabbitQueue(f"aftersales.answers.{name}", durable=False, exclusive=True, auto_delete=True)


def broker(url: str, *, prefetch: int = 1) -> RabbitBroker:
    """A connection whose publishes are confirmed and must reach a queue; nothing is decoded behind our back."""
    channel = Channel(prefetch_count=prefetch, publisher_confirms=True, on_return_raises=True)
    return RabbitBroker(
        url,
        default_channel=channel,
        apply_types=False,
        logger=None,
        graceful_timeout=30.0,
        reconnect_interval=RECONNECT_SECONDS,
    )


async def connect(broker: RabbitBroker, *, patient: bool) -> None:
    """Connects and declares everything. A patient caller waits for a broker that is away; else BrokerAway is raised."""
    while True:
        try:
            await broker.connect()
            await _declare(broker)
            return
        except (AMQPError, OSError, RuntimeError) as error:
            if not patient:
                raise BrokerAway(
                    f"RabbitMQ does not answer ({error}); is it up, and AFTERSALES_AMQP_URL right?"
                ) from error
            log.warning("RabbitMQ does not answer, trying again: %s", error)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _declare(broker: RabbitBroker) -> None:
    commands, dead, _ = [await broker.declare_exchange(exchange) for exchange in (COMMANDS, DEAD, EVENTS)]
    for desk, decisions in DESKS.items():
        queue, parked = await broker.declare_queue(desk_queue(desk)), await broker.declare_queue(parking_queue(desk))
        await parked.bind(dead, routing_key=desk)
        for key in (desk, *(command.__name__ for command in decisions)):
            await queue.bind(commands, routing_key=key)


async def whole(message: RabbitMessage) -> RabbitMessage:
    """A decoder that hands a handler the message as it came: bytes are read where bad ones can be parked."""
    return message
