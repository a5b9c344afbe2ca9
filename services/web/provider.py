"""Signing in at the network's OpenID Connect provider: the authorization code flow, with PKCE."""

import asyncio
import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.http.gate import Gate, NotSignedIn
from services.settings import Settings
from services.tokens import discovered
from services.web.page import own_address
from services.web.signing import asked

router = APIRouter(prefix="/sign-in/provider", include_in_schema=False)
TRIP = "aftersales-sign-in"  # the cookie that a browser takes along to the provider and back
TRIP_SECONDS = 600
SCOPE = "openid profile"
UNUSABLE = (AuthlibBaseError, httpx2.HTTPError, KeyError, ValueError)


@router.get("")
async def leave(request: Request, back: str = "/") -> Response:
    """Sends the browser to the provider."""
    settings: Settings = request.app.state.web.runtime.settings
    verifier = secrets.token_urlsafe(48)
    async with _client(request, settings) as client:
        place = (await _endpoints(settings))["authorization_endpoint"]
        address, state = client.create_authorization_url(place, code_verifier=verifier)
    answer = RedirectResponse(address, 303)
    trip, secure = f"{state}|{verifier}|{own_address(back)}", request.url.scheme == "https"
    answer.set_cookie(TRIP, trip, max_age=TRIP_SECONDS, httponly=True, samesite="lax", secure=secure, path="/sign-in")
    return answer


@router.get("/back")
async def come_back(request: Request, code: str = "", state: str = "") -> Response:
    """Takes what the provider sent along, and lets the person in; else says why not."""
    settings: Settings = request.app.state.web.runtime.settings
    gate: Gate = request.app.state.web.gate
    known, _, rest = request.cookies.get(TRIP, "").partition("|")
    verifier, _, back = rest.partition("|")
    answer = RedirectResponse(own_address(back), 303)
    answer.delete_cookie(TRIP, path="/sign-in")
    try:
        if not known or not secrets.compare_digest(known, state):
            raise NotSignedIn("this answer of the provider belongs to another sign-in; begin again")
        gate.admit(answer, await _exchanged(request, settings, code, verifier), request.url.scheme == "https")
    except NotSignedIn as error:
        return asked(request, back, str(error), 401)
    return answer


async def _exchanged(request: Request, settings: Settings, code: str, verifier: str) -> str:
    """The provider's token for a code."""
    try:
        async with _client(request, settings) as client:
            place = (await _endpoints(settings))["token_endpoint"]
            found = await client.fetch_token(place, code=code, code_verifier=verifier)
            return str(found["id_token"])
    except UNUSABLE as error:
        raise NotSignedIn(f"{urlsplit(settings.oidc_issuer).netloc} did not let you in: {error}") from None


def _client(request: Request, settings: Settings) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        settings.oidc_client,
        settings.oidc_secret or None,
        scope=SCOPE,
        code_challenge_method="S256",
        redirect_uri=f"{settings.public_url or str(request.base_url).rstrip('/')}/sign-in/provider/back",
        token_endpoint_auth_method="client_secret_post" if settings.oidc_secret else "none",
        timeout=5,
    )


async def _endpoints(settings: Settings) -> dict[str, Any]:
    return await asyncio.to_thread(discovered, settings.oidc_issuer)
