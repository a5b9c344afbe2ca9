"""What a visit adds to a life: the papers of a furniture shop (000-3) and of a software desk (000-1)."""

from datetime import datetime, timedelta

from services.custody import ReturnProduct, TakeProductAway
from services.demo.diary import Diary
from services.policy import policy_of
from services.support import ContactCustomer, GiveGuidance
from services.visit import DepartForCustomer, LeaveCustomer

REGISTER = "problem_register"  # who keeps this register keeps the other papers of a visit too
ENTRY = "system_entry"  # who wants this authorisation tries by phone first
ROUTES = ("经学院路", "走内环高架", "地铁换公交", "沿滨河路")
VOUCHERS = ("无", "JJ-2024-0815", "JJ-2025-0330", "JJ-2025-1107")
TOOLS = {"tools": True, "customer_known": True}
SAID = ("已恢复正常", "可以了,谢谢", "师傅很仔细", "安装平整")
ADVICE = ("重启服务并清缓存", "检查网络和端口", "重新插拔外设", "按手册核对参数")
REACTIONS = ("满意", "满意,希望更快上门", "没有意见", "表示感谢")
HEAD = "售后服务部负责人"


def is_by_the_code(diary: Diary) -> bool:
    """Whether this is a visit with the papers of the on-site code."""
    return _is_visit_with(diary, REGISTER)


def is_to_a_system(diary: Diary) -> bool:
    """Whether this is a visit to a customer's computer system."""
    return _is_visit_with(diary, ENTRY)


def registered(diary: Diary) -> None:
    """The Problem Register is filled in, and the customer phoned."""
    if not is_by_the_code(diary):
        return
    diary.fill(
        "receptionist", REGISTER, customer=diary.customer.name, phone=diary.customer.phone,
        address=diary.customer.address, model=diary.product, problem=diary.fault.problem,
        installation=False, taken_by_shop=False, with_service=True,
    )  # fmt: skip
    diary.wait(1, 6)
    diary.tell(ContactCustomer, "receptionist", purpose="first_contact", medium="phone", result="已约上门时间")


def arranged(diary: Diary, promised: datetime) -> None:
    """The visit is fixed before somebody is sent; a system is first tried to be mended by phone."""
    if is_to_a_system(diary):
        diary.tell(GiveGuidance, "engineer", advice=diary.dice.choice(ADVICE), result="unsolved")
    if is_by_the_code(diary):
        caller = diary.site.staff["receptionist"]
        about = {"assessment": diary.fault.category, "caller": caller, "visit_at": promised.isoformat()}
        diary.fill("dispatcher", "visit_arrangement", **about)


def departed(diary: Diary) -> None:
    """Prepared, the engineer sets out."""
    if not is_by_the_code(diary):
        return
    leaving = diary.at + timedelta(minutes=10)
    route = f"{diary.dice.choice(ROUTES)},{leaving:%H:%M} 出发"
    parts = [diary.fault.part_no] if diary.fault.part_no else []
    diary.fill(
        "engineer", "visit_preparation", **_now(diary), **TOOLS,
        fault=diary.fault.problem, assumed_cause=diary.fault.category, route=route, parts=parts,
    )  # fmt: skip
    diary.tell(DepartForCustomer, "engineer")


def welcomed(diary: Diary) -> None:
    """At the door, and what is looked at or authorised before the work."""
    if is_to_a_system(diary):
        diary.fill("engineer", ENTRY, system=diary.product, work=diary.fault.problem)
        diary.sign("engineer", ENTRY, "customer", diary.customer.name)
    if not is_by_the_code(diary):
        return
    points = {"uniform_and_badge": True, "credentials_shown": True, "shoe_covers": True}
    diary.fill("engineer", "introduction", **_now(diary), **points)
    asked = {"voucher": diary.dice.choice(VOUCHERS), "fault_as_told": diary.fault.problem, "consent": True}
    diary.fill("engineer", "entitlement", **_now(diary), **asked)
    diary.wait(2, 8)
    diary.fill("engineer", "inner_check", **_now(diary), mismatch=False, findings="部件齐全,无人为破坏")


def broken_off(diary: Diary, reason: str) -> None:
    """Before work goes on after a rest: when it was agreed to go on."""
    if is_by_the_code(diary) and reason == "rest_time":
        hours = {"customer_hours": "9:00-18:00", "continue_at": diary.at.isoformat()}
        diary.fill("engineer", "interruption", apologised=True, **hours)


def taken_away(diary: Diary) -> None:
    """The product goes to the shop against a signed receipt, and comes back some days later."""
    if not is_by_the_code(diary):
        return
    receipt, item = f"SJ-{diary.ticket[-4:]}", diary.product
    diary.wait(10, 40)
    diary.fill("engineer", "not_finished", **_now(diary), reason="须回厂修理", needs_support=False)
    paper = {"number": receipt, "item": item, "condition": "外观完好,附件齐全", "agreed": True}
    diary.fill("engineer", "take_away_receipt", **_now(diary), **paper)
    diary.sign("engineer", "take_away_receipt", "customer", diary.customer.name)
    diary.tell(TakeProductAway, "engineer", item=item, receipt=receipt)
    diary.sleep(1)
    diary.fill("receptionist", "repair_log", **_now(diary), item=item, receipt=receipt)
    diary.sleep(2)
    diary.tell(ReturnProduct, "engineer", receipt=receipt)


def diagnosed(diary: Diary) -> None:
    """The cause is found, explained and written down."""
    if is_to_a_system(diary):
        found = {"system": diary.product, "fault": diary.fault.problem, "cause": diary.fault.category}
        diary.fill("engineer", "maintenance_report", **found, action=diary.fault.solution)
    if is_by_the_code(diary):
        diary.fill("engineer", "diagnosis", **_now(diary), cause=diary.fault.category, explained=True)


def recorded(diary: Diary) -> None:
    """The service record, signed by the customer."""
    if is_by_the_code(diary):
        part = {"customer_part": diary.dice.choice(SAID), "no_problem_left": True}
        diary.fill("engineer", "service_record", **_now(diary), work_done=diary.fault.solution, **part)
        diary.sign("engineer", "service_record", "customer", diary.customer.name)


def left(diary: Diary) -> None:
    """Tidied up and said goodbye; the head of the service department is told."""
    if not is_by_the_code(diary):
        return
    points = ("stayed_where_shown", "three_donts", "nothing_damaged", "tidy", "on_packaging")
    diary.fill("engineer", "conduct", **_now(diary), **dict.fromkeys(points, True))
    diary.fill("engineer", "farewell", **_now(diary), goodbye=True, nothing_more=True)
    diary.tell(LeaveCustomer, "engineer", permitted_by=diary.customer.name)
    diary.wait(10, 60)
    reaction = diary.dice.choice(REACTIONS)
    diary.fill("engineer", "result_report", **_now(diary), result=diary.fault.solution, reaction=reaction, told=HEAD)


def _is_visit_with(diary: Diary, form: str) -> bool:
    return diary.is_visit and form in policy_of(diary.site.trade.profile).rows["form"]


def _now(diary: Diary) -> dict[str, str]:
    return {"at": diary.at.isoformat()}
