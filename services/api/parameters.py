"""What many addresses ask for alike."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.access import Access
from services.command import Malformed
from services.http.gate import asking
from services.refusal import Rejected
from services.runtime import Runtime

WAIT_SECONDS = 5.0

Asking = Annotated[Access, Depends(asking)]
SiteQuery = Annotated[str | None, Query(description="Only this site.", min_length=1, max_length=64)]
AfterQuery = Annotated[int, Query(ge=0, le=2**62, description="Wait until this event of the log is seen.")]


async def only_known(request: Request) -> None:
    """Raises Malformed for a parameter that the address does not have: a filter misspelt would show everything."""
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    if strange := sorted(request.query_params.keys() - known):
        there = ", ".join(f"`{name}`" for name in sorted(known)) or "none"
        raise Malformed(f"field `{strange[0][:80]}`: no such parameter; there is {there}")


def in_the_log(runtime: Runtime, after: int) -> int:
    """The position, if the log has come so far. Raises Rejected: waiting for it would be in vain."""
    if after and after > (last := runtime.store.last_position()):
        raise Rejected("beyond_the_log", after=after, last=last)
    return after
