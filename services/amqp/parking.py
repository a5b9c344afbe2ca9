"""The parked messages of the desks: what could not be worked on, with its cause, waiting for a person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from services.amqp import topology
from services.desk import DESKS


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message in a parking queue. `number` is its place in that queue now, from 1."""

    desk: str
    number: int
    cause: str
    body: str


Act = Callable[[AbstractIncomingMessage, aio_pika.abc.AbstractChannel], Awaitable[None]]


async def depths(amqp_url: str) -> dict[str, dict[str, int]]:
    """How many messages wait in each desk's queue and parking queue. Raises an AMQP error if there is no broker."""
    async with await aio_pika.connect(amqp_url, timeout=5) as connection:
        return {desk: await _depth(connection, desk) for desk in DESKS}


async def parked(amqp_url: str) -> list[ParkedMessage]:
    """All parked messages; they stay where they are."""
    async with await aio_pika.connect(amqp_url, timeout=5) as connection:
        return [message for desk in DESKS for message in await _peek(connection, desk)]


async def retry(amqp_url: str, desk: str, number: int) -> ParkedMessage:
    """Sends a parked message to its desk again. Raises LookupError if there is no such message."""
    return await _take(amqp_url, desk, number, _send_again)


async def drop(amqp_url: str, desk: str, number: int) -> ParkedMessage:
    """Removes a parked message for good. Raises LookupError if there is no such message."""
    return await _take(amqp_url, desk, number, _nothing)


async def _take(amqp_url: str, desk: str, number: int, act: Act) -> ParkedMessage:
    async with await aio_pika.connect(amqp_url, timeout=5) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(topology.parking_queue(desk).name)
        for place in range(1, number + 1):  # closing the channel puts back what was passed over, in its old order
            message = await queue.get(fail=False)
            if message is None:
                raise LookupError(f"{desk} has {place - 1} parked messages; there is no number {number}")
        assert message is not None
        await act(message, channel)
        await message.ack()
        return _shown(desk, number, message)


async def _peek(connection: aio_pika.abc.AbstractConnection, desk: str) -> list[ParkedMessage]:
    async with await connection.channel() as channel:
        queue = await channel.get_queue(topology.parking_queue(desk).name)
        found: list[ParkedMessage] = []
        while message := await queue.get(fail=False):
            found.append(_shown(desk, len(found) + 1, message))
        return found


async def _depth(connection: aio_pika.abc.AbstractConnection, desk: str) -> dict[str, int]:
    names = {"waiting": topology.desk_queue(desk).name, "parked": topology.parking_queue(desk).name}
    async with await connection.channel() as channel:
        queues = {key: await channel.declare_queue(name, passive=True) for key, name in names.items()}
    return {key: queue.declaration_result.message_count or 0 for key, queue in queues.items()}


async def _send_again(message: AbstractIncomingMessage, channel: aio_pika.abc.AbstractChannel) -> None:
    again = aio_pika.Message(
        message.body, content_type=message.content_type, delivery_mode=aio_pika.DeliveryMode.PERSISTENT
    )
    exchange = await channel.get_exchange(topology.COMMANDS.name)
    await exchange.publish(again, routing_key=message.routing_key or "", timeout=10)


async def _nothing(message: AbstractIncomingMessage, channel: aio_pika.abc.AbstractChannel) -> None:
    return


def _shown(desk: str, number: int, message: AbstractIncomingMessage) -> ParkedMessage:
    headers: dict[str, Any] = dict(message.headers)
    deaths: Any = headers.get("x-death") or [{}]
    cause = headers.get("x-cause") or f"dead-lettered by the broker: {deaths[0].get('reason', 'unknown')}"
    return ParkedMessage(desk, number, str(cause), message.body.decode("utf8", "replace"))
