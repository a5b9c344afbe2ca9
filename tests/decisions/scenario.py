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

from events import (
    agreement,
    appointment,
    area,
    audit,
    callback,
    complaint,
    custody,
    deadline,
    form,
    handover,
    inspection,
    log_line,
    order,
    part,
    profile,
    reception,
    support,
    ticket,
    visit,
    work,
)
from events.event import Context, Event, Titled
from events.ticket import Customer
from services import agreement as agreements
from services import appointment as appointments
from services import area as pre_check_area
from services import audit as audits
from services import callback as callback_desk
from services import complaint as complaint_desk
from services import custody as custody_desk
from services import deadline as clock_desk
from services import form as forms
from services import handover as handover_desk
from services import inspection as inspections
from services import log_line as import_desk
from services import order as orders
from services import part as parts_desk
from services import profile as profiles
from services import reception as gate
from services import support as service_desk
from services import ticket as tickets
from services import visit as visits
from services import work as workshop
from services.command import Command, On
from services.desk import decide, noun_of
from services.policy import COMMON, inherited, policies, policy_of
from services.refusal import Refusal, Rejected

MARCH_2ND = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8)))
SITE, TICKET, PART = "SH01", "T1", "F-01"
STOCK = f"stock/{SITE}/{PART}"
PROFILES = sorted(policies())
# The profiles whose rows add nothing to the ordinary life of a ticket; what rows add, tests/rules and the stories show.
PLAIN = [profile for profile in PROFILES if profile in (COMMON, "imported")]
SIGNED = [profile for profile in PLAIN if policy_of(profile).flag("needs_signature")]
UNSIGNED = [profile for profile in PLAIN if not policy_of(profile).flag("needs_signature")]
CALLED_BACK = [profile for profile in PLAIN if policy_of(profile).flag("needs_callback")]

for_every_profile = pytest.mark.parametrize("profile", PROFILES)
for_plain_profiles = pytest.mark.parametrize("profile", PLAIN)
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
        assert [untitled(event) for event in self.decided] == list(expected)

    def then_nothing(self) -> None:
        """Accepted, and nothing to record: it was so already."""
        self.then()

    def then_refused(self, code: str, *, rule: str) -> Refusal:
        """Refused for this reason and by this rule; nothing is recorded."""
        assert self.refusal is not None, f"not refused, but decided: {self.decided}"
        assert (self.refusal.code, self.refusal.rule) == (code, rule)
        return self.refusal


def untitled(event: Any) -> Any:
    """The event without the title that the profile gives it: what it is called is no decision."""
    return event.model_copy(update={"english": "", "chinese": ""}) if isinstance(event, Titled) else event


def happened(kind: type[Event], /, *names: str, **always: Any) -> Callable[..., Event]:
    """A word for an event: positional values are its fields `names`, `always` what it holds unless told otherwise."""

    def word(*values: Any, **fields: Any) -> Event:
        return kind.model_validate({**always, **dict(zip(names, values, strict=False)), **fields})

    return word


def wanted(kind: type[Command], /, *names: str, **always: Any) -> Callable[..., Command]:
    """A word for a command, sent at noon by the first role that may send it."""
    role = next(role for role, may in policy_of(COMMON).roles.items() if kind.__name__ in may)
    envelope = {"command_id": f"c-{kind.__name__}", "site": SITE, "actor": ACTORS.get(role, role), "role": role}
    subject = {"ticket": TICKET} if "ticket" in kind.model_fields else {}

    def word(*values: Any, **fields: Any) -> Command:
        told = dict(zip(names, values, strict=False))
        return kind.model_validate({**envelope, "at": clock("12:00"), **subject, **always, **told, **fields})

    return word


