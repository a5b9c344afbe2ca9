"""What a worker's memory does while very many commands about very many tickets flow through it."""

import asyncio
from collections.abc import Iterator
from functools import partial

from events.store import Store
from services.command import Command
from tests.bench.commands import note, open_tickets
from tests.bench.memory import watched
from tests.bench.path import fill, wait_until
from tests.bench.running import tell
from tests.bench.stage import Measured, Stage, opened
from tests.network import Network

LEAST = 20_000
COMMANDS_OF_A_TICKET = 0.3  # of the store's tickets: 300,000 commands where there are a million
SHARE = 0.05  # of the store's tickets are spoken of: more than a worker remembers
AT_ONCE, A_MESSAGE = 10_000, 100
ROLE = "work reception"


def memory(stage: Stage, url: str, tickets: int) -> Measured:
    """Mebibytes of one worker process."""
    commands, about = max(LEAST, int(tickets * COMMANDS_OF_A_TICKET)), int(tickets * SHARE)
    tell(f"{commands:,} commands flow through one worker")
    network = Network(url, stage.amqp_url)
    with opened(url) as store:
        open_tickets(store, about)
        network.start(ROLE)
        try:
            with watched(network.processes[ROLE].pid) as watch:
                _flow(stage, store, commands, about)
        finally:
            network.stop()
    return watch.measured("worker")


def _flow(stage: Stage, store: Store, commands: int, tickets: int) -> None:
    """Some thousand at a time, so that neither the queue nor we hold all of them."""
    before = store.last_position()
    for done, some in _batches(commands, tickets):
        asyncio.run(fill(stage.amqp_url, some, A_MESSAGE))
        wait_until(partial(_are_done, store, before + done), f"{done} commands")


def _are_done(store: Store, position: int) -> bool:
    return store.last_position() >= position


def _batches(commands: int, tickets: int) -> Iterator[tuple[int, list[Command]]]:
    """How many commands there were before each batch, and the batch: one batch is worked on while the next is made."""
    for at in range(0, commands, AT_ONCE):
        yield at, [note(number, tickets) for number in range(at, min(at + AT_ONCE, commands))]
