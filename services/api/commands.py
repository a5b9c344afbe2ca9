"""One address per command, and one for many at once; who sends is what the token says, never the body."""

import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import Response
from starlette.convertors import StringConvertor, register_url_convertor

from services.access import Access
from services.api.parameters import Asking
from services.command import COMMANDS, Command, Malformed, Outcome, parse
from services.http.problems import PROBLEMS, problem, refused
from services.policy import zone_of
from services.refusal import Refusal, Rejected

router = APIRouter(prefix="/api/commands")
ANSWERS: dict[int | str, dict[str, Any]] = {200: {"description": "Accepted", "model": Outcome}, **PROBLEMS}
LONGEST_KEY = 200
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="The command's id, chosen by the sender: the same one is decided once, however often it comes.",
    ),
]
TraceHeader = Annotated[str | None, Header(description="W3C trace context; what is none is ignored, as it asks for.")]
Given = dict[str, str]

BATCH = 200  # commands of a bulk that are decided together
MOST_LINES = 50_000  # of one bulk: its answer is held until its last line is read
LONGEST_LINE = 256 << 10
JSON, NDJSON = "application/json", "application/x-ndjson"
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
NOT_IN_A_LINE = {"actor": "the token says who sends", "role": "the token says who sends"}
NOT_IN_A_BODY = NOT_IN_A_LINE | {
    "command": "the address says which",
    "command_id": "send it as the header Idempotency-Key",
    "traceparent": "send it as a header",
}


@router.post(
    "",
    operation_id="bulk",
    summary="Many commands, one a line",
    description="Each line is a command with its name in `command` and its own `command_id`; each line of the answer is"
    " an outcome, in order. What is no command, or not this sender's, is answered in its place and stops nothing else."
    f" At most {MOST_LINES} lines. If the connection breaks, send it all again: a command id is decided once.",
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}, **PROBLEMS},
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}},
    response_class=Response,
    tags=["commands"],
)
async def bulk(request: Request, access: Asking, traceparent: TraceHeader = None) -> Response:
    """Carries commands in bulk."""
    _expect(request, NDJSON)
    # The answer comes last: whoever sends all before he reads anything would wait for us, and we for him.
    answer = [told async for told in _outcomes(request, access, _traced(traceparent))]
    return Response(b"".join(answer), media_type=NDJSON)


class _OfCommand(StringConvertor):
    """The part of an address that names a command; other words make no address of ours."""

    regex = "|".join(COMMANDS)


register_url_convertor("command", _OfCommand())


# One row for all of them, which the description tells apart (`openapi.py`).
@router.post("/{name:command}", responses=ANSWERS)
async def send(
    request: Request, name: str, access: Asking, idempotency_key: KeyHeader = None, traceparent: TraceHeader = None
) -> Response:
    """Carries one command."""
    return await answer(request, COMMANDS[name], access, idempotency_key, traceparent)


async def answer(
    request: Request, command: type[Command], access: Access, key: str | None, traceparent: str | None
) -> Response:
    """Carries the command that is a request's body. Raises HTTPException, Malformed, Rejected, NoAnswer."""
    _expect(request, JSON)
    given = {"command_id": key or str(uuid.uuid4()), **_traced(traceparent)}
    document = _object(await request.body())
    parsed = _command(document, {**given, "command": command.__name__}, NOT_IN_A_BODY, access)
    outcome: Outcome = (await request.app.state.web.door.ask([parsed]))[0]
    return _answered(outcome)


def _expect(request: Request, kind: str) -> None:
    """Raises HTTPException if the body says that it is of another kind; one that says nothing is read."""
    found = request.headers.get("content-type", kind).partition(";")[0].strip().lower()
    if found != kind:
        raise HTTPException(415, f"header `Content-Type`: expected {kind}; found {found[:80]}")


def _traced(traceparent: str | None) -> Given:
    return {"traceparent": traceparent} if traceparent and TRACEPARENT.fullmatch(traceparent) else {}


def _command(document: dict[str, Any], given: Given, elsewhere: dict[str, str], access: Access) -> Command:
    """The command of a body: from whom the token says, now unless it says when. Raises Malformed, Rejected."""
    if strange := sorted(elsewhere.keys() & document.keys()):
        raise Malformed(f"field `{strange[0]}`: {elsewhere[strange[0]]}; remove it")
    envelope = {"actor": access.person.name, "role": access.person.role}
    parsed = parse({"at": datetime.now(UTC).isoformat(), **given, **document, **envelope})
    access.reach(parsed.site)
    return parsed.model_copy(update={"at": parsed.at.astimezone(zone_of(parsed.site))})  # the site's own day counts it


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
    return Response(_line(outcome), media_type=JSON)


async def _outcomes(request: Request, access: Access, given: Given) -> AsyncIterator[bytes]:
    waiting: list[Command | Outcome] = []
    count = 0
    async for line in _lines(request):
        count += 1
        waiting.append(_read(line, access, given) if count <= MOST_LINES else TOO_MANY)
        if len(waiting) == BATCH or count > MOST_LINES:
            yield await _decided(request, waiting)
            waiting = []
        if count > MOST_LINES:
            return
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


def _read(line: bytes, access: Access, given: Given) -> Command | Outcome:
    """The command of a line, or what stands in its way as an outcome."""
    command_id = str(uuid.uuid4())
    try:
        document = _object(line)
        command_id = str(document.setdefault("command_id", command_id))[:200]
        return _command(document, given, NOT_IN_A_LINE, access)
    except Rejected as rejected:
        return _not_sent(command_id, "rejected", rejected.refusal)
    except Malformed as error:
        return _not_sent(command_id, "malformed", _refusal(str(error)))


def _refusal(why: str) -> Refusal:
    return Refusal(code="malformed", rule="", english=why, chinese=f"无法识别:{why}")


def _not_sent(command_id: str, status: Any, refusal: Refusal) -> Outcome:
    return Outcome(command_id=command_id, status=status, stream="", version=0, refusal=refusal)


async def _decided(request: Request, waiting: list[Command | Outcome]) -> bytes:
    commands = [each for each in waiting if isinstance(each, Command)]
    outcomes = iter(await request.app.state.web.door.ask(commands) if commands else [])
    told = [each if isinstance(each, Outcome) else next(outcomes) for each in waiting]
    return b"".join(_line(each) + b"\n" for each in told)


def _line(outcome: Outcome) -> bytes:
    return orjson.dumps(outcome.model_dump(mode="json"))


TOO_MANY = _not_sent("", "malformed", _refusal(f"expected at most {MOST_LINES} lines; the rest was not read"))