def call_received(profile: str = "common", **fields: Any) -> Event:
    """A ticket was registered under a profile, which decides what it needs."""
    policy = policy_of(profile)
    needs = {name: policy.flag(name) for name in ("needs_signature", "needs_callback")}
    about = {"problem": "刹车异响", "product": "轿车", "channel": "phone", "customer": LI}
    return ticket.TicketRegistered.model_validate(
        {**about, "profile": profile, "policy_version": policy.version, **needs, **fields}
    )


ACTORS = {"engineer": "wang", "callback_agent": "chen"}
BY_WANG = {"engineer": "wang", "team": "A"}  # as `assigned` and `work_started` tell it
LI = Customer(name="李芳", phone="138****1234", address="中山路1号")
GOOD = {"attitude": 5, "quality": 4, "result": 5}
AUTHORISATION = {"system": "进销存", "purpose": "重建索引"}
DIGEST = "0" * 64
ROWS: dict[str, Any] = dict(inherited({"extends": "common"}))
BAD = {"attitude": 1, "quality": 4, "result": 5}

# what happened
classified = happened(ticket.TicketClassified, "category", "fault_grade", category="制动", fault_grade=1)
assigned = happened(ticket.TicketAssigned, "team", "owner", team="A")
handed_over = happened(ticket.TicketHandedOver, "from_team", "to_team", from_team="A", to_team="B", reason="满负荷")
placed_on_follow_up = happened(ticket.TicketPlacedOnFollowUp, follow_up_on=date(2026, 3, 5), reason="等客户")
noted = happened(ticket.TicketNoted, "text", text="客户催问")
customer_data_opened = happened(ticket.CustomerDataOpened, "purpose", purpose="约上门时间")
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
work_resumed = happened(
    work.WorkResumed, "reason", "paused_seconds", reason="waiting_for_part", paused_seconds=60, **BY_WANG
)
work_completed = happened(
    work.WorkCompleted, "solution", solution="换片", handling_seconds=600, paused_seconds=0, **BY_WANG
)
completion_signed = happened(work.CompletionSigned, "signer", signer="李芳")
callback_scheduled = happened(callback.CallbackScheduled, "due_at", due_at=clock("12:00", day=5))
callback_completed = happened(
    callback.CallbackCompleted, "ratings", "outcome", "satisfied",
    ratings=GOOD, outcome="resolved", satisfied=True, **BY_WANG,
)  # fmt: skip
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

