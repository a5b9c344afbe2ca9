"""Our AMQP interface as an AsyncAPI 3.0 document, made of the same tables that the workers and the relay use."""

from importlib.metadata import version
from inspect import getdoc
from typing import Any, get_type_hints

from faststream.rabbit import RabbitExchange
from pydantic import create_model
from pydantic.json_schema import models_json_schema

from events.catalog import EVENTS
from events.event import Context, Event, Recorded, Unreadable
from services.amqp import topology
from services.command import COMMANDS, Outcome
from services.desk import DESK_OF, DESKS

Document = dict[str, Any]

SCHEMAS = "#/components/schemas/"
ENVELOPE, BATCH, OUTCOMES = "Envelope", "CommandBatch", "Outcomes"


def document() -> Document:
    """The channels, operations and messages of our AMQP interface; all `$ref`s resolve within the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "aftersales", "version": version("aftersales"), "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {"commands": _commands(), "events": _events(), "answers": _answers()},
        "operations": {"decide": _decide(), "publish": _publish()},
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _commands() -> Document:
    keys = {"enum": [*DESKS, *COMMANDS], "description": ROUTING}
    return {
        "address": "{key}",
        "description": ABOUT_COMMANDS,
        "parameters": {"key": keys},
        "messages": {name: _ref(f"#/components/messages/{name}") for name in (*COMMANDS, BATCH)},
        "bindings": _exchange(topology.COMMANDS),
    }


def _events() -> Document:
    parameters = {"site": {"description": "网点 site"}, "event": {"enum": _event_names()}}
    return {
        "address": "{site}.{event}",
        "description": ABOUT_EVENTS,
        "parameters": parameters,
        "messages": {name: _ref(f"#/components/messages/{name}") for name in _event_names()},
        "bindings": _exchange(topology.EVENTS),
    }


def _answers() -> Document:
    messages = {OUTCOMES: _ref(f"#/components/messages/{OUTCOMES}")}
    return {"address": None, "description": ABOUT_ANSWERS, "messages": messages}


def _decide() -> Document:
    return {
        "action": "receive",
        "channel": _ref("#/channels/commands"),
        "messages": [_ref(f"#/channels/commands/messages/{name}") for name in (*COMMANDS, BATCH)],
        "reply": {
            "address": {"location": "$message.header#/replyTo"},
            "channel": _ref("#/channels/answers"),
            "messages": [_ref(f"#/channels/answers/messages/{OUTCOMES}")],
        },
    }


def _publish() -> Document:
    messages = [_ref(f"#/channels/events/messages/{name}") for name in _event_names()]
    return {"action": "send", "channel": _ref("#/channels/events"), "messages": messages}


def _messages() -> Document:
    commands = {
        name: _message(name, f"{getdoc(command)} (desk: {DESK_OF[command]})", _ref(SCHEMAS + name))
        for name, command in COMMANDS.items()
    }
    events = {name: _message(name, str(getdoc(EVENTS[name])), _enveloped(EVENTS[name])) for name in _event_names()}
    several = {"type": "array", "items": {"oneOf": [_ref(SCHEMAS + name) for name in COMMANDS]}}
    outcomes = {"type": "array", "items": _ref(SCHEMAS + Outcome.__name__)}
    whole = {BATCH: _message(BATCH, ROUTING, several), OUTCOMES: _message(OUTCOMES, ABOUT_ANSWERS, outcomes)}
    return commands | events | whole


def _message(name: str, summary: str, payload: Document) -> Document:
    return {"name": name, "summary": summary, "contentType": "application/json", "payload": payload}


def _enveloped(event: type[Event]) -> Document:
    """What the relay publishes: the envelope with its name, and the event's own fields under `event`."""
    own = {"name": {"const": event.name}, "event": _ref(SCHEMAS + event.__name__)}
    return {"allOf": [_ref(SCHEMAS + ENVELOPE), {"type": "object", "properties": own, "required": list(own)}]}


def _schemas() -> Document:
    commands = [(command, "validation") for command in COMMANDS.values()]
    written = [(model, "serialization") for model in (*(EVENTS[name] for name in _event_names()), Outcome)]
    _, definitions = models_json_schema([*commands, *written], ref_template=SCHEMAS + "{model}")  # type: ignore[list-item]
    schemas: Document = definitions["$defs"]
    for name in COMMANDS:
        schemas[name]["properties"]["command"] = {"const": name}
        schemas[name]["required"] = ["command", *schemas[name].get("required", [])]
    return schemas | {ENVELOPE: _envelope()}


def _envelope() -> Document:
    kinds = {name: kind for name, kind in get_type_hints(Recorded).items() if name not in ("event", "context")}
    given = {name: (kind, Context._field_defaults.get(name, ...)) for name, kind in get_type_hints(Context).items()}
    made = create_model(ENVELOPE, **{name: (kind, ...) for name, kind in kinds.items()}, **given)  # type: ignore[call-overload]
    fields = made.model_json_schema()["properties"]
    return {"type": "object", "properties": fields, "required": list(fields)}


def _exchange(exchange: RabbitExchange) -> Document:
    declared = {"name": exchange.name, "type": exchange.type.value, "durable": exchange.durable, "autoDelete": False}
    return {"amqp": {"is": "routingKey", "exchange": declared, "bindingVersion": "0.3.0"}}


def _event_names() -> list[str]:
    return [name for name in EVENTS if name != Unreadable.name]


def _ref(target: str) -> Document:
    return {"$ref": target}


ABOUT = "After-sales service of a dealer network: commands in, events out. 售后服务:接收命令,发布事件。"
ABOUT_COMMANDS = (
    "Publish a command, or a list of them, here; the same command id is decided once, however often it arrives."
    " 在此发布命令,同一 command_id 只决定一次。"
)
ABOUT_EVENTS = (
    "Every event in the order of the log; the message id is its position. Names, phone numbers and addresses of"
    " customers are masked. 按日志顺序发布的全部事件,消息编号即位置,客户姓名、电话、地址已脱敏。"
)
ABOUT_ANSWERS = (
    "The outcomes of the commands of one message, to its reply_to with its correlation id. 命令结果,发往 reply_to。"
)
ROUTING = (
    "The routing key is the command's name, or the desk if several commands of one desk come in one message."
    " 路由键为命令名;多条命令用岗位名。"
)
