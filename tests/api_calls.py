"""How the tests call the HTTP interface: commands, bulks, problems, metrics."""

import uuid
from typing import Any

import httpx2
import orjson
from prometheus_client.parser import text_string_to_metric_families

from tests.serving import Served

NDJSON = {"Content-Type": "application/x-ndjson"}
PROBLEM = "application/problem+json"
CALL = {"problem": "漏水", "product": "净水器", "channel": "phone", "profile": "common"}
WANG = {"name": "王小明", "phone": "13812345678", "address": "上海市浦东新区世纪大道1号"}


def registered(client: httpx2.Client, site: str = "SH01") -> str:
    """A new ticket's name."""
    name = f"{site}-{uuid.uuid4().hex[:12]}"
    accepted(client, "RegisterTicket", {"site": site, "ticket": name, "customer": WANG, **CALL})
    return name


def accepted(client: httpx2.Client, command: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    answer = client.post(f"/api/commands/{command}", json=body, headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"/problems/{code}")
    return told


def note(ticket: str, text: str = "hello", **more: Any) -> dict[str, Any]:
    return {
        "command": "AddNote",
        "command_id": uuid.uuid4().hex,
        "site": "SH01",
        "ticket": ticket,
        "text": text,
        **more,
    }


def lines(*documents: Any) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else orjson.dumps(each) for each in documents)


def sent(client: httpx2.Client, *documents: Any) -> list[dict[str, Any]]:
    """The outcomes of a bulk."""
    answer = client.post("/api/commands", content=lines(*documents), headers=NDJSON)
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.content.splitlines()]


def notes(client: httpx2.Client, ticket: str) -> list[str]:
    events = client.get(f"/api/tickets/{ticket}").json()["events"]
    return [each["event"]["text"] for each in events if each["name"] == "ticket.noted"]


def numbers(served: Served) -> dict[str, float]:
    """The metrics without labels."""
    with served.client("operator") as client:
        text = client.get("/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.value for sample in samples if not sample.labels}
