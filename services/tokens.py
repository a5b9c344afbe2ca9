"""Bearer tokens: signed here with a key of our own, or by an OpenID Connect provider whose keys we fetch."""

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import httpx2
import jwt

from services.access import Person
from services.settings import Settings

ISSUER = AUDIENCE = "aftersales"
KEY_BYTES = 32
COOLDOWN_SECONDS = 5  # between two questions for a provider's keys: anybody may send tokens of unknown ones
PROVIDERS_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA"]  # never a shared secret
NEEDED = ["exp", "iss", "aud", "sub"]
DISCOVERY = "/.well-known/openid-configuration"


class BadToken(ValueError):
    """A token that is none of ours, is for somebody else, or has expired; the message says which."""


class Verifier(Protocol):
    """Whoever can say whom a token stands for."""

    def read(self, token: str) -> tuple[Person, datetime]:
        """The person, and until when (UTC) the token says so. Raises BadToken."""
        ...


class LocalKey:
    """Signs and reads tokens with one key (HS256) that only this installation knows."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, person: Person, lasts: timedelta) -> str:
        """A token for a person, from now for so long."""
        sites = None if person.sites is None else sorted(person.sites)
        until = datetime.now(UTC) + lasts
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": person.name, "role": person.role, "sites": sites, "exp": until}
        return jwt.encode(claims, self._key, algorithm="HS256")

    def read(self, token: str) -> tuple[Person, datetime]:
        """The person, and until when (UTC) the token says so. Raises BadToken."""
        return _person(_decoded(token, self._key, ["HS256"], [AUDIENCE], ISSUER), "role", "sites", "sub")


class Provider:
    """Reads tokens of an OpenID Connect provider: signature (JWKS), issuer, audience and expiry.

    The claims' names are settings; `sites` may be a list, or text with commas; without it the role says which.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, token: str) -> tuple[Person, datetime]:
        """The person, and until when (UTC) the token says so. Raises BadToken."""
        settings = self._settings
        try:
            key = self._keys.get_signing_key_from_jwt(token).key
        except (jwt.PyJWTError, httpx2.HTTPError, ValueError, KeyError) as error:  # or its own answers are no JSON
            raise BadToken(f"no key of {settings.oidc_issuer} fits this token: {error}") from None
        audiences = [each for each in (settings.oidc_audience, settings.oidc_client) if each]
        claims = _decoded(token, key, PROVIDERS_ALGORITHMS, audiences, settings.oidc_issuer)
        return _person(claims, settings.oidc_role, settings.oidc_sites, settings.oidc_name)

    @cached_property
    def _keys(self) -> jwt.PyJWKClient:
        """The provider's keys, kept for five minutes; an unknown key id fetches them anew, so often and no more."""
        address = self._settings.oidc_jwks or discovered(self._settings.oidc_issuer)["jwks_uri"]
        return jwt.PyJWKClient(address, timeout=5, cooldown_duration=COOLDOWN_SECONDS)


def discovered(issuer: str) -> dict[str, Any]:
    """What a provider says of itself: where its keys are, and where people sign in."""
    answer = httpx2.get(issuer.rstrip("/") + DISCOVERY, timeout=5)
    return dict(answer.raise_for_status().json())


def local_key(settings: Settings) -> LocalKey | None:
    """The installation's own key: AFTERSALES_TOKEN_KEY, in embedded mode a file; None if a network has none."""
    if settings.token_key:
        return LocalKey(settings.token_key.encode())
    return None if settings.database_url else LocalKey(_kept_key(settings.data / "token.key"))


def _kept_key(file: Path) -> bytes:
    """The key in a file that only its owner may read; whoever first asks for it makes it."""
    with NamedTemporaryFile(dir=file.parent) as new, suppress(FileExistsError):
        new.write(secrets.token_bytes(KEY_BYTES))
        new.flush()
        os.link(new.name, file)
    return file.read_bytes()


def _decoded(token: str, key: Any, algorithms: list[str], audiences: list[str], issuer: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token, key, algorithms, audience=audiences, issuer=issuer, options={"require": NEEDED}, leeway=30
        )
    except jwt.PyJWTError as error:
        raise BadToken(
            f"expected a token of {issuer} for {' or '.join(audiences)} that has not expired; {error}"
        ) from None


def _person(claims: dict[str, Any], role: str, sites: str, name: str) -> tuple[Person, datetime]:
    found = claims.get(sites)
    listed = found.split(",") if isinstance(found, str) else found
    if not isinstance(claims.get(role), str) or not (listed is None or isinstance(listed, list)):
        raise BadToken(f"expected claims `{role}`, a role, and `{sites}`, a list of sites; found {claims.get(role)!r}")
    within = None if listed is None else frozenset(str(site).strip() for site in listed)
    try:
        until = datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, OverflowError, OSError):
        raise BadToken(f"expected `exp`, Unix seconds of this age; found {claims['exp']!r}") from None
    return Person(str(claims.get(name) or claims["sub"]), claims[role], within), until
