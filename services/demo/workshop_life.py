"""What a car's way through a workshop adds to a life: its papers from the gate to the gate (000-5, 003-3)."""

from datetime import datetime, timedelta
from typing import Any

from services.appointment import BookAppointment, MissAppointment, ReconfirmAppointment
from services.area import EnterArea, LeaveArea
from services.custody import ArchivePapers
from services.demo.dealer_network import Site
from services.demo.diary import Diary, morning
from services.handover import IssueExitPass, ReceivePayment, ReleaseVehicle
from services.inspection import PassInspection
from services.order import ApproveItem, GiveEstimate, ProposeItem
from services.policy import policy_of
from services.reception import ArriveVehicle, ReceiveVehicle
from services.stories import workshop_papers as papers
from services.support import ContactCustomer, EscalateTicket, ReportProgress
from services.work import InformAdvisor

ORDER, ON_SITE_ORDER = "work_order", "on_site_order"
PAINTED, DRIVEN = ("钣喷",), ("制动", "底盘", "发动机")  # inspected in the midst of the work; driven after it
BY_APPOINTMENT, BAYS = 0.25, (0, 1, 2, 3)  # bay 0: beside the bays
EXTRAS = (("更换空气滤芯", 120), ("更换雨刮片", 160), ("更换刹车油", 260))
DEFECTS: tuple[list[str], ...] = ([], ["右后门划痕约 5 厘米"], ["前保险杠擦伤"], ["左前轮毂刮伤", "内饰有污渍"])
PROVINCES = {"SH": "沪", "BJ": "京", "GZ": "粤", "CD": "川", "HZ": "浙", "NJ": "苏", "WH": "鄂", "XA": "陕", "CQ": "渝",
             "TJ": "津"}  # fmt: skip


def is_in_the_workshop(diary: Diary) -> bool:
    """Whether the car is repaired here, with the workshop's papers."""
    return not diary.is_visit and _has(diary.site, ORDER)


def taken_in(diary: Diary) -> None:
    """From the gate to the workshop supervisor: pre-check, estimate and order, all signed."""
    if not is_in_the_workshop(diary):
        return
    advisor = diary.site.staff["advisor"]
    if diary.happens(BY_APPOINTMENT) and not _is_back(diary):
        _booked(diary, advisor)
    diary.tell(ArriveVehicle, "guard", plate=_plate(diary), purpose=diary.fault.category, announced_to=advisor)
    bay = {"plate": _plate(diary), "bay": diary.dice.choice(BAYS), "purpose": "repair"}
    diary.tell_site(EnterArea, "guard", profile=diary.site.trade.profile, **bay)  # refused if the bay is taken
    diary.wait(0, 0)
    diary.tell(ReceiveVehicle, "advisor", advisor=advisor)
    _pre_checked(diary)
    diary.tell_site(LeaveArea, "advisor", plate=_plate(diary))
    promised = diary.at + timedelta(hours=diary.dice.randint(6, 30))
    _quoted(diary, promised)
    _ordered(diary, promised)
    diary.wait(2, 10)
    asked = {"content": diary.fault.problem, "deliver_by": promised.isoformat(), "told_face_to_face": "无"}
    _fill(diary, "advisor", "workshop_handover", papers.TO_THE_WORKSHOP, **asked)
    diary.sign("foreman", "workshop_handover", "foreman", diary.site.staff["foreman"])


def begun(diary: Diary) -> None:
    """Before the first turn of the wrench; at the customer's, the order signed there."""
    if is_in_the_workshop(diary):
        _fill(diary, "engineer", "work_preparation", papers.BEFORE_WORK, manual=f"维修手册 {diary.fault.category} 分册")
    elif diary.is_visit and _has(diary.site, ON_SITE_ORDER):
        items = [f"{diary.at:%m-%d %H:%M} {diary.fault.problem}:{_labour(diary)} 元"]
        diary.fill("engineer", ON_SITE_ORDER, plate=_plate(diary), place=diary.customer.address, items=items)
        diary.sign("engineer", ON_SITE_ORDER, "customer", diary.customer.name)


