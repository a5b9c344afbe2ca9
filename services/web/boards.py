"""The pages of boards: tables and kanbans, first as they are, then alive."""

from datetime import UTC, datetime
from math import inf
from typing import Annotated, Any, cast
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Json

from projections.catalog import BOARDS
from projections.projection import COUNTED, Board, Row
from projections.projection import Page as Rows
from projections.query import Reader
from services.access import Access
from services.http.gate import asking
from services.policy import Policy, policies
from services.refusal import Rejected
from services.rows import DeadlineRow
from services.rulebook import book
from services.span import Span
from services.web.actions import ON_BOARD
from services.web.fragments import fragments
from services.web.page import Page, language_of, shown

router = APIRouter(include_in_schema=False)

PAGE = 50
A_LANE = 40
WAIT_SECONDS = 3.0  # for a position that the reader has written itself
SITES = "SELECT DISTINCT site FROM boards.kpi_daily ORDER BY site"
SCRIPT = ("R-244", "R-245", "R-240", "R-246", "R-248", "R-249")  # of a callback
OVERSTAY = "pre_check_overstay"
Asking = Annotated[Access, Depends(asking)]


@router.get("/")
def home(request: Request, access: Asking) -> Response:
    """The first page that this person's role names."""
    _, entries = Page(request, language_of(request), access).menu[0]
    return RedirectResponse(entries[0][1], 303)


@router.get("/boards/{name}")
def board(
    request: Request,
    access: Asking,
    name: str,
    site: str = "",
    owner: str = "",
    after: int = 0,
    beyond: Json[list[Any]] | None = None,
) -> HTMLResponse:
    """A board; `after` waits for a position of the log, `beyond` continues where a page before ended."""
    declared = BOARDS.get(name)
    if declared is None:
        raise Rejected("unknown_page", page=name)
    access.see(name)
    page = Page(request, language_of(request), access, here=name)
    reader: Reader = request.app.state.web.runtime.reader
    reader.wait_for(after, WAIT_SECONDS)
    asked: dict[str, Any] = {"sites": access.narrowed(site or None), "owner": owner or None}
    rows = reader.board(declared, **asked, limit=PAGE, after=beyond)
    return shown(
        page,
        TEMPLATES.get(name, "board.html"),
        board=declared,
        shown=rows,
        lanes=_lanes(reader, declared, asked),
        total=f"{COUNTED}+" if rows.total > COUNTED else rows.total,
        site=site,
        owner=owner,
        sites=sites_of(reader, access),
        commands=[each for each in ON_BOARD.get(name, ()) if each in access.may],
        more=_more(declared, site, owner, rows),
        live=_live(declared, site, owner, rows),
        position=rows.position,
        fragments=lambda shown_board, some: fragments(page.language.code, shown_board, some, access.may),
        **EXTRA.get(name, _nothing)(page, rows),
    )


def sites_of(reader: Reader, access: Access) -> list[str]:
    """The sites that somebody may look at."""
    return sorted(access.sites) if access.sites is not None else [row["site"] for row in reader.rows(SITES)]


def _lanes(reader: Reader, declared: Board, asked: dict[str, Any]) -> list[tuple[str, list[Row]]]:
    return [(lane, reader.board(declared, **asked, lane=lane, limit=A_LANE).rows) for lane in declared.lanes]


def _more(declared: Board, site: str, owner: str, rows: Rows) -> str:
    facts = {"site": site, "owner": owner, "beyond": orjson.dumps(rows.next).decode()}
    return f"/boards/{declared.name}?" + urlencode({name: value for name, value in facts.items() if value})


def _live(declared: Board, site: str, owner: str, rows: Rows) -> str:
    facts = {"board": declared.name, "site": site, "owner": owner, "after": rows.position}
    return "/live?" + urlencode({name: value for name, value in facts.items() if value != ""})


def _nothing(page: Page, rows: Rows) -> dict[str, Any]:
    return {}


def _script(page: Page, rows: Rows) -> dict[str, Any]:
    """What a callback agent says, from the rule book."""
    return {"script": [(number, page.language.pick(book.text_of(number))) for number in SCRIPT]}


def _area(page: Page, rows: Rows) -> dict[str, Any]:
    """The bays of each site's pre-check area, who stands in them, and whether that is too many or too long."""
    sites = sorted({row["site"] for row in rows.rows})
    return {"area": [_place(site, [row for row in rows.rows if row["site"] == site]) for site in sites]}


def _place(site: str, vehicles: list[Row]) -> dict[str, Any]:
    policy = policies()[vehicles[0]["profile"]]
    limit, bays = int(policy.number("area_crowded_from")), int(policy.number("area_bays"))
    stay = _stay(policy)
    return {
        "site": site,
        "vehicles": vehicles,
        "limit": limit,
        "crowded": len(vehicles) >= limit,
        "stay": stay,
        "bays": [_bay(number, vehicles, datetime.now(UTC), stay) for number in range(1, max(bays, len(vehicles)) + 1)],
    }


def _stay(policy: Policy) -> float:
    """How many seconds a vehicle may stand there; without an end where the profile does not say."""
    row = cast(DeadlineRow | None, policy.rows["deadline"].get(OVERSTAY))
    began = datetime(2000, 1, 1, tzinfo=UTC)
    within = Span.parse(str(row.within)).due(began, policy.calendar(row.calendar, "")) - began if row else None
    return within.total_seconds() if within else inf


def _bay(number: int, vehicles: list[Row], now: datetime, stay: float) -> dict[str, Any]:
    vehicle = next((each for each in vehicles if each["bay"] == number), None)
    seconds = (now - vehicle["since"]).total_seconds() if vehicle else 0
    return {"number": number, "vehicle": vehicle, "seconds": seconds, "too_long": seconds > stay}


TEMPLATES = {"callback_queue": "callback.html", "pre_check_area": "area.html"}
EXTRA = {"callback_queue": _script, "pre_check_area": _area}
