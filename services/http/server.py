"""The web role: serves the application in the loop of the other roles, until told to stop."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator

import uvicorn

from services.http import PortTaken
from services.http.app import Web, application
from services.runtime import Runtime

BACKLOG = 1_024
OPTIONS = {
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 3,  # seconds, for answers that are under way
    "lifespan": "off",
}


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs the roles."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(runtime: Runtime, stopping: asyncio.Event, host: str, port: int) -> None:
    """Serves pages and programs on this address. Raises PortTaken."""
    app = application(runtime)
    server = _Server(uvicorn.Config(app, **OPTIONS))  # type: ignore[arg-type]
    web: Web = app.state.web
    _let_many_listen()
    with _listening(host, port) as place:
        await web.door.start()
        serving = asyncio.create_task(server.serve(sockets=[place]))
        await web.hub.run(stopping)
        server.should_exit = True
        await serving
        await web.door.stop()


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        place = socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(f"nothing can listen on {host}:{port} ({error.strerror}); choose another --port") from None
    with place:
        yield place


def _let_many_listen() -> None:
    """Every open page is a connection: as many files as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
