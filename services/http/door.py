"""The way of commands that come over HTTP: decided here in batches, or by the workers over RabbitMQ."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.amqp import NoAnswer
from services.amqp.committer import Committer
from services.command import Command, Outcome
from services.runtime import Runtime

if TYPE_CHECKING:
    from services.amqp.messenger import Messenger

ANSWER_SECONDS = 20.0  # a database that is away is waited for so long


class Door:
    """Carries commands; start it in the loop that will use it."""

    def __init__(self, runtime: Runtime) -> None:
        self._messenger = _messenger(runtime) if runtime.settings.networked else None
        self._committer = Committer(runtime.store)

    async def start(self) -> None:
        """Begins to carry."""
        if self._messenger:
            await self._messenger.__aenter__()
        else:
            self._committer.start()

    async def stop(self) -> None:
        """Ends; what is being written is written to its end."""
        if self._messenger:
            await self._messenger.__aexit__(None, None, None)
        else:
            await self._committer.stop()

    async def ask(self, commands: Sequence[Command]) -> list[Outcome]:
        """The outcomes of commands, in their order. Raises NoAnswer where no worker, or no database, is up."""
        if self._messenger:
            return await self._messenger.ask(commands)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._committer.submit(commands)
        except TimeoutError:
            raise NoAnswer("not decided in time, perhaps it will be yet; ask again with the same key") from None


def _messenger(runtime: Runtime) -> "Messenger":
    from services.amqp.messenger import Messenger  # not before: without RabbitMQ nobody waits for what it needs

    return Messenger(runtime.settings.amqp_url, patient=True)
