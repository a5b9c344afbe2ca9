"""The demo's world: what the people of a dealer network tell the system, day after day. Nothing here is measured.

Every ticket's life is written down by one small function; `LIVES`, at the foot of the file, says how often each occurs.
What reactions do (plan a callback, close, reopen, register a complaint) is left to them.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from services.callback import CompleteCallback
from services.command import Command, derived_id
from services.dealer_network import Site, customer, dealer_network
from services.part import ApprovePart, IssuePart, ReceiveStock, RefusePart, RequestPart
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

ZONE = timezone(timedelta(hours=8))
FIRST_DAY = date(2026, 3, 2)  # a Monday
MONDAY, SUNDAY = 0, 6
OPENS, CLOSES = time(8, 30), time(17, 30)
LAST_CALL = time(17, 10)
LAST_DAY_ENDS = time(15, 45)  # in the midst of work, so that the boards have something to show
LEAST_DAYS = 12
TICKETS_A_DAY = 15  # of one site, on average; more tickets take more days
WEEKLY_DELIVERY = 40  # of each part: enough, so that only special orders are ever missing
SPECIAL_ORDER = "-DG"  # ends the numbers of parts that no store keeps
RECENT_DAYS = 3
STANDS_STILL = 0.5  # the share of the recent days' tickets that nobody gets on with
CALLS_TWICE = 0.08
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that looks like another

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
Stops = deque[type[Command]]
STOPS: tuple[type[Command], ...] = (
    ArriveOnSite,
    DispatchEngineer,
    PauseWork,
    CompleteWork,
    StartWork,
    SignCompletion,
    AssignTicket,
    RegisterTicket,
)


def simulate(sites: int, tickets: int, seed: int) -> Iterator[list[Command]]:
    """The commands of one working day after another, each day in the order of `at` (+08:00, from 2026-03-02).

    After each day let the reactions settle: the next day counts on their callbacks and reopened tickets. The same
    arguments give the same commands, ids included; a few of them are meant to be refused.
    """
    network, dice = dealer_network(sites, seed), Random(seed)  # noqa: S311 - a stage, not a secret
    days = _working_days(max(LEAST_DAYS, -(-tickets // (sites * TICKETS_A_DAY))))
    stops = deque(STOPS)
    planned: defaultdict[date, list[Command]] = defaultdict(list)
    for number, day in enumerate(days):
        calls = tickets * (number + 1) // len(days) - tickets * number // len(days)
        end = LAST_DAY_ENDS if day == days[-1] else LAST_CALL
        is_recent = number >= len(days) - RECENT_DAYS
        lives = _lives(network, dice, _call_times(day, end, calls, dice), stops if is_recent else deque())
        for command in [*_deliveries(network, day), *lives]:
            planned[command.at.date()].append(command)
        told = (command for command in planned.pop(day, []) if day < days[-1] or command.at.time() < end)
        yield sorted(told, key=lambda command: command.at)


class Diary:
    """What is told about one ticket. Its clock runs in opening hours only; its first entry is the registration."""

    def __init__(self, site: Site, ticket: str, dice: Random, at: datetime) -> None:
        self.site, self.ticket, self.dice, self.at = site, ticket, dice, at
        self.fault = dice.choice(site.trade.faults)
        self.product, self.customer = dice.choice(self.fault.products), customer(dice)
        self.is_visit = self.happens(site.trade.visits)
        self.team, self.engineer = "", ""
        self.commands: list[Command] = []

    def happens(self, share: float) -> bool:
        """Throws the dice: true in this share of all cases."""
        return self.dice.random() < share

    def wait(self, least: int, most: int) -> None:
        """Lets so many minutes pass; what would come after closing time comes the next morning."""
        self.at += timedelta(minutes=self.dice.randint(least, most), seconds=self.dice.randint(0, 59))
        if self.at.time() >= CLOSES:
            self.sleep(1)

    def sleep(self, days: int) -> None:
        """Goes on so many days later, in the morning; never on a Sunday."""
        day = self.at.date() + timedelta(days=days)
        day += timedelta(days=day.weekday() == SUNDAY)
        self.at = _morning(day) + timedelta(minutes=self.dice.randint(0, 200), seconds=self.dice.randint(0, 59))

    def tell(self, kind: type[Command], role: str, **fields: Any) -> None:
        """Writes a command about the ticket down, sent now by the engineer or by whoever has another role."""
        self._write(kind, role, ticket=self.ticket, **fields)

    def receive(self, part_no: str) -> None:
        """Writes down that the part ordered for this ticket came."""
        self._write(ReceiveStock, "parts_clerk", part_no=part_no, quantity=1, cause=f"特订到货 {self.ticket}")

    def _write(self, kind: type[Command], role: str, **fields: Any) -> None:
        actor = self.engineer if role == "engineer" else self.site.staff[role]
        number = len(self.commands)  # two entries of one moment are two commands
        self.commands.append(_command(kind, self.site, role, actor, self.at, number=number, **fields))


# --- the lives of tickets


def _ordinary(diary: Diary) -> None:
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


def _dissatisfied(diary: Diary) -> None:
    """Mended, but the customer complains about how; a reaction registers the complaint."""
    _received(diary)
    _assigned(diary)
    _mended(diary)
    _called_back(diary, "dissatisfied")


def _cancelled(diary: Diary) -> None:
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


def _twice_called(diary: Diary, first: Diary) -> None:
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
        diary.tell(DispatchEngineer, "dispatcher", engineer=diary.engineer, promised_at=promised)
        diary.wait(10, 120)
    if diary.is_visit:
        diary.tell(ArriveOnSite, "engineer")
        diary.wait(2, 15)


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
    diary.tell(ResumeWork, "engineer")


def _interrupted(diary: Diary) -> None:
    reason, note = diary.dice.choice(PAUSES)
    diary.wait(10, 60)
    diary.tell(PauseWork, "engineer", reason=reason, note=note)
    if reason == "rest_time" or diary.happens(0.4):
        diary.sleep(1)
    else:
        diary.wait(20, 150)
    diary.tell(ResumeWork, "engineer")


def _completed(diary: Diary) -> None:
    diary.wait(15, 150)
    if diary.happens(0.01):
        diary.tell(SignCompletion, "engineer", signer=diary.customer.name)  # refused: before the work is done
    diary.tell(CompleteWork, "engineer", solution=diary.fault.solution)
    if policy_of(diary.site.trade.profile).flag("needs_signature"):
        diary.wait(3, 90)
        diary.tell(SignCompletion, "engineer", signer=diary.customer.name)


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


def _lives(network: list[Site], dice: Random, calls: list[datetime], stops: Stops) -> Iterator[Command]:
    """The lives of the tickets that begin on a day; where there are `stops`, of some only the beginning."""
    firsts: dict[str, Diary] = {}
    for at, letters in zip(calls, _letters(dice), strict=False):
        site = dice.choice(network)
        diary = Diary(site, f"{site.name}-{at:%y%m%d}-{letters}", dice, at)
        _live(diary, firsts)
        yield from _beginning(diary.commands, stops) if stops and diary.happens(STANDS_STILL) else diary.commands


def _beginning(told: list[Command], stops: Stops) -> list[Command]:
    """Up to a step after which nothing was done; the steps take turns, so that somebody waits in every queue."""
    kinds = [type(command) for command in told]
    stop = next(kind for kind in stops if kind in kinds)
    stops.remove(stop)
    stops.append(stop)
    return told[: kinds.index(stop) + 1]


def _live(diary: Diary, firsts: dict[str, Diary]) -> None:
    """`firsts` holds, for each site, today's last ticket that another call may turn out to be about."""
    if diary.happens(CALLS_TWICE) and (first := firsts.pop(diary.site.name, None)):
        return _twice_called(diary, first)
    life = diary.dice.choices(list(LIVES), list(LIVES.values()))[0]
    if life is not _cancelled:
        firsts[diary.site.name] = diary
    return life(diary)


