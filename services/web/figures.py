"""The pages of key figures, and of the list behind each number."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from babel.dates import get_day_names
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from projections.figures import FIGURES, Figures, Scope
from projections.headings import HEADINGS
from projections.projection import Row
from projections.query import Reader
from services.access import Access
from services.http.gate import asking
from services.refusal import Rejected
from services.web import cells
from services.web.asked import Asked, Period, choices, days, known, period_of
from services.web.boards import sites_of
from services.web.chart_script import address, own_styles
from services.web.goals import goals_of
from services.web.kpi import Overview, said
from services.web.language import Language
from services.web.numbers import Numbers
from services.web.page import Page, language_of, shown

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
From = Annotated[str, Query(alias="from")]
To = Annotated[str, Query(alias="to")]
PAGE = 50
OUTCOME, DEADLINE = ("Outcome", "结果"), ("Deadline", "期限")
KIND = {  # what tells the facts of a count apart
    "received": ("Channel", "渠道"),
    "completed": ("Category", "类别"),
    "handovers": ("Handed over to", "转至"),
    "paused": ("Pause reason", "暂停原因"),
    "rated": OUTCOME,
    "satisfied": OUTCOME,
    "deadlines_met": DEADLINE,
    "deadlines_missed": DEADLINE,
}
LENGTH = {
    "completed": ("Handling time", "处理时长"),
    "paused": ("Length", "时长"),
    "deadlines_missed": ("Late by", "超期时长"),
}
RATING = dict.fromkeys(("rated", "satisfied"), ("Lowest rating", "最低评分"))
WHERE = (("When", "时间"), HEADINGS["ticket"], HEADINGS["site"])
WHO = (HEADINGS["team"], HEADINGS["engineer"])
OF_PEOPLE = {"completed", "paused", "rated", "satisfied", "handovers"}


@router.get("/kpi")
def kpi(
    request: Request,
    access: Asking,
    site: str = "",
    team: str = "",
    engineer: str = "",
    first: From = "",
    last: To = "",
) -> HTMLResponse:
    """The key figures of a period, of a site, a team or an engineer; without a period of the last 30 days with any."""
    access.see("kpi")
    page = Page(request, language_of(request), access, here="kpi")
    reader: Reader = request.app.state.web.runtime.reader
    position = reader.position()  # before anything is read, so that no change is missed afterwards
    when = known(reader, access, site)
    asked = Asked(period_of(first, last, when), site, team or None, engineer or None)
    overview = Overview(Figures(reader), reader, page.language, asked, asked.scope(access), when)
    return shown(
        page,
        "kpi.html",
        asked=asked,
        tiles=overview.tiles(goals_of(request.app.state.web.runtime)),
        sections=overview.sections(),
        periods=_periods(asked, when),
        sites=sites_of(reader, access),
        plotly=address(),
        styles=own_styles(),
        position=position,
        live="/live?" + urlencode({"topic": "kpi_daily", "site": site, "after": position}),
        people=_people(overview),
    )


@router.get("/kpi/behind")
def behind(
    request: Request,
    access: Asking,
    figure: str,
    site: str = "",
    team: str | None = None,
    engineer: str | None = None,
    kind: str | None = None,
    weekday: int | None = None,
    hour: int | None = None,
    first: From = "",
    last: To = "",
    back: str = "",
    after: int | None = None,
) -> HTMLResponse:
    """What a number counts, the newest first; a team or engineer of "" is one that nobody told."""
    access.see("kpi")
    if figure not in FIGURES:
        raise Rejected("unknown_page", page=figure)
    page = Page(request, language_of(request), access, here="kpi")
    reader: Reader = request.app.state.web.runtime.reader
    asked = Asked(period_of(first, last, known(reader, access, site)), site, team, engineer)
    cell: dict[str, Any] = {"kind": kind, "weekday": weekday, "hour": hour}
    figures, scope = Figures(reader), asked.scope(access)
    rows = figures.behind(figure, scope, **cell, limit=PAGE + 1, after=after)
    counted = FIGURES[figure].opens
    named = figures.deadlines(scope) if KIND.get(counted) is DEADLINE else []
    titles = {row["deadline"]: (row["english"], row["chinese"]) for row in named}
    return shown(
        page,
        "behind.html",
        title=Numbers(page.language, asked).title(counted),
        about=[*_about(page.language, asked), *_of_cell(page.language, titles, **cell)],
        lines=[_line(page.language, counted, row, titles) for row in rows[:PAGE]],
        headings=_headings(page.language, counted),
        back="/kpi?" + (back or urlencode(asked.query)),
        begun=after is None,
        more=_more(request, rows),
    )


def _more(request: Request, rows: Sequence[Row]) -> str:
    """The address of the lines that follow; "" if there are none."""
    if len(rows) <= PAGE:
        return ""
    return "/kpi/behind?" + urlencode({**request.query_params, "after": rows[PAGE - 1]["position"]})


def _periods(asked: Asked, known: Period) -> list[tuple[tuple[str, str], str, bool]]:
    """Each period's title, its address, and whether it is the one that is shown."""
    return [
        (title, "/kpi?" + urlencode({**asked.query, **days(period)}), period == asked.period)
        for title, period in choices(known)
    ]


