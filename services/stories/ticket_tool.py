"""S-15: a ticketing tool: every request a ticket, passed on, archived, rated (001-T)."""

from typing import Any

from services.stories.story import Story, does, follows, refused

T2, T3 = "ticket/T2", "ticket/T3"
LIU: dict[str, Any] = {"name": "刘女士", "phone": "138****2201"}
WU: dict[str, Any] = {"name": "吴先生", "phone": "139****7710"}
RATED: dict[str, Any] = {"attitude": 5, "quality": 5, "result": 4}

TICKET_TOOL = Story(
    name="ticket-tool",
    system="S-15",
    profile="ticket-tool",
    english="Requests from chat, e-mail and phone: graded customers, passed on, merged, archived, rated.",
    chinese="在线、邮件、电话请求转为工单：客户分级、转派、合并、归档与评价。",
    steps=(
        does(
            "09:00", "receptionist", "RegisterTicket",
            problem="无法导出账单", product="云账单", channel="chat", customer=LIU, grade="vip",
        ),
        refused(
            "R-003", "09:01", "receptionist", "RegisterTicket",
            problem="无法导出账单", product="云账单", channel="chat", customer=LIU, grade="vip",
        ),
        does("09:02", "receptionist", "ContactCustomer", purpose="answer", medium="chat", result="已受理，正在查看"),
        refused("R-003", "09:03", "receptionist", "HandOverTicket", to_team="二线", reason="须查日志"),
        does("09:04", "receptionist", "AssignTicket", team="一线", owner="小陈"),
        refused("R-020", "09:05", "dispatcher", "DispatchEngineer", engineer="小陈"),
        does("09:06", "receptionist", "ClassifyTicket", category="功能故障", fault_grade=3),
        does("09:20", "receptionist", "HandOverTicket", to_team="二线", reason="须查服务日志"),
        does("09:25", "dispatcher", "DispatchEngineer", engineer="小顾"),
        does(
            "09:30", "receptionist", "RegisterTicket", on=T2,
            problem="账单导不出来", product="云账单", channel="email", customer=LIU, grade="vip",
        ),
        does("09:35", "receptionist", "MergeTicket", on=T2, into="T1"),
        refused("R-003", "09:36", "receptionist", "AssignTicket", on=T2, team="一线"),
        does("09:40", "engineer", "StartWork", actor="小顾"),
        does("09:50", "engineer", "PauseWork", actor="小顾", reason="waiting_for_customer", note="请客户提供账期"),
        refused("R-131", "10:00", "engineer", "CompleteWork", actor="小顾", solution="修复导出"),
        does("11:00", "engineer", "ResumeWork", actor="小顾"),
        does("11:30", "engineer", "ReportProgress", actor="小顾", text="原因已找到，十二点前修复", medium="chat"),
        does("11:50", "engineer", "CompleteWork", actor="小顾", solution="修复导出任务，补发账单"),
        follows("callback.scheduled"),
        refused("R-240", "13:00", "receptionist", "CloseTicket"),
        refused(
            "R-240", "13:10", "callback_agent", "CompleteCallback", actor="小顾",
            identity_verified=True, ratings=RATED, outcome="resolved",
        ),
        does(
            "+1 10:00", "callback_agent", "CompleteCallback",
            identity_verified=True, ratings=RATED, outcome="resolved", comment="处理很快",
        ),
        follows("ticket.closed"),
        refused("R-002", "+1 11:00", "receptionist", "AssignTicket", team="一线"),
        does(
            "+1 14:00", "receptionist", "RegisterTicket", on=T3,
            problem="如何添加子账户", product="云账单", channel="phone", customer=WU, grade="ordinary",
        ),
        does("+1 14:05", "receptionist", "GiveGuidance", on=T3, advice="设置-成员-添加", result="solved"),
        follows("callback.scheduled", on=T3),
    ),
)  # fmt: skip
