"""Tickets as programs read them: replayed to any moment; personal data are masked (R-026)."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime

from events.store import EVERY_VERSION
from services.access import Access
from services.http.gate import asking
from services.http.problems import PROBLEMS
from services.privacy import masked
from services.refusal import Rejected
from services.replay import replay
from services.runtime import Runtime

router = APIRouter(prefix="/api/tickets", tags=["tickets"])
Asking = Annotated[Access, Depends(asking)]
Name = Annotated[str, Path(pattern=r"^[\w.\-]{1,64}$")]


@router.get("/{ticket}", responses=PROBLEMS)
def ticket(
    request: Request,
    access: Asking,
    ticket: Name,
    version: Annotated[int | None, Query(ge=0, le=2**62, description="As it was after so many events.")] = None,
    at: Annotated[AwareDatetime | None, Query(description="As it was at this time.")] = None,
    as_known: Annotated[AwareDatetime | None, Query(description="As we knew it at this time.")] = None,
) -> dict[str, Any]:
    """A ticket replayed: its state and its events, now or at any moment."""
    access.see("tickets")
    runtime: Runtime = request.app.state.web.runtime
    site_of(runtime, access, ticket)
    last = EVERY_VERSION if version is None else version
    seen = replay(runtime.store, f"ticket/{ticket}", version=last, at=at, as_known=as_known)
    return masked(orjson.loads(orjson.dumps({"ticket": ticket, **seen.document()}, default=_plain)))


def site_of(runtime: Runtime, access: Access, ticket: str) -> str:
    """The site of a ticket. Raises Rejected if there is none, or it is not the caller's."""
    first = runtime.store.read(f"ticket/{ticket}", 1)
    if not first:
        raise Rejected("unknown_ticket", ticket=ticket)
    access.reach(first[0].context.site)
    return first[0].context.site


def _plain(value: Any) -> Any:
    """What JSON does not know: sets, records and mappings that nobody may change."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value._asdict() if hasattr(value, "_asdict") else dict(value)
