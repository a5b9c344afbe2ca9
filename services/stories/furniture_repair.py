"""S-03: a furniture repair, five minutes after the register, taken away against a receipt (000-3 四-五)."""

from typing import Any

from services.stories.story import Story, does, fills, follows, moment, passes, refused, signs

HOME, WANG = "顾客家中", "王师傅"
CUSTOMER: dict[str, Any] = {"name": "陈女士", "phone": "139****0412", "address": "和平里18号2栋301室"}
REGISTER: dict[str, Any] = {
    "customer": "陈女士",
    "phone": "139****0412",
    "address": "和平里18号2栋301室",
    "model": "真皮三人沙发 A-208",
    "problem": "坐下后中间塌陷,有弹簧响声",
    "installation": False,
    "taken_by_shop": True,
}
GOOD = {"attitude": 5, "quality": 4, "result": 5}


def _at(time: str) -> str:
    return moment(time).isoformat()


FURNITURE_REPAIR = Story(
    name="furniture-repair",
    system="S-03",
    profile="furniture",
    english="A sofa: a shop's register faxed, the customer phoned, the visit, taken away against a receipt, returned.",
    chinese="沙发维修:店面登记传真、5分钟内致电、上门、凭收据带回、修好送还。",
    steps=(
        does(
            "10:00", "receptionist", "RegisterTicket", problem="沙发坐垫塌陷", product="真皮三人沙发 A-208",
            channel="in_person", customer=CUSTOMER,
        ),
        refused("R-006", "10:01", "dispatcher", "AssignTicket", team="维修组"),
        fills("10:03", "receptionist", "problem_register", **REGISTER, with_service=False),
        refused("R-007", "10:04", "dispatcher", "AssignTicket", team="维修组"),
        fills(
            "10:06", "receptionist", "register_faxed",
            faxed_at=_at("10:05"), phoned_at=_at("10:06"), told="售后服务部 刘",
        ),
        fills("10:07", "receptionist", "problem_register", **REGISTER, with_service=True),
        does("10:08", "dispatcher", "AssignTicket", team="维修组"),
        passes("10:12", "deadline.missed"),
        refused(
            "R-008", "10:13", "dispatcher", "DispatchEngineer", engineer=WANG, promised_at=_at("14:00"),
        ),
        does(
            "10:15", "receptionist", "ContactCustomer", purpose="first_contact", medium="phone",
            result="已致歉,约下午两点上门", agreed_at=_at("14:00"),
        ),
        fills(
            "10:16", "dispatcher", "visit_arrangement",
            assessment="坐框弹簧断裂或海绵老化", caller="刘", visit_at=_at("14:00"),
        ),
        refused("R-145", "10:17", "director", "DispatchEngineer", engineer="李师傅", promised_at=_at("14:00")),
        does("10:18", "dispatcher", "DispatchEngineer", engineer=WANG, promised_at=_at("14:00")),
        refused("R-149", "13:10", "engineer", "DepartForCustomer", actor=WANG),
        fills(
            "13:12", "engineer", "visit_preparation", at=_at("13:12"), customer_known=True, fault="坐垫中部塌陷、异响",
            assumed_cause="弹簧断裂", route="经学院路,13:20 出发", tools=True, parts=["蛇形簧 6 根", "高回弹海绵"],
        ),
        refused("R-145", "13:15", "engineer", "DepartForCustomer", actor="李师傅"),
        does("13:20", "engineer", "DepartForCustomer", actor=WANG),
        does("13:58", "engineer", "ArriveOnSite", actor=WANG),
        refused("R-154", "13:59", "engineer", "StartWork"),
        refused(
            "R-155", "14:00", "engineer", "FillForm", form="introduction",
            fields={"at": _at("14:00"), "uniform_and_badge": True, "credentials_shown": True, "shoe_covers": False},
        ),
        fills(
            "14:01", "engineer", "introduction",
            at=_at("14:01"), uniform_and_badge=True, credentials_shown=True, shoe_covers=True,
        ),
        fills(
            "14:03", "engineer", "entitlement",
            at=_at("14:03"), voucher="JJ-2025-1107", fault_as_told="一坐就陷下去", consent=True,
        ),
        fills("14:08", "engineer", "inner_check", at=_at("14:08"), mismatch=True, findings="底布有剪口,少两根簧"),
        refused("R-160", "14:09", "engineer", "StartWork"),
        fills(
            "14:10", "engineer", "mismatch_note", at=_at("14:10"), mismatch="底布剪口,少两根簧", explained=True
        ),
        does("14:11", "engineer", "StartWork"),
        refused("R-163", "15:00", "engineer", "TakeProductAway", item="三人沙发坐框", receipt="SJ-0302"),
        fills("15:01", "engineer", "not_finished", at=_at("15:01"), reason="坐框开裂,须回厂换框", needs_support=False),
        refused("R-183", "15:02", "engineer", "TakeProductAway", item="三人沙发坐框", receipt="SJ-0302"),
        fills(
            "15:04", "engineer", "take_away_receipt", at=_at("15:04"), number="SJ-0302", item="三人沙发坐框",
            condition="皮面完好,坐框开裂;带坐垫三只", agreed=True,
        ),
        signs("15:06", "receptionist", "take_away_receipt", "customer", "陈女士", place=HOME),
        does("15:08", "engineer", "TakeProductAway", item="三人沙发坐框", receipt="SJ-0302"),
        refused("R-157", "15:10", "engineer", "LeaveCustomer", permitted_by="陈女士"),
        fills(
            "15:11", "engineer", "conduct", at=_at("15:11"), stayed_where_shown=True, three_donts=True,
            nothing_damaged=True, tidy=True, on_packaging=True,
        ),
        does("15:12", "engineer", "LeaveCustomer", permitted_by="陈女士"),
        refused("R-183", "+1 09:00", "engineer", "StartWork"),
        fills("+1 09:05", "clerk", "repair_log", at=_at("+1 09:05"), item="三人沙发坐框", receipt="SJ-0302"),
        fills("+2 15:00", "engineer", "diagnosis", at=_at("+2 15:00"), cause="坐框榫头开裂", explained=True),
        does("+2 15:30", "engineer", "CompleteWork", solution="更换坐框,补装蛇形簧 6 根"),
        refused("R-189", "+2 15:40", "receptionist", "CancelTicket", reason="误取消"),
        refused("R-189", "+3 10:00", "clerk", "ReturnProduct", receipt="SJ-0203"),
        refused("R-189", "+3 10:01", "engineer", "SignCompletion", signer="陈女士"),
        does("+3 10:02", "clerk", "ReturnProduct", receipt="SJ-0302"),
        refused("R-166", "+3 10:10", "engineer", "SignCompletion", signer="陈女士"),
        fills(
            "+3 10:12", "engineer", "service_record", at=_at("+3 10:12"), work_done="更换坐框,补装弹簧",
            customer_part="坐感恢复,无异响", no_problem_left=True, suggestions="希望提前半小时来电",
        ),
        signs("+3 10:14", "engineer", "service_record", "customer", "陈女士", place=HOME),
        does("+3 10:15", "engineer", "SignCompletion", signer="陈女士", place=HOME),
        follows("callback.scheduled"),
        fills(
            "+3 11:30", "engineer", "result_report", at=_at("+3 11:30"), result="换框修复,收据已收回",
            reaction="满意,希望提前来电", told="售后服务部 刘",
        ),
        does(
            "+4 10:00", "callback_agent", "CompleteCallback",
            identity_verified=True, ratings=GOOD, outcome="resolved", comment="很满意",
        ),
        follows("ticket.closed"),
    ),
)  # fmt: skip
