"""The way of commands that come over HTTP: decided here in batches, or by the workers over RabbitMQ."""

import asyncio
from collections.abc import Sequence

from services.amqp.committer import Committer
from services.amqp.messenger import Messenger, NoAnswer
from services.command import Command, Outcome
from services.runtime import Runtime

ANSWER_SECONDS = 20.0  # a database that is away is waited for so long


class Door:
    """Carries commands; start it in the loop that will use it."""

    def __init__(self, runtime: Runtime) -> None:
        networked = runtime.settings.networked
        self._messenger = Messenger(runtime.settings.amqp_url, patient=True) if networked else None
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
            return await asyncio.wait_for(self._committer.submit(commands), ANSWER_SECONDS)
        except TimeoutError:
            raise NoAnswer("not decided in time, perhaps it will be yet; ask again with the same key") from None
