"""Our HTTP interface as an OpenAPI 3.1 document, made of the addresses themselves and of the same commands and boards.

Both descriptions need no token: whoever writes a program reads them before he has one, and they tell
nothing of anybody.
"""

from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from pydantic.json_schema import models_json_schema

from projections.catalog import BOARDS
from projections.projection import Board
from projections.query import columns_of
from services.api.boards import BoardPage, json_of
from services.command import COMMANDS
from services.desk import DESK_OF, DESKS
from services.http.problems import PROBLEMS, Problem

router = APIRouter(prefix="/api", include_in_schema=False)
Document = dict[str, Any]

SCHEMAS = "#/components/schemas/"
ANY_COMMAND = "/api/commands/{name}"
FROM_ELSEWHERE = ("command_id", "actor", "role", "traceparent")  # headers and the token say these


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """The addresses for programs."""
    return json_of(document(request.app))


@router.get("/asyncapi.json")
def events() -> Response:
    """The messages over RabbitMQ."""
    return json_of(_asyncapi())


def document(app: FastAPI) -> Document:
    """The addresses under /api as OpenAPI 3.1; all `$ref`s resolve within the document. Made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> Document:
    made: Document = get_openapi(
        title=app.title, version=app.version, description=ABOUT, routes=app.routes, tags=TAGS, openapi_version="3.1.0"
    )
    made["paths"] = {path: addresses for path, addresses in made["paths"].items() if path.startswith("/api/")}
    made["paths"] |= _addresses(made["paths"].pop(ANY_COMMAND)["post"])
    for addresses in made["paths"].values():
        for operation in addresses.values():
            _complete(operation)
    for board in BOARDS.values():
        _describe(board, made["paths"][f"/api/boards/{board.name}"]["get"])
    made["components"]["schemas"] |= _commands() | {Problem.__name__: Problem.model_json_schema()} | _rows()
    made["components"]["securitySchemes"] = {"bearer": BEARER}
    return {**made, "security": [{"bearer": []}]}


def _complete(operation: Document) -> None:
    """Problems are what every address may answer; a parameter is there or it is not, but never null."""
    answers = {str(status): answer for status, answer in PROBLEMS.items()}
    operation["responses"] = operation["responses"] | answers
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])


def _without_null(schema: Document) -> Document:
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**rest, **kinds[0]} if len(kinds) == 1 else schema


def _describe(board: Board, operation: Document) -> None:
    """What a board has no column for cannot be asked; its rows are its own."""
    missing = {name for name in ("owner", "lane") if not getattr(board, name)}
    operation["parameters"] = [each for each in operation["parameters"] if each["name"] not in missing]
    rows = {"rows": {"type": "array", "items": {"$ref": SCHEMAS + _row_name(board)}}}
    page = {"allOf": [{"$ref": SCHEMAS + BoardPage.__name__}, {"type": "object", "properties": rows}]}
    operation["responses"]["200"]["content"]["application/json"]["schema"] = page


def _addresses(any_command: Document) -> Document:
    """Each command's own address, which all are one row of the router."""
    return {f"/api/commands/{name}": {"post": _address(name, any_command)} for name in sorted(COMMANDS)}


def _address(name: str, any_command: Document) -> Document:
    command = COMMANDS[name]
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": SCHEMAS + name}}}}
    return {
        "responses": deepcopy(any_command["responses"]),
        "operationId": name,
        "summary": " ".join((command.__doc__ or "").split()),
        "tags": [DESK_OF[command]],
        "parameters": [deepcopy(each) for each in any_command["parameters"] if each["in"] == "header"],
        "requestBody": body,
    }


def _rows() -> Document:
    return {_row_name(board): _row(board) for board in BOARDS.values()}


def _row_name(board: Board) -> str:
    return board.name.title().replace("_", "") + "Row"


def _row(board: Board) -> Document:
    """The columns of a board with their headings; times are UTC."""
    kinds, titles = board.projection.columns, board.columns
    columns = {name: {**KINDS[kinds[name]], "title": " ".join(titles.get(name, ()))} for name in columns_of(board)}
    return {"type": "object", "title": " ".join(board.title), "properties": columns, "required": list(columns)}


def _commands() -> Document:
    wanted = [(command, "validation") for command in COMMANDS.values()]
    _, lifted = models_json_schema(wanted, ref_template=SCHEMAS + "{model}")  # type: ignore[arg-type]
    schemas: Document = lifted["$defs"]
    for name in COMMANDS:
        _as_sent(schemas[name])
    return schemas


def _as_sent(schema: Document) -> None:
    """A command as the body of a request: what headers and the token say is left out, `at` is now unless it says so."""
    for name in FROM_ELSEWHERE:
        del schema["properties"][name]
    for name, words in ENVELOPE.items():
        schema["properties"][name]["description"] = words
    schema["required"] = [name for name in schema["required"] if name in schema["properties"] and name != "at"]


@cache
def _asyncapi() -> Document:
    from services.api import asyncapi  # not before: it takes long to load, and few read this

    return asyncapi.document()


ABOUT = (
    "After-sales service of a dealer network. Send commands, read boards, follow events. A token of"
    " `aftersales token --role ROLE --site SITE`, or of your OpenID Connect provider, goes into the header"
    " `Authorization: Bearer TOKEN`. Mistakes are answered as application/problem+json, with the rule and the field."
    " 发送命令、查看看板、跟踪事件;出错时返回 application/problem+json,指明规则与字段。"
)
TAGS = [
    *({"name": name, "description": f"Commands of the desk {name}. {name} 岗位的命令。"} for name in DESKS),
    {"name": "commands", "description": "Many commands at once. 批量命令。"},
    {"name": "boards", "description": "Queues and boards. 队列与看板。"},
    {"name": "tickets", "description": "Tickets at any moment. 任意时刻的工单。"},
    {"name": "figures", "description": "Key figures. 关键指标。"},
    {"name": "events", "description": "The event feed and webhooks. 事件流与订阅。"},
    {"name": "rules", "description": "Rules, and your own rights. 规则与本人权限。"},
]
ENVELOPE = {
    "site": "Where it happens; one of the sites of the token.",
    "at": "When it happened, with the offset of the place; now if left out.",
    "correlation_id": "Names the whole story; the stream if left out.",
    "causation_id": "Names the event that led to it.",
}
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
KINDS: dict[str, Document] = {
    "text": {"type": "string"},
    "bigint": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "timestamptz": {"type": ["string", "null"], "format": "date-time"},
    "date": {"type": ["string", "null"], "format": "date"},
    "jsonb": {},
}
