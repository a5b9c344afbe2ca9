"""Tickets as programs read them: replayed, told, or in the words of STAR; personal data are masked (R-026)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from events.event import Recorded
from events.store import EVERY_VERSION
from events.ticket import CustomerDataOpened, TicketRegistered
from services.access import Access
from services.api import star
from services.api.boards import behind, json_of
from services.api.parameters import WAIT_SECONDS, AfterQuery, Asking, in_the_log
from services.command import Moment
from services.http.problems import PROBLEMS
from services.privacy import mask_phones_in
from services.privacy import masked as without_persons
from services.refusal import Rejected
from services.replay import Replay, replay
from services.runtime import Runtime

router = APIRouter(prefix="/api/tickets", tags=["tickets"])
Name = Annotated[str, Path(pattern=r"^[\w.\-]{1,64}$")]
SHOWN = timedelta(minutes=10)  # after somebody said what he needs a customer's data for


class Told(BaseModel):
    """An event of a ticket's history as a person reads it, telephone numbers masked; the time is UTC."""

    position: int
    occurred_at: datetime
    actor: str
    role: str
    site: str
    english: str
    chinese: str


class CustomerData(BaseModel):
    """Who a ticket's customer is and how to reach him; `until` when (UTC) this caller may look."""

    name: str
    phone: str
    address: str
    until: datetime


@router.get("/{ticket}", responses=PROBLEMS)
def ticket(
    request: Request,
    access: Asking,
    ticket: Name,
    version: Annotated[int | None, Query(ge=0, le=2**62, description="As it was after so many events.")] = None,
    at: Annotated[Moment | None, Query(description="As it was at this time.")] = None,
    as_known: Annotated[Moment | None, Query(description="As we knew it at this time.")] = None,
) -> dict[str, Any]:
    """A ticket replayed: its state and its events, now or at any moment."""
    runtime = _visible(request, access, ticket)
    last = EVERY_VERSION if version is None else version
    seen = replay(runtime.store, f"ticket/{ticket}", version=last, at=at, as_known=as_known)
    return without_persons(orjson.loads(orjson.dumps({"ticket": ticket, **seen.document()}, default=_plain)))


@router.get("/{ticket}/repair-order", responses=PROBLEMS)
def repair_order(request: Request, access: Asking, ticket: Name) -> dict[str, Any]:
    """The ticket as a RepairOrder of STAR: header, jobs, parts, who pays, its warranty claim."""
    return star.repair_order(_now(_visible(request, access, ticket), ticket))


@router.get("/{ticket}/status-events", responses=PROBLEMS)
def status_events(request: Request, access: Asking, ticket: Name) -> list[dict[str, Any]]:
    """The changes of a ticket's RepairStatus, in order, in the words of STAR."""
    return star.status_events(_now(_visible(request, access, ticket), ticket))


@router.get("/{ticket}/history", responses={200: {"model": list[Told]}, **PROBLEMS})
def history(request: Request, access: Asking, ticket: Name, after: AfterQuery = 0) -> Response:
    """A ticket's events in sentences of both languages, those of its parts and complaints at his sites included."""
    runtime = _visible(request, access, ticket)
    if not runtime.reader.wait_for(in_the_log(runtime, after), WAIT_SECONDS):
        return behind(runtime.reader.position(), after)
    return json_of([_told(row) for row in runtime.reader.history([ticket]) if access.reaches(row["site"])])


@router.get("/{ticket}/customer", responses=PROBLEMS)
def customer(request: Request, access: Asking, ticket: Name) -> CustomerData:
    """The customer's data, unmasked, to whoever sent OpenCustomerData for this ticket within the last ten minutes."""
    runtime = _visible(request, access, ticket)
    own = runtime.store.read(f"ticket/{ticket}")
    until = _opened(own, access) + SHOWN
    if until < datetime.now(UTC):
        raise Rejected("customer_not_opened", ticket=ticket, minutes=SHOWN // timedelta(minutes=1))
    card = next(each.event.customer for each in own if isinstance(each.event, TicketRegistered))
    return CustomerData(**card.model_dump(), until=until)


def _opened(own: Sequence[Recorded], access: Access) -> datetime:
    """When the log last learned that this very person looks; the sender cannot choose that time."""
    who = access.person.name, access.person.role
    looked = [each for each in own if isinstance(each.event, CustomerDataOpened)]
    return max((each.recorded_at for each in looked if (each.context.actor, each.context.role) == who), default=NEVER)


def _visible(request: Request, access: Access, ticket: str) -> Runtime:
    """The process's parts. Raises Rejected if there is no such ticket, or it is not the caller's to see."""
    access.see("tickets")
    runtime: Runtime = request.app.state.web.runtime
    first = runtime.store.read(f"ticket/{ticket}", 1)
    if not first:
        raise Rejected("unknown_ticket", ticket=ticket)
    access.reach(first[0].context.site)
    return runtime


def _now(runtime: Runtime, ticket: str) -> Replay:
    return replay(runtime.store, f"ticket/{ticket}")


def _told(row: dict[str, Any]) -> dict[str, Any]:
    sentences = {language: mask_phones_in(row[language]) for language in ("english", "chinese")}
    return without_persons({**{name: row[name] for name in Told.model_fields}, **sentences})


def _plain(value: Any) -> Any:
    """What JSON does not know: sets, records and mappings that nobody may change."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value._asdict() if hasattr(value, "_asdict") else dict(value)


NEVER = datetime.min.replace(tzinfo=UTC)
