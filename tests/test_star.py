"""Tickets in the words of STAR: every ticket of a network has a view, and its words are the standard's."""

from itertools import pairwise
from typing import Any, get_args

import orjson
import pytest

from events.event import Recorded
from events.form import FormFilled
from events.handover import PaymentMethod, PaymentReceived
from events.order import ItemApproved, ItemDeclined, ItemProposed
from events.store import Store
from events.ticket import Coverage, TicketRegistered
from events.work import PauseReason, WorkCompleted
from services.api import star
from services.api.star import pay_type, repair_order, status_events
from services.command import Command, parse
from services.desk import noun_of
from services.handle import Road
from services.replay import Replay, replay
from services.runtime import Runtime
from services.ticket_state import Status
from tests.decisions.scenario import MARCH_2ND, clock

STATUSES = {
    "APPROVED", "DECLINED", "REJECTED", "ACTIVE", "INACTIVE", "PENDING_APPROVAL", "COMPLETED", "CANCELLED", "ABANDONED",
    "INVALID", "SALES_HOLD", "PAYMENT_HOLD", "FINANCE_HOLD", "CUSTOMER_HOLD", "OPEN", "ESTIMATE", "WARRANTY_HOLD",
    "READY_TO_BILL", "CLOSED", "VOIDED", "OTHER",
}  # fmt: skip
STAGES = {
    "OPEN", "RE_OPEN", "APPOINTMENT_SCHEDULED", "VEHICLE_RECEIVED", "EVALUATION", "EVALUATION_QUEUE", "PROPOSAL_BUILD",
    "EVALUATION_CONSULTATION", "AWAITING_CUSTOMER_AUTHORIZATION", "WORK_IN_PROGRESS", "PARTS_ORDERED", "DISASSEMBLY",
    "REPAIR", "REASSEMBLY", "DETAILING", "QUALITY_ASSURANCE", "COMPLETED", "INVOICE", "CHECKOUT", "VEHICLE_DELIVERED",
    "CLOSED", "FOLLOW_UP", "OTHER",
}  # fmt: skip
PAY_TYPES = {"CUSTOMER_PAY", "WARRANTY", "INTERNAL", "SUBLET", "MANUFACTURER", "DEALER", None}

CALL = {"problem": "漏水", "product": "净水器", "channel": "phone", "profile": "common"}
WANG = {"name": "王小明", "phone": "13812345678", "address": "上海市浦东新区世纪大道1号"}


def commanded(name: str, time: str, **fields: Any) -> Command:
    envelope = {"command_id": f"{name} {time}", "site": "SH01", "actor": "li", "role": "manager", "ticket": "T1"}
    return parse({"command": name, **envelope, "at": clock(time).isoformat(), **fields})


def lives(store: Store, *commands: Command) -> Replay:
    """The ticket T1 after a call by Wang at eight and these commands."""
    call = commanded("RegisterTicket", "8:00", customer=WANG, **CALL)
    for outcome in Road(store).handle([call, *commands], MARCH_2ND.replace(day=3)):
        assert outcome.status == "accepted", outcome
    return replay(store, "ticket/T1")


@pytest.fixture
def network(lived: Runtime) -> list[Replay]:
    """All tickets of the simulated network."""
    found = [replay(lived.store, stream) for stream in lived.store.streams("ticket/")]
    assert len(found) > 50
    return found


# --- all tickets


def test_every_ticket_of_the_network_is_a_repair_order_in_words_of_the_standard(network: list[Replay]) -> None:
    seen = set[str]()
    for ticket in network:
        order = repair_order(ticket)
        header = order["RepairOrderHeader"]
        assert header["DocumentId"] == ticket.stream.removeprefix("ticket/")
        assert header["RepairOrderOpenedDate"] == ticket.events[0].context.occurred_at.isoformat()
        assert header["RepairOrderStatus"] in STATUSES
        assert header["RepairStage"] in STAGES
        assert order["PayType"] in PAY_TYPES
        assert {job["LaborOperationStatus"] for job in order["Job"]} <= STATUSES
        assert {part["Status"] for part in order["ServiceParts"]} <= STATUSES
        assert len(order["ServiceParts"]) == len(ticket.state.parts)
        assert orjson.dumps(order)
        seen.add(header["RepairOrderStatus"])
    assert seen >= {"OPEN", "ACTIVE", "COMPLETED", "CLOSED", "CANCELLED"}


