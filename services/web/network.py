"""The page of all sites, the one that needs help most first."""

from collections import defaultdict
from datetime import date
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from projections.complaints import COMPLAINT_BOARD
from projections.deadlines import DEADLINE_BOARD
from projections.pre_check_area import PRE_CHECK_AREA
from projections.projection import Row
from projections.query import Reader
from services.access import Access
from services.http.gate import asking
from services.web.asked import Asked, Period, known, usual
from services.web.boards import sites_of
from services.web.language import Language
from services.web.numbers import Number, Numbers
from services.web.page import Page, language_of, shown
from services.web.sparkline import Sparkline, sparkline

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
FIGURES = ("received", "completed", "in_time", "satisfaction")
NOW = f"""
SELECT site, 'deadlines' AS board, count(*) AS total FROM boards.deadlines
WHERE {DEADLINE_BOARD.where} AND status <> 'paused' AND due_at < now() AND site = ANY(%(sites)s) GROUP BY site
UNION ALL SELECT site, 'complaints', count(*) FROM boards.complaints
WHERE {COMPLAINT_BOARD.where} AND site = ANY(%(sites)s) GROUP BY site
UNION ALL SELECT site, 'pre_check_area', count(*) FROM boards.area_vehicles
WHERE {PRE_CHECK_AREA.where} AND site = ANY(%(sites)s) GROUP BY site
"""
DAILY = """
SELECT site, day, received FROM boards.kpi_daily
WHERE site = ANY(%(sites)s) AND day BETWEEN %(first)s AND %(last)s ORDER BY site, day
"""
BOARDS = {
    "deadlines": ("Overdue now", "当前超期"),
    "complaints": ("Open complaints", "未结投诉"),
    "pre_check_area": ("Vehicles in pre-check", "预检区车辆"),
}


class Found(NamedTuple):
    """What the read models tell of the sites: figures of the period, what waits now by board, requests by day."""

    figures: dict[str, Row]
    waiting: dict[tuple[str, str], int]
    received: dict[str, dict[date, int]]

    def trouble(self, site: str) -> tuple[float, ...]:
        """The less, the more help a site needs: overdue deadlines, then open complaints, then deadlines in time."""
        share = self.figures.get(site, {}).get("in_time")
        waiting = (-self.waiting.get((site, board), 0) for board in ("deadlines", "complaints"))
        return *waiting, 1.0 if share is None else share


class SiteNow(NamedTuple):
    """A site as the page shows it: its figures, what waits there now by board, and its requests day by day."""

    site: str
    href: str
    figures: list[Number]
    waiting: dict[str, Number]
    received: Sparkline


@router.get("/network")
def network(request: Request, access: Asking) -> HTMLResponse:
    """Every site that somebody may see, over the last 30 days that have figures."""
    access.see("network")
    page = Page(request, language_of(request), access, here="network")
    reader: Reader = request.app.state.web.runtime.reader
    position = reader.position()  # before anything is read, so that no change is missed afterwards
    period = usual(known(reader, access, ""))
    return shown(
        page,
        "network.html",
        period=period,
        figures=[Numbers(page.language, Asked(period)).title(figure) for figure in FIGURES],
        boards=[page.language.pick(title) for title in BOARDS.values()],
        sites=_sites(reader, page.language, access, period),
        position=position,
        live="/live?" + urlencode({"topic": "kpi_daily", "after": position}),
    )


def _sites(reader: Reader, language: Language, access: Access, period: Period) -> list[SiteNow]:
    sites = sites_of(reader, access)
    daily: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for row in reader.rows(DAILY, sites=sites, **period._asdict()):
        daily[row["site"]][row["day"]] = row["received"]
    found = Found(
        figures={row["site"]: row for row in reader.kpi(sites=sites, first=period.first, last=period.last)},
        waiting={(row["site"], row["board"]): row["total"] for row in reader.rows(NOW, sites=sites)},
        received=daily,
    )
    return [_site(language, access, period, site, found) for site in sorted(sites, key=found.trouble)]


def _site(language: Language, access: Access, period: Period, site: str, found: Found) -> SiteNow:
    numbers = Numbers(language, Asked(period, site))
    href = "/kpi?" + urlencode(numbers.asked.query)
    row = found.figures.get(site, {})
    return SiteNow(
        site,
        href,
        [Number(numbers.text(figure, row.get(figure)), href if row.get(figure) else "") for figure in FIGURES],
        {board: _waiting(language, access, board, site, found.waiting.get((site, board), 0)) for board in BOARDS},
        sparkline(period, found.received.get(site, {})),
    )


def _waiting(language: Language, access: Access, board: str, site: str, total: int) -> Number:
    """How much waits on a site's board, with the way there for whoever may see it."""
    href = f"/boards/{board}?" + urlencode({"site": site}) if board in access.sees else ""
    return Number(language.number(total), href, total)