def _deliveries(network: list[Site], day: date) -> Iterator[Command]:
    if day.weekday() != MONDAY:
        return
    for site in network:
        for number, part_no in enumerate(site.trade.parts):
            at, cause = _morning(day) - timedelta(minutes=20), f"周一到货 {day:%m%d}-{site.name}"
            yield _command(ReceiveStock, site, "parts_clerk", site.staff["parts_clerk"], at, number,
                           part_no=part_no, quantity=WEEKLY_DELIVERY, cause=cause)  # fmt: skip


def _command(
    kind: type[Command], site: Site, role: str, actor: str, at: datetime, number: int, **fields: Any
) -> Command:
    command_id = derived_id("simulation", kind.__name__, site.name, at.isoformat(), number, *fields.values())
    envelope = {"command_id": command_id, "site": site.name, "actor": actor, "role": role, "at": at}
    return kind.model_validate(envelope | fields)


def _working_days(number: int) -> list[date]:
    days = (FIRST_DAY + timedelta(days=each) for each in range(number * 7 // 6 + 1))
    return [day for day in days if day.weekday() != SUNDAY][:number]


def _call_times(day: date, end: time, calls: int, dice: Random) -> list[datetime]:
    opens = _morning(day)
    seconds = int((datetime.combine(day, end, ZONE) - opens).total_seconds())
    return sorted(opens + timedelta(seconds=dice.randrange(seconds)) for _ in range(calls))


def _morning(day: date) -> datetime:
    return datetime.combine(day, OPENS, ZONE)


def _letters(dice: Random) -> Iterator[str]:
    """Four letters, never the same twice."""
    taken: set[str] = set()
    while True:
        letters = "".join(dice.choices(LETTERS, k=4))
        if letters not in taken:
            taken.add(letters)
            yield letters


LIVES: dict[Callable[[Diary], None], int] = {
    _ordinary: 78,
    _cancelled: 6,
    _waiting: 6,
    _unresolved: 5,
    _dissatisfied: 5,
}
