"""Tickets in the words of STAR (Standards for Technology in Automotive Retail), to be read by other systems.

The values of status, stage and pay type are those of STAR's published enumerations. A pause that STAR has no status for
(a part, a supplier, rest) is `OTHER`; `HoldReason` always says it in our own word. What is personal of a customer is
masked. Amounts are in yuan, times carry the offset of the place.

What the domain does not have yet: a price for each labour operation and part of the original estimate as it was done,
labour operation codes and flat-rate hours, core and sublet parts, taxes. Of a warranty claim there is the question to
the manufacturer, the decision and what was settled under warranty; there is no claim number, no claimed, approved or
denied amount of a line, no resubmission.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from events.event import Event, Recorded
from events.handover import PaymentReceived
from events.reception import VehicleArrived
from events.ticket import TicketRegistered
from events.work import WorkCompleted
from services.desk import noun_of
from services.privacy import masked
from services.replay import Replay
from services.ticket_state import Item, PartRequest, Status, Ticket

T = TypeVar("T", bound=Event)
View = dict[str, Any]


def repair_order(ticket: Replay) -> View:
    """The ticket as a RepairOrder: header, jobs, parts, who pays, and its warranty claim if there is one."""
    state: Ticket = ticket.state
    view = {
        "RepairOrderHeader": _header(ticket),
        "Job": [_main_job(ticket), *(_further_job(name, item) for name, item in state.items.items())],
        "ServiceParts": [_part(request, part) for request, part in state.parts.items()],
        "PayType": pay_type(ticket),
        "WarrantyClaim": _warranty_claim(ticket),
    }
    return masked(view)


def status_events(ticket: Replay) -> list[View]:
    """The RepairStatus changes of a ticket, in the order of its versions: status, stage, when, and our hold reason."""
    changes: list[View] = []
    for recorded, state in _states(ticket):
        change = _standing(state)
        if not changes or change.items() - changes[-1].items():
            changes.append({**change, "OccurrenceDateTime": recorded.context.occurred_at.isoformat()})
    return changes


def pay_type(ticket: Replay) -> str | None:
    """Who pays: as it was paid, else as the warranty was decided, else as the agreement says; None if nobody said."""
    payment, registered = _last(ticket, PaymentReceived), _last(ticket, TicketRegistered)
    decided = PAY_OF_DECISION.get(_decision(ticket.state))
    if payment:
        return PAY_OF_METHOD[payment.method]
    return decided or (PAY_OF_COVERAGE[registered.coverage] if registered else None)


def _header(ticket: Replay) -> View:
    registered, arrived, state = _last(ticket, TicketRegistered), _last(ticket, VehicleArrived), ticket.state
    return {
        "DocumentId": ticket.stream.partition("/")[2],
        "DealerPartyId": state.site,
        "RepairOrderOpenedDate": _time_of(ticket, TicketRegistered),
        "RepairOrderCompletedDate": _time_of(ticket, WorkCompleted) if state.is_finished else None,
        **_standing(state),
        "PromisedDateTime": state.promised_at and state.promised_at.isoformat(),
        "Customer": registered and registered.customer.model_dump(),
        "VehicleLicense": arrived.plate if arrived else None,
        "Product": registered and registered.product,
        "ServiceTechnician": state.engineer or None,
        "AgreedAmount": state.agreed_amount,
    }


def _standing(state: Ticket) -> View:
    hold = state.pause_reason if state.status is Status.PAUSED else None
    status, stage = HOLDS[hold] if hold else STANDINGS[state.status]
    if state.status in TO_BE_DONE and state.case.holds("ticket.reopened"):
        stage = "RE_OPEN"
    return {"RepairOrderStatus": status, "RepairStage": stage, "HoldReason": hold}


def _main_job(ticket: Replay) -> View:
    registered, state = _last(ticket, TicketRegistered), ticket.state
    return {
        "LaborOperation": state.case.facts.get("category") or None,
        "Complaint": registered and registered.problem,
        "Cause": _cause(state),
        "Correction": state.solution or None,
        "LaborOperationStatus": _standing(state)["RepairOrderStatus"],
        "Technicians": sorted(state.worked_by),
    }


def _further_job(name: str, item: Item) -> View:
    """An item found during the work, as the customer answered it."""
    return {"LaborOperation": name, "LaborOperationStatus": STATUS_OF_ITEM[item.status], "Amount": item.fee}


def _part(request: str, part: PartRequest) -> View:
    return {
        "LineId": request,
        "ItemId": part.part_no,
        "ItemQuantity": part.quantity,
        "Status": STATUS_OF_PART[part.status],
    }


def _cause(state: Ticket) -> str | None:
    """What the diagnosis says, on whichever form the trade writes it; else the kind of fault it was classified as."""
    for form in DIAGNOSES:
        if form in state.case.forms and (cause := state.case.forms[form].fields.get("cause")):
            return str(cause)
    return state.case.facts.get("category") or None


def _warranty_claim(ticket: Replay) -> View | None:
    approval = ticket.state.case.forms.get(APPROVAL)
    settled = [event.amount for event in _all(ticket, PaymentReceived) if event.method == "warranty"]
    if not approval and not settled:
        return None
    fields = approval.fields if approval else {}
    return {
        "ClaimStatus": STATUS_OF_CLAIM[_decision(ticket.state)],
        "Asked": fields.get("asked"),
        "DecidedDate": fields.get("decided_on"),
        "SettledAmount": sum(settled),
    }


def _decision(state: Ticket) -> str:
    form = state.case.forms.get(APPROVAL)
    return str(form.fields.get("decision", "")) if form else ""


def _states(ticket: Replay) -> Iterator[tuple[Recorded, Ticket]]:
    noun = noun_of(ticket.stream)
    state = noun.empty
    for recorded in ticket.events:
        state = noun.evolve(state, recorded.event, recorded.context)
        yield recorded, state


def _all(ticket: Replay, kind: type[T]) -> list[T]:
    return [recorded.event for recorded in ticket.events if isinstance(recorded.event, kind)]


def _last(ticket: Replay, kind: type[T]) -> T | None:
    return next(reversed(_all(ticket, kind)), None)


def _time_of(ticket: Replay, kind: type[Event]) -> str | None:
    times = [recorded.context.occurred_at.isoformat() for recorded in ticket.events if isinstance(recorded.event, kind)]
    return times[-1] if times else None


APPROVAL = "warranty_approval"
DIAGNOSES = ("diagnosis", "service_report", "maintenance_report")
TO_BE_DONE = frozenset({Status.REGISTERED, Status.ASSIGNED})

# Where a ticket stands → RepairStatusTypes, RepairStageTypes.
STANDINGS = {
    Status.UNKNOWN: ("INVALID", "OTHER"),
    Status.REGISTERED: ("OPEN", "OPEN"),
    Status.ASSIGNED: ("OPEN", "EVALUATION_QUEUE"),
    Status.DISPATCHED: ("ACTIVE", "EVALUATION_QUEUE"),
    Status.ON_SITE: ("ACTIVE", "EVALUATION"),
    Status.WORKING: ("ACTIVE", "WORK_IN_PROGRESS"),
    Status.COMPLETED: ("COMPLETED", "COMPLETED"),
    Status.CLOSED: ("CLOSED", "CLOSED"),
    Status.CANCELLED: ("CANCELLED", "CLOSED"),
    Status.MERGED: ("VOIDED", "CLOSED"),
}
# Why work is paused → the same.
HOLDS = {
    "waiting_for_part": ("OTHER", "PARTS_ORDERED"),
    "waiting_for_customer": ("CUSTOMER_HOLD", "AWAITING_CUSTOMER_AUTHORIZATION"),
    "waiting_for_supplier": ("OTHER", "PARTS_ORDERED"),
    "waiting_for_manufacturer": ("WARRANTY_HOLD", "EVALUATION_CONSULTATION"),
    "waiting_for_approval": ("PENDING_APPROVAL", "EVALUATION_CONSULTATION"),
    "new_finding": ("CUSTOMER_HOLD", "AWAITING_CUSTOMER_AUTHORIZATION"),
    "rest_time": ("OTHER", "WORK_IN_PROGRESS"),
    "other": ("OTHER", "WORK_IN_PROGRESS"),
}
STATUS_OF_ITEM = {"proposed": "PENDING_APPROVAL", "approved": "APPROVED", "declined": "DECLINED"}
STATUS_OF_PART = {"requested": "PENDING_APPROVAL", "approved": "APPROVED", "refused": "REJECTED", "issued": "COMPLETED"}
STATUS_OF_CLAIM = {"": "PENDING_APPROVAL", "covered": "APPROVED", "not_covered": "DECLINED"}
# Who pays → PayTypes.
PAY_OF_METHOD = {
    "cash": "CUSTOMER_PAY",
    "card": "CUSTOMER_PAY",
    "transfer": "CUSTOMER_PAY",
    "mobile": "CUSTOMER_PAY",
    "warranty": "WARRANTY",
    "free": "DEALER",  # a favour of the house
}
PAY_OF_DECISION = {"covered": "WARRANTY", "not_covered": "CUSTOMER_PAY"}
PAY_OF_COVERAGE = {
    "unasked": None,
    "covered": "DEALER",
    "out_of_period": "CUSTOMER_PAY",
    "out_of_scope": "CUSTOMER_PAY",
}
