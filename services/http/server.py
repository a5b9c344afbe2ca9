"""The web role: serves the application in the loop of the other roles, until told to stop."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import uvicorn

from services.http.app import application
from services.runtime import Runtime

GOODBYE_SECONDS = 3  # for answers that are under way

log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs the roles."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(runtime: Runtime, stopping: asyncio.Event, host: str, port: int) -> None:
    """Serves pages and programs on this address."""
    app = application(runtime)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        lifespan="off",
    )
    server = _Server(config)
    web = app.state.web
    await web.door.start()
    following, serving = asyncio.create_task(web.hub.run(stopping)), asyncio.create_task(server.serve())
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait({following, serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    web.hub.close()
    server.should_exit = True
    await asyncio.gather(following, serving, return_exceptions=False) if stopping.is_set() else None
    await web.door.stop()
