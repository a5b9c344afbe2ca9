"""The lives that tickets may have, each written down by one small function; `LIVES` says how often each occurs."""

from collections.abc import Callable
from datetime import timedelta

from services.callback import CompleteCallback
from services.demo import visit_life, workshop_life
from services.demo.diary import Diary
from services.part import ApprovePart, IssuePart, RefusePart, RequestPart
from services.policy import policy_of
from services.ticket import (
    AddNote,
    AssignTicket,
    CancelTicket,
    ClassifyTicket,
    FollowUpTicket,
    HandOverTicket,
    MergeTicket,
    RegisterTicket,
    SeparateTicket,
)
from services.work import (
    ArriveOnSite,
    CompleteWork,
    DispatchEngineer,
    PauseWork,
    ResumeWork,
    SignCompletion,
    StartWork,
)

SPECIAL_ORDER = "-DG"  # ends the numbers of parts that no store keeps
CHANNELS = ("phone", "phone", "phone", "chat", "in_person", "email")
NOTES = (
    "客户来电催问进度",
    "客户要求下午到场",
    "已电话告知客户预计完成时间",
    "客户更换了联系电话",
    "请保留旧件供客户查看",
)
HAND_OVERS = ("需要专业技师", "本组满负荷", "客户指定", "判断有误,属他组范围")
FOLLOW_UPS = ("等客户确认上门时间", "等厂家答复", "客户出差,回来再联系")
CANCELLATIONS = ("客户自行解决", "客户撤回", "误报,产品正常", "超出服务范围,客户同意取消")
PART_REFUSALS = ("可修复,无需更换", "不在保修范围,客户未同意付费")
PAUSES = (
    ("waiting_for_customer", "客户临时外出"),
    ("waiting_for_manufacturer", "等待厂家技术支持"),
    ("waiting_for_supplier", "等待外协加工"),
    ("waiting_for_approval", "等待客户确认报价"),
    ("new_finding", "发现新增故障,待报价"),
    ("rest_time", "下班,次日继续"),
)
SAID = {  # how a customer is found → the outcome, the marks, the words
    "content": ("resolved", (4, 5), ("", "", "很满意", "师傅很专业", "处理及时", "价格透明")),
    "unresolved": ("unresolved", (2, 3, 4), ("故障又出现了", "用了一天又不行了", "问题还在")),
    "dissatisfied": ("resolved", (1, 2), ("等了太久", "师傅态度不好", "没有清理现场", "收费没有说清楚")),
}


def ordinary(diary: Diary) -> None:
    """Received, mended, signed and called back; the customer is content."""
    _received(diary)
    _assigned(diary)
    _mended(diary)
    _called_back(diary, "content")


def _unresolved(diary: Diary) -> None:
    """The fault comes back; a reaction reopens the ticket and the work is done once more."""
    _received(diary)
    _assigned(diary)
    _mended(diary)
    _called_back(diary, "unresolved")
    diary.sleep(1)
    _mended(diary)
    _called_back(diary, "content")


def taken_away(diary: Diary) -> None:
    """Cannot be mended at the customer's: taken back against a receipt, brought back, and then like any other."""
    _received(diary)
    _assigned(diary)
    _sent(diary)
    diary.tell(StartWork, "engineer")
    visit_life.taken_away(diary)
    _completed(diary)
    _called_back(diary, "content")


def not_come(diary: Diary) -> None:
    """Booked, and nobody came; the customer books again and comes."""
    _received(diary)
    _assigned(diary)
    workshop_life.not_come(diary)
    _mended(diary)
    _called_back(diary, "content")


def _dissatisfied(diary: Diary) -> None:
    """Mended, but the customer complains about how; a reaction registers the complaint."""
    _received(diary)
    _assigned(diary)
    _mended(diary)
    _called_back(diary, "dissatisfied")


def cancelled(diary: Diary) -> None:
    """Void, before or after somebody answered for it."""
    _received(diary)
    if diary.happens(0.4):
        _assigned(diary)
    diary.wait(20, 200)
    diary.tell(CancelTicket, "receptionist", reason=diary.dice.choice(CANCELLATIONS))


def _waiting(diary: Diary) -> None:
    """Cannot go on before something else happens: somebody looks at it again another day."""
    _received(diary)
    diary.wait(10, 60)
    days = diary.dice.randint(2, 6)
    reason = diary.dice.choice(FOLLOW_UPS)
    diary.tell(FollowUpTicket, "receptionist", follow_up_on=diary.at.date() + timedelta(days=days), reason=reason)
    diary.sleep(days)
    _assigned(diary)
    _mended(diary)
    _called_back(diary, "content")


def twice_called(diary: Diary, first: Diary) -> None:
    """The same customer calls about the same case again: merged into the first ticket, and sometimes wrongly so."""
    wrongly, diary.customer = diary.happens(0.35), first.customer
    if not wrongly:
        diary.fault, diary.product = first.fault, first.product
    _received(diary)
    diary.wait(5, 20)
    diary.tell(MergeTicket, "receptionist", into=first.ticket)
    if wrongly:
        _separated(diary, first)


def _separated(diary: Diary, first: Diary) -> None:
    diary.wait(30, 120)
    reason = "同一客户的另一件产品,误并"
    diary.tell(SeparateTicket, "receptionist", merged_into=first.ticket, reason=reason)
    _assigned(diary)
    _mended(diary)
    _called_back(diary, "content")


# --- the parts of a life


def _received(diary: Diary) -> None:
    diary.tell(
        RegisterTicket,
        "receptionist",
        problem=diary.fault.problem,
        product=diary.product,
        channel=diary.dice.choice(CHANNELS),
        customer=diary.customer,
        profile=diary.site.trade.profile,
    )
    diary.wait(1, 12)
    diary.tell(ClassifyTicket, "receptionist", category=diary.fault.category, fault_grade=diary.fault.grade)
    visit_life.registered(diary)
    if diary.happens(0.15):
        _noted(diary)


