"""The grammar of the decision tests: given what happened, when somebody sends a command, then this is recorded.

    given(call_received(), assigned("A")).when(dispatch_engineer("wang")).then(engineer_dispatched("wang"))

Pure: events are folded and the command decided, nothing is stored. What happened is told on ticket T1 of site SH01,
one minute after the other from 09:00 on the second of March; the command comes at noon.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from events import callback, complaint, log_line, part, ticket, work
from events.event import Context, Event
from events.ticket import Customer
from services import callback as callback_desk
from services import complaint as complaint_desk
from services import log_line as import_desk
from services import part as parts_desk
from services import ticket as reception
from services import work as workshop
from services.command import Command, On
from services.desk import decide, noun_of
from services.policy import COMMON, policies, policy_of
from services.refusal import Refusal, Rejected

MARCH_2ND = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8)))
SITE, TICKET, PART = "SH01", "T1", "F-01"
STOCK = f"stock/{SITE}/{PART}"
PROFILES = sorted(policies())
SIGNED = [profile for profile in PROFILES if policy_of(profile).flag("needs_signature")]
UNSIGNED = [profile for profile in PROFILES if not policy_of(profile).flag("needs_signature")]
CALLED_BACK = [profile for profile in PROFILES if policy_of(profile).flag("needs_callback")]

for_every_profile = pytest.mark.parametrize("profile", PROFILES)
for_signed_profiles = pytest.mark.parametrize("profile", SIGNED)
for_unsigned_profiles = pytest.mark.parametrize("profile", UNSIGNED)
for_called_back_profiles = pytest.mark.parametrize("profile", CALLED_BACK)


def clock(time: str, day: int = 2) -> datetime:
    """A time of a day in March 2026, +08:00, e.g. `clock("10:30")`."""
    hours, minutes = time.split(":")
    return MARCH_2ND + timedelta(days=day - 2, hours=int(hours), minutes=int(minutes))


@dataclass(frozen=True)
class At:
    """An event of `given` at a time of its own."""

    time: datetime
    event: Event | On


def at(time: str, event: Event | On, day: int = 2) -> At:
    """Tells when an event of `given` happened."""
    return At(clock(time, day), event)


def given(*history: Event | On | At, site: str = SITE) -> "Given":
    """What has happened so far; `On(stream, event)` for other streams than ticket T1."""
    return Given().and_given(*history, site=site)


class Given:
    """The states after what happened."""

    def __init__(self) -> None:
        self._states: dict[str, Any] = {}
        self._time = clock("09:00")

    def and_given(self, *history: Event | On | At, site: str = SITE) -> "Given":
        """What happened after that, perhaps at another site."""
        for each in history:
            happened = each if isinstance(each, At) else At(self._time, each)
            self._time = happened.time + timedelta(minutes=1)
            self._fold(happened, site)
        return self

    def state(self, stream: str = f"ticket/{TICKET}") -> Any:
        """What the history makes of a stream."""
        return self._states.get(stream, noun_of(stream).empty)

    def when(self, command: Command, now: datetime | None = None) -> "When":
        """Decides the command, received at the moment it tells, or at `now`."""
        states = [self.state(stream) for stream in command.streams]
        try:
            decided = list(decide(command, states, now or command.at))
        except Rejected as rejected:
            return When(command, [], rejected.refusal)
        return When(command, decided, None)

    def _fold(self, happened: At, site: str) -> None:
        on = happened.event if isinstance(happened.event, On) else On(f"ticket/{TICKET}", happened.event)
        context = Context(happened.time, site, "somebody", "somebody", "c-0")
        self._states[on.stream] = noun_of(on.stream).evolve(self.state(on.stream), on.event, context)


@dataclass(frozen=True)
class When:
    """What was decided; each `then` says what it must be."""

    command: Command
    decided: list[Event | On | Refusal]
    refusal: Refusal | None

    def then(self, *expected: Event | On | Refusal) -> None:
        """Exactly these events, and no refusal."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.decided == list(expected)

    def then_nothing(self) -> None:
        """Accepted, and nothing to record: it was so already."""
        self.then()

    def then_refused(self, code: str, *, rule: str) -> Refusal:
        """Refused for this reason and by this rule; nothing is recorded."""
        assert self.refusal is not None, f"not refused, but decided: {self.decided}"
        assert (self.refusal.code, self.refusal.rule) == (code, rule)
        return self.refusal


