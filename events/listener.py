"""One LISTEN connection per process, for everybody who waits for news in the log."""

import threading
from contextlib import suppress

import psycopg
from psycopg import sql

from events.schema import CHANNEL

BOARDS_CHANNEL = "aftersales_boards"  # the projector tells that the read models have moved
POLL_SECONDS = 1.0  # the safety net: a lost notification costs this much, never an event


class Listener:
    """Wakes its waiters when something was appended or projected; followers read first, and wait if nothing is new."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._news = threading.Condition()
        self._count = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self) -> "Listener":
        """Begins to listen; returns itself."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends the thread and wakes all waiters."""
        self._stopping.set()
        self._ring()
        self._thread.join(timeout=2 * POLL_SECONDS)

    def heard(self) -> int:
        """How often there was news so far; pass it to `wait` to miss none that comes in between."""
        return self._count

    def wait(self, heard: int, seconds: float = POLL_SECONDS) -> None:
        """Returns when there was news since `heard`, or after `seconds`."""
        with self._news:
            self._news.wait_for(lambda: self._count != heard or self._stopping.is_set(), seconds)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            with suppress(psycopg.OperationalError):  # a restarting server: try again after a while
                self._hear()
            self._stopping.wait(POLL_SECONDS)

    def _hear(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            for channel in (CHANNEL, BOARDS_CHANNEL):
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    self._ring()

    def _ring(self) -> None:
        with self._news:
            self._count += 1
            self._news.notify_all()
