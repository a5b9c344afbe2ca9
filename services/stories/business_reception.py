"""S-26 and S-27: the reception desk, and what the articles about it ask for (004-a, c, e, h, j, l)."""

from typing import Any

from services.stories.story import Step, Story, does, fills, follows, passes, refused

TEN = "2026-03-03T10:00:00+08:00"
SATISFIED: dict[str, Any] = {
    "identity_verified": True,
    "ratings": {"attitude": 5, "quality": 4, "result": 5},
    "outcome": "resolved",
}
RECORD: dict[str, Any] = {
    "visitor": "华东某公司 许先生",
    "wants": "咨询延保条款",
    "answered": "已说明范围",
    "passed_to": "售后服务部",
    "emergency": False,
}


def _registered(time: str, problem: str, channel: str) -> Step:
    customer = {"name": "许先生", "phone": "139****0002"}
    return does(time, "receptionist", "RegisterTicket", problem=problem, product="售后服务", channel=channel,
                customer=customer)  # fmt: skip


RECEPTION_ARTICLES = Story(
    name="reception-articles",
    system="S-26",
    profile="business-reception",
    english="Listened to, written down and classified; plan and price explained; progress told; asked afterwards.",
    chinese="倾听、记录并分类,说明方案和价格,反馈进展,事后回访满意度。",
    steps=(
        _registered("09:00", "咨询延保条款并办理", "in_person"),
        refused("R-020", "09:02", "receptionist", "AssignTicket", team="售后服务部"),
        does("09:03", "receptionist", "ClassifyTicket", category="咨询", fault_grade=4),
        refused("R-009", "09:04", "receptionist", "AssignTicket", team="售后服务部"),
        fills("09:05", "receptionist", "reception_record", **RECORD),
        does("09:08", "receptionist", "AssignTicket", team="售后服务部", owner="何洋"),
        refused("R-105", "09:10", "engineer", "StartWork", actor="何洋"),
        fills("09:12", "engineer", "proposal", plan="办理延保一年", until="当日", price=680, explained=True),
        does("09:15", "engineer", "StartWork", actor="何洋"),
        refused("R-021", "09:40", "engineer", "CompleteWork", actor="何洋", solution="延保已办理"),
        does("09:41", "receptionist", "ReportProgress", text="资料已提交,约半小时办妥", medium="in_person"),
        does("10:10", "engineer", "CompleteWork", actor="何洋", solution="延保已办理,凭证已交客户"),
        follows("callback.scheduled"),
        refused("R-244", "+1 10:00", "callback_agent", "CompleteCallback", **SATISFIED | {"identity_verified": False}),
        does("+1 10:02", "callback_agent", "CompleteCallback", **SATISFIED),
        follows("ticket.closed"),
    ),
)  # fmt: skip

BUSINESS_RECEPTION = Story(
    name="business-reception",
    system="S-27",
    profile="business-reception",
    english="An appointment confirmed, a place that was not ready in time, an emergency that is reported.",
    chinese="确认预约,接待场所未按时备好,突发事件即时上报。",
    steps=(
        _registered("09:00", "来访洽谈车队维修合作", "email"),
        refused("R-059", "09:02", "receptionist", "BookAppointment", expected_at="2026-03-02T08:00:00+08:00",
                advisor="何洋", technician="何洋", source="inbound", wish="洽谈"),
        does("09:03", "receptionist", "BookAppointment", expected_at=TEN, advisor="何洋", technician="何洋",
             source="inbound", wish="洽谈车队维修合作"),
        does("09:10", "receptionist", "ReconfirmAppointment", answer="coming"),
        refused("R-071", "16:00", "receptionist", "FillForm", form="place_ready",
                fields={"place": "二楼会议室", "papers": False, "clean": True}),
        passes("+1 10:00", "deadline.missed"),
        fills("+1 10:05", "receptionist", "place_ready", place="二楼会议室", papers=True, clean=True),
        does("+1 10:20", "receptionist", "ClassifyTicket", category="洽谈", fault_grade=3),
        fills("+1 10:25", "receptionist", "reception_record",
              **RECORD | {"wants": "洽谈中客户车辆在门口起火", "emergency": True}),
        does("+1 10:26", "receptionist", "AssignTicket", team="售后服务部", owner="何洋"),
        fills("+1 10:27", "engineer", "proposal", plan="扑灭并拖离,赔付另议", until="立即", price=0, explained=True),
        does("+1 10:28", "engineer", "StartWork", actor="何洋"),
        does("+1 10:40", "receptionist", "ReportProgress", text="已扑灭,无人受伤", medium="in_person"),
        refused("R-279", "+1 10:45", "engineer", "CompleteWork", actor="何洋", solution="已扑灭,洽谈改期"),
        does("+1 10:46", "receptionist", "EscalateTicket", to="service_manager", reason="客户车辆起火", urgent=True),
        does("+1 10:50", "engineer", "CompleteWork", actor="何洋", solution="已扑灭,洽谈改期"),
        follows("callback.scheduled"),
        does("+2 15:00", "callback_agent", "CompleteCallback", **SATISFIED),
        follows("ticket.closed"),
    ),
)  # fmt: skip