def test_the_tables_have_a_word_for_every_status_reason_and_answer() -> None:
    assert set(star.STANDINGS) == set(Status) - {Status.PAUSED}
    assert set(star.HOLDS) == set(get_args(PauseReason))
    assert set(star.PAY_OF_COVERAGE) == set(get_args(Coverage))
    assert set(star.PAY_OF_METHOD) == set(get_args(PaymentMethod))
    for status, stage in (*star.STANDINGS.values(), *star.HOLDS.values()):
        assert (status in STATUSES, stage in STAGES) == (True, True)


def test_the_status_events_of_every_ticket_end_where_it_stands(network: list[Replay]) -> None:
    for ticket in network:
        events = status_events(ticket)
        standing = {name: each for name, each in events[-1].items() if name != "OccurrenceDateTime"}
        assert standing.items() <= repair_order(ticket)["RepairOrderHeader"].items()
        assert events[0]["RepairOrderStatus"] == "OPEN"
        words = [(each["RepairOrderStatus"], each["RepairStage"], each["HoldReason"]) for each in events]
        assert all(one != next_ for one, next_ in pairwise(words))


@pytest.mark.rule("R-026")
def test_no_view_tells_who_the_customer_is(network: list[Replay]) -> None:
    for ticket in network:
        registered = ticket.events[0].event
        assert isinstance(registered, TicketRegistered)
        text = orjson.dumps(repair_order(ticket)["RepairOrderHeader"]).decode()
        assert registered.customer.name not in text
        assert registered.customer.address not in text


# --- one ticket


def test_a_repair_tells_complaint_cause_and_correction(store: Store) -> None:
    work: dict[str, dict[str, Any]] = {
        "ClassifyTicket": {"category": "滤芯", "fault_grade": 2},
        "AssignTicket": {"team": "A"},
        "StartWork": {},
    }
    commands = [commanded(name, f"9:0{n}", **fields) for n, (name, fields) in enumerate(work.items())]
    order = repair_order(lives(store, *commands, commanded("CompleteWork", "10:00", solution="换芯")))
    (job,) = order["Job"]
    assert (job["Complaint"], job["Cause"], job["Correction"]) == ("漏水", "滤芯", "换芯")
    assert job["Technicians"] == ["li"]
    header = order["RepairOrderHeader"]
    assert header["Customer"] == {"name": "王**", "phone": "138****5678", "address": "上海市浦东新…"}
    assert header["RepairOrderCompletedDate"] == "2026-03-02T10:00:00+08:00"
    assert order["PayType"] is None
    assert order["WarrantyClaim"] is None


@pytest.mark.parametrize(
    ("reason", "status", "stage"),
    [
        ("waiting_for_customer", "CUSTOMER_HOLD", "AWAITING_CUSTOMER_AUTHORIZATION"),
        ("waiting_for_manufacturer", "WARRANTY_HOLD", "EVALUATION_CONSULTATION"),
        ("waiting_for_approval", "PENDING_APPROVAL", "EVALUATION_CONSULTATION"),
        ("waiting_for_part", "OTHER", "PARTS_ORDERED"),
    ],
)
def test_a_pause_is_a_hold_with_its_reason_and_its_times(store: Store, reason: str, status: str, stage: str) -> None:
    ticket = lives(
        store,
        commanded("AssignTicket", "9:00", team="A"),
        commanded("StartWork", "9:10"),
        commanded("PauseWork", "9:20", reason=reason),
        commanded("ResumeWork", "9:50"),
    )
    assert status_events(ticket)[-2:] == [
        {"RepairOrderStatus": status, "RepairStage": stage, "HoldReason": reason,
         "OccurrenceDateTime": "2026-03-02T09:20:00+08:00"},
        {"RepairOrderStatus": "ACTIVE", "RepairStage": "WORK_IN_PROGRESS", "HoldReason": None,
         "OccurrenceDateTime": "2026-03-02T09:50:00+08:00"},
    ]  # fmt: skip


