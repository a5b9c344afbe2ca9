"""The web application: which addresses there are, what stands before them, and how mistakes are answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from services.amqp.messenger import NoAnswer
from services.api import boards as board_addresses
from services.api import commands as command_addresses
from services.api import events as event_addresses
from services.api import tickets as ticket_addresses
from services.http.door import Door
from services.http.gate import Gate, NotSignedIn
from services.http.hub import Hub
from services.http.problems import TITLES, problem, refused, status_of
from services.http.shield import Shield
from services.refusal import Rejected
from services.rulebook.book import text_of
from services.runtime import Runtime
from services.web import boards, do, rulebook, signing, stream, tickets
from services.web.page import Page, language_of, shown

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
    app = FastAPI(title="aftersales", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.web = Web(runtime, Door(runtime), Hub(runtime), Gate(runtime))
    for router in (*PAGES, *ADDRESSES):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(files("services.web") / "static")))
    for error, answer in ANSWERS.items():
        app.add_exception_handler(error, answer)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED)
    app.add_middleware(Shield)
    return app


def is_of_a_program(request: Request) -> bool:
    """Whether a program asks, and not a person's browser."""
    return request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", "text/html")


async def not_signed_in(request: Request, error: Exception) -> Response:
    """Nobody asks: a program is told so, a person is led to the sign-in page."""
    if is_of_a_program(request):
        return problem(401, "not_signed_in", str(error), {"WWW-Authenticate": 'Bearer realm="aftersales"'})
    return signing.to_sign_in(request)


async def rejected(request: Request, error: Exception) -> Response:
    """A refusal, with the rule, in the words of whoever asks."""
    assert isinstance(error, Rejected)
    refusal = error.refusal
    if is_of_a_program(request):
        return refused(refusal)
    page = Page(request, language_of(request), getattr(request.state, "access", None))
    pick = page.language.pick
    rule_text = pick(tuple(text_of(refusal.rule))) if refusal.rule else ""  # type: ignore[arg-type]
    facts = {"title": page.language(TITLES[status_of(refusal)]), "text": pick((refusal.english, refusal.chinese))}
    return shown(page, "problem.html", status_of(refusal), **facts, rule=refusal.rule, rule_text=rule_text)


async def malformed(request: Request, error: Exception) -> Response:
    """What was asked does not fit the address."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    return _answer(request, 422, "malformed", f"{field}: {first['msg']}; found {str(first.get('input'))[:80]!r}")


async def other(request: Request, error: Exception) -> Response:
    """No such address, or not this way."""
    assert isinstance(error, HTTPException)
    return _answer(
        request, error.status_code, TITLES.get(error.status_code, "error").lower().replace(" ", "_"), str(error.detail)
    )


async def no_answer(request: Request, error: Exception) -> Response:
    """No worker answered."""
    return _answer(request, 504, "no_answer", str(error))


def _answer(request: Request, status: int, code: str, text: str) -> Response:
    if is_of_a_program(request):
        return problem(status, code, text)
    page = Page(request, language_of(request), getattr(request.state, "access", None))
    title = page.language(TITLES.get(status, "Error"))
    return shown(page, "problem.html", status, title=title, text=text, rule="", rule_text="")


VERSION = "1"
PAGES = (boards.router, tickets.router, do.router, rulebook.router, signing.router, stream.router)
ADDRESSES = (command_addresses.router, board_addresses.router, ticket_addresses.router, event_addresses.router)
Answer = Callable[[Request, Exception], Awaitable[Response]]
ANSWERS: dict[type[Exception], Answer] = {
    NotSignedIn: not_signed_in,
    Rejected: rejected,
    RequestValidationError: malformed,
    HTTPException: other,
    NoAnswer: no_answer,
}