def agreed_to_go_on(diary: Diary, reason: str) -> None:
    """The advisor knows of the pause, the customer agrees to a new time and signs it."""
    if not is_in_the_workshop(diary):
        return
    advisor = diary.site.staff["advisor"]
    diary.tell(InformAdvisor, "engineer", advisor=advisor, matter=reason)
    if reason == "waiting_for_manufacturer":
        diary.tell(EscalateTicket, "engineer", to="workshop_supervisor", reason="需要厂家技术支持")
    item, fee = diary.dice.choice(EXTRAS)
    promised = diary.at + timedelta(hours=diary.dice.randint(2, 8))
    found = {"added_items": item, "added_fee": fee} if reason == "new_finding" else {}
    if found:
        item = f"{item} {len(diary.commands)}"
        diary.tell(ProposeItem, "engineer", item=item, fee=fee, promised_at=promised)
    diary.tell(ContactCustomer, "advisor", purpose="consent", medium="phone", result="客户同意改期")
    diary.fill("advisor", "promise_change", reason=reason, new_time=promised.isoformat(), **found)
    diary.sign("advisor", "promise_change", "customer", diary.customer.name)
    if found:
        diary.tell(ApproveItem, "advisor", item=item, by=diary.customer.name, medium="phone")


def nearly_done(diary: Diary) -> None:
    """The customer hears how far we are; paint is inspected in the midst of the work."""
    if not is_in_the_workshop(diary):
        return
    diary.tell(ReportProgress, "advisor", text="正在收尾,稍后完工", medium="message")
    if diary.fault.category in PAINTED:
        step = f"中涂打磨 {diary.at:%m-%d %H:%M}"
        diary.fill("inspector", "in_process_inspection", step=step, finding="合格")


def inspected_and_shown(diary: Diary) -> None:
    """Three inspections, the advisor's check, the call, and the customer is shown around the car."""
    if not is_in_the_workshop(diary):
        return
    _inspected(diary)
    if diary.washes:
        diary.wait(10, 25)
        _fill(diary, "advisor", "wash_record", papers.WASHED)
    diary.wait(2, 15)
    _fill(diary, "engineer", "finished_notice", papers.FINISHED, parked_at=f"竣工区 {diary.dice.randint(1, 9)} 号")
    diary.fill("advisor", "internal_check", **papers.ADVISORS_CHECK)
    diary.tell(ContactCustomer, "advisor", purpose="delivery", medium="phone", result="已约定交车时间")
    diary.wait(15, 120)
    _fill(diary, "advisor", "handover_record", papers.SHOWN, accompanied_by=diary.site.staff["advisor"])


def settled_and_gone(diary: Diary) -> None:
    """The settlement sheet signed and paid, the exit pass, the gate, the archive."""
    if not is_in_the_workshop(diary):
        return
    amount = _settled(diary)
    number = f"{diary.ticket[-4:]}-{len(diary.commands)}"
    diary.tell(ReceivePayment, "cashier", amount=amount, method="mobile" if amount else "free", invoice=f"FP-{number}")
    diary.tell(IssueExitPass, "cashier", number=f"CM-{number}")
    _fill(diary, "advisor", "papers_returned", papers.GIVEN_BACK)
    diary.tell(ReleaseVehicle, "advisor", exit_pass=f"CM-{number}", escorted_by=diary.site.staff["advisor"])
    diary.wait(10, 90)
    _fill(diary, "receptionist", "car_file", papers.CAR_FILE)
    diary.tell(ArchivePapers, "receptionist", papers=("预检单", "施工单", "结算单"))


def not_come(diary: Diary) -> None:
    """An appointment that the customer did not keep."""
    if is_in_the_workshop(diary):
        _booked(diary, diary.site.staff["advisor"])
        diary.wait(20, 40)
        diary.tell(MissAppointment, "receptionist", note="未到店,电话无人接听")


# --- the parts


def _booked(diary: Diary, advisor: str) -> None:
    """An appointment for the next working day: written down, prepared, and reconfirmed half an hour before."""
    expected = morning(diary.working_day(1)) + timedelta(minutes=30 * diary.dice.randint(3, 12))
    said = {"advisor": advisor, "technician": diary.engineer, "source": "inbound", "wish": diary.fault.category}
    diary.tell(BookAppointment, "receptionist", expected_at=expected, **said)
    _fill(diary, "receptionist", "appointment_register", papers.APPOINTMENT, customer=diary.customer.name)
    diary.at = expected - timedelta(minutes=30)
    _fill(diary, "advisor", "appointment_preparation", papers.PREPARATION, expected_at=expected.isoformat())
    diary.tell(ReconfirmAppointment, "receptionist", answer="coming")
    diary.wait(20, 40)


def _pre_checked(diary: Diary) -> None:
    diary.wait(1, 5)
    seen = {"plate": _plate(diary), "mileage": _mileage(diary), "fuel": diary.dice.randint(5, 95)}
    found = {"defects": diary.dice.choice(DEFECTS), "customer_says": diary.fault.problem}
    _fill(diary, "advisor", "pre_check_sheet", papers.PRE_CHECK, **seen, **found)
    diary.sign("advisor", "pre_check_sheet", "customer", diary.customer.name)
    diary.wait(3, 15)
    told = {"repeated_fault": _is_back(diary), "joint_road_test": diary.fault.category in DRIVEN}
    _fill(diary, "advisor", "diagnosis_sheet", papers.DIAGNOSIS, began=f"{diary.at:%m-%d} 之前", **told)
    parts = [f"{diary.fault.part_no}:有库存"] if diary.fault.part_no else []
    _fill(diary, "advisor", "stock_check", papers.STOCK, parts=parts)


