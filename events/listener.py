"""One LISTEN connection per process, for everybody who waits for news in the log."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import psycopg
from psycopg import sql

from events.schema import CHANNEL

BOARDS_CHANNEL = "aftersales_boards"  # the projector tells that the read models have moved
POLL_SECONDS = 1.0  # the safety net: a lost notification costs this much, never an event


class News:
    """News of one kind. Who waits for it looks first, and waits if nothing is new; waiting takes no thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._bells: set[Callable[[], object]] = set()

    def heard(self) -> int:
        """How often there was news so far; pass it to `wait` to miss none that comes in between."""
        return self._count

    async def wait(self, heard: int, seconds: float = POLL_SECONDS) -> None:
        """Returns when there was news since `heard`, or after `seconds`."""
        rung = asyncio.Event()
        bell = partial(asyncio.get_running_loop().call_soon_threadsafe, rung.set)
        with self._lock:
            if self._count != heard:
                return
            self._bells.add(bell)
        try:
            async with asyncio.timeout(seconds):
                await rung.wait()
        except TimeoutError:
            with self._lock:
                self._bells.discard(bell)

    def ring(self) -> None:
        """Wakes all who wait, whichever loop they wait in."""
        with self._lock:
            self._count += 1
            bells, self._bells = self._bells, set()
        for bell in bells:
            with suppress(RuntimeError):  # its loop has ended
                bell()


class Listener:
    """Hears when something was `appended` to the log, and when the boards were `projected` anew."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.appended, self.projected = News(), News()
        self._by_channel = {CHANNEL: self.appended, BOARDS_CHANNEL: self.projected}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self) -> "Listener":
        """Begins to listen; returns itself."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends the thread and wakes all who wait."""
        self._stopping.set()
        for news in self._by_channel.values():
            news.ring()
        self._thread.join(timeout=2 * POLL_SECONDS)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            with suppress(psycopg.OperationalError):  # a restarting server: try again after a while
                self._hear()
            self._stopping.wait(POLL_SECONDS)

    def _hear(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            for channel in self._by_channel:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            while not self._stopping.is_set():
                # What came together rings once.
                for channel in {told.channel for told in connection.notifies(timeout=POLL_SECONDS, stop_after=1)}:
                    self._by_channel[channel].ring()
