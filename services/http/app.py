"""The web application: which addresses there are, and what stands before them."""

from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from services.api import boards as board_addresses
from services.api import commands as command_addresses
from services.api import docs, events, express, health, openapi, webhooks
from services.api import rulebook as rule_addresses
from services.api import tickets as ticket_addresses
from services.api.parameters import only_known
from services.http.door import Door
from services.http.gate import Gate
from services.http.hub import Hub
from services.http.mistakes import ANSWERS
from services.http.shield import Shield
from services.runtime import Runtime
from services.web import (
    boards,
    chart_script,
    do,
    figures,
    network,
    operations,
    papers,
    rulebook,
    signing,
    stream,
    tickets,
)

SMALLEST_ZIPPED = 1_000  # bytes


@dataclass
class Web:
    """What the addresses share."""

    runtime: Runtime
    door: Door
    hub: Hub
    gate: Gate


def application(runtime: Runtime) -> FastAPI:
    """The application over a process's parts; its door and hub are started by `services.http.server`."""
    app = FastAPI(
        title="aftersales",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,  # what clients made of the description call it
    )
    app.state.web = Web(runtime, Door(runtime), Hub(runtime), Gate(runtime))
    app.router.routes.append(express.Express())
    for router in (*PAGES, *_sign_in(runtime)):
        app.include_router(router)
    for router in ADDRESSES:
        app.include_router(router, dependencies=[Depends(only_known)])
    app.mount("/static", StaticFiles(directory=str(files("services.web") / "static")))
    for error, answer in ANSWERS.items():
        app.add_exception_handler(error, answer)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED)
    app.add_middleware(Shield)
    return app


def _sign_in(runtime: Runtime) -> list[APIRouter]:
    """The way to the network's provider, where there is one."""
    if not runtime.settings.oidc_client:
        return []
    from services.web import provider  # not before: what it needs takes long to load, and few need it

    return [provider.router]


VERSION = "1"
# For people.
PAGES = (
    figures.router,
    network.router,
    chart_script.router,
    boards.router,
    papers.router,
    tickets.router,
    do.router,
    operations.router,
    rulebook.router,
    signing.router,
    stream.router,
    docs.router,
)
# For programs.
ADDRESSES = (
    command_addresses.router,
    board_addresses.router,
    ticket_addresses.router,
    events.router,
    webhooks.router,
    rule_addresses.router,
    openapi.router,
    health.router,
)
