"""How mistakes are answered: to a program as a problem (RFC 9457), to a person as a page in his language."""

import logging
import re
from collections.abc import Awaitable, Callable

import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from events.store import DatabaseAway
from services.amqp import NoAnswer
from services.command import Malformed
from services.http.gate import NotSignedIn
from services.http.problems import TITLES, problem, refused, status_of
from services.refusal import Rejected
from services.rulebook.book import text_of
from services.web import signing
from services.web.page import Page, language_of, shown

OF_PROGRAMS = ("/api/", "/health/", "/metrics")
FIELD = re.compile(r"field `([^`]+)`")
SOON = {"Retry-After": "2"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
NOT_THIS_WAY = 405
NOT_AGAIN = 499  # nobody reads it: the caller has gone

log = logging.getLogger(__name__)


def is_of_a_program(request: Request) -> bool:
    """Whether a program asks, and not a person's browser."""
    return request.url.path.startswith(OF_PROGRAMS) or "text/html" not in request.headers.get("accept", "text/html")


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
    title, text = page.language(TITLES[status_of(refusal)]), pick((refusal.english, refusal.chinese))
    facts = {"title": title, "text": text, "rule": refusal.rule, "rule_text": rule_text}
    return shown(page, "problem.html", status_of(refusal), facts=facts)


async def misfit(request: Request, error: Exception) -> Response:
    """What was asked does not fit the address."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    text = f"{field}: {first['msg']}; found {str(first.get('input'))[:80]!r}"
    return _answer(request, 422, "malformed", text, field=str(first["loc"][-1]))


async def malformed(request: Request, error: Exception) -> Response:
    """What was sent cannot be understood."""
    found = FIELD.search(str(error))
    return _answer(request, 422, "malformed", str(error), field=found[1] if found else None)


async def other(request: Request, error: Exception) -> Response:
    """No such address, or not this way."""
    assert isinstance(error, HTTPException)
    code = TITLES.get(error.status_code, "error").lower().replace(" ", "_")
    answer = _answer(request, error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    if error.status_code == NOT_THIS_WAY:
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """Every method that the address takes; the router itself names those of one of its rows."""
    asked = [{**request.scope, "method": method} for method in METHODS]
    return [each["method"] for each in asked if any(row.matches(each)[0] is Match.FULL for row in request.app.routes)]


async def no_answer(request: Request, error: Exception) -> Response:
    """No worker answered."""
    return _answer(request, 504, "no_answer", str(error))


async def away(request: Request, error: Exception) -> Response:
    """The database does not answer; what it said may tell where it is, so only the log gets that."""
    log.error("%s %s (%s): %s", request.method, request.url.path, request_id_of(request), error)
    text = "the database does not answer; ask again, a command with the same key"
    answer = _answer(request, 503, "database_away", text)
    answer.headers.update(SOON)
    return answer


async def gone(request: Request, error: Exception) -> Response:
    """The caller hung up; nothing of ours went wrong."""
    return Response(status_code=NOT_AGAIN)


def request_id_of(request: Request) -> str:
    """What names the request in our log and in its answer."""
    return str(getattr(request.state, "request_id", ""))


def _answer(request: Request, status: int, code: str, text: str, field: str | None = None) -> Response:
    if is_of_a_program(request):
        return problem(status, code, text, field=field)
    page = Page(request, language_of(request), getattr(request.state, "access", None))
    facts = {"title": page.language(TITLES.get(status, "Error")), "text": text, "rule": "", "rule_text": ""}
    return shown(page, "problem.html", status, facts=facts)


Answer = Callable[[Request, Exception], Awaitable[Response]]
ANSWERS: dict[type[Exception], Answer] = {
    NotSignedIn: not_signed_in,
    Rejected: rejected,
    RequestValidationError: misfit,
    Malformed: malformed,
    HTTPException: other,
    NoAnswer: no_answer,
    ClientDisconnect: gone,
    psycopg.OperationalError: away,  # a pool that waited in vain says so, too
    **dict.fromkeys(DatabaseAway, away),
}
