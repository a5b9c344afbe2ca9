"""The address where a page, or a follower of the feed, listens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.access import Access
from services.http.gate import asking
from services.http.hub import Hub
from services.http.streaming import seen_by, streamed
from services.web.audience import Pages
from services.web.page import language_of

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
PAGE_OF = {"ticket_history": "tickets", "kpi_daily": "kpi"}  # what a topic's projection is shown on


@router.get("/live")
def live(
    request: Request,
    access: Asking,
    board: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    topic: Annotated[list[str], Query()] = [],  # noqa: B006
    site: str = "",
    owner: str = "",
    after: int | None = None,
) -> StreamingResponse:
    """What changes on these boards, and that something changed about these topics, from a position on."""
    for name in board:
        access.see(name)
    for name in topic:
        access.see(PAGE_OF.get(name.partition("/")[0], name))
    narrowed = access.narrowed(site or None)
    audience = Pages(
        boards=tuple(sorted(board)),
        topics=frozenset(topic),
        sites=None if narrowed is None else frozenset(narrowed),
        owner=owner,
        language=language_of(request).code,
        role=access.person.role,
        may=access.may,
    )
    hub: Hub = request.app.state.web.hub
    return streamed(request, hub.follow(audience, seen_by(request, after)))
