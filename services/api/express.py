"""The short way of the plain case: a command to its own address, found in a table rather than by 160 patterns.

What is not plain (parameters, another method, a key that is none) goes the long way, which says what is wrong.
"""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Match, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.commands import LONGEST_KEY, answer, router
from services.command import COMMANDS, Command
from services.http.gate import asking


class Express(BaseRoute):
    """Stands before all other addresses, and takes what needs none of them."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this is a plain call of a command's address."""
        address = ADDRESSES.get(scope["path"]) if scope["type"] == "http" else None
        return (Match.FULL, {"endpoint": address}) if address and _is_plain(scope) else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the call."""
        await scope["endpoint"](scope, receive, send)


def _is_plain(scope: Scope) -> bool:
    key = Headers(scope=scope).get("idempotency-key")
    return scope["method"] == "POST" and not scope["query_string"] and (key is None or 1 <= len(key) <= LONGEST_KEY)


def _address(command: type[Command]) -> ASGIApp:
    async def sent(request: Request) -> Response:
        headers = request.headers
        return await answer(
            request, command, await asking(request), headers.get("idempotency-key"), headers.get("traceparent")
        )

    return request_response(sent)


ADDRESSES: Mapping[str, ASGIApp] = {f"{router.prefix}/{name}": _address(kind) for name, kind in COMMANDS.items()}
