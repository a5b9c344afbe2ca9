"""The desks' worker: takes messages from their queues, has their commands decided, answers, acknowledges.

What is no command is parked with its cause. What fails is tried again, and parked when it has failed too often. A
message is acknowledged only after its outcomes are recorded; whatever dies in between is delivered again, and the
inbox makes that harmless.

The queues are read over FastStream's connection, but past its handlers: those cost more than all else of a command.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

import orjson
from aio_pika.abc import AbstractIncomingMessage
from faststream.rabbit import RabbitBroker

from events.store import Store
from services.amqp import topology
from services.amqp.committer import ATTEMPTS, LARGEST_BATCH, Committer, Decided, TooManyAttempts
from services.amqp.delivery import Delivery, Done, acknowledge
from services.amqp.messenger import CONFIRM_SECONDS
from services.command import Command, Malformed, Outcome, parse
from services.refusal import Refusal

PREFETCH = 500  # messages of a desk: what is decided, and what arrives meanwhile
RETRY_SECONDS = 0.2

log = logging.getLogger(__name__)


async def work(amqp_url: str, store: Store, desks: Sequence[str], stopping: asyncio.Event) -> None:
    """Works for these desks until told to stop; then finishes what it has begun and gives back the rest."""
    broker, committer = topology.broker(amqp_url, prefetch=PREFETCH), Committer(store)
    worker = Worker(broker, committer, store)
    await topology.connect(broker, patient=True)
    await broker.start()
    committer.start()
    for desk in desks:
        queue = await broker.declare_queue(topology.desk_queue(desk))
        await queue.consume(partial(worker.receive, desk))
    await worker.run(stopping)
    await broker.stop()
    await committer.stop()


class _Read:
    """A message as it was understood: its commands, and the parts of it that are none, with what is wrong."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.commands: list[Command] = []
        self.malformed: list[tuple[Any, Malformed]] = []
        for part in _parts(delivery.message.body):
            try:
                self.commands.append(parse(part))
            except Malformed as error:
                self.malformed.append((part, error))
            except Exception as error:  # a mistake of ours: a person sees to the message, the others go on
                log.exception("%s: a command cannot be read", delivery.desk)
                self.malformed.append((part, Malformed(f"cannot be read: {type(error).__name__}: {error}")))