customer_contacted = happened(
    support.CustomerContacted, "purpose", "medium", purpose="first_contact", medium="phone", result="约定上门"
)
guidance_given = happened(support.GuidanceGiven, "result", advice="重启服务", result="unsolved")
remote_session_started = happened(support.RemoteSessionStarted, system="进销存")
remote_session_ended = happened(support.RemoteSessionEnded, changes="重建索引")
ticket_escalated = happened(support.TicketEscalated, "to", to="technical_department", reason="无法定位")
progress_reported = happened(support.ProgressReported, text="已拆检", medium="in_person")
engineer_replaced = happened(support.EngineerReplaced, engineer="zhou", instead_of="wang", reason="用户不满")
appointment_booked = happened(
    appointment.AppointmentBooked, "expected_at",
    expected_at=clock("14:00"), advisor="zhao", technician="wang", source="inbound", wish="保养",
)  # fmt: skip
appointment_moved = happened(appointment.AppointmentMoved, "expected_at", expected_at=clock("15:00"), reason="堵车")
appointment_reconfirmed = happened(appointment.AppointmentReconfirmed, "answer", answer="coming")
appointment_missed = happened(appointment.AppointmentMissed)
vehicle_arrived = happened(reception.VehicleArrived, plate="沪A12345", purpose="保养", announced_to="zhao")
vehicle_received = happened(reception.VehicleReceived, advisor="zhao")
estimate_given = happened(
    order.EstimateGiven, "total", "cap",
    lines=[{"item": "前制动片", "labour": 200, "parts": 480}], total=680, cap=700, promised_at=clock("17:00"),
)  # fmt: skip
item_proposed = happened(order.ItemProposed, "item", "fee", item="制动盘", fee=900, promised_at=clock("18:00"))
item_approved = happened(order.ItemApproved, "item", "fee", item="制动盘", fee=900, by="李芳", medium="phone")
item_declined = happened(order.ItemDeclined, "item", item="制动盘", weight="other", by="李芳")
advisor_informed = happened(work.AdvisorInformed, advisor="zhao", matter="待料")
trade_changed = happened(work.TradeChanged, from_trade="机电", to_trade="钣喷", engineer="qian")
inspection_passed = happened(inspection.InspectionPassed, "level", "inspector", level="self", inspector="wang")
rework_ordered = happened(
    inspection.ReworkOrdered, "level", level="final", inspector="sun", reason="异响仍在", responsible="wang"
)
payment_received = happened(handover.PaymentReceived, "amount", amount=680, method="card", invoice="FP-1")
exit_pass_issued = happened(handover.ExitPassIssued, "number", number="CM-1")
vehicle_released = happened(handover.VehicleReleased, exit_pass="CM-1", escorted_by="zhao")
engineer_departed = happened(visit.EngineerDeparted, engineer="wang")
delay_notified = happened(visit.DelayNotified, new_time=clock("15:00"), reason="堵车")
engineer_left = happened(visit.EngineerLeft, permitted_by="李芳")
product_taken_away = happened(custody.ProductTakenAway, "item", "receipt", item="抽油烟机电机", receipt="SJ-1")
return_date_set = happened(custody.ReturnDateSet, return_on=date(2026, 3, 6))
product_returned = happened(custody.ProductReturned, "receipt", receipt="SJ-1")
papers_archived = happened(custody.PapersArchived, papers=["服务凭证"])
form_filled = happened(
    form.FormFilled, "form", "fields", form="remote_authorisation", edition=1, fields=AUTHORISATION, digest=DIGEST
)
form_signed = happened(
    form.FormSigned, "form", form="remote_authorisation", edition=1, digest=DIGEST, kind="authorisation",
    party="customer", signer="李芳", method="on_screen", place="电话", complete=True,
)  # fmt: skip
OF_DEADLINE = {"deadline": "first_contact", "rules": ["R-008"], "due_at": clock("12:05")}
deadline_started = happened(
    deadline.DeadlineStarted, "deadline", "due_at", **OF_DEADLINE, profile="common", policy_version=1,
    calendar="always", calendar_edition="x", within="5 minutes", since=clock("12:00"),
)  # fmt: skip
deadline_paused = happened(deadline.DeadlinePaused, "deadline", deadline="first_contact", left_seconds=60)
deadline_moved = happened(
    deadline.DeadlineMoved, "deadline", "due_at",
    deadline="first_contact", why="resumed", from_due=clock("12:05"), due_at=clock("12:15"), within="5 minutes",
)  # fmt: skip
deadline_warned = happened(deadline.DeadlineWarned, "deadline", **OF_DEADLINE)
deadline_missed = happened(deadline.DeadlineMissed, "deadline", **OF_DEADLINE)
deadline_escalated = happened(
    deadline.DeadlineEscalated,
    "deadline",
    "step",
    "to",
    deadline="first_contact",
    rules=["R-008"],
    step=1,
    to="manager",
)
deadline_met = happened(deadline.DeadlineMet, "deadline", "late_seconds", **OF_DEADLINE, late_seconds=0)
deadline_dropped = happened(deadline.DeadlineDropped, "deadline", deadline="first_contact", why="ticket.cancelled")
agreement_signed = happened(
    agreement.AgreementSigned, customer="某公司", profile="common", policy_version=1,
    first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), grade="gold", scope=["reinstall"],
)  # fmt: skip
phase_entered = happened(agreement.PhaseEntered, "phase", phase="installation")
periodic_visit_held = happened(agreement.PeriodicVisitHeld, occasion="quarterly", findings="正常")
vehicle_entered = happened(area.VehicleEntered, "plate", plate="沪A12345", bay=1, profile="common", policy_version=1)
area_crowded = happened(area.AreaCrowded, "count", count=4)
manager_alerted = happened(area.ManagerAlerted, "cause", cause="crowded")
vehicle_relocated = happened(area.VehicleRelocated, plate="沪A12345", to="waiting_bay")
vehicle_left = happened(area.VehicleLeft, "plate", "dwell_seconds", plate="沪A12345", dwell_seconds=600)
area_month_reviewed = happened(area.AreaMonthReviewed, month="2026-03", causes="集中到店", measures="分流预约")
audit_finding_recorded = happened(audit.AuditFindingRecorded, "rule", "passed", rule="R-058", passed=True)
profile_proposed = happened(profile.ProfileProposed, "version", version=2, rows=ROWS, digest=DIGEST)
profile_shipped = happened(profile.ProfileShipped, "version", version=1, rows=ROWS, digest=DIGEST)
profile_approved = happened(profile.ProfileApproved, "version", version=2)
profile_published = happened(
    profile.ProfilePublished, "version", "effective_from", version=2, effective_from=clock("13:00")
)

