"""Tickets live their whole life over RabbitMQ while workers are killed and every command arrives twice.

`python -m tests.chaos` runs the long form, a test runs the short one: no event lost, none twice, every ticket closed,
every deadline missed and escalated exactly once by two clocks, projections equal to a fresh rebuild, parking queues
empty.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.query import Reader
from projections.rebuild import rebuild
from services import embedded
from services.amqp import parking
from services.amqp.messenger import Messenger
from services.command import Command, parse
from services.desk import DESKS
from services.handle import Road
from tests.broker import Broker
from tests.network import Network

ROLES = (*(f"work {desk}" for desk in DESKS), "react", "project", "clock", "clock --json")  # two clocks
STARTING_SECONDS = 6.0  # until a role that was restarted last minds signals
WINDOW = 200  # tickets alive at once
RATINGS = {"attitude": 5, "quality": 4, "result": 5}
START = "2026-03-02T09:00:00+08:00"


def life(ticket: str) -> list[list[Command]]:
    """A ticket's commands in steps: each step is sent when the one before is answered."""
    part = f"P-{int(ticket[1:]) % 7}"

    def command(name: str, **fields: object) -> Command:
        envelope = {"command_id": f"{ticket}-{name}", "site": "SH01", "actor": "li", "role": "manager", "at": START}
        return parse({"command": name, **envelope, **fields})

    def to_ticket(name: str, **fields: object) -> Command:
        return command(name, ticket=ticket, **fields)

    return [
        [to_ticket("RegisterTicket", problem="no heat", product="P1", channel="phone", customer={"name": "Wang"},
                   profile="watched")],
        [to_ticket("AssignTicket", team="A")],
        [to_ticket("DispatchEngineer", engineer="zhou")],
        [command("ReceiveStock", part_no=part, quantity=2, cause=ticket)],
        [to_ticket("StartWork")],
        [to_ticket("RequestPart", request="1", part_no=part, quantity=2, reason="worn")],
        [to_ticket("ApprovePart", request="1")],
        [command("IssuePart", part_no=part, ticket=ticket, request="1", taker="zhou")],
        [to_ticket("PauseWork", reason="waiting_for_part")],
        [to_ticket("ResumeWork")],
        [to_ticket("CompleteWork", solution="new valve")],
        [to_ticket("SignCompletion", signer="Wang")],
    ]  # fmt: skip


# What each ticket's stream must hold, once each, and no more.
EVENTS = (
    "deadline.started", "deadline.missed", "deadline.escalated",
    "ticket.registered", "ticket.assigned", "work.engineer_dispatched", "work.started", "part.requested",
    "part.approved", "part.issued", "work.paused", "work.resumed", "work.completed", "work.completion_signed",
    "callback.scheduled", "callback.completed", "ticket.closed",
)  # fmt: skip


PROFILE = """
profile = "watched"
version = 1
extends = "common"

[deadline.never_met]
english = "Something that nobody ever does"
chinese = "无人完成之事"
rules = ["R-004"]
starts = "ticket.registered"
within = "5 minutes"
escalate = [{ after = "1 hour", to = "manager" }]
"""


def publish(store: Store) -> None:
    """Puts a profile in force whose deadline is long over when the tickets are told of."""
    office = {"site": "SH01", "at": START, "profile": "watched"}
    steps = (
        {"command": "ProposeProfile", "actor": "li", "role": "manager", "text": PROFILE},
        {"command": "ApproveProfile", "actor": "gm", "role": "general_manager", "version": 1},
        {"command": "PublishProfile", "actor": "gm", "role": "general_manager", "version": 1, "effective_from": START},
    )
    outcomes = Road(store).handle(
        [parse({"command_id": step["command"], **office, **step}) for step in steps], datetime.now(UTC)
    )
    assert {outcome.status for outcome in outcomes} == {"accepted"}, outcomes


async def live(amqp_url: str, store: Store, tickets: Sequence[str]) -> None:
    """Lets all tickets live, WINDOW at a time; every command is published once more than it is asked for."""
    places = asyncio.Semaphore(WINDOW)
    async with Messenger(amqp_url) as messenger:
        await asyncio.gather(*(_live_one(messenger, store, ticket, places) for ticket in tickets))