def test_a_reopened_ticket_is_told_as_reopened_and_not_as_completed(network: list[Replay]) -> None:
    reopened = [t for t in network if any(each["RepairStage"] == "RE_OPEN" for each in status_events(t))]
    assert reopened
    for ticket in network:
        done = [each.context.occurred_at for each in ticket.events if isinstance(each.event, WorkCompleted)]
        told = repair_order(ticket)["RepairOrderHeader"]["RepairOrderCompletedDate"]
        assert told in (None, *(each.isoformat() for each in done[-1:]))
        assert (told is not None) == bool(
            done and ticket.state.status in ("completed", "closed", "cancelled", "merged")
        )


# --- who pays


def with_event(ticket: Replay, event: Any) -> Replay:
    """The same ticket after one more event."""
    last = ticket.events[-1]
    recorded = Recorded(last.position + 1, last.stream, last.version + 1, last.recorded_at, event, last.context)
    return Replay(
        ticket.stream, noun_of(ticket.stream).evolve(ticket.state, event, last.context), [*ticket.events, recorded]
    )


def test_who_pays_is_told_by_the_payment_before_the_manufacturer_before_the_agreement(store: Store) -> None:
    ticket = lives(store)
    fields = {"asked": "缸盖渗油", "decision": "covered", "decided_on": "2026-03-03"}
    asked = FormFilled(form="warranty_approval", edition=1, fields={"asked": "缸盖渗油"}, digest="0" * 64)
    decided = FormFilled(form="warranty_approval", edition=2, fields=fields, digest="0" * 64)
    paid = PaymentReceived(amount=320, method="warranty", invoice="F1")
    cash = PaymentReceived(amount=50, method="cash", invoice="F2")
    assert pay_type(with_event(ticket, asked)) is None
    assert repair_order(with_event(ticket, asked))["WarrantyClaim"]["ClaimStatus"] == "PENDING_APPROVAL"
    approved = with_event(with_event(ticket, asked), decided)
    assert pay_type(approved) == "WARRANTY"
    assert pay_type(with_event(approved, cash)) == "CUSTOMER_PAY"
    assert repair_order(with_event(approved, paid))["WarrantyClaim"] == {
        "ClaimStatus": "APPROVED", "Asked": "缸盖渗油", "DecidedDate": "2026-03-03", "SettledAmount": 320,
    }  # fmt: skip


def test_every_pay_type_is_one_of_the_standard() -> None:
    for table in (star.PAY_OF_METHOD, star.PAY_OF_DECISION, star.PAY_OF_COVERAGE):
        assert set(table.values()) <= PAY_TYPES


def test_items_found_during_the_work_are_jobs_with_the_customers_answer(store: Store) -> None:
    ticket = lives(store)
    for item in ("制动盘", "轮胎", "雨刮"):
        ticket = with_event(ticket, ItemProposed(item=item, fee=100, promised_at=MARCH_2ND))
    ticket = with_event(ticket, ItemApproved(item="制动盘", fee=100, by="王小明", medium="phone"))
    ticket = with_event(ticket, ItemDeclined(item="轮胎", weight="ordinary", by="王小明"))
    jobs = repair_order(ticket)["Job"][1:]
    assert {job["LaborOperation"]: job["LaborOperationStatus"] for job in jobs} == {
        "制动盘": "APPROVED",
        "轮胎": "DECLINED",
        "雨刮": "PENDING_APPROVAL",
    }
    assert repair_order(ticket)["RepairOrderHeader"]["AgreedAmount"] == 100
