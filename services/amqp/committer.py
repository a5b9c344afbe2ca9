"""Group commit: whoever waits while one batch is written goes together into the next."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.store import DatabaseAway, Store
from services.command import Command, Outcome
from services.handle import Road

LARGEST_BATCH = 500  # commands in one transaction
ATTEMPTS = 5  # how often a command may bring its worker down, or fail, before it is parked
RETRY_SECONDS = 1.0

Work = Callable[[Sequence[Command]], list[Outcome]]
Part = Sequence[Command]  # what came together and is answered together
Decided = list[Outcome] | Exception  # the answer to a part

log = logging.getLogger(__name__)


class TooManyAttempts(Exception):
    """A command was begun too often without an end: it brings its worker down, or fails again and again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    parts: Sequence[Part]
    suspect: bool
    answer: "asyncio.Future[list[Decided]]"

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))


class Committer:
    """Decides what handlers submit, a batch per transaction, in one thread; a database that is away is waited for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._road = Road(store)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to work."""
        self._task = asyncio.create_task(self._run(), name="committer")

    async def stop(self) -> None:
        """Ends; what is being written is written to its end, what still waits is given back undecided."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().answer.cancel()

    async def submit(self, commands: Sequence[Command], *, suspect: bool = False) -> list[Outcome]:
        """The outcomes of these commands, once they are recorded.

        A suspect was delivered before and may have brought a worker down: it is tried alone, its attempts are counted
        before it is begun, and TooManyAttempts is raised when there were too many. The innocent commands that were
        merely delivered together with it are not counted.
        """
        (decided,) = await self._submit([commands], suspect)
        if isinstance(decided, Exception):
            raise decided
        return decided

    async def submit_all(self, parts: Sequence[Part]) -> list[Decided]:
        """The answers to many parts, once they are recorded: its outcomes, or the error that this part alone makes."""
        return await self._submit(parts, suspect=False)

    async def _submit(self, parts: Sequence[Part], suspect: bool) -> list[Decided]:
        answer: asyncio.Future[list[Decided]] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(parts, suspect, answer))
        return await answer

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            size = batch[0].size
            while not batch[-1].suspect and not self._queue.empty() and size < LARGEST_BATCH:
                batch.append(self._queue.get_nowait())
                size += batch[-1].size
            suspects = [batch.pop()] if batch[-1].suspect else []
            for together in filter(None, (batch, suspects)):
                await self._answer(together)

    async def _answer(self, batch: list[_Waiting]) -> None:
        work = self._tried if batch[0].suspect else self._handle
        decided = iter(await self._decide([part for waiting in batch for part in waiting.parts], work))
        for waiting in batch:
            own = [next(decided) for _ in waiting.parts]
            if not waiting.answer.done():
                waiting.answer.set_result(own)

    async def _decide(self, parts: Sequence[Part], work: Work) -> list[Decided]:
        commands = [command for part in parts for command in part]
        try:
            outcomes = iter(await self._until_the_database_is_there(work, commands))
        except Exception as error:
            return await self._decide_alone(parts, work, error)
        return [[next(outcomes) for _ in part] for part in parts]

    async def _decide_alone(self, parts: Sequence[Part], work: Work, error: Exception) -> list[Decided]:
        """One of them makes the batch fail as a whole: in their order, each alone, the innocent are not held up."""
        if len(parts) == 1:
            return [error]
        log.error("a batch of %d failed, its parts are decided one by one: %s", len(parts), error)
        return [decided for part in parts for decided in await self._decide([part], work)]

    async def _until_the_database_is_there(self, work: Work, commands: list[Command]) -> list[Outcome]:
        while True:
            try:
                return await asyncio.shield(asyncio.to_thread(work, commands))
            except DatabaseAway as error:
                log.error("the database is away, %d commands wait: %s", len(commands), error)
                await asyncio.sleep(RETRY_SECONDS)

    def _handle(self, commands: Sequence[Command]) -> list[Outcome]:
        return self._road.handle(commands, datetime.now(UTC))

    def _tried(self, commands: Sequence[Command]) -> list[Outcome]:
        ids = {command.command_id for command in commands}
        undecided = ids - self._store.receipts(ids).keys()
        if undecided and (tries := max(self._store.attempt(undecided).values())) > ATTEMPTS:
            raise TooManyAttempts(f"begun {tries - 1} times without an end")
        return self._handle(commands)
