"""S-01: a software vendor's support desk, from the phone to the emergency plan (000-1)."""

from typing import Any

from services.stories.story import Following, Passing, Step, Story, does, fills, follows, passes, refused, signs

ACCEPTANCE: dict[str, Any] = {"tests_passed": True, "trial_ended": True}
CALL: dict[str, Any] = {
    "rings": 2,
    "agent": "8012",
    "customer": "某区财政局",
    "contact_person": "周科长",
    "phone": "0351-****117",
    "address": "府东街某号",
    "room": "3楼信息科",
    "category": "系统故障",
    "demands": ["恢复登录", "找回今日单据"],
}
ENTRY: dict[str, Any] = {"system": "资产管理系统 V6", "work": "检查数据库，恢复服务"}
REPORT: dict[str, Any] = {
    "system": "资产管理系统 V6.2",
    "fault": "服务中断，无法登录",
    "cause": "日志占满磁盘",
    "action": "清理日志，恢复数据库，核对单据无遗漏",
    "advice": "日志盘独立，每周清理",
}


def _accepted() -> tuple[Step | Passing | Following, ...]:
    """The installation goes through its phases until it is accepted for good."""
    on = "agreement/A1"
    terms: dict[str, Any] = {
        "customer": "某区财政局",
        "first_day": "2026-01-01",
        "last_day": "2026-12-31",
        "grade": "ordinary",
    }
    return (
        does("08:30", "manager", "SignAgreement", on=on, **terms),
        does("08:31", "manager", "EnterPhase", on=on, phase="installation"),
        refused("R-045", "08:32", "manager", "EnterPhase", on=on, phase="free_maintenance"),
        does("08:33", "manager", "EnterPhase", on=on, phase="trial_run"),
        refused("R-046", "08:34", "manager", "EnterPhase", on=on, phase="free_maintenance"),
        fills("08:35", "engineer", "final_acceptance_plan", on=on, engineer="王工", tests=["登录", "入账", "年报"]),
        signs("08:36", "engineer", "final_acceptance_plan", "provider", "王工", on=on, place="客户机房"),
        signs("08:37", "engineer", "final_acceptance_plan", "customer", "周科长", on=on, place="客户机房"),
        fills("08:50", "engineer", "final_acceptance", on=on, **ACCEPTANCE),
        refused("R-046", "08:51", "manager", "EnterPhase", on=on, phase="free_maintenance"),
        signs("08:52", "engineer", "final_acceptance", "customer", "周科长", on=on, place="客户机房"),
        does("08:53", "manager", "EnterPhase", on=on, phase="free_maintenance"),
    )


def _from_afar() -> tuple[Step | Passing | Following, ...]:
    """Phone first, then remotely: neither helps."""
    remote: dict[str, Any] = {"system": "资产管理系统 V6", "purpose": "查看服务状态"}
    return (
        does(
            "09:00", "receptionist", "RegisterTicket",
            problem="系统瘫痪，全局无法登录", product="资产管理系统 V6", channel="phone",
            customer={"name": "周科长", "phone": "0351-****117"}, agreement="A1",
        ),
        refused("R-017", "09:02", "receptionist", "FillForm", form="call_record", fields={**CALL, "read_back": False}),
        fills("09:03", "receptionist", "call_record", **CALL, read_back=True),
        does("09:04", "receptionist", "ClassifyTicket", category="系统瘫痪", fault_grade=1),
        does("09:05", "receptionist", "AssignTicket", team="一线支持"),
        refused("R-025", "09:06", "dispatcher", "DispatchEngineer", engineer="王工"),
        refused("R-035", "09:08", "engineer", "StartRemoteSession", actor="王工", system="资产管理系统 V6"),
        fills("09:09", "engineer", "remote_authorisation", **remote),
        signs("09:10", "engineer", "remote_authorisation", "customer", "周科长", place="电话"),
        does("09:11", "engineer", "StartRemoteSession", actor="王工", system="资产管理系统 V6"),
        does("09:20", "engineer", "EndRemoteSession", actor="王工", changes="未作更改，数据库无法启动"),
        does("09:25", "engineer", "GiveGuidance", actor="王工", advice="重启数据库服务", result="unsolved"),
        does("09:27", "engineer", "EscalateTicket", actor="王工", to="technical_department", reason="数据库无法启动"),
        does("09:30", "manager", "EscalateTicket", to="leading_group", reason="一级故障", urgent=True),
    )  # fmt: skip


