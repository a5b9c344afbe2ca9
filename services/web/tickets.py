"""The pages of tickets: find one, see its film, its documents."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup, escape

from events.deadline import OfDeadline
from events.event import Titled
from events.ticket import TicketRegistered
from services.access import Access
from services.case import key_of
from services.http.gate import asking
from services.personal import hiding, is_open
from services.policy import zone_of
from services.refusal import Rejected
from services.runtime import Runtime
from services.web import cells
from services.web.actions import next_for
from services.web.film import PLAIN, Film, facts_of, film, version_at
from services.web.language import Language, spaced
from services.web.page import Page, language_of, shown

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
WAIT_SECONDS = 3.0
FOUND = 50
FIND = """
SELECT ticket, site, status, since, product, plate, problem FROM boards.tickets
WHERE (starts_with(ticket, %(text)s) OR plate = %(text)s)
    AND (%(sites)s::text[] IS NULL OR site = ANY(%(sites)s)) ORDER BY since DESC LIMIT %(limit)s
"""


@router.get("/tickets")
def find(request: Request, access: Asking, q: str = "") -> Response:
    """Tickets whose name begins so, or of that plate; a single one is shown at once."""
    access.see("tickets")
    runtime: Runtime = request.app.state.web.runtime
    rows = runtime.reader.rows(FIND, text=q.strip(), sites=access.narrowed(None), limit=FOUND) if q.strip() else []
    if len(rows) == 1:
        return RedirectResponse(f"/tickets/{quote(rows[0]['ticket'])}", 303)
    return shown(Page(request, language_of(request), access), "found.html", found=rows, q=q)


@router.get("/tickets/{name}")
def ticket(
    request: Request,
    access: Asking,
    name: str,
    version: int | None = None,
    at: str = "",
    known: str = "",
    after: int = 0,
) -> HTMLResponse:
    """A ticket's film; `version`, or a moment, says up to where the state is shown."""
    access.see("tickets")
    runtime: Runtime = request.app.state.web.runtime
    runtime.reader.wait_for(after, WAIT_SECONDS)
    if at or known:
        version = _version(runtime, name, at, known)
    seen = film(runtime.store, runtime.reader, name, version)
    if seen is None:
        raise Rejected("unknown_ticket", ticket=name)
    access.reach(seen.registered.context.site)
    return _shown(Page(request, language_of(request), access), runtime, seen, at, known)


def _version(runtime: Runtime, name: str, at: str, known: str) -> int:
    own = runtime.store.read(f"ticket/{name}")
    site = own[0].context.site if own else ""
    return version_at(own, _moment(at, site), _moment(known, site))


def _moment(text: str, site: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=zone_of(site)))


def _shown(page: Page, runtime: Runtime, seen: Film, at: str, known: str) -> HTMLResponse:
    told, site = page.language, seen.registered.context.site
    registered = cast(TicketRegistered, seen.registered.event)
    usual, others = next_for(seen.state.status.value, page.access.may if page.access else frozenset())
    label, value = _label(told, _titles(seen)), _told(told, site)
    events = [step.recorded for step in seen.steps]
    opened = page.access is not None and is_open(events, page.access.person.name)
    return shown(
        page,
        "ticket.html",
        hide=str if opened else hiding(events),
        film=seen,
        registered=registered,
        contact=registered.customer if opened else None,
        usual=usual,
        others=others,
        deadlines=list(seen.state.case.deadlines.values()),
        due=lambda moment: cells.due(told, moment, {"site": site}),
        facts=facts_of(seen.state),
        label=label,
        told=value,
        steps={"plain": PLAIN, "steps": _steps(seen, label, value)},
        at=at,
        known=known,
        live=f"/live?topic=ticket_history/{quote(seen.ticket)}&site={quote(site)}&after={runtime.reader.position()}",
    )


def _steps(seen: Film, label: Callable[[str], str], told: Callable[[Any], Markup]) -> list[dict[str, Any]]:
    """What the slider needs: per version, the facts that changed, as they are shown."""
    return [
        {
            "version": step.recorded.version,
            "changes": [
                [name, label(name), None if after is None else str(told(after))]
                for name, (_, after) in step.changes.items()
            ],
        }
        for step in seen.steps
        if step.is_of_the_ticket
    ]


def _label(language: Language, titles: dict[str, tuple[str, str]]) -> Callable[[str], str]:
    def label(name: str) -> str:
        kind, _, rest = name.partition(" ")
        if name in titles:
            return language.pick(titles[name])
        return f"{language(spaced(kind))} {rest}" if rest else language(spaced(name))

    return label


def _titles(seen: Film) -> dict[str, tuple[str, str]]:
    """What the profile of that day called its forms and deadlines, by the names of their facts."""
    titled: list[Any] = [step.recorded.event for step in seen.steps if isinstance(step.recorded.event, Titled)]
    found = {f"form {getattr(each, 'form', '')}": (each.english, each.chinese) for each in titled if each.english}
    return found | {
        f"deadline {key_of(each.deadline, each.about)}": (each.english, each.chinese)
        for each in titled
        if isinstance(each, OfDeadline) and each.english
    }


def _told(language: Language, site: str) -> Callable[[Any], Markup]:
    def told(value: Any) -> Markup:
        if isinstance(value, datetime):
            return cells.moment(language, value, {"site": site})
        if isinstance(value, bool):
            return cells.yes_no(language, value, {})
        return escape(
            "–" if value is None else language.word(value) if isinstance(value, str) and value.islower() else value
        )

    return told
