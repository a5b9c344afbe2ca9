"""Dispatch, arrival, work with its pauses, completion and signature."""

from datetime import datetime
from typing import ClassVar, Literal

from events.event import Event
from events.form import SignatureMethod

PauseReason = Literal[
    "waiting_for_part",
    "waiting_for_customer",
    "waiting_for_supplier",
    "waiting_for_manufacturer",
    "waiting_for_approval",
    "new_finding",
    "rest_time",
    "other",
]


class EngineerDispatched(Event, name="work.engineer_dispatched"):
    """An engineer is on the way (派工, R-001); `promised_at` is what the customer was told."""

    engineer: str
    promised_at: datetime | None = None


class EngineerArrived(Event, name="work.engineer_arrived"):
    """The engineer is with the customer (R-030)."""

    engineer: str


class WorkStarted(Event, name="work.started"):
    """Work began (R-124)."""

    engineer: str


class WorkPaused(Event, name="work.paused"):
    """Work stands still, with the reason (R-128)."""

    topic: ClassVar[str] = "reason"
    reason: PauseReason
    note: str = ""


class WorkResumed(Event, name="work.resumed"):
    """Work goes on (R-131); the pause lasted `paused_seconds`. Whose work stood still: `engineer`, `team`."""

    reason: PauseReason
    paused_seconds: int
    engineer: str = ""
    team: str = ""


class WorkCompleted(Event, name="work.completed"):
    """The fault is removed (R-132). The durations are decided here once, so no later change of rules moves them.

    `handling_seconds` runs from registration (or reopening) to now, less `paused_seconds` (R-390). `to_be_signed`
    says whether the customer's signature must follow. `engineer`, `team` and `category` (the kind of fault) are those
    of this moment ("": unknown), so that figures count them where they belong whatever is changed later.
    """

    solution: str
    handling_seconds: int
    paused_seconds: int
    to_be_signed: bool = True
    engineer: str = ""
    team: str = ""
    category: str = ""


class CompletionSigned(Event, name="work.completion_signed"):
    """The customer signed that the service was done (R-166), after it was done (R-179).

    `digest` is the SHA-256 of what was signed: the solution, and which completion of the ticket it was. `drawing` is
    the signature as drawn on a screen: SVG path data in a box 600 × 200.
    """

    signer: str
    digest: str = ""
    method: SignatureMethod = "on_paper"
    place: str = ""
    drawing: str = ""


class AdvisorInformed(Event, name="work.advisor_informed"):
    """The service advisor knows of the pause, the finding or the delay (R-129, R-135, R-138)."""

    advisor: str
    matter: str


class TradeChanged(Event, name="work.trade_changed"):
    """The job went from one trade to another (工种转换, R-133)."""

    from_trade: str
    to_trade: str
    engineer: str