# what somebody wants
register_ticket = wanted(
    tickets.RegisterTicket, "profile",
    profile="common", problem="刹车异响", product="轿车", channel="phone", customer=LI.model_dump(),
)  # fmt: skip
classify_ticket = wanted(tickets.ClassifyTicket, "category", "fault_grade", category="制动", fault_grade=1)
assign_ticket = wanted(tickets.AssignTicket, "team", "owner", team="A")
hand_over_ticket = wanted(tickets.HandOverTicket, "to_team", "reason", to_team="B", reason="满负荷")
follow_up_ticket = wanted(tickets.FollowUpTicket, follow_up_on=date(2026, 3, 5), reason="等客户")
add_note = wanted(tickets.AddNote, "text", text="客户催问")
open_customer_data = wanted(tickets.OpenCustomerData, "purpose", purpose="约上门时间")
merge_ticket = wanted(tickets.MergeTicket, "into", into="T2")
separate_ticket = wanted(tickets.SeparateTicket, "merged_into", merged_into="T2", reason="误并")
cancel_ticket = wanted(tickets.CancelTicket, "reason", reason="撤回")
reopen_ticket = wanted(tickets.ReopenTicket, "reason", reason="又坏了")
close_ticket = wanted(tickets.CloseTicket)
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

contact_customer = wanted(
    service_desk.ContactCustomer, "purpose", purpose="first_contact", medium="phone", result="约定上门"
)
give_guidance = wanted(service_desk.GiveGuidance, "result", advice="重启服务", result="unsolved")
start_remote_session = wanted(service_desk.StartRemoteSession, system="进销存")
end_remote_session = wanted(service_desk.EndRemoteSession, changes="重建索引")
escalate_ticket = wanted(service_desk.EscalateTicket, "to", to="technical_department", reason="无法定位")
report_progress = wanted(service_desk.ReportProgress, text="已拆检", medium="in_person")
replace_engineer = wanted(service_desk.ReplaceEngineer, "engineer", engineer="zhou", reason="用户不满")
book_appointment = wanted(
    appointments.BookAppointment, "expected_at",
    expected_at=clock("14:00"), advisor="zhao", technician="wang", source="inbound", wish="保养",
)  # fmt: skip
move_appointment = wanted(appointments.MoveAppointment, "expected_at", expected_at=clock("15:00"), reason="堵车")
reconfirm_appointment = wanted(appointments.ReconfirmAppointment, "answer", answer="coming")
miss_appointment = wanted(appointments.MissAppointment)
arrive_vehicle = wanted(gate.ArriveVehicle, plate="沪A12345", purpose="保养", announced_to="zhao")
receive_vehicle = wanted(gate.ReceiveVehicle, advisor="zhao")
enter_area = wanted(
    pre_check_area.EnterArea, "plate", "purpose", profile="common", plate="沪A12345", bay=1, purpose="repair"
)
alert_manager = wanted(pre_check_area.AlertManager, "cause", "plate", cause="crowded")
relocate_vehicle = wanted(pre_check_area.RelocateVehicle, "plate", "to", plate="沪A12345", to="waiting_bay")
leave_area = wanted(pre_check_area.LeaveArea, "plate", plate="沪A12345")
review_area_month = wanted(pre_check_area.ReviewAreaMonth, month="2026-03", causes="集中到店", measures="分流预约")
give_estimate = wanted(
    orders.GiveEstimate, "cap",
    lines=[{"item": "前制动片", "labour": 200, "parts": 480}], cap=700, promised_at=clock("17:00"),
)  # fmt: skip
propose_item = wanted(orders.ProposeItem, "item", "fee", item="制动盘", fee=900, promised_at=clock("18:00"))
approve_item = wanted(orders.ApproveItem, "item", item="制动盘", by="李芳", medium="phone")
decline_item = wanted(orders.DeclineItem, "item", item="制动盘", by="李芳")
inform_advisor = wanted(workshop.InformAdvisor, advisor="zhao", matter="待料")
change_trade = wanted(workshop.ChangeTrade, from_trade="机电", to_trade="钣喷", engineer="qian")
pass_inspection = wanted(inspections.PassInspection, "level", level="self")
order_rework = wanted(inspections.OrderRework, "level", level="final", reason="异响仍在", responsible="wang")
receive_payment = wanted(handover_desk.ReceivePayment, "amount", amount=680, method="card", invoice="FP-1")
issue_exit_pass = wanted(handover_desk.IssueExitPass, "number", number="CM-1")
release_vehicle = wanted(handover_desk.ReleaseVehicle, exit_pass="CM-1", escorted_by="zhao")
depart_for_customer = wanted(visits.DepartForCustomer)
notify_delay = wanted(visits.NotifyDelay, new_time=clock("15:00"), reason="堵车")
leave_customer = wanted(visits.LeaveCustomer, permitted_by="李芳")
take_product_away = wanted(custody_desk.TakeProductAway, "item", "receipt", item="抽油烟机电机", receipt="SJ-1")
set_return_date = wanted(custody_desk.SetReturnDate, return_on=date(2026, 3, 6))
return_product = wanted(custody_desk.ReturnProduct, "receipt", receipt="SJ-1")
archive_papers = wanted(custody_desk.ArchivePapers, papers=["服务凭证"])
fill_form = wanted(
    forms.FillForm, "form", "fields", subject=f"ticket/{TICKET}", form="remote_authorisation", fields=AUTHORISATION
)
sign_form = wanted(
    forms.SignForm, "form", "digest", subject=f"ticket/{TICKET}", form="remote_authorisation", digest=DIGEST,
    party="customer", signer="李芳", method="on_screen", place="电话",
)  # fmt: skip
check_deadline = wanted(
    clock_desk.CheckDeadline, "step",
    stream=f"ticket/{TICKET}", deadline="first_contact", due_at=clock("12:05"), step="miss",
)  # fmt: skip
sign_agreement = wanted(
    agreements.SignAgreement, agreement="A1", customer="某公司", profile="common",
    first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), grade="gold", scope=["reinstall"],
)  # fmt: skip
enter_phase = wanted(agreements.EnterPhase, "phase", agreement="A1", phase="installation")
hold_periodic_visit = wanted(agreements.HoldPeriodicVisit, agreement="A1", occasion="quarterly", findings="正常")
record_audit_finding = wanted(audits.RecordAuditFinding, "rule", "passed", rule="R-058", passed=True)
propose_profile = wanted(
    profiles.ProposeProfile, "text", profile="common", text='profile = "common"\nversion = 1\nextends = "common"'
)
approve_profile = wanted(profiles.ApproveProfile, "version", profile="common", version=2)
publish_profile = wanted(
    profiles.PublishProfile, "version", "effective_from", profile="common", version=2, effective_from=clock("13:00")
)

