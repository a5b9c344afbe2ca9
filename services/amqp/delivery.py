"""Deliveries of a channel, and their acknowledgement: many with one frame, and never one that is not done.

The broker numbers a channel's deliveries 1, 2, 3 … An acknowledgement may speak for all up to a number. It does so here
only where each number up to it is known to be done; what is done beyond a gap is acknowledged by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass

from aio_pika.abc import AbstractIncomingMessage

log = logging.getLogger(__name__)


class Done:
    """Which deliveries of one channel are done with; `telling` is held until the broker was told of them.

    What was told second must not arrive first: it could speak for a delivery that is just being given back.
    """

    def __init__(self) -> None:
        self.telling = asyncio.Lock()
        self._up_to = 0  # this one and all before it
        self._beyond: set[int] = set()

    def add(self, tags: Sequence[int]) -> tuple[int, list[int]]:
        """Notes these; returns the highest of them that may speak for all before it (0: none), and those beyond."""
        self._beyond.update(tags)
        while self._up_to + 1 in self._beyond:
            self._up_to += 1
            self._beyond.remove(self._up_to)
        return max((tag for tag in tags if tag <= self._up_to), default=0), [tag for tag in tags if tag > self._up_to]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came to a desk. `done` is that of its channel: numbers begin anew with a new connection."""

    desk: str
    message: AbstractIncomingMessage
    done: Done

    @property
    def tag(self) -> int:
        """Its number among the deliveries of its channel."""
        return self.message.delivery_tag or 0

    @property
    def is_suspect(self) -> bool:
        """Whether it was delivered before, and may have brought a worker down."""
        return bool(self.message.redelivered)

    async def give_back(self) -> None:
        """Has it delivered again."""
        async with self.done.telling:
            await _told(self.message.nack(requeue=True))
            self.done.add([self.tag])


async def acknowledge(deliveries: Sequence[Delivery]) -> None:
    """Tells the broker that these, of one channel or several, are done with and need not come again."""
    for done in {id(each.done): each.done for each in deliveries}.values():
        await _acknowledge(done, {each.tag: each.message for each in deliveries if each.done is done})


async def _acknowledge(done: Done, messages: Mapping[int, AbstractIncomingMessage]) -> None:
    async with done.telling:
        last, alone = done.add(list(messages))
        if last:
            await _told(messages[last].ack(multiple=True))
        for tag in alone:
            await _told(messages[tag].ack())


async def _told(telling: Awaitable[object]) -> None:
    """A channel that is gone cannot be told: the broker delivers again, and the inbox makes that harmless."""
    try:
        await telling
    except asyncio.CancelledError as error:  # so aiormq ends what waits for a connection that it closes
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        log.warning("what came over a closed connection comes again: %r", error)
    except Exception as error:
        log.warning("what came over a lost connection comes again: %r", error)