async def _live_one(messenger: Messenger, store: Store, ticket: str, places: asyncio.Semaphore) -> None:
    async with places:
        for step in life(ticket):
            await _twice(messenger, step)
        await _until(store, ticket, "callback.scheduled")
        envelope = {"command_id": f"{ticket}-callback", "site": "SH01", "actor": "chen", "role": "callback_agent"}
        facts = {"identity_verified": True, "ratings": RATINGS, "outcome": "resolved"}
        await _twice(
            messenger, [parse({"command": "CompleteCallback", **envelope, "at": START, "ticket": ticket, **facts})]
        )


async def _twice(messenger: Messenger, step: list[Command]) -> None:
    await messenger.publish(step)
    for outcome in await messenger.ask(step, seconds=120):
        assert outcome.status == "accepted", outcome


async def _until(store: Store, ticket: str, name: str) -> None:
    while name not in [each.event.name for each in await asyncio.to_thread(store.read, f"ticket/{ticket}")]:
        await asyncio.sleep(0.2)


async def _kill_at_random(network: Network, kills: Counter[str], seed: int, stopping: asyncio.Event) -> None:
    """Told to stop, not cancelled: whom it killed last it starts again."""
    dice = random.Random(seed)
    while not stopping.is_set():
        await asyncio.sleep(dice.uniform(0.5, 1.5))
        role = dice.choice(ROLES)
        await asyncio.to_thread(network.kill, role)
        network.start(role)
        kills[role] += 1


async def storm(network: Network, amqp_url: str, store: Store, tickets: Sequence[str], seed: int) -> Counter[str]:
    """Runs the network under fire until every ticket is closed; returns how often each role was killed."""
    kills: Counter[str] = Counter()
    network.start(*ROLES)
    stopping = asyncio.Event()
    killer = asyncio.create_task(_kill_at_random(network, kills, seed, stopping))
    try:
        await live(amqp_url, store, tickets)
        while min(store.counts().get(name, 0) for name in ("ticket.closed", "deadline.escalated")) < len(tickets):
            await asyncio.sleep(0.2)
    finally:
        stopping.set()
        await killer
    return kills


def verify(store: Store, tickets: Sequence[str]) -> None:
    """Every ticket's stream holds exactly the events of its life; stock is where it must be."""
    for ticket in tickets:
        names = Counter(each.event.name for each in store.read(f"ticket/{ticket}"))
        assert names == Counter(EVENTS), (ticket, names)
    counts = store.counts()
    assert counts["stock.received"] == counts["stock.issued"] == len(tickets), counts
    assert store.last_position() == sum(counts.values()), "positions have no hole"


async def run(database_url: str, amqp_url: str, count: int, seed: int) -> Counter[str]:
    """The whole trial; raises AssertionError if anything was lost, doubled, parked or projected wrongly."""
    store, network = Store(database_url), Network(database_url, amqp_url)
    tickets = [f"T{number}" for number in range(count)]
    publish(store)
    try:
        kills = await storm(network, amqp_url, store, tickets, seed)
        verify(store, tickets)
        await asyncio.wait_for(_calm(store), 60)
        await asyncio.sleep(STARTING_SECONDS)
        codes = await asyncio.to_thread(network.stop)
        assert set(codes) == {0}, f"every role ends cleanly when told to: {codes}"
    finally:
        network.end()
    for projection in rebuild(store, list(PROJECTIONS.values())).projections:
        assert projection.differing == 0, projection
    depths = await parking.depths(amqp_url)
    assert all(queue == {"waiting": 0, "parked": 0} for queue in depths.values()), depths
    store.close()
    return kills


async def _calm(store: Store) -> None:
    reader = Reader(store)
    while reader.position() < store.last_position():
        await asyncio.sleep(0.1)
    reader.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tickets", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    broker, began = Broker(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="aftersales-chaos-"))
    folder.chmod(0o711)
    try:
        broker.start()
        with embedded.running(folder) as url:
            kills = asyncio.run(run(url, broker.url, options.tickets, options.seed))
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.tickets} tickets closed in {time.monotonic() - began:.0f} s, kills: {dict(kills)}: nothing lost,")
    print("nothing twice, projections equal to a rebuild, parking queues empty")


if __name__ == "__main__":
    main()
