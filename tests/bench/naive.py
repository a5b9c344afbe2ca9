"""The naive worker: one message, one aggregate loaded, one transaction, one acknowledgement.

Run as a process: `python -m tests.bench.naive AMQP_URL QUEUE`; the database is in eventsourcing's POSTGRES_ variables.
"""

import asyncio
import signal
import sys
from uuid import NAMESPACE_OID, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from pydantic import BaseModel


class Note(BaseModel):
    """What a message holds."""

    ticket: str
    text: str


class Ticket(Aggregate):
    """A ticket as the library's tutorial would have it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.notes = 0

    @staticmethod
    def create_id(name: str) -> UUID:
        return uuid5(NAMESPACE_OID, name)

    @event("Noted")
    def note(self, text: str) -> None:
        self.notes += 1


class Tickets(Application[UUID]):
    """Loads and saves one ticket at a time."""

    def open(self, name: str) -> None:
        self.save(Ticket(name))

    def note(self, name: str, text: str) -> None:
        ticket = self.ticket(name)
        ticket.note(text)
        self.save(ticket)

    def ticket(self, name: str) -> Ticket:
        """The ticket, loaded."""
        found: Ticket = self.repository.get(Ticket.create_id(name))
        return found


def queue(name: str) -> RabbitQueue:
    """A quorum queue like ours."""
    return RabbitQueue(name, queue_type=QueueType.QUORUM, durable=True)


async def work(amqp_url: str, name: str) -> None:
    """Handles messages until told to stop."""
    tickets = Tickets()
    broker = RabbitBroker(amqp_url, default_channel=Channel(prefetch_count=10), logger=None)

    @broker.subscriber(queue(name), ack_policy=AckPolicy.NACK_ON_ERROR)
    async def handle(note: Note) -> None:
        tickets.note(note.ticket, note.text)

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await broker.start()
    await stopping.wait()
    await broker.stop()
    tickets.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:3]))