EVENT_WORDS: tuple[Callable[..., Event], ...] = (
    customer_data_opened,
    call_received,
    classified,
    assigned,
    handed_over,
    placed_on_follow_up,
    noted,
    merged,
    absorbed,
    separated,
    released,
    cancelled,
    reopened,
    closed,
    engineer_dispatched,
    engineer_arrived,
    work_started,
    work_paused,
    work_resumed,
    work_completed,
    completion_signed,
    callback_scheduled,
    callback_completed,
    part_requested,
    part_approved,
    part_refused,
    part_issued,
    stock_received,
    stock_issued,
    complaint_registered,
    complaint_resolved,
    log_line_imported,
    customer_contacted,
    guidance_given,
    remote_session_started,
    remote_session_ended,
    ticket_escalated,
    progress_reported,
    engineer_replaced,
    appointment_booked,
    appointment_moved,
    appointment_reconfirmed,
    appointment_missed,
    vehicle_arrived,
    vehicle_received,
    estimate_given,
    item_proposed,
    item_approved,
    item_declined,
    advisor_informed,
    trade_changed,
    inspection_passed,
    rework_ordered,
    payment_received,
    exit_pass_issued,
    vehicle_released,
    engineer_departed,
    delay_notified,
    engineer_left,
    product_taken_away,
    return_date_set,
    product_returned,
    papers_archived,
    form_filled,
    form_signed,
    deadline_started,
    deadline_paused,
    deadline_moved,
    deadline_warned,
    deadline_missed,
    deadline_escalated,
    deadline_met,
    deadline_dropped,
    agreement_signed,
    phase_entered,
    periodic_visit_held,
    vehicle_entered,
    area_crowded,
    manager_alerted,
    vehicle_relocated,
    vehicle_left,
    area_month_reviewed,
    audit_finding_recorded,
    profile_proposed,
    profile_shipped,
    profile_approved,
    profile_published,
)
COMMAND_WORDS: tuple[Callable[..., Command], ...] = (
    open_customer_data,
    register_ticket,
    classify_ticket,
    assign_ticket,
    hand_over_ticket,
    follow_up_ticket,
    add_note,
    merge_ticket,
    separate_ticket,
    cancel_ticket,
    reopen_ticket,
    close_ticket,
    dispatch_engineer,
    arrive_on_site,
    start_work,
    pause_work,
    resume_work,
    complete_work,
    sign_completion,
    schedule_callback,
    complete_callback,
    request_part,
    approve_part,
    refuse_part,
    receive_stock,
    issue_part,
    register_complaint,
    resolve_complaint,
    import_log_line,
    contact_customer,
    give_guidance,
    start_remote_session,
    end_remote_session,
    escalate_ticket,
    report_progress,
    replace_engineer,
    book_appointment,
    move_appointment,
    reconfirm_appointment,
    miss_appointment,
    arrive_vehicle,
    receive_vehicle,
    enter_area,
    alert_manager,
    relocate_vehicle,
    leave_area,
    review_area_month,
    give_estimate,
    propose_item,
    approve_item,
    decline_item,
    inform_advisor,
    change_trade,
    pass_inspection,
    order_rework,
    receive_payment,
    issue_exit_pass,
    release_vehicle,
    depart_for_customer,
    notify_delay,
    leave_customer,
    take_product_away,
    set_return_date,
    return_product,
    archive_papers,
    fill_form,
    sign_form,
    check_deadline,
    sign_agreement,
    enter_phase,
    hold_periodic_visit,
    record_audit_finding,
    propose_profile,
    approve_profile,
    publish_profile,
)
