"""One address per board, and the key figures, as programs read them; personal data are masked (R-026)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from projections.catalog import BOARDS
from projections.projection import Board
from services.api.parameters import WAIT_SECONDS, AfterQuery, Asking, SiteQuery, in_the_log
from services.command import EARLIEST, LATEST, Malformed
from services.http.problems import PROBLEMS, problem
from services.privacy import masked
from services.refusal import Rejected

router = APIRouter(prefix="/api")
A_DAY: dict[str, Any] = {"ge": EARLIEST.date(), "le": LATEST.date()}
BEHIND = {"Retry-After": "1"}


class BoardInfo(BaseModel):
    """A board: its name, its titles, the rules it keeps, where it is."""

    name: str
    english: str
    chinese: str
    rules: list[str]
    href: str


class BoardPage(BaseModel):
    """A page of a board, and up to which position of the log it is true; times are UTC.

    `total` counts no further than 501; `next` continues the page as `cursor`, null on the last one.
    """

    board: str
    position: int
    total: int
    next: str | None = Field(description="The `cursor` of the page that follows.")
    rows: list[dict[str, Any]]


@router.get("/boards", tags=["boards"], responses=PROBLEMS)
def boards(access: Asking) -> list[BoardInfo]:
    """The boards that the caller sees."""
    seen = [board for board in BOARDS.values() if board.name in access.sees]
    return [
        BoardInfo(
            name=each.name,
            english=each.title[0],
            chinese=each.title[1],
            rules=list(each.rules),
            href=f"/api/boards/{each.name}",
        )
        for each in seen
    ]


def page_of(board: Board) -> Callable[..., Response]:
    """The address of one board."""

    def page(
        request: Request,
        access: Asking,
        site: SiteQuery = None,
        owner: Annotated[str | None, Query(max_length=100, description="Only this person's.")] = None,
        lane: Annotated[str | None, Query(max_length=64, description="Only this column of the kanban.")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        cursor: Annotated[str | None, Query(max_length=2_000, description="`next` of the page before.")] = None,
        after: AfterQuery = 0,
    ) -> Response:
        access.see(board.name)
        sites, beyond = access.narrowed(site), _place(board, cursor)
        _has(board, owner=owner, lane=lane)
        runtime = request.app.state.web.runtime
        if not runtime.reader.wait_for(in_the_log(runtime, after), WAIT_SECONDS):
            return behind(runtime.reader.position(), after)
        found = runtime.reader.board(board, sites=sites, owner=owner, lane=lane, limit=limit, after=beyond)
        rows = [masked(row) for row in found.rows]
        return json_of({**found.document(), "next": _cursor(board, found.next), "rows": rows})

    return page


@router.get("/kpi", tags=["figures"], responses=PROBLEMS)
def kpi(
    request: Request,
    access: Asking,
    site: SiteQuery = None,
    first: Annotated[date | None, Query(alias="from", description="First local day.", **A_DAY)] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local day.", **A_DAY)] = None,
    after: AfterQuery = 0,
) -> list[dict[str, Any]]:
    """The key figures of each site, and (site "") of all of them together."""
    access.see("kpi")
    runtime = request.app.state.web.runtime
    sites = access.narrowed(site)
    if not runtime.reader.wait_for(in_the_log(runtime, after), WAIT_SECONDS):
        return behind(runtime.reader.position(), after)  # type: ignore[return-value]
    rows: list[dict[str, Any]] = runtime.reader.kpi(sites=sites, first=first, last=last)
    return rows


def behind(reached: int, wanted: int) -> Response:
    """The answer while the read models have not come so far."""
    return problem(503, "behind", f"the boards are true up to event {reached}, not yet {wanted}; ask again", BEHIND)


def json_of(document: Any) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(document), media_type="application/json")


def _has(board: Board, **asked: str | None) -> None:
    """Raises Malformed if the board has no column for what is asked."""
    for name, value in asked.items():
        if value is not None and not getattr(board, name):
            raise Malformed(f"field `{name}`: board {board.name} has none; remove it")


def _cursor(board: Board, following: list[Any] | None) -> str | None:
    return urlsafe_b64encode(orjson.dumps([board.name, *following])).decode() if following else None


def _place(board: Board, cursor: str | None) -> list[Any] | None:
    if cursor is None:
        return None
    try:
        name, *place = orjson.loads(urlsafe_b64decode(cursor))
        kinds = [board.projection.columns[name] for name in board.order]
        assert name == board.name
        return [READ[kind](value) for kind, value in zip(kinds, place, strict=True)]
    except (ValueError, AssertionError, TypeError):
        raise Rejected("bad_cursor") from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError
    return value


READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "timestamptz": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bigint": _whole,
}

for _board in BOARDS.values():
    router.add_api_route(
        f"/boards/{_board.name}",
        page_of(_board),
        methods=["GET"],
        operation_id=_board.name,
        summary=" ".join(_board.title),
        tags=["boards"],
        responses={200: {"model": BoardPage}, **PROBLEMS},
    )