class Worker:
    """What desks do with their messages: a batch after another, and beside them what takes its time."""

    def __init__(self, broker: RabbitBroker, committer: Committer, store: Store) -> None:
        self._broker, self._committer, self._store = broker, committer, store
        self._arrived: deque[Delivery] = deque()
        self._news = asyncio.Event()
        self._channel: object = None
        self._done = Done()
        self._beside: set[asyncio.Task[None]] = set()

    async def receive(self, desk: str, message: AbstractIncomingMessage) -> None:
        """Takes a message in; it is worked on when its turn comes."""
        if message.channel is not self._channel:  # a new connection; what came over the old one will come again
            self._channel, self._done = message.channel, Done()
            self._arrived.clear()
        self._arrived.append(Delivery(desk, message, self._done))
        self._news.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Works on what is received until told to stop, and to the end on what is begun by then."""
        told = asyncio.create_task(stopping.wait())
        working: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        working.set_result(None)
        while not stopping.is_set():
            await self._for_news(told)
            reads = self._next([])  # while the batch before is decided: its thread waits for the database now and then
            await working
            working = asyncio.ensure_future(self._work(self._next(reads)))
        await working
        await asyncio.gather(*self._beside, return_exceptions=True)

    async def _for_news(self, told: asyncio.Task[Any]) -> None:
        if self._arrived:
            return
        self._news.clear()
        news = asyncio.create_task(self._news.wait())
        await asyncio.wait((told, news), return_when=asyncio.FIRST_COMPLETED)
        news.cancel()

    def _next(self, reads: list[_Read]) -> list[_Read]:
        """These and what else has arrived, at most a batch and up to the first suspect; a suspect comes alone."""
        size = sum(len(read.commands) for read in reads)
        while self._arrived and size < LARGEST_BATCH and _go_together(reads, self._arrived[0]):
            reads.append(_Read(self._arrived.popleft()))
            size += len(reads[-1].commands)
        return reads

    async def _work(self, reads: Sequence[_Read]) -> None:
        """Decides; then acknowledges what nobody waits for, and sees to the others beside the next batch."""
        done: list[Delivery] = []
        for read, decided in zip(reads, await self._decide(reads), strict=True):
            if isinstance(decided, Exception):
                self._do_beside(read.delivery, self._fail(read.delivery, decided))
            elif failed := [outcome for outcome in decided if outcome.status == "failed"]:
                self._do_beside(read.delivery, self._try_again(read.delivery, failed))
            elif read.malformed or read.delivery.message.reply_to:
                self._do_beside(read.delivery, self._answer(read, decided))
            else:
                done.append(read.delivery)
        await acknowledge(done)

    async def _decide(self, reads: Sequence[_Read]) -> list[Decided]:
        if not any(read.commands for read in reads):  # nothing but what is no command
            return [[] for _ in reads]
        if not reads[0].delivery.is_suspect:
            return await self._committer.submit_all([read.commands for read in reads])
        try:
            return [await self._committer.submit(reads[0].commands, suspect=True)]
        except Exception as error:
            return [error]

    def _do_beside(self, delivery: Delivery, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._to_its_end(delivery, work))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _to_its_end(self, delivery: Delivery, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("%s: a message failed; delivered again, its attempts are counted", delivery.desk)
            await self._give_back(delivery)

    async def _answer(self, read: _Read, decided: Sequence[Outcome]) -> None:
        """Parks what is no command, answers whoever asked, acknowledges."""
        delivery, answers = read.delivery, list(decided)
        for part, error in read.malformed:
            await self._publish_parked(delivery, _written(part, delivery), str(error))
            answers.append(_malformed(part, error))
        # The answer first: who dies in between answers twice, which is better than never.
        if delivery.message.reply_to:
            await self._publish_answer(delivery.message, delivery.message.reply_to, answers)
        await acknowledge([delivery])

    async def _publish_answer(self, message: AbstractIncomingMessage, to: str, outcomes: Sequence[Outcome]) -> None:
        await self._broker.publish(
            orjson.dumps([outcome.model_dump(mode="json") for outcome in outcomes]),
            to,
            correlation_id=message.correlation_id,
            content_type="application/json",
            mandatory=False,  # whoever asked may be gone
            timeout=CONFIRM_SECONDS,
        )

    async def _fail(self, delivery: Delivery, error: Exception) -> None:
        if not isinstance(error, TooManyAttempts):
            raise error
        await self._park(delivery, str(error))

    async def _try_again(self, delivery: Delivery, failed: Sequence[Outcome]) -> None:
        """Gives the message back for another try; after too many it is parked."""
        tries = await asyncio.to_thread(self._store.attempt, [outcome.command_id for outcome in failed])
        if max(tries.values()) >= ATTEMPTS:
            await self._park(delivery, str(failed[0].refusal))
            return
        await self._give_back(delivery)

    async def _give_back(self, delivery: Delivery) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        await delivery.give_back()

    async def _park(self, delivery: Delivery, cause: str) -> None:
        await self._publish_parked(delivery, delivery.message.body, cause)
        await acknowledge([delivery])

    async def _publish_parked(self, delivery: Delivery, body: bytes, cause: str) -> None:
        log.error("%s: parked a message: %s", delivery.desk, cause)
        await self._broker.publish(
            body,
            exchange=topology.DEAD,
            routing_key=delivery.desk,
            persist=True,
            headers={"x-cause": cause[:2000], "x-desk": delivery.desk},
            message_id=delivery.message.message_id,
            content_type=delivery.message.content_type or "application/octet-stream",
            timeout=CONFIRM_SECONDS,
        )


def _go_together(reads: Sequence[_Read], following: Delivery) -> bool:
    return not reads or not (following.is_suspect or reads[0].delivery.is_suspect)


def _parts(body: bytes) -> Iterable[bytes | Any]:
    """One command, or the commands of a batch; bytes that are no JSON are one part, for `parse` to name the fault."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [body]
    return document if isinstance(document, list) else [document]


def _written(part: Any, delivery: Delivery) -> bytes:
    """A part as it is parked; the whole message where the part alone cannot be written."""
    try:
        return part if isinstance(part, bytes) else orjson.dumps(part)
    except orjson.JSONEncodeError:
        return delivery.message.body


def _malformed(part: Any, error: Malformed) -> Outcome:
    known = part.get("command_id", "") if isinstance(part, dict) else ""
    refusal = Refusal(code="malformed", rule="", english=str(error), chinese=f"格式错误:{error}")
    return Outcome(command_id=str(known), status="malformed", stream="", version=0, refusal=refusal)
