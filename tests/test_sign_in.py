"""Signing in: at the network's provider, with a token, and, on one's own machine alone, as anybody."""

from collections.abc import Iterator

import httpx2
import pytest

from services import embedded
from services.http.gate import COOKIE
from services.web.provider import TRIP
from tests.conftest import clone
from tests.issuer import Issuer
from tests.serving import Served, serving, token

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """A provider on a port of its own."""
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str, issuer: Issuer) -> Iterator[Served]:
    """A server whose people sign in at the provider."""
    with clone(server, lived_template) as url, serving(url, oidc_issuer=issuer.url, oidc_client="pages") as served:
        yield served


@pytest.fixture
def browser(served: Served) -> Iterator[httpx2.Client]:
    """A browser without cookies, which follows where it is led."""
    with httpx2.Client(base_url=served.url, follow_redirects=True, headers={"Accept": "text/html"}) as browser:
        yield browser


def test_whoever_comes_without_a_token_is_led_to_the_provider_and_back_to_his_page(browser: httpx2.Client) -> None:
    asked = browser.get("/boards/arrivals?site=SH01")
    assert asked.url.path == "/sign-in"
    assert "/sign-in/provider?back=/boards/arrivals" in asked.text
    came = browser.get("/sign-in/provider", params={"back": "/boards/arrivals?site=SH01"})
    assert (came.status_code, str(came.url)) == (
        200,
        f"{browser.base_url}/boards/arrivals?site=SH01".replace("//b", "/b"),
    )
    assert "wang" in came.text
    assert COOKIE in browser.cookies


def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(browser: httpx2.Client, issuer: Issuer) -> None:
    answer = browser.get("/sign-in/provider/back", params={"code": "stolen", "state": "somebody else's"})
    assert answer.status_code == 401
    assert "another sign-in" in answer.text
    assert COOKIE not in browser.cookies


def test_a_code_is_of_no_use_without_the_verifier_that_stayed_with_the_browser(
    browser: httpx2.Client, issuer: Issuer
) -> None:
    leaving = browser.get("/sign-in/provider", follow_redirects=False)
    back = httpx2.get(leaving.headers["Location"]).headers["Location"]
    state, _, page = browser.cookies[TRIP].strip('"').split("|")
    browser.cookies.clear()
    answer = browser.get(back, headers={"Cookie": f'{TRIP}="{state}|another verifier|{page}"'})
    assert answer.status_code == 401
    assert COOKIE not in browser.cookies


def test_nobody_is_led_to_another_site_after_signing_in(browser: httpx2.Client) -> None:
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        came = browser.get("/sign-in/provider", params={"back": back})
        assert came.url.host == "127.0.0.1"


def test_a_token_is_kept_where_no_script_reads_it(served: Served) -> None:
    answer = httpx2.post(f"{served.url}/sign-in", data={"token": token("manager", "SH01")}, headers=SAME)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert httpx2.post(f"{served.url}/sign-in", data={"token": "x"}, headers=SAME).status_code == 401


def test_only_who_sits_before_an_installation_of_his_own_chooses_who_he_is(served: Served) -> None:
    chosen = {"role": "manager", "name": "li"}
    own = httpx2.post(f"{served.url}/sign-in", data=chosen, headers=SAME)
    assert (own.status_code, COOKIE in own.cookies) == (303, True)
    elsewhere = httpx2.post(f"{served.url}/sign-in", data=chosen, headers={**SAME, "Host": "evil.example"})
    assert (elsewhere.status_code, COOKIE in elsewhere.cookies) == (401, False)
    assert "choices" not in httpx2.get(f"{served.url}/sign-in", headers={"Host": "evil.example"}).text
