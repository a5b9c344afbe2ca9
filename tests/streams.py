"""Many listeners on one server: what each was told, when, and what that costs."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

END_OF_HEAD = b"\r\n\r\n"


@dataclass
class Told:
    """One message of a stream: its id, its name, its data, and when it came (monotonic seconds)."""

    position: int
    name: str
    data: object
    at: float


@dataclass
class Listener:
    """A listener on an address of the server, with a token; keeps all it is told."""

    address: str
    path: str
    token: str
    told: list[Told] = field(default_factory=list)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    last_id: str = ""
    status: int = 0

    async def listen(self) -> None:
        """Listens until cancelled, or until the server ends the stream."""
        where = urlsplit(self.address)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            writer.write(self._request(where.netloc))
            head = await reader.readuntil(END_OF_HEAD)
            self.status = int(head.split()[1])
            await self._read(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _request(self, host: str) -> bytes:
        again = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        head = f"GET {self.path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.token}\r\n"
        return f"{head}Accept: text/event-stream\r\n{again}\r\n".encode()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Chunks of the answer, put together to messages at the empty lines."""
        rest = b""
        while size := int((await reader.readline()).strip() or b"0", 16):
            rest += (await reader.readexactly(size + 2))[:size]
            *messages, rest = rest.split(b"\n\n")
            for message in messages:
                self._hear(message)

    def _hear(self, message: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in message.split(b"\n") if b": " in line)
        if b"id" in fields:
            self.last_id = fields[b"id"].decode()
        if b"data" in fields:
            name = fields.get(b"event", b"message").decode()
            self.told.append(Told(int(self.last_id or 0), name, orjson.loads(fields[b"data"]), time.monotonic()))
        self.connected.set()


async def connected(listeners: Sequence[Listener], at_once: int = 50) -> list[asyncio.Task[None]]:
    """Lets all of them connect, some at a time; returns their tasks."""
    tasks = []
    for begin in range(0, len(listeners), at_once):
        some = listeners[begin : begin + at_once]
        tasks += [asyncio.create_task(each.listen()) for each in some]
        async with asyncio.timeout(60):
            await asyncio.gather(*(each.connected.wait() for each in some))
    return tasks
