"""The stretches of a car's way through the workshop that several stories share, each from a time of the day on."""

from datetime import timedelta
from typing import Any

from services.stories import workshop_papers as papers
from services.stories.story import DAY_ONE, Step, does, fills, moment, signs

CUSTOMER = "陈女士"
ADVISOR, FOREMAN, TECHNICIAN, INSPECTOR = "林静", "周主管", "赵师傅", "吴质检"
LINES = [{"item": "更换前制动片", "labour": 200, "parts": 480}, {"item": "制动盘光磨", "labour": 120, "parts": 0}]
RATED: dict[str, Any] = {"attitude": 5, "quality": 5, "result": 4}
Steps = tuple[Step, ...]


def after(time: str, minutes: float) -> str:
    """A time of the story so many minutes later."""
    passed = moment(time) + timedelta(minutes=minutes) - DAY_ONE
    return f"+{passed.days} {passed.seconds // 3600:02}:{passed.seconds // 60 % 60:02}:{passed.seconds % 60:02}"


def registered(time: str, channel: str = "in_person", **changes: Any) -> Steps:
    """The request is written into the register and classified."""
    told: dict[str, Any] = {
        "problem": "刹车时有尖锐异响",
        "product": "轿车 1.5T 2022款",
        "customer": {"name": CUSTOMER, "phone": "138****0001", "address": "建设街 12 号"},
    }
    return (
        does(time, "receptionist", "RegisterTicket", channel=channel, **told | changes),
        does(after(time, 1), "receptionist", "ClassifyTicket", category="制动", fault_grade=2),
    )


def received(time: str) -> Steps:
    """The guard announces the car, the advisor is there within the minute."""
    return (
        does(time, "guard", "ArriveVehicle", plate="沪A·T2026", purpose="维修", announced_to=ADVISOR),
        does(after(time, 0.5), "advisor", "ReceiveVehicle", advisor=ADVISOR),
    )


def pre_checked(time: str) -> Steps:
    """Walked around and signed; asked and written down; the stock looked up."""
    return (
        fills(time, "advisor", "pre_check_sheet", **papers.PRE_CHECK),
        signs(after(time, 5), "advisor", "pre_check_sheet", "customer", CUSTOMER),
        fills(after(time, 8), "advisor", "diagnosis_sheet", **papers.DIAGNOSIS),
        fills(after(time, 10), "advisor", "stock_check", **papers.STOCK),
    )


def quoted(time: str, **changes: Any) -> Steps:
    """The estimate, explained item by item."""
    estimate: dict[str, Any] = {"lines": LINES, "cap": 1000, "promised_at": "2026-03-02T16:00:00+08:00"}
    return (
        does(time, "advisor", "GiveEstimate", **estimate | changes),
        fills(after(time, 2), "advisor", "quote_sheet", **papers.QUOTE),
    )


def ordered(time: str, **changes: Any) -> Steps:
    """The work order, signed by advisor and customer."""
    return (
        fills(time, "advisor", "work_order", **papers.WORK_ORDER | changes),
        signs(after(time, 1), "advisor", "work_order", "advisor", ADVISOR),
        signs(after(time, 2), "advisor", "work_order", "customer", CUSTOMER),
    )


def handed_to_the_workshop(time: str) -> Steps:
    """A team answers for the car; keys and papers go to the workshop supervisor."""
    return (
        does(time, "dispatcher", "AssignTicket", team="机电一组"),
        fills(after(time, 2), "advisor", "workshop_handover", **papers.TO_THE_WORKSHOP),
        signs(after(time, 3), "foreman", "workshop_handover", "foreman", FOREMAN),
    )


def dispatched(time: str) -> Steps:
    """The technician is sent, accepts the car and sees to manual and tools."""
    return (
        does(time, "dispatcher", "DispatchEngineer", engineer=TECHNICIAN),
        fills(after(time, 5), "engineer", "work_preparation", **papers.BEFORE_WORK),
    )


def completed(time: str) -> Steps:
    """The fault is removed, the free checks are done."""
    return (
        does(time, "engineer", "CompleteWork", actor=TECHNICIAN, solution="更换前制动片,制动盘光磨,路试正常"),
        fills(after(time, 2), "engineer", "free_check_sheet", **papers.FREE_CHECK),
    )


def inspected(time: str) -> Steps:
    """All three levels pass; the team leader's note and the certificate are written."""
    return (
        does(time, "engineer", "PassInspection", actor=TECHNICIAN, level="self"),
        does(after(time, 3), "foreman", "PassInspection", actor=FOREMAN, level="team"),
        fills(after(time, 4), "foreman", "team_leader_note", **papers.TEAM_LEADER),
        signs(after(time, 5), "foreman", "team_leader_note", "foreman", FOREMAN),
        does(after(time, 8), "inspector", "PassInspection", actor=INSPECTOR, level="final"),
        fills(after(time, 9), "inspector", "certificate", **papers.CERTIFICATE),
    )


def checked_by_the_advisor(time: str) -> Steps:
    """Keys and papers come back, the advisor checks the car, the customer is called."""
    called: dict[str, Any] = {"purpose": "delivery", "medium": "phone", "result": "约定 15:00 取车"}
    return (
        fills(time, "engineer", "finished_notice", **papers.FINISHED),
        fills(after(time, 3), "advisor", "internal_check", **papers.ADVISORS_CHECK),
        does(after(time, 4), "advisor", "ContactCustomer", **called),
    )


def shown_and_signed(time: str) -> Steps:
    """The customer is accompanied around the car and signs that the work was done."""
    return (
        fills(time, "advisor", "handover_record", **papers.SHOWN),
        does(after(time, 2), "advisor", "SignCompletion", signer=CUSTOMER),
    )


def settled(time: str, **changes: Any) -> Steps:
    """The settlement sheet is explained and signed."""
    return (
        fills(time, "advisor", "settlement_sheet", **papers.SETTLEMENT | changes),
        signs(after(time, 2), "advisor", "settlement_sheet", "customer", CUSTOMER),
    )


def left(time: str, amount: float = 800) -> Steps:
    """Paid, exit pass, papers back, out through the gate."""
    gate: dict[str, Any] = {"exit_pass": "CM-0302-01", "escorted_by": ADVISOR}
    return (
        does(time, "cashier", "ReceivePayment", amount=amount, method="card", invoice="FP-0302-01"),
        does(after(time, 1), "cashier", "IssueExitPass", number="CM-0302-01"),
        fills(after(time, 2), "advisor", "papers_returned", **papers.GIVEN_BACK),
        does(after(time, 5), "advisor", "ReleaseVehicle", **gate),
    )


def archived(time: str) -> Steps:
    """The papers go into the car's file."""
    return (
        fills(time, "receptionist", "car_file", **papers.CAR_FILE),
        does(after(time, 1), "receptionist", "ArchivePapers", papers=["预检单", "施工单", "结算单"]),
    )


def called_back(time: str) -> Steps:
    """The customer says how it was."""
    return (
        does(time, "callback_agent", "CompleteCallback", identity_verified=True, ratings=RATED, outcome="resolved"),
    )
