"""What other systems read about our AMQP interface is what we really send and take."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from faststream.specification.asyncapi.v3_0_0.schema.schema import ApplicationSchema
from pydantic import TypeAdapter, ValidationError

from events.catalog import EVENTS
from events.event import Unreadable
from services.amqp import topology
from services.api.asyncapi import document
from services.command import COMMANDS, dump, parse
from services.desk import DESKS
from services.privacy import masked
from services.runtime import Runtime

CALL = {"problem": "漏水", "product": "净水器", "channel": "phone", "customer": {"name": "王"}, "profile": "common"}
PUBLISHED = sorted(set(EVENTS) - {Unreadable.name})


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document as a reader gets it: through JSON."""
    read: dict[str, Any] = orjson.loads(orjson.dumps(document()))
    return read


def refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from refs(each)
    elif isinstance(node, list):
        for each in node:
            yield from refs(each)


def resolved(described: dict[str, Any], ref: str) -> Any:
    """What a reference points to; raises KeyError if that is nothing."""
    node: Any = described
    assert ref.startswith("#/")
    for step in ref.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_every_command_and_every_event_is_in_it(described: dict[str, Any]) -> None:
    channels, operations = described["channels"], described["operations"]
    assert sorted(channels["commands"]["messages"]) == sorted([*COMMANDS, "CommandBatch"])
    assert sorted(channels["events"]["messages"]) == PUBLISHED
    for operation, channel in (("decide", "commands"), ("publish", "events")):
        named = [each["$ref"].rpartition("/")[2] for each in operations[operation]["messages"]]
        assert sorted(named) == sorted(channels[channel]["messages"])
    assert channels["commands"]["parameters"]["key"]["enum"] == [*DESKS, *COMMANDS]


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    found = set(refs(described))
    assert len(found) > len(COMMANDS) + len(EVENTS)
    for ref in found:
        assert resolved(described, ref), ref


def test_it_has_the_structure_of_asyncapi_3(described: dict[str, Any]) -> None:
    read = ApplicationSchema.model_validate(described)
    assert read.asyncapi == "3.0.0"
    assert {name: each.action.value for name, each in read.operations.items()} == {
        "decide": "receive",
        "publish": "send",
    }
    for name, operation in described["operations"].items():
        channel = operation["channel"]["$ref"]
        assert all(each["$ref"].startswith(f"{channel}/messages/") for each in operation["messages"]), name
    for channel in described["channels"].values():
        placeholders = {part.partition("}")[0] for part in (channel["address"] or "").split("{")[1:]}
        assert placeholders == set(channel.get("parameters", {}))
    with pytest.raises(ValidationError):
        ApplicationSchema.model_validate({**described, "operations": {"decide": {"action": "listen"}}})


def test_the_exchanges_are_the_real_ones(described: dict[str, Any]) -> None:
    told = {
        name: each["bindings"]["amqp"]["exchange"] for name, each in described["channels"].items() if "bindings" in each
    }
    assert {name: (each["name"], each["type"]) for name, each in told.items()} == {
        "commands": (topology.COMMANDS.name, "direct"),
        "events": (topology.EVENTS.name, "topic"),
    }
    assert all(each["durable"] for each in told.values())


def test_a_command_has_exactly_the_fields_that_are_told(described: dict[str, Any]) -> None:
    envelope = {"command_id": "1", "site": "SH01", "actor": "li", "role": "receptionist"}
    sent = dump(
        parse({"command": "RegisterTicket", **envelope, "at": "2026-03-02T09:00:00+08:00", "ticket": "T1", **CALL})
    )
    told = described["components"]["schemas"]["RegisterTicket"]
    assert sent.keys() <= told["properties"].keys()
    assert set(told["required"]) <= sent.keys()
    assert told["properties"]["command"] == {"const": "RegisterTicket"}
    assert told["additionalProperties"] is False


def test_every_event_that_happened_has_exactly_the_fields_that_are_told(
    described: dict[str, Any], lived: Runtime
) -> None:
    schemas = described["components"]["schemas"]
    seen = set[str]()
    for recorded in lived.store.follow(0, 100_000):
        sent = TypeAdapter(dict[str, Any]).dump_python(masked(recorded.document()), mode="json")
        envelope, own = described["components"]["messages"][recorded.event.name]["payload"]["allOf"]
        assert own["properties"]["name"] == {"const": sent["name"]}
        assert sent.keys() - {"event"} == resolved(described, envelope["$ref"])["properties"].keys() | {"name"}
        fields = resolved(described, own["properties"]["event"]["$ref"])["properties"]
        assert sent["event"].keys() == fields.keys()
        seen.add(recorded.event.name)
    assert len(seen) > 30
    assert set(schemas) >= {"Envelope", "Outcome", "Customer"}
