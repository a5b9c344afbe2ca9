"""The event feed for other systems: CloudEvents by the page or as a stream, from any position (R-026: masked)."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from events.event import EVENTS
from services.access import Access
from services.api.cloudevents import BATCH_CONTENT_TYPE, envelope
from services.api.feed import Feed
from services.api.parameters import Asking, SiteQuery, in_the_log
from services.http.problems import PROBLEMS
from services.http.streaming import seen_by, streamed
from services.refusal import Rejected

router = APIRouter(prefix="/api", tags=["events"])
NameQuery = Annotated[list[str] | None, Query(max_length=50, description="Only events of these names, like `work.*`.")]
Position = Annotated[int, Query(ge=0, le=2**62, description="Events after this position of the log.")]
READ_AT_ONCE = 1_000


@router.get("/events", responses={200: {"content": {BATCH_CONTENT_TYPE: {"schema": {"type": "array"}}}}, **PROBLEMS})
def events(
    request: Request,
    access: Asking,
    after: Position = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    site: SiteQuery = None,
    name: NameQuery = None,
) -> Response:
    """The next events after a position, in the order of the log. The header `Next-After` says where to go on."""
    wanted = _feed(access, site, name)
    runtime = request.app.state.web.runtime
    found: list[dict[str, Any]] = []
    for recorded in runtime.store.follow(in_the_log(runtime, after), READ_AT_ONCE):
        if wanted.wants(recorded):
            found.append(envelope(recorded))
        after = recorded.position
        if len(found) == limit:
            break
    return Response(orjson.dumps(found), headers={"Next-After": str(after)}, media_type=BATCH_CONTENT_TYPE)


@router.get(
    "/events/stream",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **PROBLEMS},
    response_class=StreamingResponse,
)
def stream(
    request: Request, access: Asking, after: Position | None = None, site: SiteQuery = None, name: NameQuery = None
) -> StreamingResponse:
    """Every event from now on, or from a position (`after`, `Last-Event-ID`) on, once and in order."""
    wanted = _feed(access, site, name)
    hub = request.app.state.web.hub
    return streamed(request, hub.follow(wanted, seen_by(request, after)))


@router.get("/schemas/events/{name}", responses=PROBLEMS)
def schema(access: Asking, name: str) -> dict[str, Any]:
    """The JSON Schema of an event's data."""
    access.see("feed")
    if name not in EVENTS:
        raise Rejected("unknown_page", page=name)
    return EVENTS[name].model_json_schema()


def _feed(access: Access, site: str | None, names: list[str] | None) -> Feed:
    access.see("feed")
    sites = access.narrowed(site)
    return Feed(tuple(names or ()), None if sites is None else frozenset(sites))
