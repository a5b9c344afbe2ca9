"""One address per command, and one for many at once; who sends is what the token says, never the body."""

import re
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response, StreamingResponse

from services.access import Access
from services.command import COMMANDS, Command, Malformed, Outcome, parse
from services.desk import DESK_OF
from services.http.gate import asking
from services.http.problems import PROBLEMS, problem, refused
from services.refusal import Refusal, Rejected

router = APIRouter(prefix="/api/commands")
Asking = Annotated[Access, Depends(asking)]
KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
TraceHeader = Annotated[str | None, Header(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]

BATCH = 200  # commands of a bulk that are decided together
LONGEST_LINE = 256 << 10
NDJSON = "application/x-ndjson"
FROM_THE_TOKEN = frozenset({"actor", "role"})
FIELD = re.compile(r"field `([^`]+)`")


@router.post(
    "",
    summary="Many commands, one a line",
    description="Each line is a command with its name in `command`; each line of the answer is an outcome, in order. "
    "What is no command, or not this sender's, is answered in its place and stops nothing else.",
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}, **PROBLEMS},
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}},
    response_class=StreamingResponse,
    tags=["commands"],
)
async def bulk(request: Request, access: Asking) -> StreamingResponse:
    """Carries commands in bulk."""
    return StreamingResponse(_outcomes(request, access), media_type=NDJSON)


def send(command: type[Command]) -> Callable[..., Coroutine[Any, Any, Response]]:
    """The address of one command."""

    async def sent(
        request: Request, access: Asking, idempotency_key: KeyHeader = None, traceparent: TraceHeader = None
    ) -> Response:
        given = {"command_id": idempotency_key or str(uuid.uuid4()), "traceparent": traceparent or ""}
        try:
            parsed = _command(await request.body(), {**given, "command": command.__name__}, access)
        except Malformed as error:
            return _malformed(error)
        outcome: Outcome = (await request.app.state.web.door.ask([parsed]))[0]
        return _answered(outcome)

    return sent


def _command(body: bytes, given: dict[str, str], access: Access) -> Command:
    """The command of a body: from whom the token says, now unless it says when. Raises Malformed, Rejected."""
    document = _object(body)
    if strange := sorted(FROM_THE_TOKEN & document.keys()):
        raise Malformed(f"field `{strange[0]}`: the token says who sends; remove it")
    envelope = {"actor": access.person.name, "role": access.person.role}
    parsed = parse({"at": datetime.now(UTC).isoformat(), **document, **given, **envelope})
    access.reach(parsed.site)
    return parsed


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"expected one JSON object; found bytes that are no JSON ({error})") from None
    if not isinstance(document, dict):
        raise Malformed(f"expected one JSON object; found {type(document).__name__}")
    return document


def _answered(outcome: Outcome) -> Response:
    if outcome.status == "rejected" and outcome.refusal:
        more = {"command_id": outcome.command_id, "stream": outcome.stream, "version": outcome.version}
        return refused(outcome.refusal, **more)
    if outcome.status == "failed":
        why = outcome.refusal.english if outcome.refusal else ""
        return problem(500, "failed", f"{why}; nothing was recorded: send it again with the same key")
    return Response(orjson.dumps(outcome.model_dump(mode="json")), media_type="application/json")


def _malformed(error: Malformed) -> Response:
    found = FIELD.search(str(error))
    return problem(422, "malformed", str(error), field=found[1] if found else None)


async def _outcomes(request: Request, access: Access) -> AsyncIterator[bytes]:
    waiting: list[Command | Outcome] = []
    async for line in _lines(request):
        waiting.append(_read(line, access))
        if len(waiting) == BATCH:
            yield await _decided(request, waiting)
            waiting = []
    if waiting:
        yield await _decided(request, waiting)


async def _lines(request: Request) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in request.stream():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in filter(bytes.strip, lines):
            yield line
        if len(rest) > LONGEST_LINE:  # too long for a command: what there is of it is answered as malformed
            yield rest
            rest = b""
    if rest.strip():
        yield rest


def _read(line: bytes, access: Access) -> Command | Outcome:
    """The command of a line, or what stands in its way as an outcome."""
    try:
        given = {"command_id": str(_object(line).get("command_id") or uuid.uuid4())}
        return _command(line, given, access)
    except Rejected as rejected:
        return _not_sent(line, "rejected", rejected.refusal)
    except Malformed as error:
        return _not_sent(
            line, "malformed", Refusal(code="malformed", rule="", english=str(error), chinese=f"无法识别:{error}")
        )


def _not_sent(line: bytes, status: Any, refusal: Refusal) -> Outcome:
    try:
        command_id = str(_object(line).get("command_id", ""))
    except Malformed:
        command_id = ""
    return Outcome(command_id=command_id, status=status, stream="", version=0, refusal=refusal)


async def _decided(request: Request, waiting: list[Command | Outcome]) -> bytes:
    commands = [each for each in waiting if isinstance(each, Command)]
    outcomes = iter(await request.app.state.web.door.ask(commands) if commands else [])
    told = [each if isinstance(each, Outcome) else next(outcomes) for each in waiting]
    return b"".join(orjson.dumps(each.model_dump(mode="json")) + b"\n" for each in told)


for _name, _kind in sorted(COMMANDS.items()):
    router.add_api_route(
        f"/{_name}",
        send(_kind),
        methods=["POST"],
        name=_name,
        operation_id=_name,
        summary=" ".join((_kind.__doc__ or "").split()),
        tags=[DESK_OF[_kind]],
        responses={200: {"description": "Accepted", "model": Outcome}, **PROBLEMS},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{_name}"}}},
            }
        },
    )