def _people(overview: Overview) -> dict[str, list[str]]:
    """Whom the page may be narrowed to: those who did something in the period at these sites."""
    asked = overview.scope
    rows = overview.figures.people(Scope(asked.first, asked.last, asked.sites))
    teams = {row["team"] for row in rows} | {asked.team}
    engineers = {row["engineer"] for row in rows if asked.team in (None, row["team"])} | {asked.engineer}
    return {"teams": sorted(filter(None, teams)), "engineers": sorted(filter(None, engineers))}


def _about(language: Language, asked: Asked) -> list[str]:
    """What the list is narrowed to, in words."""
    people = [each or language("nobody told") for each in (asked.team, asked.engineer) if each is not None]
    period = language.day(asked.period.first)
    if asked.period.first != asked.period.last:
        period += " – " + language.day(asked.period.last)
    return [asked.site or language("all of mine"), *people, period]


def _of_cell(
    language: Language,
    titles: dict[str, tuple[str, str]],
    kind: str | None,
    weekday: int | None,
    hour: int | None,
) -> list[str]:
    told = [] if kind is None else [_kind(language, kind, titles)]
    weekdays = get_day_names("wide", locale=language.locale)
    told += [] if weekday is None else [weekdays.get(weekday - 1, "–")]
    return told + ([] if hour is None else [f"{hour:02}:00–{hour:02}:59"])


def _headings(language: Language, counted: str) -> list[str]:
    told = [found[counted] for found in (KIND, LENGTH, RATING) if counted in found]
    return [language.pick(each) for each in (*WHERE, *(WHO if counted in OF_PEOPLE else ()), *told)]


def _line(language: Language, counted: str, row: Row, titles: dict[str, tuple[str, str]]) -> list[object]:
    """The cells of a line, in the order of the headings."""
    name = cells.stream if "/" in row["ticket"] else cells.ticket
    people = [row["team"] or "–", row["engineer"] or "–"] if counted in OF_PEOPLE else []
    told = [_kind(language, row["kind"], titles)] if counted in KIND else []
    lengths = [language.length(row["seconds"]) if row["seconds"] else "–"] if counted in LENGTH else []
    ratings = [language.number(row["value"])] if counted in RATING else []
    subject = name(language, row["ticket"], row) if row["ticket"] else "–"
    return [cells.moment(language, row["occurred_at"], row), subject, row["site"], *people, *told, *lengths, *ratings]


def _kind(language: Language, kind: str, titles: dict[str, tuple[str, str]]) -> str:
    return language.pick(titles[kind]) if kind in titles else said(language, kind)
