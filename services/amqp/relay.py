"""Publishes every event for other systems, in the order of the log, to a topic exchange.

The routing key is `<site>.<noun>.<verb>`, the message id the event's position; a header `traceparent` carries its
trace on. What is personal of a customer is masked. After a crash some events come again; whoever remembers the highest
position it has seen ignores them.
"""

import asyncio
from collections.abc import Sequence

import orjson
from faststream.rabbit import RabbitBroker

from events.event import Recorded
from services.amqp import topology
from services.amqp.messenger import CONFIRM_SECONDS
from services.privacy import masked

FOLLOWER = "relay"


async def publish(broker: RabbitBroker, batch: Sequence[Recorded]) -> None:
    """Publishes events in order; returns when the broker has confirmed all of them."""
    await asyncio.gather(*(_publish(broker, recorded) for recorded in batch))


async def _publish(broker: RabbitBroker, recorded: Recorded) -> None:
    await broker.publish(
        orjson.dumps(masked(recorded.document())),
        exchange=topology.EVENTS,
        routing_key=f"{recorded.context.site}.{recorded.event.name}",
        message_id=str(recorded.position),
        message_type=recorded.event.name,
        content_type="application/json",
        headers={"traceparent": recorded.context.traceparent} if recorded.context.traceparent else {},
        persist=True,
        mandatory=False,  # nobody need listen
        timeout=CONFIRM_SECONDS,
    )
