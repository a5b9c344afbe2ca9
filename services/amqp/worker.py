"""A desk's worker: takes messages from its queue, has their commands decided, answers, acknowledges.

What is no command is parked with its cause. What fails is tried again, and parked when it has failed too often. A
message is acknowledged only after its outcomes are recorded; whatever dies in between is delivered again, and the
inbox makes that harmless.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from faststream import AckPolicy
from faststream.rabbit import RabbitMessage

from events.store import Store
from services.amqp import topology
from services.amqp.committer import ATTEMPTS, Committer, TooManyAttempts
from services.amqp.messenger import CONFIRM_SECONDS
from services.command import Command, Malformed, Outcome, parse
from services.refusal import Refusal

PREFETCH = 400
RETRY_SECONDS = 0.2

log = logging.getLogger(__name__)


async def work(amqp_url: str, store: Store, desks: Sequence[str], stopping: asyncio.Event) -> None:
    """Works for these desks until told to stop; then finishes what it has begun and gives back the rest."""
    broker, committer = topology.broker(amqp_url, prefetch=PREFETCH), Committer(store)
    for desk in desks:
        worker = Worker(desk, broker, committer, store)
        queue = topology.desk_queue(desk)
        broker.subscriber(queue, topology.COMMANDS, decoder=topology.whole, ack_policy=AckPolicy.MANUAL, no_reply=True)(
            worker.receive
        )
    await topology.connect(broker, patient=True)
    committer.start()
    await broker.start()
    await stopping.wait()
    await broker.stop()
    await committer.stop()


class Worker:
    """What one desk does with a message."""

    def __init__(self, desk: str, broker: Any, committer: Committer, store: Store) -> None:
        self._desk, self._broker, self._committer, self._store = desk, broker, committer, store

    async def receive(self, message: RabbitMessage) -> None:
        """Handles one message, of one command or of many: decide, answer whoever asked, acknowledge."""
        commands, outcomes = await self._read(message)
        try:
            redelivered = bool(message.raw_message.redelivered)
            decided = await self._committer.submit(commands, suspect=redelivered) if commands else []
        except TooManyAttempts as error:
            await self._park(message, str(error))
            return
        except Exception:
            log.exception("%s: a message failed; delivered again, its attempts are counted", self._desk)
            await self._give_back(message)
            return
        failed = [outcome for outcome in decided if outcome.status == "failed"]
        if failed:
            await self._try_again(message, failed)
            return
        # The answer first: who dies in between answers twice, which is better than never.
        await self._answer(message, [*decided, *outcomes])
        await message.ack()

    async def _read(self, message: RabbitMessage) -> tuple[list[Command], list[Outcome]]:
        """The commands of a message; each part that is none is parked by itself and answered as malformed."""
        commands: list[Command] = []
        outcomes: list[Outcome] = []
        for part in _parts(message.body):
            try:
                commands.append(parse(part))
            except Malformed as error:
                await self._publish_parked(message, part if isinstance(part, bytes) else orjson.dumps(part), str(error))
                outcomes.append(_malformed(part, error))
        return commands, outcomes

    async def _answer(self, message: RabbitMessage, outcomes: Sequence[Outcome]) -> None:
        if not message.reply_to:
            return
        await self._broker.publish(
            orjson.dumps([outcome.model_dump(mode="json") for outcome in outcomes]),
            message.reply_to,
            correlation_id=message.correlation_id,
            content_type="application/json",
            mandatory=False,  # whoever asked may be gone
            timeout=CONFIRM_SECONDS,
        )

    async def _try_again(self, message: RabbitMessage, failed: Sequence[Outcome]) -> None:
        """Gives the message back for another try; after too many it is parked."""
        tries = await asyncio.to_thread(self._store.attempt, [outcome.command_id for outcome in failed])
        if max(tries.values()) >= ATTEMPTS:
            await self._park(message, str(failed[0].refusal))
            return
        await self._give_back(message)

    async def _give_back(self, message: RabbitMessage) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        await message.nack(requeue=True)

    async def _park(self, message: RabbitMessage, cause: str) -> None:
        await self._publish_parked(message, message.body, cause)
        await message.ack()

    async def _publish_parked(self, message: RabbitMessage, body: bytes, cause: str) -> None:
        log.error("%s: parked a message: %s", self._desk, cause)
        await self._broker.publish(
            body,
            exchange=topology.DEAD,
            routing_key=self._desk,
            persist=True,
            headers={"x-cause": cause[:2000], "x-desk": self._desk},
            message_id=message.message_id,
            content_type=message.content_type or "application/octet-stream",
            timeout=CONFIRM_SECONDS,
        )


def _parts(body: bytes) -> Iterable[bytes | Any]:
    """One command, or the commands of a batch; bytes that are no JSON are one part, for `parse` to name the fault."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [body]
    return document if isinstance(document, list) else [document]


def _malformed(part: Any, error: Malformed) -> Outcome:
    known = part.get("command_id", "") if isinstance(part, dict) else ""
    refusal = Refusal(code="malformed", rule="", english=str(error), chinese=f"格式错误:{error}")
    return Outcome(command_id=str(known), status="malformed", stream="", version=0, refusal=refusal)
