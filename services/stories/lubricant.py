"""S-16: the service baseline of a lubricant maker: answers, oil tests, complaints, agents, direct users (001-Q)."""

from typing import Any

from services.stories.story import Passing, Step, Story, does, fills, passes, refused, signs

MINE: dict[str, Any] = {"name": "某露天矿车队", "phone": "0477-****520"}
RESULT: dict[str, Any] = {
    "sample": "Y-0302-1",
    "result": "粘度与水分合格，铁含量偏高，建议缩短换油周期",
    "told_to": "郭队长",
}


def _question() -> tuple[Step | Passing, ...]:
    """Four hours to answer; then the manager is told."""
    return (
        does(
            "09:00", "receptionist", "RegisterTicket",
            problem="液压油能否与旧油混用", product="46号抗磨液压油", channel="phone", customer=MINE,
        ),
        does("09:10", "receptionist", "AssignTicket", team="技术服务"),
        passes("13:01", "deadline.missed", "deadline.escalated"),
        does(
            "13:20", "receptionist", "ContactCustomer",
            purpose="answer", medium="phone", result="不得混用，先放净冲洗", actor="小秦",
        ),
    )  # fmt: skip


def _oil_test() -> tuple[Step | Passing, ...]:
    """The result is told within a day, and is free."""
    return (
        does("14:00", "engineer", "StartWork", actor="秦工"),
        fills("14:10", "engineer", "oil_sample", sample="Y-0302-1", equipment="电铲 3 号"),
        refused("R-428", "+1 09:00", "engineer", "FillForm", form="oil_result", fields={**RESULT, "free": False}),
        fills("+1 10:00", "engineer", "oil_result", **RESULT, free=True),
    )


def _complaint() -> tuple[Step | Passing, ...]:
    """A complaint is answered in a day and finished in a month; the case is not closed before."""
    ended: dict[str, Any] = {"result": "整批更换并补偿", "staff_at_fault": False, "measure": "none"}
    arrival: dict[str, Any] = {
        "purpose": "delivery",
        "medium": "phone",
        "result": "约定到货时间",
        "agreed_at": "2026-03-07T12:00:00+08:00",
    }
    return (
        fills("+1 11:00", "receptionist", "complaint", product="46号液压油 批号 0218", statement="桶内有絮状物"),
        passes("+2 11:01", "deadline.missed", "deadline.escalated"),
        does("+2 12:00", "receptionist", "ContactCustomer", purpose="answer", medium="phone", result="先封存，即换货"),
        does("+2 12:10", "receptionist", "ContactCustomer", **arrival),
        passes("+6 08:00", "deadline.missed"),
        fills(
            "+6 09:00", "receptionist", "goods_receipt", goods=["46号抗磨液压油 20 桶"], days_late=1, compensation=400
        ),
        signs("+6 09:10", "receptionist", "goods_receipt", "customer", "郭队长", place="矿区油库"),
        does("+6 15:00", "engineer", "CompleteWork", actor="秦工", solution="更换整批，旧油收回检验"),
        refused("R-392", "+6 16:00", "receptionist", "CloseTicket"),
        fills("+6 16:10", "engineer", "work_record", service="答复、检测、换货", result="客户接受"),
        refused("R-269", "+6 16:20", "receptionist", "CloseTicket"),
        fills("+6 16:30", "manager", "complaint_result", **ended),
        does("+6 16:40", "receptionist", "CloseTicket"),
    )


def _partners() -> tuple[Step | Passing, ...]:
    """A direct user is guided in ten days; he is visited every month, by senior staff every half year."""
    on = "agreement/A1"
    terms: dict[str, Any] = {
        "customer": "某露天矿车队",
        "first_day": "2026-03-02",
        "last_day": "2027-03-01",
        "grade": "direct_user",
    }
    return (
        does("+7 09:00", "manager", "SignAgreement", on=on, **terms),
        passes("+17 09:01", "deadline.missed"),
        fills("+18 10:00", "engineer", "usage_guidance", on=on, guidance="换油周期与取样", equipment=["电铲", "矿卡"]),
        fills("+30 10:00", "engineer", "visit_of_staff", on=on, visitor="秦工", findings="用油正常"),
        refused(
            "R-426", "+31 10:00", "engineer", "FillForm", on=on,
            form="visit_of_leaders", fields={"visitor": "秦工", "findings": "顺访"},
        ),
        passes("+39 09:00", "deadline.missed"),
        fills("+40 09:00", "manager", "monthly_report", on=on, services=3, summary="换货一起，指导一次，拜访一次"),
        fills("+60 10:00", "engineer", "visit_of_staff", on=on, visitor="秦工", findings="油耗下降"),
    )  # fmt: skip


LUBRICANT = Story(
    name="lubricant",
    system="S-16",
    profile="lubricant",
    english="A question answered after four hours, a free oil test, a complaint, late goods, a direct user's visits.",
    chinese="四小时答复超时上报、免费油品检测、质量投诉与补偿、直销用户指导与拜访。",
    steps=(*_question(), *_oil_test(), *_complaint(), *_partners()),
)
