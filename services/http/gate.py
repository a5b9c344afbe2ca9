"""Who asks: a bearer token of a program, or the cookie in which a browser keeps one."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from time import monotonic

from fastapi import Request
from starlette.responses import Response

from services.access import Access, Person, access_of
from services.desk import fold
from services.policy import COMMON, Policy
from services.profile import Profile
from services.runtime import Runtime
from services.tokens import BadToken, LocalKey, Provider, Verifier, local_key

COOKIE = "aftersales"
HERE = frozenset({"127.0.0.1", "::1", "localhost"})  # also as the name that was asked for: a foreign one is a trick
LASTS = timedelta(hours=12)
MOST_ADMITTED = 10_000  # tokens that are remembered
POLICY_SECONDS = 5.0  # after so long a newly published table of roles holds here


class NotSignedIn(Exception):
    """Nobody, or a token that does not hold; the message says why."""


@dataclass
class Gate:
    """Tells who asks, and what he may; the roles are those of the profile `common` that is in force."""

    runtime: Runtime
    _policy: tuple[float, Policy] | None = field(default=None, init=False)
    _reading: Lock = field(default_factory=Lock, init=False)
    _admitted: dict[str, tuple[Access, datetime]] = field(default_factory=dict, init=False)  # while the policy is fresh

    @cached_property
    def local(self) -> LocalKey | None:
        """Our own key, if there is one."""
        return local_key(self.runtime.settings)

    @cached_property
    def verifiers(self) -> list[Verifier]:
        """Whose tokens hold here."""
        provider = [Provider(self.runtime.settings)] if self.runtime.settings.oidc_issuer else []
        return [*([self.local] if self.local else []), *provider]

    def lets_choose(self, request: Request) -> bool:
        """Whether people may choose who they are: only on an installation of one's own, sitting before it."""
        here = request.client is not None and request.client.host in HERE and request.url.hostname in HERE
        return here and not self.runtime.settings.database_url

    async def admits(self, token: str) -> tuple[Access, datetime]:
        """The same for an event loop: what needs neither the database nor a provider is read at once and remembered."""
        if self.local and self._policy and self._is_fresh(self._policy[0]):
            if (known := self._admitted.get(token)) and datetime.now(UTC) < known[1]:
                return known
            with suppress(BadToken):
                person, until = self.local.read(token)
                return self._remember(token, access_of(person, self._policy[1]), until)
        return await asyncio.to_thread(self.read, token)

    def _remember(self, token: str, access: Access, until: datetime) -> tuple[Access, datetime]:
        if len(self._admitted) >= MOST_ADMITTED:
            self._admitted.clear()
        self._admitted[token] = access, until
        return access, until

    def read(self, token: str) -> tuple[Access, datetime]:
        """What the bearer of a token may, and until when. Raises NotSignedIn."""
        why = "no token holds here: set AFTERSALES_TOKEN_KEY or AFTERSALES_OIDC_ISSUER"
        for verifier in self.verifiers:
            try:
                person, until = verifier.read(token)
            except BadToken as error:
                why = str(error)
            else:
                return access_of(person, self.policy()), until
        raise NotSignedIn(why)

    def policy(self) -> Policy:
        """The version of `common` that is in force; looked up anew every few seconds."""
        with self._reading:  # of many who find it old one reads
            if self._policy is None or not self._is_fresh(self._policy[0]):
                stream = f"profile/{COMMON}"
                profile: Profile = fold(stream, self.runtime.store.read(stream))
                self._policy = monotonic(), profile.in_force(COMMON, datetime.now(UTC))
                self._admitted.clear()
            return self._policy[1]

    def _is_fresh(self, read_at: float) -> bool:
        return monotonic() - read_at <= POLICY_SECONDS

    def sign_in(self, response: Response, person: Person, secure: bool) -> None:
        """Gives the browser a token of ours."""
        assert self.local, "nobody chooses who he is where we have no key"
        self.keep(response, self.local.sign(person, LASTS), secure)

    def admit(self, response: Response, token: str, secure: bool) -> None:
        """Gives the browser a token of ours for a provider's, or that one where we have no key. Raises NotSignedIn."""
        access, _ = self.read(token)
        if self.local:
            self.sign_in(response, access.person, secure)
        else:
            self.keep(response, token, secure)

    def keep(self, response: Response, token: str, secure: bool) -> None:
        """Lets the browser keep a token; no script sees it, and other sites' pages cannot use it to change anything."""
        seconds = int(LASTS.total_seconds())
        response.set_cookie(COOKIE, token, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def token_of(request: Request) -> str:
    """The token that came with a request. Raises NotSignedIn if none did."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if cookie := request.cookies.get(COOKIE):
        return cookie
    raise NotSignedIn("expected a header `Authorization: Bearer TOKEN`; found none (`aftersales token` makes one)")


async def asking(request: Request) -> Access:
    """What whoever asks may. Raises NotSignedIn."""
    gate: Gate = request.app.state.web.gate
    access, request.state.until = await gate.admits(token_of(request))
    request.state.access = access
    return access
