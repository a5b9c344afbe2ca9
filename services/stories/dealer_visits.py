"""S-11, S-12, S-13: the repair call of a dealer, up to the signed repair sheet (001-1, 001-2, 001-3)."""

from typing import Any

from services.stories.story import Step, Story, does, fills, moment, passes, refused, signs

ZHENG, DOOR = "郑师傅", "用户家中"
USER = {"name": "罗先生", "phone": "158****3316", "address": "光明街9号3栋502室"}


def _at(time: str) -> str:
    return moment(time).isoformat()


def _called(problem: str, product: str, zone: str) -> tuple[Step, ...]:
    """A repair call, and somebody is sent."""
    call: dict[str, Any] = {"problem": problem, "product": product, "channel": "phone", "customer": USER, "zone": zone}
    return (
        does("09:00", "receptionist", "RegisterTicket", **call),
        does("09:05", "receptionist", "AssignTicket", team="维修点"),
        does("09:10", "dispatcher", "DispatchEngineer", engineer=ZHENG, promised_at=_at("15:00")),
    )


def _sheet(time: str, **about: Any) -> dict[str, Any]:
    return {"at": _at(time), "user": "罗先生 158****3316 光明街9号3栋502室", "parts": [], "fee": 0, **about}


HOOD = {"number": "WX-2201", "product": "油烟机 Y-80 2025-05-02", "fault": "吸力小", "repair": "清洗叶轮,更换止回阀"}
TUBES = {"number": "WX-0815", "product": "太阳能 T-18 2025-08-20", "fault": "不出热水", "repair": "更换真空管 1 支"}
FILTER = {"number": "WX-3107", "product": "净水器 J-4 2025-11-11", "fault": "接头漏水", "repair": "更换快接头"}

APPLIANCE_CALL = Story(
    name="appliance-call",
    system="S-11",
    profile="appliance-dealer",
    english="A range hood: the limit at the door is blank in the agreement; the sheet is signed after the repair.",
    chinese="油烟机叫修:上门时限协议留空;维修完毕后用户在维修单上签名。",
    steps=(
        *_called("油烟机吸力小", "油烟机 Y-80", "county"),
        passes("14:00"),
        does("14:50", "engineer", "ArriveOnSite", actor=ZHENG),
        does("14:55", "engineer", "StartWork"),
        fills("15:20", "engineer", "repair_sheet", **_sheet("15:20", **HOOD)),
        refused(
            "R-179", "15:21", "engineer", "SignForm",
            form="repair_sheet", party="customer", signer="罗先生", method="on_paper", place=DOOR,
        ),
        does("15:30", "engineer", "CompleteWork", solution="清洗叶轮,更换止回阀"),
        refused("R-238", "15:31", "engineer", "SignCompletion", signer="罗先生"),
        signs("15:32", "engineer", "repair_sheet", "customer", "罗先生", place=DOOR),
        does("15:33", "engineer", "SignCompletion", signer="罗先生", place=DOOR),
    ),
)  # fmt: skip

SOLAR_CALL = Story(
    name="solar-call",
    system="S-12",
    profile="solar-dealer",
    english="A solar heater in the city: 24 hours from the call until the fault is removed, and they are missed.",
    chinese="太阳能市区叫修:24小时内排除故障,逾期留有记录;修好后签维修单。",
    steps=(
        *_called("太阳能不出热水", "太阳能热水器 T-18", "city"),
        does("14:50", "engineer", "ArriveOnSite", actor=ZHENG),
        does("14:55", "engineer", "StartWork"),
        does("15:30", "engineer", "PauseWork", reason="waiting_for_part", note="真空管缺货"),
        fills("15:31", "engineer", "repair_sheet", **_sheet("15:31", **TUBES)),
        refused(
            "R-179", "15:32", "engineer", "SignForm",
            form="repair_sheet", party="customer", signer="罗先生", method="on_paper", place=DOOR,
        ),
        passes("+1 08:59"),
        passes("+1 09:00", "deadline.missed"),
        does("+1 10:00", "engineer", "ResumeWork"),
        does("+1 10:40", "engineer", "CompleteWork", solution="更换真空管"),
        refused("R-238", "+1 10:41", "engineer", "SignCompletion", signer="罗先生", method="by_phone"),
        fills("+1 10:45", "engineer", "repair_sheet", **_sheet("+1 10:40", **TUBES, parts=["真空管 58-1800"])),
        signs("+1 10:46", "engineer", "repair_sheet", "customer", "罗先生", place=DOOR),
        does("+1 10:47", "engineer", "SignCompletion", signer="罗先生", place=DOOR),
    ),
)  # fmt: skip

PURIFIER_CALL = Story(
    name="purifier-call",
    system="S-13",
    profile="water-purifier",
    english="A water purifier leaks: the dealer solves it first; nothing is signed before it is done.",
    chinese="净水器漏水叫修:经销商先行解决;完工后才签字。",
    steps=(
        *_called("净水器接头漏水", "净水器 J-4", "city"),
        refused("R-145", "14:40", "engineer", "ArriveOnSite", actor="冯师傅"),
        does("14:50", "engineer", "ArriveOnSite", actor=ZHENG),
        does("14:55", "engineer", "StartWork"),
        does("15:10", "engineer", "CompleteWork", solution="更换快接头"),
        refused("R-238", "15:11", "engineer", "SignCompletion", signer="罗先生"),
        fills("15:12", "engineer", "repair_sheet", **_sheet("15:10", **FILTER, parts=["2分快接头"])),
        refused(
            "R-238", "15:13", "engineer", "SignForm",
            form="repair_sheet", party="engineer", signer=ZHENG, method="on_paper", place=DOOR,
        ),
        signs("15:13", "engineer", "repair_sheet", "customer", "罗先生", place=DOOR),
        does("15:14", "engineer", "SignCompletion", signer="罗先生", place=DOOR),
    ),
)  # fmt: skip
