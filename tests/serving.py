"""The real server over a simulated network, in a thread of the test: its address, and clients with tokens."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson

from services import roles
from services.access import Person
from services.http import server
from services.runtime import Runtime
from services.settings import Settings
from services.tokens import LocalKey

KEY = "a key for the tests, and for nothing else"
HOST = "127.0.0.1"
START_SECONDS = 20.0


@dataclass(frozen=True)
class Served:
    """A server that answers; `url` is its address."""

    runtime: Runtime
    url: str

    def client(self, role: str = "manager", *sites: str, name: str = "li", **more: Any) -> httpx2.Client:
        """Somebody with a token: without sites no narrower than the role."""
        headers = {"Authorization": f"Bearer {token(role, *sites, name=name)}", **more.pop("headers", {})}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30, **more)

    def position(self) -> int:
        """Where the log stands."""
        return self.runtime.store.last_position()


def token(role: str = "manager", *sites: str, name: str = "li", lasts: timedelta = timedelta(hours=1)) -> str:
    """A token of this installation."""
    return LocalKey(KEY.encode()).sign(Person(name, role, frozenset(sites) or None), lasts)


def settings(url: str, **more: Any) -> Settings:
    """Those of a server over a database that decides commands itself."""
    return Settings(Path(), token_key=KEY, **more)


@contextmanager
def serving(url: str, **more: Any) -> Iterator[Served]:
    """Serves a database, with projections and reactions, until the block ends."""
    runtime, port = Runtime(settings(url, **more), url), free_port()
    told: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    thread = threading.Thread(target=lambda: asyncio.run(_run(runtime, port, told)), name="served")
    thread.start()
    try:
        _until_up(thread, f"http://{HOST}:{port}")
        yield Served(runtime, f"http://{HOST}:{port}")
    finally:
        loop, stopping = told[0]
        with contextlib.suppress(RuntimeError):  # it ended by itself
            loop.call_soon_threadsafe(stopping.set)
        thread.join(START_SECONDS)
        runtime.close()


async def _run(runtime: Runtime, port: int, told: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    stopping = asyncio.Event()
    told.append((asyncio.get_running_loop(), stopping))
    following = roles.project(runtime, stopping), roles._react_here(runtime, stopping)
    await asyncio.gather(server.serve(runtime, stopping, HOST, port), *following)


def _until_up(thread: threading.Thread, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and thread.is_alive():
        with contextlib.suppress(httpx2.TransportError):
            httpx2.get(f"{url}/health/live", timeout=5)
            return
        time.sleep(0.05)
    raise AssertionError("the server did not come up")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def wait_until(what: Any, seconds: float = 15.0) -> None:
    """Waits for something that comes true by itself."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def frames(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Server-sent events as they come: id, event, data; comments and bare ids are passed over."""
    frame: dict[str, Any] = {}
    for line in lines:
        if not line:
            if "data" in frame:
                yield frame
            frame = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            frame[name] = orjson.loads(value) if name == "data" else value