def happened(kind: type[Event], *names: str, **always: Any) -> Callable[..., Event]:
    """A word for an event: positional values are its fields `names`, `always` what it holds unless told otherwise."""

    def word(*values: Any, **fields: Any) -> Event:
        return kind.model_validate({**always, **dict(zip(names, values, strict=False)), **fields})

    return word


def wanted(kind: type[Command], *names: str, **always: Any) -> Callable[..., Command]:
    """A word for a command, sent at noon by the first role that may send it."""
    role = next(role for role, may in policy_of(COMMON).roles.items() if kind.__name__ in may)
    envelope = {"command_id": f"c-{kind.__name__}", "site": SITE, "actor": ACTORS.get(role, role), "role": role}
    subject = {"ticket": TICKET} if "ticket" in kind.model_fields else {}

    def word(*values: Any, **fields: Any) -> Command:
        told = dict(zip(names, values, strict=False))
        return kind.model_validate({**envelope, "at": clock("12:00"), **subject, **always, **told, **fields})

    return word


def call_received(profile: str = "auto-4s", **fields: Any) -> Event:
    """A ticket was registered under a profile, which decides what it needs."""
    policy = policy_of(profile)
    needs = {name: policy.flag(name) for name in ("needs_signature", "needs_callback")}
    about = {"problem": "刹车异响", "product": "轿车", "channel": "phone", "customer": LI}
    return ticket.TicketRegistered.model_validate(
        {**about, "profile": profile, "policy_version": policy.version, **needs, **fields}
    )


ACTORS = {"engineer": "wang", "callback_agent": "chen"}
LI = Customer(name="李芳", phone="138****1234", address="中山路1号")
GOOD = {"attitude": 5, "quality": 4, "result": 5}
BAD = {"attitude": 1, "quality": 4, "result": 5}

# what happened
classified = happened(ticket.TicketClassified, "category", "fault_grade", category="制动", fault_grade=1)
assigned = happened(ticket.TicketAssigned, "team", "owner", team="A")
handed_over = happened(ticket.TicketHandedOver, "from_team", "to_team", from_team="A", to_team="B", reason="满负荷")
placed_on_follow_up = happened(ticket.TicketPlacedOnFollowUp, follow_up_on=date(2026, 3, 5), reason="等客户")
noted = happened(ticket.TicketNoted, "text", text="客户催问")
merged = happened(ticket.TicketMerged, "into", into="T2")
absorbed = happened(ticket.TicketAbsorbed, "other", other="T2")
separated = happened(ticket.TicketSeparated, "other", other="T2", reason="误并")
released = happened(ticket.TicketReleased, "other", other="T2")
cancelled = happened(ticket.TicketCancelled, "reason", reason="撤回")
reopened = happened(ticket.TicketReopened, "reason", reason="又坏了")
closed = happened(ticket.TicketClosed, "solution", solution="换片")
engineer_dispatched = happened(work.EngineerDispatched, "engineer", engineer="wang")
engineer_arrived = happened(work.EngineerArrived, "engineer", engineer="wang")
work_started = happened(work.WorkStarted, "engineer", engineer="wang")
work_paused = happened(work.WorkPaused, "reason", "note", reason="waiting_for_part")
work_resumed = happened(work.WorkResumed, "reason", "paused_seconds", reason="waiting_for_part", paused_seconds=60)
work_completed = happened(work.WorkCompleted, "solution", solution="换片", handling_seconds=600, paused_seconds=0)
completion_signed = happened(work.CompletionSigned, "signer", signer="李芳")
callback_scheduled = happened(callback.CallbackScheduled, "due_at", due_at=clock("12:00", day=5))
callback_completed = happened(
    callback.CallbackCompleted, "ratings", "outcome", "satisfied", ratings=GOOD, outcome="resolved", satisfied=True
)
part_requested = happened(
    part.PartRequested, "request", "part_no", "quantity", request="P1", part_no=PART, quantity=1, reason="磨损"
)
part_approved = happened(part.PartApproved, "request", request="P1")
part_refused = happened(part.PartRefused, "request", request="P1", reason="可修复")
part_issued = happened(part.PartIssued, "request", "part_no", "quantity", request="P1", part_no=PART, quantity=1)
stock_received = happened(part.StockReceived, "quantity", "cause", quantity=1, cause="到货单 7")
stock_issued = happened(
    part.StockIssued, "ticket", "request", "quantity", ticket=TICKET, request="P1", quantity=1, taker="wang"
)
complaint_registered = happened(complaint.ComplaintRegistered, "ticket", ticket=TICKET, statement="等了太久")
complaint_resolved = happened(complaint.ComplaintResolved, "result", result="已道歉")
log_line_imported = happened(
    log_line.LogLineImported, log="a.xes", line=1, status="s", action="", refused="", attributes={"k": "v"}
)

