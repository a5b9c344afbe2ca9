"""The way to the workers: publishes commands, and asks for their outcomes."""

import asyncio
import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from aio_pika.exceptions import AMQPError
from faststream import AckPolicy
from faststream.rabbit import RabbitMessage

from services.amqp import NoAnswer, topology
from services.command import Command, Outcome, dump
from services.desk import DESK_OF

T = TypeVar("T")

CONFIRM_SECONDS = 10.0
PATIENCE_SECONDS = 10.0  # after this a question is asked again
BATCH = 200  # commands in one message

log = logging.getLogger(__name__)


class Messenger:
    """A connection to RabbitMQ for one process; `async with` opens and closes it."""

    def __init__(self, url: str, *, patient: bool = False) -> None:
        """`patient` waits for a broker that is away; otherwise opening raises topology.BrokerAway."""
        self._patient = patient
        self._broker = topology.broker(url)
        self._answers = topology.answer_queue(uuid.uuid4().hex)
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._broker.subscriber(self._answers, decoder=topology.whole, ack_policy=AckPolicy.ACK_FIRST)(self._answered)

    async def __aenter__(self) -> Self:
        await topology.connect(self._broker, patient=self._patient)
        await self._broker.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._broker.stop()

    async def publish(self, commands: Iterable[Command]) -> None:
        """Hands commands to the desks' queues; returns when the broker has them safe. Order per desk is kept.

        Raises TimeoutError or an AMQP error if it does not; sending again is harmless.
        """
        for desk, batch in _batches(commands):
            await self._publish(desk, batch)

    async def ask(self, commands: Sequence[Command], seconds: float = 60.0) -> list[Outcome]:
        """Sends commands and waits for all outcomes, which come in the order of the commands. Raises NoAnswer."""
        outcomes: dict[str, Outcome] = {}
        for desk, batch in _batches(commands):
            for outcome in await self._ask(desk, batch, seconds):
                outcomes[outcome.command_id] = outcome
        return [outcomes[command.command_id] for command in commands]

    async def _ask(self, desk: str, batch: list[Command], seconds: float) -> list[Outcome]:
        correlation = uuid.uuid4().hex
        waiting = self._waiting[correlation] = asyncio.get_running_loop().create_future()
        asking = asyncio.create_task(self._ask_again_and_again(desk, batch, correlation))
        try:
            answer = await asyncio.wait_for(waiting, seconds)
        except TimeoutError:
            raise NoAnswer(f"no {desk} worker answered within {seconds:g} s; is `aftersales work {desk}` up?") from None
        finally:
            asking.cancel()
            del self._waiting[correlation]
        return [Outcome.model_validate(each) for each in orjson.loads(answer)]

    async def _ask_again_and_again(self, desk: str, batch: list[Command], correlation: str) -> None:
        """A worker, or the broker, may die with our question; the ids make asking again harmless."""
        while True:
            try:
                await self._publish(desk, batch, reply_to=self._answers.name, correlation_id=correlation)
                await asyncio.sleep(PATIENCE_SECONDS)
            except (AMQPError, TimeoutError, RuntimeError) as error:  # aio-pika tells a lost connection in many ways
                log.warning("asking the %s desk again: %s", desk, error)
                await asyncio.sleep(topology.RECONNECT_SECONDS)

    async def _publish(self, desk: str, batch: list[Command], **options: str) -> None:
        await self._broker.publish(
            orjson.dumps([dump(command) for command in batch]),
            exchange=topology.COMMANDS,
            routing_key=desk,
            persist=True,
            content_type="application/json",
            timeout=CONFIRM_SECONDS,
            **options,  # type: ignore[arg-type]
        )

    async def _answered(self, message: RabbitMessage) -> None:
        waiting = self._waiting.get(message.correlation_id or "")
        if waiting and not waiting.done():  # an answer that nobody waits for any more is of no use
            waiting.set_result(message.body)


def _batches(commands: Iterable[Command]) -> list[tuple[str, list[Command]]]:
    """Commands per desk, in messages of at most BATCH."""
    desks: dict[str, list[Command]] = defaultdict(list)
    for command in commands:
        desks[DESK_OF[type(command)]].append(command)
    return [(desk, all_[at : at + BATCH]) for desk, all_ in desks.items() for at in range(0, len(all_), BATCH)]


class Portal:
    """A Messenger for callers without an event loop: it lives in a thread of its own until closed."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="messenger", daemon=True)
        self._thread.start()
        self._messenger = Messenger(url)
        self._call(self._messenger.__aenter__())

    def ask(self, commands: Sequence[Command]) -> list[Outcome]:
        """The outcomes of commands; blocks until the workers answered. Raises NoAnswer."""
        return self._call(self._messenger.ask(commands))

    def close(self) -> None:
        """Closes the connection and ends the thread."""
        self._call(self._messenger.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
