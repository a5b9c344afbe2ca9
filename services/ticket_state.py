"""What a decision may ask about a ticket, and how events make it so."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from events.callback import CallbackCompleted, CallbackScheduled
from events.custody import ProductReturned, ProductTakenAway
from events.event import Context, Event
from events.handover import ExitPassIssued
from events.inspection import ReworkOrdered
from events.log_line import LogLineImported
from events.order import EstimateGiven, ItemApproved, ItemDeclined, ItemProposed
from events.part import PartApproved, PartIssued, PartRefused, PartRequested
from events.ticket import (
    TicketAbsorbed,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketHandedOver,
    TicketMerged,
    TicketRegistered,
    TicketReleased,
    TicketReopened,
    TicketSeparated,
)
from events.visit import DelayNotified
from events.work import (
    CompletionSigned,
    EngineerArrived,
    EngineerDispatched,
    PauseReason,
    TradeChanged,
    WorkCompleted,
    WorkPaused,
    WorkResumed,
    WorkStarted,
)
from services import case as cases
from services.case import Case
from services.command import Command
from services.refusal import Rejected


class Status(StrEnum):
    """Where a ticket stands."""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    DISPATCHED = "dispatched"
    ON_SITE = "on_site"
    WORKING = "working"
    PAUSED = "paused"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


ENDED = frozenset({Status.CLOSED, Status.CANCELLED, Status.MERGED})
FINISHED = ENDED | {Status.COMPLETED}


class PartRequest(NamedTuple):
    """A part that the ticket asked for."""

    part_no: str
    quantity: int
    status: str = "requested"


class Item(NamedTuple):
    """Something more to do, its fee in yuan, and what the customer said to it."""

    fee: float
    safety: bool
    status: str = "proposed"


class Ticket(NamedTuple):  # not a dataclass: an import folds it hundreds of thousands of times
    """The state of a ticket; folded from its events, never stored. Times are aware, durations whole seconds."""

    status: Status = Status.UNKNOWN
    site: str = ""
    profile: str = ""
    policy_version: int = 0
    case: Case = Case()
    team: str = ""
    owner: str = ""
    engineer: str = ""
    worked_by: frozenset[str] = frozenset()
    promised_at: datetime | None = None
    needs_signature: bool = False
    needs_callback: bool = False
    handling_since: datetime | None = None
    paused_since: datetime | None = None
    pause_reason: PauseReason = "other"
    paused_seconds: int = 0
    solution: str = ""
    signed_by: str = ""
    callback_due: datetime | None = None
    called_back: bool = False
    into: str = ""
    before_merge: Status = Status.UNKNOWN
    absorbed: frozenset[str] = frozenset()
    parts: Mapping[str, PartRequest] = MappingProxyType({})
    items: Mapping[str, Item] = MappingProxyType({})
    estimate_cap: float = 0
    receipt: str = ""
    exit_pass: str = ""
    latest_at: datetime | None = None

    @property
    def agreed_amount(self) -> float:
        """What the customer agreed to pay, in yuan: the estimate's cap and the approved items."""
        approved = sum(item.fee for item in self.items.values() if item.status == "approved")
        return round(self.estimate_cap + approved, 2)

    @property
    def is_finished(self) -> bool:
        """Whether the service is done, so that it may be signed for."""
        return self.status in (Status.COMPLETED, Status.CLOSED)

    def admit(self, command: Command) -> None:
        """Raises Rejected where no command of this kind can be right: unknown, another site's, merged away."""
        name = command.streams[0].partition("/")[2]
        if self.status is Status.UNKNOWN:
            if not command.opens:
                raise Rejected("unknown_ticket", ticket=getattr(command, "ticket", name))
        elif command.site != self.site:
            raise Rejected("other_site", site=self.site, found=command.site)
        elif self.status is Status.MERGED and not command.reaches_merged:
            raise Rejected("merged", ticket=getattr(command, "ticket", name), into=self.into)


CASE, LATEST = (Ticket._fields.index(name) for name in ("case", "latest_at"))


def evolve(ticket: Ticket, event: Event, context: Context) -> Ticket:
    """The ticket after an event. Total: an event that means nothing to decisions is only seen by its case."""
    at = context.occurred_at
    latest = at if ticket.latest_at is None or at > ticket.latest_at else ticket.latest_at
    if isinstance(event, LogLineImported):  # half of all events of an import, and it says only how far the log has come
        return ticket if ticket.latest_at == latest else ticket._replace(latest_at=latest)
    case = cases.evolve(ticket.case, event, context)
    change = CHANGES.get(type(event))
    if change is None:  # as _replace would, in a third of its time
        return Ticket._make((*ticket[:CASE], case, *ticket[CASE + 1 : LATEST], latest, *ticket[LATEST + 1 :]))
    return ticket._replace(latest_at=latest, case=case, **change(ticket, event, context))


def _no_pause(ticket: Ticket, at: datetime) -> dict[str, Any]:
    if ticket.paused_since is None:
        return {}
    seconds = ticket.paused_seconds + seconds_between(ticket.paused_since, at)
    return {"paused_since": None, "pause_reason": "other", "paused_seconds": seconds}


def _once_assigned(ticket: Ticket) -> Status:
    return ticket.status if ticket.status in FINISHED else Status.ASSIGNED


