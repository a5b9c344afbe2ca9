"""What stands before every address, and what tells about the addresses: health, metrics, problems, descriptions."""

import re
from collections.abc import Iterator

import httpx2
import orjson
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from projections.catalog import BOARDS
from services import embedded
from services.command import COMMANDS
from services.http import shield
from services.http.shield import HEADERS
from services.refusal import REFUSALS
from tests.api_calls import (
    PROBLEM,
    numbers,
    problem,
)
from tests.conftest import clone
from tests.serving import Served, serving, token, wait_until


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str) -> Iterator[Served]:
    """The server over the simulated network; the tests of this file add to the same log."""
    with clone(server, lived_template) as url, serving(url) as served:
        yield served


@pytest.fixture
def li(served: Served) -> Iterator[httpx2.Client]:
    """The manager of SH01."""
    with served.client("manager", "SH01") as client:
        yield client


# --- what stands before every address


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/openapi.json", 200),
        ("GET", "/health/live", 200),
        ("GET", "/static/style.css", 200),
        ("GET", "/sign-in", 200),
        ("GET", "/api/boards", 200),
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/boards/nowhere", 404),
        ("PUT", "/api/boards", 405),
        ("HEAD", "/api/boards", 405),
        ("OPTIONS", "/api/commands/AddNote", 405),
        ("GET", "/api/commands/AddNote", 405),
        ("PUT", "/api/webhooks", 405),
        ("TRACE", "/api/kpi", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/api/boards?%00", 422),
    ],
)
def test_every_answer_has_the_headers_that_protect_its_reader(
    li: httpx2.Client, method: str, path: str, status: int
) -> None:
    answer = li.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"]
    if status == 405:
        assert {"GET", "POST"} & set(re.split(r", ?", answer.headers["Allow"]))
    if path.startswith("/api/") and status >= 400:
        assert answer.headers["content-type"] == PROBLEM


def test_methods_of_an_address_that_takes_several_are_all_named(li: httpx2.Client) -> None:
    allowed = li.put("/api/webhooks").headers["Allow"]
    assert {each.strip() for each in allowed.split(",")} == {"GET", "POST"}


def test_an_error_nobody_foresaw_shows_no_trace_and_is_in_our_log(
    li: httpx2.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("services.api.rulebook._book", broken)
    answer = li.get("/api/rules")
    told = problem(answer, 500, "our_error")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"] in told["detail"]
    assert answer.headers["X-Request-Id"] in caplog.text
    assert "the secret of the house" in caplog.text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_request_too_large_is_refused_also_if_it_does_not_say_its_size(li: httpx2.Client) -> None:
    large = b" " * (shield.LARGEST + 1)
    problem(li.post("/api/commands/AddNote", content=large), 413, "too_large")
    pieces = (large[: 1 << 16] for _ in range(20))
    problem(
        li.post("/api/commands/AddNote", content=pieces, headers={"Content-Type": "application/json"}), 413, "too_large"
    )


def test_who_asks_too_often_is_told_to_wait_and_others_are_not(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shield.RATES, "", 3)
    with served.client(name="busy") as busy, served.client(name="calm") as calm:
        statuses = [busy.get("/api/roles/me").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert problem(busy.get("/api/roles/me"), 429, "too_often")
        assert calm.get("/api/roles/me").status_code == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
    ],
)
def test_another_sites_page_cannot_act_with_a_cookie(served: Served, headers: dict[str, str], allowed: bool) -> None:
    cookies = {"aftersales": token("manager", "SH01")}
    with httpx2.Client(base_url=served.url, cookies=cookies, headers=headers) as browser:
        answer = browser.post("/api/commands/AddNote", json={"site": "SH01", "ticket": "nowhere", "text": "x"})
    problem(answer, *((404, "unknown_ticket") if allowed else (403, "other_origin")))


# --- health and metrics


def test_metrics_are_for_those_who_see_operations(served: Served, li: httpx2.Client) -> None:
    problem(li.get("/metrics"), 403, "page_not_permitted")
    found = numbers(served)
    assert found["aftersales_hub_position"] >= 1
    assert {"aftersales_events", "aftersales_open_streams", "aftersales_cut_loose_total"} <= found.keys()


def test_health_needs_no_token_and_tells_no_more_than_that(served: Served) -> None:
    assert httpx2.get(f"{served.url}/health/live").json() == {"alive": True}
    assert httpx2.get(f"{served.url}/health/ready").json() == {"ready": True}


def test_a_database_that_is_away_is_said_so_and_no_more(server: embedded.Server, lived_template: str) -> None:
    with clone(server, lived_template) as url, serving(url) as served, served.client("manager", "SH01") as li:
        assert li.get("/api/boards/closed").status_code == 200
        name = conninfo_to_dict(url)["dbname"]
        with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            for path in ("/api/boards/closed", "/api/tickets/SH01-1"):
                answer = li.get(path)
                told = problem(answer, 503, "database_away")
                assert answer.headers["Retry-After"]
                assert name not in told["detail"]
            assert httpx2.get(f"{served.url}/health/live").status_code == 200
            assert httpx2.get(f"{served.url}/health/ready").status_code == 503
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        wait_until(lambda: li.get("/api/boards/closed").status_code == 200)


# --- rules, rights, problems, descriptions


def test_a_caller_learns_who_he_is_and_what_he_may(li: httpx2.Client) -> None:
    me = li.get("/api/roles/me").json()
    assert (me["name"], me["role"], me["sites"]) == ("li", "manager", ["SH01"])
    assert "StartWork" in me["may"]
    assert "kpi" in me["sees"]


def test_rules_are_told_with_how_they_are_kept(li: httpx2.Client) -> None:
    assert len(li.get("/api/rules").json()) == 432
    assert li.get("/api/rules/R-026").json()["status"] == "kept"
    problem(li.get("/api/rules/R-999"), 404, "unknown_page")


@pytest.mark.parametrize("code", [*REFUSALS, "malformed", "not_signed_in", "database_away"])
def test_every_problem_has_a_page_that_says_what_it_means(served: Served, code: str) -> None:
    answer = httpx2.get(f"{served.url}/problems/{code}")
    assert answer.status_code == 200
    assert code in answer.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_descriptions_need_no_token_and_no_script(served: Served, language: str) -> None:
    page = httpx2.get(f"{served.url}/api/docs", headers={"Accept-Language": language}).text
    assert "/api/commands/StartWork" in page
    assert "ticket.registered" in page
    assert "<style" not in page
    assert "style=" not in page
    assert httpx2.get(f"{served.url}/api/asyncapi.json").json()["asyncapi"] == "3.0.0"


def test_the_description_names_every_command_and_board_and_resolves_within_itself(served: Served) -> None:
    text = httpx2.get(f"{served.url}/api/openapi.json").text
    document = orjson.loads(text)
    addresses = {f"/api/commands/{name}" for name in COMMANDS} | {f"/api/boards/{name}" for name in BOARDS}
    assert addresses <= document["paths"].keys()
    schemas = document["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= schemas.keys()
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for name in COMMANDS:
        assert not {"command_id", "actor", "role", "traceparent"} & schemas[name]["properties"].keys()
        assert "site" in schemas[name]["required"]
        assert "at" not in schemas[name]["required"]
    for each in operations:
        failed = {status: answer for status, answer in each["responses"].items() if status >= "400"}
        assert {"401", "403", "404", "405", "422"} <= failed.keys()
        assert all([*answer["content"]] == [PROBLEM] for answer in failed.values())
