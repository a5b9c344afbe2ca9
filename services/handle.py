"""The one road: look up the command id, load the streams, decide, append, answer. A batch is one transaction."""

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from events.event import Event, Pending, Unreadable
from events.store import Conflict, Receipt, Store
from services import tally, tracing
from services.command import Command, On, Outcome
from services.desk import decide, noun_of, profile_named
from services.policy import COMMON
from services.profile import Profile
from services.refusal import Refusal, Rejected

ATTEMPTS = 5  # how often a command is decided anew after a conflict
ATTEMPTS_TOGETHER = 2  # and how often a batch is, before its halves go apart: a smaller one is in nobody's way so long
REMEMBERED_STREAMS = 20_000
SHELF = "profile/"  # begins the names of the streams that hold the versions of profiles

log = logging.getLogger(__name__)


class UnreadableStream(Exception):
    """A stream holds an event that this release cannot read; nothing may be decided about it."""


class Folded(NamedTuple):
    """A stream as far as it is known: its last version and the state that makes."""

    version: int
    state: Any


class Road:
    """Carries commands out. One road may be used by one thread at a time; many roads may share a database.

    States of recent streams are remembered, and brought up to date by reading only what came after. A memory that is
    old can do no harm: a taken version is refused by the log, and the batch is decided again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._memory: OrderedDict[str, Folded] = OrderedDict()
        self._shelf = {SHELF + COMMON}

    def handle(self, commands: Sequence[Command], now: datetime) -> list[Outcome]:
        """Decides all commands in order and records events and outcomes together; one outcome per command.

        `now` is when the door received them. An accepted or rejected command stays so for good; `failed` means that
        deciding broke (an error of ours): nothing of that command was recorded.
        """
        began = time.perf_counter()
        outcomes = self._again_and_again(commands, now)
        tally.count(commands, outcomes, time.perf_counter() - began)
        return outcomes

    def _again_and_again(self, commands: Sequence[Command], now: datetime) -> list[Outcome]:
        """Decides until nobody else comes between; after too many conflicts the batch goes in halves, in its order."""
        why = ""
        for _ in range(ATTEMPTS_TOGETHER if len(commands) > 1 else ATTEMPTS):
            try:
                return self._once(commands, now)
            except (Conflict, UnreadableStream) as error:
                log.info("deciding %d commands again: %s", len(commands), error)
                why = str(error)
        if len(commands) < 2:
            return [_failed(command, why) for command in commands]
        half = len(commands) // 2
        return self._again_and_again(commands[:half], now) + self._again_and_again(commands[half:], now)

    def _once(self, commands: Sequence[Command], now: datetime) -> list[Outcome]:
        batch = _Batch(self._store.receipts({command.command_id for command in commands}))
        fresh = [command for command in commands if command.command_id not in batch.known]
        batch.streams = self._load({stream for command in fresh for stream in command.streams} | self._shelf)
        if profiles := self._profiles_of(fresh, batch.streams):
            batch.streams |= self._load(profiles)
        batch.shelf = _shelf(batch.streams)
        for command in fresh:
            batch.decide(command, now)
        before = self._store.append(batch.receipts, batch.events) if batch.receipts else 0
        self._remember(batch.streams)
        return [batch.outcome(command, before) for command in commands]

    def _load(self, streams: set[str]) -> dict[str, Folded]:
        known = {stream: self._memory.get(stream) or Folded(0, noun_of(stream).empty) for stream in streams}
        for recorded in self._store.read_tails({stream: folded.version for stream, folded in known.items()}):
            if isinstance(recorded.event, Unreadable):
                raise UnreadableStream(f"{recorded.stream} version {recorded.version}: {recorded.event.why}")
            state = noun_of(recorded.stream).evolve(known[recorded.stream].state, recorded.event, recorded.context)
            known[recorded.stream] = Folded(recorded.version, state)
        return known

    def _profiles_of(self, commands: Sequence[Command], streams: dict[str, Folded]) -> set[str]:
        """The streams of the profiles that these commands are decided under; from now on they are always looked at."""
        named = {profile_named(each, [streams[stream].state for stream in each.streams]) for each in commands}
        found = {SHELF + name for name in named} - self._shelf
        self._shelf = self._shelf | found
        return found

    def _remember(self, streams: dict[str, Folded]) -> None:
        self._memory.update(streams)
        for stream in streams:
            self._memory.move_to_end(stream)
        while len(self._memory) > REMEMBERED_STREAMS:
            self._memory.popitem(last=False)


class _Batch:
    """Commands decided together: each sees what those before it did."""

    def __init__(self, known: dict[str, Receipt]) -> None:
        self.known = known
        self.streams: dict[str, Folded] = {}
        self.shelf: dict[str, Profile] = {}
        self.receipts: list[Receipt] = []
        self.events: list[Pending] = []
        self._deciding = tracing.deciding()
        self._failures: dict[str, str] = {}
        self._made: dict[str, int] = {}  # command id → how many events it made; taken out by its first answer
        self._ends: dict[str, int] = {}  # command id → how many events of the batch there are up to its last

    def decide(self, command: Command, now: datetime) -> None:
        """Decides a command unless the same id was tried before, and keeps its receipt and events."""
        if command.command_id in self.known or command.command_id in self._failures:
            return
        streams = command.streams
        try:
            states = [self.streams[stream].state for stream in streams]
            with self._deciding(command) as traced:
                decided = list(decide(traced, states, now, self.shelf))
        except Rejected as rejected:
            self._conclude(command, streams[0], 0, rejected.refusal)
        except Exception as error:
            log.exception("deciding %s %s broke", type(command).__name__, command.command_id)
            self._failures[command.command_id] = f"{type(error).__name__}: {error}"
        else:
            self._accept(traced, streams[0], decided)

    def outcome(self, command: Command, before: int) -> Outcome:
        """The answer to a command, once the batch is appended after position `before`."""
        if why := self._failures.get(command.command_id):
            return _failed(command, why)
        receipt = self.known[command.command_id]
        if (receipt.command, receipt.stream) != (type(command).__name__, command.streams[0]):
            return _reused(command, receipt)
        events, end = self._made.pop(command.command_id, None), self._ends.get(command.command_id)
        refusal = Refusal(**receipt.refusal) if receipt.refusal else None
        return Outcome(
            command_id=receipt.command_id,
            status="rejected" if refusal and not refusal.kept else "accepted",
            stream=receipt.stream,
            version=receipt.version,
            position=before + end if end else receipt.position,
            events=events or 0,
            repeated=events is None,
            refusal=refusal,
        )

    def _accept(self, command: Command, own: str, decided: list[Event | On | Refusal]) -> None:
        context = command.context()
        events = [each for each in decided if not isinstance(each, Refusal)]
        for each in events:
            stream, event = (each.stream, each.event) if isinstance(each, On) else (own, each)
            before = self.streams[stream]
            version = before.version + 1
            self.events.append(Pending(stream, version, event, context))
            self.streams[stream] = Folded(version, noun_of(stream).evolve(before.state, event, context))
            if stream.startswith(SHELF):
                self.shelf = _shelf(self.streams)
        if events:
            self._ends[command.command_id] = len(self.events)
        kept = None if len(events) == len(decided) else next(each for each in decided if isinstance(each, Refusal))
        self._conclude(command, own, len(events), kept)

    def _conclude(self, command: Command, own: str, events: int, refusal: Refusal | None) -> None:
        details = refusal.model_dump() if refusal else None
        version = self.streams[own].version
        receipt = Receipt(command.command_id, type(command).__name__, own, version, details)
        self.receipts.append(receipt)
        self.known[command.command_id], self._made[command.command_id] = receipt, events


def _shelf(streams: dict[str, Folded]) -> dict[str, Profile]:
    """The versions of profiles that are on record, as far as these streams tell."""
    return {name.removeprefix(SHELF): folded.state for name, folded in streams.items() if name.startswith(SHELF)}


def _reused(command: Command, receipt: Receipt) -> Outcome:
    facts = {"id": command.command_id, "command": receipt.command, "stream": receipt.stream}
    refusal = Rejected("command_id_reused", **facts).refusal
    return Outcome(
        command_id=command.command_id,
        status="rejected",
        stream=command.streams[0],
        version=receipt.version,
        refusal=refusal,
    )


def _failed(command: Command, why: str) -> Outcome:
    words = {"english": f"not recorded: {why}; send it again", "chinese": f"未记录:{why};请重发"}
    refusal = Refusal(code="failed", rule="", **words)
    return Outcome(
        command_id=command.command_id, status="failed", stream=command.streams[0], version=0, refusal=refusal
    )
