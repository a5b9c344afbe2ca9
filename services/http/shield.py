"""What stands before every address: headers, the size and the rate of requests, and forms of other sites."""

import logging
from collections.abc import Callable
from secrets import token_urlsafe
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.http.problems import problem
from services.http.rate import Window

LARGEST = 1 << 20  # bytes of a request
LARGEST_BULK = 32 << 20  # of commands in bulk
BULK = "/api/commands"
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
RATES = {  # the beginning of an address → how often a minute one caller may ask
    "/sign-in": 20,
    "": 6_000,
}

log = logging.getLogger(__name__)


class Shield:
    """An ASGI middleware; refuses before anything is read, and adds headers to what goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._window = Window()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        counted = _Counted(receive, LARGEST_BULK if scope["path"] == BULK else LARGEST)
        request_id = scope.setdefault("state", {})["request_id"] = token_urlsafe(9)
        guarded = _Guarded(send, scope["path"], request_id)
        for refuse in (_with_nul, self._too_often, _too_large(counted.limit), _of_another_site):
            if answer := refuse(scope, headers):
                await answer(scope, receive, guarded)
                return
        try:
            await self._app(scope, counted, guarded)
        except _TooLarge:
            await problem(413, "too_large", f"expected at most {counted.limit} bytes; send less at once")(
                scope, receive, guarded
            )
        except Exception:
            log.exception("%s %s (%s)", scope["method"], scope["path"], request_id)
            if guarded.begun:  # half an answer must not look like a whole one
                raise
            await problem(500, "our_error", f"an error of ours; our log has it as {request_id}")(
                scope, receive, guarded
            )

    def _too_often(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        begin = next(begin for begin in RATES if scope["path"].startswith(begin))
        host = str((scope.get("client") or ("",))[0])
        caller = headers.get("authorization") or headers.get("cookie") or host
        if begin == "/sign-in" and scope["method"] != "POST":
            return None
        if self._window.hit((begin, hash(caller) if not begin else host), RATES[begin]):
            return None
        text = f"expected at most {RATES[begin]} per 1 minute; wait a little"
        return problem(429, "too_often", text, {"Retry-After": "5"})


class _TooLarge(Exception):
    pass


class _Counted:
    """A request's body, counted while it is read: what says nothing of its length is measured, too."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self.limit, self._size = receive, limit, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self.limit:
            raise _TooLarge
        return message


Refuse = Callable[[Scope, Headers], ASGIApp | None]


def _with_nul(scope: Scope, headers: Headers) -> ASGIApp | None:
    """PostgreSQL keeps no NUL; no honest address has one."""
    if "\0" not in scope["path"] and b"%00" not in scope["query_string"] and b"\0" not in scope["query_string"]:
        return None
    return problem(422, "malformed", "expected an address without NUL (%00)")


def _too_large(limit: int) -> Refuse:
    def refuse(scope: Scope, headers: Headers) -> ASGIApp | None:
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) <= limit:
            return None
        return problem(413, "too_large", f"expected at most {limit} bytes, found {length[:20]}; send less at once")

    return refuse


def _of_another_site(scope: Scope, headers: Headers) -> ASGIApp | None:
    """A form of another site's page must not act with this site's cookie: browsers say where a request comes from."""
    if scope["method"] not in CHANGING or "cookie" not in headers or "authorization" in headers:
        return None
    origin, fetched = headers.get("origin"), headers.get("sec-fetch-site")
    if fetched in ("same-origin", "none") or (
        fetched is None and origin and urlsplit(origin).netloc == headers.get("host")
    ):
        return None
    return problem(403, "other_origin", "this form came from another site's page; open it here and send it again")


class _Guarded:
    """An answer on its way out, with the headers that every answer has."""

    def __init__(self, send: Send, path: str, request_id: str) -> None:
        self._send, self._path, self._request_id = send, path, request_id
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self._add_headers(MutableHeaders(scope=message))
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders) -> None:
        kept = "public, max-age=31536000, immutable" if self._path.startswith("/static/") else "no-store"
        for name, value in {**HEADERS, "Cache-Control": kept, "X-Request-Id": self._request_id}.items():
            headers.setdefault(name, value)
