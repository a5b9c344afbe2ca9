"""Signing in and out, and choosing a language."""

from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.access import Person
from services.http.gate import COOKIE, Gate, NotSignedIn
from services.policy import IMPORTER, SYSTEM
from services.web.boards import SITES
from services.web.language import CODES
from services.web.page import LANGUAGE_COOKIE, Page, language_of, own_address, shown

router = APIRouter(include_in_schema=False)
YEAR = 365 * 24 * 3600
Typed = Annotated[str, Form()]


@router.get("/sign-in")
def ask(request: Request, back: str = "/", mistake: str = "") -> Response:
    """Who are you?"""
    return asked(request, back, mistake, 200)


@router.post("/sign-in")
def sign_in(
    request: Request, role: Typed = "", name: Typed = "", site: Typed = "", token: Typed = "", back: Typed = "/"
) -> Response:
    """With a token; where the installation is one's own, as anybody."""
    gate: Gate = request.app.state.web.gate
    answer = RedirectResponse(own_address(back), 303)
    secure = request.url.scheme == "https"
    if token:
        try:
            gate.read(token)
        except NotSignedIn as error:
            return asked(request, back, str(error), 401)
        gate.keep(answer, token, secure)
    elif gate.lets_choose(request) and role in _roles(gate):
        sites = frozenset({site}) if site else _all_sites(request, gate, role)
        gate.sign_in(answer, Person(name.strip() or role, role, sites), secure)
    else:
        return asked(request, back, "", 401)
    return answer


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Forgets the browser's token."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/language/{code}")
def choose(request: Request, code: str, back: str = "/") -> Response:
    """Remembers a language."""
    answer = RedirectResponse(own_address(back), 303)
    if code in CODES:
        answer.set_cookie(LANGUAGE_COOKIE, code, max_age=YEAR, samesite="lax")
    return answer


def to_sign_in(request: Request) -> Response:
    """The way to the sign-in page, and back afterwards."""
    query = f"?{request.url.query}" if request.url.query else ""
    back = request.url.path + query if request.method == "GET" else "/"
    return RedirectResponse("/sign-in?" + urlencode({"back": back}), 303)


def asked(request: Request, back: str, mistake: str, status: int) -> Response:
    """The sign-in page, with what went wrong."""
    web = request.app.state.web
    settings = web.runtime.settings
    provider = urlsplit(settings.oidc_issuer).netloc if settings.oidc_client else ""
    people = _roles(web.gate) if web.gate.lets_choose(request) else []
    sites = [row["site"] for row in web.runtime.reader.rows(SITES)] if people else []
    page = Page(request, language_of(request), None)
    choices = {"people": people, "sites": sites, "provider": provider}
    return shown(page, "sign_in.html", status, choices=choices, back=own_address(back), mistake=mistake)


def _roles(gate: Gate) -> list[str]:
    return [role for role in gate.policy().rows["role"] if role not in (SYSTEM, IMPORTER)]


def _all_sites(request: Request, gate: Gate, role: str) -> frozenset[str] | None:
    """Without a site: all there are, for a role that is bound to sites."""
    if getattr(gate.policy().rows["role"][role], "everywhere", False):
        return None
    return frozenset(row["site"] for row in request.app.state.web.runtime.reader.rows(SITES))
