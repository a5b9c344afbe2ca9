"""S-09: a mining machine is mended in the field; nobody signs before it is (000-4)."""

from typing import Any

from services.stories.story import Step, Story, does, fills, refused, signs

ENGINEER = "郝工"
QUALIFIED: dict[str, Any] = {"engineer": ENGINEER, "certificate": "MJ-2026-017", "trained": True}
PREPARED: dict[str, Any] = {
    "assumed_cause": "液压泵磨损，压力不足",
    "route": "太原至矿区国道，雪后慢行，井口东侧配件库旁",
    "leaves_at": "2026-03-03T06:00:00+08:00",
    "advance": 3000,
    "user_called": True,
    "station_called": "大同服务站；液压泵厂家",
    "parts": ["液压泵", "密封件"],
}
REPORT: dict[str, Any] = {
    "usage": "每日两班，累计 4200 小时",
    "fault": "截割部升降无力",
    "cause": "液压泵磨损",
    "action": "按规定更换液压泵及密封件，试机压力正常",
}
TRAINED: dict[str, Any] = {"operation": True, "maintenance": True, "common_faults": True, "attended": ["机电队四人"]}
OPINION: dict[str, Any] = {"product_opinion": "液压泵寿命偏短", "service_opinion": "来得及时", "satisfied": True}
TIMETABLE: dict[str, Any] = {
    "wish": "更换新型截割电机",
    "reasons": "新电机须由技术部重新设计支座",
    "steps": ["3月6日出图", "3月16日制造完成", "3月20日现场安装"],
    "solved_by": "2026-03-20",
}


def _sent(on: str, time: str) -> tuple[Step, ...]:
    """Registered, and given to a qualified engineer."""
    return (
        does(
            f"{time}:00", "receptionist", "RegisterTicket", on=on,
            problem="采煤机截割部升降无力", product="采煤机", channel="phone",
            customer={"name": "某矿机电科", "phone": "0352-****108", "address": "某矿井口"},
        ),
        does(f"{time}:10", "director", "AssignTicket", on=on, team="外勤一组"),
        refused("R-181", f"{time}:11", "director", "DispatchEngineer", on=on, engineer=ENGINEER),
        refused(
            "R-181", f"{time}:12", "director", "FillForm", on=on,
            form="qualification", fields={**QUALIFIED, "trained": False},
        ),
        fills(f"{time}:13", "director", "qualification", on=on, **QUALIFIED),
        does(f"{time}:15", "director", "DispatchEngineer", on=on, engineer=ENGINEER),
    )  # fmt: skip


def _prepared(on: str, day: str) -> tuple[Step, ...]:
    """Nobody sets out unprepared."""
    unknown: dict[str, Any] = {**PREPARED, "customer_known": False}
    return (
        refused("R-150", f"{day} 05:00", "engineer", "DepartForCustomer", on=on, actor=ENGINEER),
        refused("R-149", f"{day} 05:30", "engineer", "FillForm", on=on, form="preparation", fields=unknown),
        fills(f"{day} 05:50", "engineer", "preparation", on=on, **PREPARED, customer_known=True),
        does(f"{day} 06:00", "engineer", "DepartForCustomer", on=on, actor=ENGINEER),
        does(f"{day} 11:00", "engineer", "ArriveOnSite", on=on, actor=ENGINEER),
        does(f"{day} 11:20", "engineer", "StartWork", on=on, actor=ENGINEER),
    )


def _mended() -> tuple[Step, ...]:
    """Report, training, then the feedback form: its signature never comes before the service."""
    return (
        fills("+1 11:30", "engineer", "feedback", **OPINION),
        refused(
            "R-179", "+1 11:31", "engineer", "SignForm",
            form="feedback", party="customer", signer="任队长", method="seal", place="井口",
        ),
        refused("R-176", "+1 15:00", "engineer", "CompleteWork", actor=ENGINEER, solution="更换液压泵"),
        fills("+1 15:10", "engineer", "service_report", **REPORT),
        refused("R-177", "+1 15:11", "engineer", "CompleteWork", actor=ENGINEER, solution="更换液压泵"),
        fills("+1 16:00", "engineer", "user_training", **TRAINED),
        does("+1 16:05", "engineer", "CompleteWork", actor=ENGINEER, solution="更换液压泵及密封件，试机正常"),
        refused("R-178", "+1 16:06", "engineer", "LeaveCustomer", actor=ENGINEER, permitted_by="任队长"),
        fills("+1 16:08", "engineer", "feedback", **{**OPINION, "service_opinion": "来得及时，讲解清楚"}),
        refused(
            "R-180", "+1 16:09", "engineer", "SignForm",
            form="feedback", party="customer", signer="任队长", method="seal", place="井口", digest="0" * 64,
        ),
        does(
            "+1 16:10", "engineer", "SignForm",
            form="feedback", party="customer", signer="任队长", method="seal", place="井口",
        ),
        does("+1 16:20", "engineer", "LeaveCustomer", actor=ENGINEER, permitted_by="任队长"),
        does("+2 09:00", "receptionist", "CloseTicket"),
    )  # fmt: skip


def _not_solvable(on: str) -> tuple[Step, ...]:
    """What cannot be solved now is told upwards, to the user, and gets a timetable that he accepts."""
    return (
        refused("R-043", "+4 14:00", "engineer", "LeaveCustomer", on=on, actor=ENGINEER, permitted_by="任队长"),
        does(
            "+4 14:10", "engineer", "EscalateTicket", on=on, actor=ENGINEER,
            to="technical_department", reason="用户要求更换新型电机，须重新设计支座",
        ),
        does(
            "+4 14:40", "engineer", "ReportProgress", on=on, actor=ENGINEER,
            text="技术部已受理，三月二十日可安装", medium="in_person",
        ),
        refused("R-044", "+4 14:41", "engineer", "LeaveCustomer", on=on, actor=ENGINEER, permitted_by="任队长"),
        fills("+4 14:50", "engineer", "resolution_timetable", on=on, **TIMETABLE),
        signs("+4 14:55", "engineer", "resolution_timetable", "customer", "任队长", on=on, place="井口"),
        does(
            "+4 14:58", "engineer", "PauseWork", on=on, actor=ENGINEER,
            reason="waiting_for_manufacturer", note="按解决时间表等待新电机",
        ),
        refused("R-178", "+4 14:59", "receptionist", "CloseTicket", on=on),
        does("+4 15:00", "engineer", "LeaveCustomer", on=on, actor=ENGINEER, permitted_by="任队长"),
    )  # fmt: skip


MINING_MACHINE = Story(
    name="mining-machine",
    system="S-09",
    profile="mining-machine",
    english="A prepared visit, a true report, a trained user, a sealed form; and a fault that needs a timetable.",
    chinese="准备充分的现场服务：如实填写报告、培训用户、服务后盖章反馈；不能马上解决的给出解决时间表。",
    steps=(
        *_sent("ticket/T1", "09"),
        *_prepared("ticket/T1", "+1"),
        *_mended(),
        *_sent("ticket/T2", "+2 10"),
        *_prepared("ticket/T2", "+4"),
        *_not_solvable("ticket/T2"),
    ),
)
