"""How the house runs: what is connected, who is how far behind, what waits for a person."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.access import Access
from services.doctor import Report, examine
from services.http.gate import asking
from services.runtime import Runtime
from services.web.language import Language
from services.web.page import Page, language_of, shown
from services.webhooks.subscriptions import Subscriptions

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
Rows = Iterable[tuple[object, ...]]


class Table(NamedTuple):
    """A table of the page."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[object, ...]]


@router.get("/operations")
def operations(request: Request, access: Asking) -> HTMLResponse:
    """The examination, as `aftersales doctor` gives it, with the dead letters and the webhooks."""
    access.see("operations")
    runtime: Runtime = request.app.state.web.runtime
    page, report = Page(request, language_of(request), access, "operations"), examine(runtime)
    hub = request.app.state.web.hub
    return shown(page, "operations.html", report=report, hub=hub, tables=_tables(runtime, report, page.language))


def _tables(runtime: Runtime, report: Report, language: Language) -> list[Table]:
    from services import deadletters  # not before: it knows RabbitMQ, and that takes long to load

    found: list[tuple[str, tuple[str, ...], Rows]] = [
        (language("Who follows the log"), FOLLOWERS, _followers(report, language)),
        (language("Queues"), QUEUES, ((desk, *depth.values()) for desk, depth in report.queues.items())),
        (language("Parked: waits for a person"), DEAD, ((d["name"], d["cause"]) for d in deadletters.found(runtime))),
        (language("Webhooks"), WEBHOOKS, _webhooks(runtime)),
    ]
    return [Table(title, tuple(map(language, headings)), list(rows)) for title, headings, rows in found]


def _followers(report: Report, language: Language) -> Rows:
    for each in report.followers:
        lag, healthy = language.length(each.lag_seconds), language("yes") if each.healthy else language("no")
        yield each.name, language.number(each.position), language.number(each.behind), lag, healthy


def _webhooks(runtime: Runtime) -> Rows:
    with Subscriptions(runtime.url) as subscriptions:
        return [(each.url, each.state, each.position, each.last_error) for each in subscriptions.all()]


FOLLOWERS = ("Name", "At event", "Behind", "Lag", "Healthy")
QUEUES = ("Desk", "Waiting", "Parked")
DEAD = ("Name", "Cause")
WEBHOOKS = ("Address", "State", "At event", "Last error")