# what somebody wants
register_ticket = wanted(
    reception.RegisterTicket, "profile",
    profile="auto-4s", problem="刹车异响", product="轿车", channel="phone", customer=LI.model_dump(),
)  # fmt: skip
classify_ticket = wanted(reception.ClassifyTicket, "category", "fault_grade", category="制动", fault_grade=1)
assign_ticket = wanted(reception.AssignTicket, "team", "owner", team="A")
hand_over_ticket = wanted(reception.HandOverTicket, "to_team", "reason", to_team="B", reason="满负荷")
follow_up_ticket = wanted(reception.FollowUpTicket, follow_up_on=date(2026, 3, 5), reason="等客户")
add_note = wanted(reception.AddNote, "text", text="客户催问")
merge_ticket = wanted(reception.MergeTicket, "into", into="T2")
separate_ticket = wanted(reception.SeparateTicket, "merged_into", merged_into="T2", reason="误并")
cancel_ticket = wanted(reception.CancelTicket, "reason", reason="撤回")
reopen_ticket = wanted(reception.ReopenTicket, "reason", reason="又坏了")
close_ticket = wanted(reception.CloseTicket)
dispatch_engineer = wanted(workshop.DispatchEngineer, "engineer", engineer="wang")
arrive_on_site = wanted(workshop.ArriveOnSite)
start_work = wanted(workshop.StartWork)
pause_work = wanted(workshop.PauseWork, "reason", "note", reason="waiting_for_part")
resume_work = wanted(workshop.ResumeWork)
complete_work = wanted(workshop.CompleteWork, "solution", solution="换片")
sign_completion = wanted(workshop.SignCompletion, "signer", signer="李芳")
schedule_callback = wanted(callback_desk.ScheduleCallback)
complete_callback = wanted(
    callback_desk.CompleteCallback, "ratings", "outcome", ratings=GOOD, outcome="resolved", identity_verified=True
)
request_part = wanted(
    parts_desk.RequestPart, "request", "part_no", "quantity", request="P1", part_no=PART, quantity=1, reason="磨损"
)
approve_part = wanted(parts_desk.ApprovePart, "request", request="P1")
refuse_part = wanted(parts_desk.RefusePart, "request", request="P1", reason="可修复")
receive_stock = wanted(parts_desk.ReceiveStock, "quantity", "cause", part_no=PART, quantity=1, cause="到货单 7")
issue_part = wanted(parts_desk.IssuePart, "request", "part_no", request="P1", part_no=PART, taker="wang")
register_complaint = wanted(complaint_desk.RegisterComplaint, complaint="K1", statement="等了太久")
resolve_complaint = wanted(complaint_desk.ResolveComplaint, "result", complaint="K1", result="已道歉")
import_log_line = wanted(
    import_desk.ImportLogLine, "action", "line",
    action="StartWork", line=1, log="a.xes", profile="imported", team="A", product="p", impact="i", status="s",
    attributes={"k": "v"},
)  # fmt: skip

EVENT_WORDS: tuple[Callable[..., Event], ...] = (
    call_received, classified, assigned, handed_over, placed_on_follow_up, noted, merged, absorbed, separated,
    released, cancelled, reopened, closed, engineer_dispatched, engineer_arrived, work_started, work_paused,
    work_resumed, work_completed, completion_signed, callback_scheduled, callback_completed, part_requested,
    part_approved, part_refused, part_issued, stock_received, stock_issued, complaint_registered, complaint_resolved,
    log_line_imported,
)  # fmt: skip
COMMAND_WORDS: tuple[Callable[..., Command], ...] = (
    register_ticket, classify_ticket, assign_ticket, hand_over_ticket, follow_up_ticket, add_note, merge_ticket,
    separate_ticket, cancel_ticket, reopen_ticket, close_ticket, dispatch_engineer, arrive_on_site, start_work,
    pause_work, resume_work, complete_work, sign_completion, schedule_callback, complete_callback, request_part,
    approve_part, refuse_part, receive_stock, issue_part, register_complaint, resolve_complaint, import_log_line,
)  # fmt: skip
