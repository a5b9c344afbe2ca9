"""Whose tokens hold: our own, and those of an OpenID Connect provider that a real server publishes the keys of."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services import embedded
from services.access import Person
from services.settings import Settings
from services.tokens import BadToken, LocalKey, Provider
from tests.conftest import clone
from tests.issuer import CLAIMS, Issuer
from tests.serving import KEY, Served, serving, token, wait_until


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """A provider on a port of its own."""
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str, issuer: Issuer) -> Iterator[Served]:
    """A server where tokens of the provider hold beside our own."""
    with clone(server, lived_template) as url, serving(url, oidc_issuer=issuer.url) as served:
        yield served


def me(served: Served, bearer: str) -> httpx2.Response:
    return httpx2.get(f"{served.url}/api/roles/me", headers={"Authorization": f"Bearer {bearer}"})


def refused(served: Served, bearer: str) -> None:
    answer = me(served, bearer)
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "not_signed_in"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


# --- our own


def test_a_token_of_ours_says_who_asks(served: Served) -> None:
    found = me(served, token("manager", "SH01", name="li")).json()
    assert (found["name"], found["role"], found["sites"]) == ("li", "manager", ["SH01"])


def test_a_request_without_a_token_is_told_how_to_get_one(served: Served) -> None:
    answer = httpx2.get(f"{served.url}/api/roles/me")
    assert answer.status_code == 401
    assert "aftersales token" in answer.json()["detail"]


def test_a_token_that_has_expired_holds_no_more(served: Served) -> None:
    refused(served, token(lasts=timedelta(seconds=-60)))


def test_a_token_of_another_key_of_none_and_of_nothing_is_refused(served: Served) -> None:
    person = Person("li", "manager", None)
    claims = jwt.decode(token(), options={"verify_signature": False})
    refused(served, LocalKey(b"another key, just as long as ours is").sign(person, timedelta(hours=1)))
    refused(served, jwt.encode(claims, "", algorithm="none"))
    for nothing in ("x", "a.b.c", token()[:-2]):
        refused(served, nothing)


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub", "role"])
def test_a_token_of_ours_that_leaves_something_open_is_refused(served: Served, claim: str) -> None:
    claims = jwt.decode(token(), options={"verify_signature": False})
    del claims[claim]
    refused(served, jwt.encode(claims, KEY, algorithm="HS256"))


def test_a_role_that_there_is_not_may_nothing(served: Served) -> None:
    found = me(served, token("emperor")).json()
    assert (found["may"], found["sees"], found["sites"]) == ([], [], [])


# --- a provider's


def test_a_token_of_the_provider_says_who_asks(served: Served, issuer: Issuer) -> None:
    found = me(served, issuer.sign()).json()
    assert (found["name"], found["role"], found["sites"]) == ("wang", "advisor", ["SH01"])
    assert me(served, issuer.sign(sites="SH01, BJ01")).json()["sites"] == ["BJ01", "SH01"]
    assert me(served, issuer.sign(sites=None)).json()["sites"] == []  # an advisor is bound to sites; he has none


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"exp": 10**30},
        {"nbf": 4_000_000_000},
        {"role": None},
        {"role": ["advisor"]},
        {"sites": 7},
    ],
)
def test_a_token_of_the_provider_with_one_claim_wrong_is_refused(
    served: Served, issuer: Issuer, claims: dict[str, Any]
) -> None:
    refused(served, issuer.sign(**claims))


def test_a_token_signed_with_the_public_key_as_if_it_were_a_secret_is_refused(served: Served, issuer: Issuer) -> None:
    claims = {"iss": issuer.url, "exp": int(time.time()) + 600, **CLAIMS}
    header, body = ({"alg": "HS256", "typ": "JWT", "kid": issuer.kid}, claims)
    signed = b".".join(jwt.utils.base64url_encode(orjson.dumps(part)) for part in (header, body))
    signature = jwt.utils.base64url_encode(_hmac(issuer.public_key(), signed))
    refused(served, (signed + b"." + signature).decode())


def _hmac(key: bytes, message: bytes) -> bytes:

    return hmac.new(key, message, hashlib.sha256).digest()


def test_a_token_of_somebody_elses_key_under_the_providers_name_is_refused(served: Served, issuer: Issuer) -> None:
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    claims = {"iss": issuer.url, "exp": int(time.time()) + 600, **CLAIMS}
    refused(served, jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": issuer.kid}))
    refused(served, jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "unknown"}))


def test_the_provider_may_change_its_keys_at_any_time(served: Served, issuer: Issuer) -> None:
    old = issuer.sign()
    assert me(served, old).status_code == 200
    issuer.rotate("second")
    wait_until(lambda: me(served, issuer.sign()).status_code == 200)
    refused(served, old)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://127.0.0.1:9/keys"])
def test_a_provider_that_does_not_answer_lets_nobody_in(address: str) -> None:
    bearer = jwt.encode(CLAIMS, "x" * 32, algorithm="HS256", headers={"kid": "k"})
    jwks = address if address.endswith("keys") else ""
    with pytest.raises(BadToken, match="no key of"):
        Provider(Settings(Path(), oidc_issuer="http://127.0.0.1:9", oidc_jwks=jwks)).read(bearer)