def _quoted(diary: Diary, promised: datetime) -> None:
    labour, parts = _labour(diary), _parts(diary)
    lines = [{"item": diary.fault.problem, "labour": labour, "parts": parts}]
    diary.tell(GiveEstimate, "advisor", lines=lines, cap=labour + parts, promised_at=promised)
    diary.wait(2, 8)
    _fill(diary, "advisor", "quote_sheet", papers.QUOTE, plan=diary.fault.solution)


def _ordered(diary: Diary, promised: datetime) -> None:
    who, name = diary.customer, diary.customer.name
    asked = {
        "customer": name, "phone": who.phone, "address": who.address, "entered_on": f"{diary.at:%Y-%m-%d}",
        "model": diary.product, "plate": _plate(diary), "mileage": _mileage(diary),
        "items": [diary.fault.problem], "cap": _labour(diary) + _parts(diary), "completion_at": promised.isoformat(),
        "painting_welding_overhaul": diary.fault.category in PAINTED,
        "road_test": diary.fault.category in DRIVEN, "wash": diary.washes,
    }  # fmt: skip
    _fill(diary, "advisor", ORDER, papers.WORK_ORDER, **asked)
    diary.sign("advisor", ORDER, "advisor", diary.site.staff["advisor"])
    diary.sign("advisor", ORDER, "customer", name)


def _inspected(diary: Diary) -> None:
    checked = [f"灯光、胎压正常 {diary.at:%m-%d %H:%M}"]
    _fill(diary, "engineer", "free_check_sheet", papers.FREE_CHECK, results=checked)
    if diary.fault.category in DRIVEN:
        _fill(diary, "foreman", "road_test", papers.ROAD_TEST, driver=diary.site.staff["foreman"])
    diary.tell(PassInspection, "engineer", level="self")
    diary.wait(3, 20)
    diary.tell(PassInspection, "foreman", level="team")
    suggestions = f"{diary.fault.category}下次保养时复查 {diary.at:%m-%d %H:%M}"
    _fill(diary, "foreman", "team_leader_note", papers.TEAM_LEADER, suggestions=suggestions)
    diary.sign("foreman", "team_leader_note", "foreman", diary.site.staff["foreman"])
    diary.wait(3, 30)
    diary.tell(PassInspection, "inspector", level="final")
    _fill(diary, "inspector", "certificate", papers.CERTIFICATE, number=f"HG-{diary.ticket[-4:]}-{len(diary.commands)}")


def _settled(diary: Diary) -> float:
    """What is charged, in yuan: the estimate and the added items; nothing for a fault that came back."""
    extras = 0 if _is_back(diary) else sum(each.fee for each in diary.commands if isinstance(each, ProposeItem))
    labour, parts = _labour(diary), _parts(diary) + extras
    next_on = {"next_on": f"{diary.at + timedelta(days=180):%Y-%m-%d}", "next_at": _mileage(diary) + 5000}
    charged = {"labour": labour, "parts": parts, "total": labour + parts}
    diary.wait(2, 10)
    _fill(diary, "advisor", "settlement_sheet", papers.SETTLEMENT, **charged, **next_on)
    diary.sign("advisor", "settlement_sheet", "customer", diary.customer.name)
    return float(labour + parts)


def _fill(diary: Diary, role: str, form: str, fields: papers.Fields, **changes: Any) -> None:
    diary.fill(role, form, **fields | changes)


def _has(site: Site, form: str) -> bool:
    return form in policy_of(site.trade.profile).rows["form"]


def _is_back(diary: Diary) -> bool:
    return any(isinstance(each, ReleaseVehicle) for each in diary.commands)


def _labour(diary: Diary) -> int:
    return 0 if _is_back(diary) else 120 * (5 - diary.fault.grade)


def _parts(diary: Diary) -> int:
    return 0 if _is_back(diary) or not diary.fault.part_no else 90 * len(diary.fault.part_no)


def _mileage(diary: Diary) -> int:
    return sum(map(ord, diary.ticket)) * 37 % 120_000 + 300 * _is_back(diary)


def _plate(diary: Diary) -> str:
    return f"{PROVINCES[diary.site.name[:2]]}A·{diary.ticket[-4:]}"
