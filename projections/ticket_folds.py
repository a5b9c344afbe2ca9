"""What each event changes in a ticket's row, and the table of them all."""

from datetime import datetime

from events.appointment import AppointmentBooked, AppointmentMissed, AppointmentMoved, AppointmentReconfirmed
from events.callback import CallbackCompleted, CallbackScheduled
from events.custody import ProductReturned, ProductTakenAway
from events.event import Context, Event
from events.form import FormFilled, FormSigned
from events.handover import VehicleReleased
from events.inspection import InspectionPassed, ReworkOrdered
from events.order import EstimateGiven
from events.part import PartIssued, PartRefused, PartRequested
from events.reception import VehicleArrived, VehicleReceived
from events.ticket import (
    TicketAssigned,
    TicketCancelled,
    TicketClassified,
    TicketClosed,
    TicketHandedOver,
    TicketMerged,
    TicketPlacedOnFollowUp,
    TicketRegistered,
    TicketReopened,
    TicketSeparated,
)
from events.visit import DelayNotified
from events.work import (
    AdvisorInformed,
    CompletionSigned,
    EngineerArrived,
    EngineerDispatched,
    TradeChanged,
    WorkCompleted,
    WorkPaused,
    WorkResumed,
    WorkStarted,
)
from projections.projection import Fold, Row

FINISHED = ("completed", "closed", "cancelled", "merged")
STAGES = {  # where a status stands on the workshop's kanban; inspections and the wash go further than `done`
    "assigned": "waiting",
    "dispatched": "dispatched",
    "on_site": "dispatched",
    "working": "running",
    "paused": "paused",
    "completed": "done",
}
PREPARATION, PRE_CHECK, WASH, PROMISE = "appointment_preparation", "pre_check_sheet", "wash_record", "promise_change"


def registered(row: Row, event: TicketRegistered, context: Context) -> None:
    row.update(
        site=context.site,
        problem=event.problem,
        product=event.product,
        channel=event.channel,
        customer=event.customer.name,
        phone=event.customer.phone,
        profile=event.profile,
        needs_signature=event.needs_signature,
        registered_at=context.occurred_at,
    )
    _become(row, "registered", context)


def classified(row: Row, event: TicketClassified, context: Context) -> None:
    row.update(category=event.category, fault_grade=event.fault_grade)


def assigned(row: Row, event: TicketAssigned, context: Context) -> None:
    row.update(team=event.team, owner=event.owner)
    _wait_for_work(row, context)


def handed_over(row: Row, event: TicketHandedOver, context: Context) -> None:
    row.update(team=event.to_team, owner="", engineer="", handovers=row["handovers"] + 1)
    _wait_for_work(row, context)


def dispatched(row: Row, event: EngineerDispatched, context: Context) -> None:
    row.update(engineer=event.engineer, owner=event.engineer, promised_at=event.promised_at, pause_reason="")
    _become(row, "dispatched", context)


def arrived(row: Row, event: EngineerArrived, context: Context) -> None:
    _become(row, "on_site", context)


def started(row: Row, event: WorkStarted, context: Context) -> None:
    row.update(engineer=event.engineer, owner=event.engineer)
    _become(row, "working", context)


def paused(row: Row, event: WorkPaused, context: Context) -> None:
    row.update(pause_reason=event.reason, advisor_informed=False, promise_signed=False)
    _become(row, "paused", context)


def resumed(row: Row, event: WorkResumed, context: Context) -> None:
    row.update(pause_reason="")
    _become(row, "working", context)


def completed(row: Row, event: WorkCompleted, context: Context) -> None:
    row.update(solution=event.solution, handling_seconds=event.handling_seconds, paused_seconds=event.paused_seconds)
    _become(row, "completed", context)
    row.update(stage="done" if event.to_be_signed else "")


def signed(row: Row, event: CompletionSigned, context: Context) -> None:
    row.update(signed_by=event.signer, stage="")


def callback_scheduled(row: Row, event: CallbackScheduled, context: Context) -> None:
    row.update(callback_due=event.due_at)


def called_back(row: Row, event: CallbackCompleted, context: Context) -> None:
    row.update(callback_due=None, rating=event.ratings.lowest, outcome=event.outcome)


def closed(row: Row, event: TicketClosed, context: Context) -> None:
    _become(row, "closed", context)


def cancelled(row: Row, event: TicketCancelled, context: Context) -> None:
    row.update(pause_reason="", solution=event.reason)
    _become(row, "cancelled", context)


def reopened(row: Row, event: TicketReopened, context: Context) -> None:
    row.update(engineer="", solution="", signed_by="", callback_due=None, reopenings=row["reopenings"] + 1)
    _become(row, "assigned" if row["team"] else "registered", context)


def followed_up(row: Row, event: TicketPlacedOnFollowUp, context: Context) -> None:
    row.update(follow_up_on=event.follow_up_on, follow_up_reason=event.reason)


def merged(row: Row, event: TicketMerged, context: Context) -> None:
    row.update(merged_into=event.into, before_merge=row["status"])
    _become(row, "merged", context)


def separated(row: Row, event: TicketSeparated, context: Context) -> None:
    row.update(merged_into="")
    _become(row, row["before_merge"], context)
    row.update(stage="" if row["signed_by"] else row["stage"])