def _with_part(ticket: Ticket, request: str, status: str) -> dict[str, PartRequest]:
    known = ticket.parts.get(request)
    return {**ticket.parts, request: known._replace(status=status)} if known else dict(ticket.parts)


def _with_item(ticket: Ticket, name: str, status: str) -> dict[str, Item]:
    known = ticket.items.get(name)
    return {**ticket.items, name: known._replace(status=status)} if known else dict(ticket.items)


def seconds_between(start: datetime, end: datetime) -> int:
    """Whole seconds from start to end; 0 if facts were told out of order."""
    return max(0, int((end - start).total_seconds()))


Change = Callable[[Ticket, Any, Context], dict[str, Any]]

# What each event changes; the others are only seen by the ticket's case.
CHANGES: dict[type[Event], Change] = {
    TicketRegistered: lambda ticket, event, context: {
        "status": Status.REGISTERED,
        "site": context.site,
        "profile": event.profile,
        "policy_version": event.policy_version,
        "handling_since": context.occurred_at,
        "needs_signature": event.needs_signature,
        "needs_callback": event.needs_callback,
    },
    TicketAssigned: lambda ticket, event, context: {
        "status": _once_assigned(ticket),
        "team": event.team,
        "owner": event.owner,
        **_no_pause(ticket, context.occurred_at),
    },
    TicketHandedOver: lambda ticket, event, context: {
        "status": _once_assigned(ticket),
        "team": event.to_team,
        "owner": "",
        "engineer": "",
        **_no_pause(ticket, context.occurred_at),
    },
    EngineerDispatched: lambda ticket, event, context: {
        "status": Status.DISPATCHED,
        "engineer": event.engineer,
        "promised_at": event.promised_at,
        **_no_pause(ticket, context.occurred_at),
    },
    DelayNotified: lambda ticket, event, context: {"promised_at": event.new_time},
    EngineerArrived: lambda ticket, event, context: {"status": Status.ON_SITE},
    WorkStarted: lambda ticket, event, context: {
        "status": Status.WORKING,
        "engineer": event.engineer,
        "worked_by": ticket.worked_by | {event.engineer},
    },
    WorkPaused: lambda ticket, event, context: {
        "status": Status.PAUSED,
        "paused_since": context.occurred_at,
        "pause_reason": event.reason,
    },
    WorkResumed: lambda ticket, event, context: {"status": Status.WORKING, **_no_pause(ticket, context.occurred_at)},
    WorkCompleted: lambda ticket, event, context: {"status": Status.COMPLETED, "solution": event.solution},
    CompletionSigned: lambda ticket, event, context: {"signed_by": event.signer},
    CallbackScheduled: lambda ticket, event, context: {"callback_due": event.due_at},
    CallbackCompleted: lambda ticket, event, context: {"callback_due": None, "called_back": True},
    TicketClosed: lambda ticket, event, context: {"status": Status.CLOSED, "solution": event.solution},
    TicketCancelled: lambda ticket, event, context: {
        "status": Status.CANCELLED,
        **_no_pause(ticket, context.occurred_at),
    },
    TicketReopened: lambda ticket, event, context: {
        "status": Status.ASSIGNED if ticket.team else Status.REGISTERED,
        "engineer": "",
        "solution": "",
        "signed_by": "",
        "callback_due": None,
        "called_back": False,
        "promised_at": None,
        "items": MappingProxyType({}),
        "estimate_cap": 0.0,
        "exit_pass": "",
        "worked_by": frozenset(),
        "handling_since": context.occurred_at,
        "paused_seconds": 0,
    },
    TicketMerged: lambda ticket, event, context: {
        "status": Status.MERGED,
        "into": event.into,
        "before_merge": ticket.status,
    },
    TicketSeparated: lambda ticket, event, context: {"status": ticket.before_merge, "into": ""},
    TicketAbsorbed: lambda ticket, event, context: {"absorbed": ticket.absorbed | {event.other}},
    TicketReleased: lambda ticket, event, context: {"absorbed": ticket.absorbed - {event.other}},
    TradeChanged: lambda ticket, event, context: {
        "engineer": event.engineer,
        "worked_by": ticket.worked_by | {event.engineer},
    },
    ReworkOrdered: lambda ticket, event, context: {"status": Status.WORKING, "solution": "", "signed_by": ""},
    EstimateGiven: lambda ticket, event, context: {"estimate_cap": event.cap},
    ItemProposed: lambda ticket, event, context: {"items": {**ticket.items, event.item: Item(event.fee, event.safety)}},
    ItemApproved: lambda ticket, event, context: {"items": _with_item(ticket, event.item, "approved")},
    ItemDeclined: lambda ticket, event, context: {"items": _with_item(ticket, event.item, "declined")},
    ProductTakenAway: lambda ticket, event, context: {"receipt": event.receipt},
    ProductReturned: lambda ticket, event, context: {"receipt": ""},
    ExitPassIssued: lambda ticket, event, context: {"exit_pass": event.number},
    PartRequested: lambda ticket, event, context: {
        "parts": {**ticket.parts, event.request: PartRequest(event.part_no, event.quantity)}
    },
    PartApproved: lambda ticket, event, context: {"parts": _with_part(ticket, event.request, "approved")},
    PartRefused: lambda ticket, event, context: {"parts": _with_part(ticket, event.request, "refused")},
    PartIssued: lambda ticket, event, context: {"parts": _with_part(ticket, event.request, "issued")},
}
