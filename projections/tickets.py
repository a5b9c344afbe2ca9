"""One row per ticket: all that boards and lists show of it."""

from events.appointment import AppointmentBooked, AppointmentMissed, AppointmentMoved
from events.callback import CallbackCompleted, CallbackScheduled
from events.custody import ProductReturned, ProductTakenAway
from events.event import Context, Recorded
from events.inspection import ReworkOrdered
from events.order import EstimateGiven
from events.part import PartIssued, PartRefused, PartRequested
from events.reception import VehicleArrived
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
from events.work import (
    CompletionSigned,
    EngineerArrived,
    EngineerDispatched,
    TradeChanged,
    WorkCompleted,
    WorkPaused,
    WorkResumed,
    WorkStarted,
)
from projections.projection import Projection, Row

FINISHED = ("completed", "closed", "cancelled", "merged")


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
    row.update(pause_reason=event.reason)
    _become(row, "paused", context)


def resumed(row: Row, event: WorkResumed, context: Context) -> None:
    row.update(pause_reason="")
    _become(row, "working", context)


def completed(row: Row, event: WorkCompleted, context: Context) -> None:
    row.update(solution=event.solution, handling_seconds=event.handling_seconds, paused_seconds=event.paused_seconds)
    _become(row, "completed", context)


def signed(row: Row, event: CompletionSigned, context: Context) -> None:
    row.update(signed_by=event.signer)


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


def part_requested(row: Row, event: PartRequested, context: Context) -> None:
    row.update(open_parts=row["open_parts"] + 1)


def part_settled(row: Row, event: PartIssued | PartRefused, context: Context) -> None:
    row.update(open_parts=row["open_parts"] - 1)


def booked(row: Row, event: AppointmentBooked, context: Context) -> None:
    row.update(expected_at=event.expected_at, advisor=event.advisor)


def appointment_moved(row: Row, event: AppointmentMoved, context: Context) -> None:
    row.update(expected_at=event.expected_at)


def appointment_missed(row: Row, event: AppointmentMissed, context: Context) -> None:
    row.update(expected_at=None)


def vehicle_arrived(row: Row, event: VehicleArrived, context: Context) -> None:
    row.update(expected_at=None, plate=event.plate)


def estimated(row: Row, event: EstimateGiven, context: Context) -> None:
    row.update(promised_at=event.promised_at)


def trade_changed(row: Row, event: TradeChanged, context: Context) -> None:
    row.update(engineer=event.engineer, owner=event.engineer)


def rework_ordered(row: Row, event: ReworkOrdered, context: Context) -> None:
    row.update(solution="", signed_by="", reworks=row["reworks"] + 1)
    _become(row, "working", context)


def taken_away(row: Row, event: ProductTakenAway, context: Context) -> None:
    row.update(receipt=event.receipt, taken_at=context.occurred_at)


def returned(row: Row, event: ProductReturned, context: Context) -> None:
    row.update(receipt="", taken_at=None)


def _become(row: Row, status: str, context: Context) -> None:
    row.update(status=status, since=context.occurred_at)


def _wait_for_work(row: Row, context: Context) -> None:
    row.update(pause_reason="")
    if row["status"] not in FINISHED:
        _become(row, "assigned", context)


def _key(recorded: Recorded) -> tuple[str]:
    return (recorded.stream.removeprefix("ticket/"),)


TICKETS = Projection(
    name="tickets",
    key=("ticket",),
    key_of=_key,
    columns={
        "ticket": "text",
        "site": "text",
        "status": "text",
        "since": "timestamptz",
        "registered_at": "timestamptz",
        "profile": "text",
        "problem": "text",
        "product": "text",
        "channel": "text",
        "customer": "text",
        "phone": "text",
        "category": "text",
        "fault_grade": "bigint",
        "team": "text",
        "owner": "text",
        "engineer": "text",
        "promised_at": "timestamptz",
        "pause_reason": "text",
        "follow_up_on": "date",
        "follow_up_reason": "text",
        "open_parts": "bigint",
        "solution": "text",
        "handling_seconds": "bigint",
        "paused_seconds": "bigint",
        "needs_signature": "boolean",
        "signed_by": "text",
        "callback_due": "timestamptz",
        "rating": "bigint",
        "outcome": "text",
        "handovers": "bigint",
        "reopenings": "bigint",
        "reworks": "bigint",
        "expected_at": "timestamptz",
        "advisor": "text",
        "plate": "text",
        "receipt": "text",
        "taken_at": "timestamptz",
        "merged_into": "text",
        "before_merge": "text",
    },
    indexes=("status, since", "site, status, since", "owner, status", "callback_due", "follow_up_on"),
    folds={
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
        AppointmentMissed: appointment_missed,
        VehicleArrived: vehicle_arrived,
        EstimateGiven: estimated,
        TradeChanged: trade_changed,
        ReworkOrdered: rework_ordered,
        ProductTakenAway: taken_away,
        ProductReturned: returned,
        PartRequested: part_requested,
        PartIssued: part_settled,
        PartRefused: part_settled,
    },
)