def part_requested(row: Row, event: PartRequested, context: Context) -> None:
    row.update(open_parts=row["open_parts"] + 1)


def part_settled(row: Row, event: PartIssued | PartRefused, context: Context) -> None:
    row.update(open_parts=row["open_parts"] - 1)


def booked(row: Row, event: AppointmentBooked, context: Context) -> None:
    row.update(expected_at=event.expected_at, advisor=event.advisor, booking="booked")


def appointment_moved(row: Row, event: AppointmentMoved, context: Context) -> None:
    row.update(expected_at=event.expected_at, booking="booked")


def appointment_reconfirmed(row: Row, event: AppointmentReconfirmed, context: Context) -> None:
    row.update(booking="reconfirmed" if event.answer in ("coming", "late") else row["booking"])


def appointment_missed(row: Row, event: AppointmentMissed, context: Context) -> None:
    row.update(booking="no_show")


def vehicle_arrived(row: Row, event: VehicleArrived, context: Context) -> None:
    row.update(expected_at=None, booking="", plate=event.plate, purpose=event.purpose, arrived_at=context.occurred_at)


def vehicle_received(row: Row, event: VehicleReceived, context: Context) -> None:
    waited = (context.occurred_at - (row["arrived_at"] or context.occurred_at)).total_seconds()
    row.update(advisor=event.advisor, received_at=context.occurred_at, reception_seconds=max(0, int(waited)))


def vehicle_released(row: Row, event: VehicleReleased, context: Context) -> None:
    row.update(stage="", arrived_at=None)


def estimated(row: Row, event: EstimateGiven, context: Context) -> None:
    row.update(promised_at=event.promised_at, forecast_at=event.promised_at)


def delay_notified(row: Row, event: DelayNotified, context: Context) -> None:
    row.update(forecast_at=event.new_time)


def advisor_informed(row: Row, event: AdvisorInformed, context: Context) -> None:
    row.update(advisor_informed=True)


def trade_changed(row: Row, event: TradeChanged, context: Context) -> None:
    row.update(engineer=event.engineer, owner=event.engineer, trade=event.to_trade)


def inspected(row: Row, event: InspectionPassed, context: Context) -> None:
    if row["stage"]:
        row.update(stage="final" if event.level == "director" else event.level)


def form_filled(row: Row, event: FormFilled, context: Context) -> None:
    if event.form == PREPARATION and row["booking"] == "booked":
        row.update(booking="prepared")
    elif event.form == PRE_CHECK:
        row.update(pre_check="filled")
    elif event.form == WASH and row["stage"]:
        row.update(stage="ready")
    elif event.form == PROMISE:
        offered = event.fields.get("new_time")
        row.update(offered_at=offered and datetime.fromisoformat(offered), promise_signed=False)


def form_signed(row: Row, event: FormSigned, context: Context) -> None:
    if event.form == PRE_CHECK and event.complete:
        row.update(pre_check="signed")
    elif event.form == PROMISE and event.complete:
        promised = row["offered_at"] or row["promised_at"]
        row.update(promised_at=promised, forecast_at=promised, promise_signed=True)


def rework_ordered(row: Row, event: ReworkOrdered, context: Context) -> None:
    row.update(solution="", signed_by="", reworks=row["reworks"] + 1)
    _become(row, "working", context)


def taken_away(row: Row, event: ProductTakenAway, context: Context) -> None:
    row.update(receipt=event.receipt, taken_at=context.occurred_at)


def returned(row: Row, event: ProductReturned, context: Context) -> None:
    row.update(receipt="", taken_at=None)


def _become(row: Row, status: str, context: Context) -> None:
    row.update(status=status, since=context.occurred_at, stage=STAGES.get(status, ""))


def _wait_for_work(row: Row, context: Context) -> None:
    row.update(pause_reason="")
    if row["status"] not in FINISHED:
        _become(row, "assigned", context)


FOLDS: dict[type[Event], Fold] = {
    TicketRegistered: registered,
    TicketClassified: classified,
    TicketAssigned: assigned,
    TicketHandedOver: handed_over,
    EngineerDispatched: dispatched,
    EngineerArrived: arrived,
    WorkStarted: started,
    WorkPaused: paused,
    WorkResumed: resumed,
    WorkCompleted: completed,
    CompletionSigned: signed,
    CallbackScheduled: callback_scheduled,
    CallbackCompleted: called_back,
    TicketClosed: closed,
    TicketCancelled: cancelled,
    TicketReopened: reopened,
    TicketPlacedOnFollowUp: followed_up,
    TicketMerged: merged,
    TicketSeparated: separated,
    AppointmentBooked: booked,
    AppointmentMoved: appointment_moved,
    AppointmentReconfirmed: appointment_reconfirmed,
    AppointmentMissed: appointment_missed,
    VehicleArrived: vehicle_arrived,
    VehicleReceived: vehicle_received,
    VehicleReleased: vehicle_released,
    AdvisorInformed: advisor_informed,
    DelayNotified: delay_notified,
    InspectionPassed: inspected,
    FormFilled: form_filled,
    FormSigned: form_signed,
    EstimateGiven: estimated,
    TradeChanged: trade_changed,
    ReworkOrdered: rework_ordered,
    ProductTakenAway: taken_away,
    ProductReturned: returned,
    PartRequested: part_requested,
    PartIssued: part_settled,
    PartRefused: part_settled,
}