def _noted(diary: Diary) -> None:
    diary.wait(5, 40)
    diary.tell(AddNote, "receptionist", text=diary.dice.choice(NOTES))


def _assigned(diary: Diary) -> None:
    diary.wait(3, 45)
    _choose_team(diary)
    diary.tell(AssignTicket, "dispatcher", team=diary.team)
    if diary.happens(0.12):
        _handed_over(diary)


def _handed_over(diary: Diary) -> None:
    diary.wait(10, 90)
    _choose_team(diary)
    diary.tell(HandOverTicket, "dispatcher", to_team=diary.team, reason=diary.dice.choice(HAND_OVERS))


def _choose_team(diary: Diary) -> None:
    others = [team for team in diary.site.teams if team != diary.team]
    diary.team = diary.dice.choice(others)
    diary.engineer = diary.dice.choice(diary.site.teams[diary.team])


def _mended(diary: Diary) -> None:
    """One round of work, from sending somebody to the customer's signature."""
    _sent(diary)
    diary.tell(StartWork, "engineer")
    if diary.fault.part_no and diary.happens(0.55):
        _part_needed(diary)
    if diary.happens(0.18):
        _interrupted(diary)
    _completed(diary)


def _sent(diary: Diary) -> None:
    if diary.is_visit and diary.happens(0.02):
        diary.tell(ArriveOnSite, "engineer")  # refused: pressed the button before being sent
    diary.wait(5, 60)
    if diary.is_visit or diary.site.trade.has_workshop:
        promised = diary.at + timedelta(hours=diary.dice.randint(1, 4))
        visit_life.arranged(diary, promised)
        workshop_life.taken_in(diary)
        diary.tell(DispatchEngineer, "dispatcher", engineer=diary.engineer, promised_at=promised)
        visit_life.departed(diary)
        diary.wait(10, 120)
    if diary.is_visit:
        diary.tell(ArriveOnSite, "engineer")
        diary.wait(2, 15)
        visit_life.welcomed(diary)
    workshop_life.begun(diary)


def _part_needed(diary: Diary) -> None:
    is_special = diary.happens(0.15)
    part_no = diary.fault.part_no + (SPECIAL_ORDER if is_special else "")
    part = {"request": f"P{len(diary.commands)}", "part_no": part_no}
    diary.wait(10, 40)
    diary.tell(RequestPart, "engineer", **part, quantity=1, reason=diary.fault.problem)
    diary.wait(3, 30)
    if diary.happens(0.07):
        diary.tell(RefusePart, "foreman", request=part["request"], reason=diary.dice.choice(PART_REFUSALS))
        return
    diary.tell(ApprovePart, "foreman", request=part["request"])
    diary.wait(2, 20)
    if is_special:
        _out_of_stock(diary, part)
    diary.tell(IssuePart, "parts_clerk", **part, taker=diary.engineer)


def _out_of_stock(diary: Diary, part: dict[str, str]) -> None:
    """Refused; the job stands still until the special order has come."""
    diary.tell(IssuePart, "parts_clerk", **part, taker=diary.engineer)
    diary.wait(1, 5)
    diary.tell(PauseWork, "engineer", reason="waiting_for_part", note=f"缺件 {part['part_no']}")
    diary.sleep(diary.dice.randint(1, 3))
    diary.receive(part["part_no"])
    workshop_life.agreed_to_go_on(diary, "waiting_for_part")
    diary.tell(ResumeWork, "engineer")


def _interrupted(diary: Diary) -> None:
    reason, note = diary.dice.choice(PAUSES)
    diary.wait(10, 60)
    diary.tell(PauseWork, "engineer", reason=reason, note=note)
    if reason == "rest_time" or diary.happens(0.4):
        diary.sleep(1)
    else:
        diary.wait(20, 150)
    visit_life.broken_off(diary, reason)
    workshop_life.agreed_to_go_on(diary, reason)
    diary.tell(ResumeWork, "engineer")


def _completed(diary: Diary) -> None:
    diary.wait(15, 150)
    if diary.happens(0.01):
        diary.tell(SignCompletion, "engineer", signer=diary.customer.name)  # refused: before the work is done
    visit_life.diagnosed(diary)
    workshop_life.nearly_done(diary)
    diary.tell(CompleteWork, "engineer", solution=diary.fault.solution)
    if policy_of(diary.site.trade.profile).flag("needs_signature"):
        diary.wait(3, 90)
        visit_life.recorded(diary)
        workshop_life.inspected_and_shown(diary)
        diary.tell(SignCompletion, "engineer", signer=diary.customer.name)
        visit_life.left(diary)
        workshop_life.settled_and_gone(diary)


def _called_back(diary: Diary, mood: str) -> None:
    diary.sleep(diary.dice.randint(1, 3))
    outcome, marks, comments = SAID[mood]
    ratings = {asked: diary.dice.choice(marks) for asked in ("attitude", "quality", "result")}
    said = {"outcome": outcome, "ratings": ratings, "comment": diary.dice.choice(comments)}
    if diary.happens(0.015):
        diary.tell(CompleteCallback, "callback_agent", identity_verified=False, **said)  # refused
        diary.wait(2, 10)
    diary.tell(CompleteCallback, "callback_agent", identity_verified=True, **said)


# --- the days of the network


LIVES: dict[Callable[[Diary], None], int] = {
    ordinary: 78,
    cancelled: 6,
    _waiting: 6,
    _unresolved: 5,
    _dissatisfied: 5,
}