def _on_site() -> tuple[Step | Passing | Following, ...]:
    """Another engineer comes, too late; the emergency plan, the authorisation and the report are asked for."""
    promised = "2026-03-03T09:00:00+08:00"
    said: dict[str, Any] = {"engineer": "王工", "statement": "说好九点到，没有来，也没有电话"}
    plan: dict[str, Any] = {
        "convened_at": "2026-03-02T10:05:00+08:00",
        "technicians": ["王工", "李工"],
        "plan": "备机恢复，再修复原机",
    }
    return (
        does("10:10", "dispatcher", "DispatchEngineer", engineer="王工", promised_at=promised),
        passes("+1 09:26", "deadline.missed", "deadline.missed", "deadline.escalated"),
        refused("R-040", "+1 09:40", "headquarters", "ReplaceEngineer", engineer="李工", reason="用户不满意"),
        fills("+1 09:41", "receptionist", "dissatisfaction", **said),
        does("+1 09:42", "headquarters", "ReplaceEngineer", engineer="李工", reason="用户不满意"),
        does("+1 10:30", "engineer", "ArriveOnSite", actor="李工"),
        refused("R-036", "+1 10:31", "engineer", "StartWork", actor="李工"),
        fills("+1 10:32", "engineer", "system_entry", **ENTRY),
        signs("+1 10:33", "engineer", "system_entry", "customer", "周科长", place="客户机房"),
        does("+1 10:34", "engineer", "StartWork", actor="李工"),
        refused("R-039", "+1 11:30", "engineer", "CompleteWork", actor="李工", solution="已恢复"),
        fills("+1 11:31", "manager", "emergency_plan", **plan),
        refused("R-047", "+1 11:32", "engineer", "CompleteWork", actor="李工", solution="已恢复"),
        fills("+1 11:40", "engineer", "maintenance_report", **REPORT),
        does("+1 11:45", "engineer", "CompleteWork", actor="李工", solution="清理日志盘，恢复数据库，单据核对无误"),
        follows("callback.scheduled"),
    )  # fmt: skip


def _afterwards() -> tuple[Step | Passing | Following, ...]:
    """Knowledge, follow-up, callback; and the visit of the quarter."""
    known: dict[str, Any] = {"fault_type": "系统瘫痪", "problem": "日志占满磁盘", "solution": "清理日志，日志盘独立"}
    on, ratings = "agreement/A1", {"attitude": 4, "quality": 5, "result": 5}
    return (
        fills("+1 14:00", "engineer", "knowledge_entry", **known),
        does("+1 14:05", "receptionist", "FollowUpTicket", follow_up_on="2026-03-04", reason="回访并确认日志盘"),
        does(
            "+2 10:00", "callback_agent", "CompleteCallback",
            identity_verified=True, ratings=ratings, outcome="resolved", comment="后来的工程师很专业",
        ),
        follows("ticket.closed"),
        passes("+93 09:00", "deadline.missed", "deadline.escalated"),
        refused(
            "R-036", "+93 09:30", "engineer", "HoldPeriodicVisit", on=on, occasion="quarterly", findings="运行正常"
        ),
        fills("+93 09:31", "engineer", "system_entry", on=on, system="资产管理系统 V6", work="检查运行状况，预测问题"),
        signs("+93 09:32", "engineer", "system_entry", "customer", "周科长", on=on, place="客户机房"),
        does(
            "+93 11:00", "engineer", "HoldPeriodicVisit", on=on, occasion="quarterly", findings="余量充足，建议扩容"
        ),
        fills(
            "+93 15:00", "manager", "periodic_review", on=on, period="2026年第二季度", handled=1,
            shortcomings=["到场迟到", "季度拜访晚一天"], improvements=["排班留备员"],
        ),
    )  # fmt: skip


SOFTWARE_SUPPORT = Story(
    name="software-support",
    system="S-01",
    profile="software",
    english="A crashed system: phone, remote session and emergency plan; the engineer is late, another one mends it.",
    chinese="系统瘫痪：先电话、后远程、启动应急方案；工程师逾期未到，总部另派他人解决并回访。",
    steps=(
        *_accepted(),
        *_from_afar(),
        passes("10:01", "deadline.missed", "deadline.escalated"),
        *_on_site(),
        *_afterwards(),
    ),
)
