"""S-14: a yearly contract for an asset-management software, with its period and its scope (001-4)."""

from typing import Any

from services.stories.story import Step, Story, does, fills, refused, signs

CUSTOMER = "某市档案馆"
CONTRACT: dict[str, Any] = {
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
    "fee": 8000,
    "reinstallation": True,
    "operations": ["资产卡片录入", "资产配置", "资产处置", "资产年报"],
}
DUTIES: dict[str, Any] = {
    "hardware": True,
    "licensed": True,
    "dedicated": True,
    "media": True,
    "contact": "孙老师",
    "operation": True,
}


def _terms(year: int) -> dict[str, Any]:
    days: dict[str, Any] = {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
    return {"customer": CUSTOMER, **days, "grade": "ordinary", "scope": ["reinstallation", "operations"]}


def _signed() -> tuple[Step, ...]:
    """The contract in two copies, and what the customer provides."""
    on = "agreement/A1"
    return (
        does("08:30", "manager", "SignAgreement", on=on, **_terms(2026)),
        refused("R-056", "08:31", "manager", "EnterPhase", on=on, phase="installation"),
        fills("08:32", "manager", "contract", on=on, **CONTRACT),
        signs("08:33", "manager", "contract", "customer", "孙老师", on=on),
        signs("08:34", "manager", "contract", "provider", "销售部", on=on),
        refused("R-053", "08:35", "manager", "EnterPhase", on=on, phase="installation"),
        refused(
            "R-053", "08:36", "manager", "FillForm", on=on,
            form="customer_duties", fields={**DUTIES, "licensed": False},
        ),
        fills("08:40", "manager", "customer_duties", on=on, **DUTIES),
        signs("08:41", "manager", "customer_duties", "customer", "孙老师", on=on),
        does("08:45", "manager", "EnterPhase", on=on, phase="installation"),
    )  # fmt: skip


def _asks(on: str, time: str, channel: str, problem: str, service: str, agreement: str) -> Step:
    who: dict[str, Any] = {"name": "孙老师", "phone": "021-****336"}
    return does(
        time, "receptionist", "RegisterTicket", on=on, product="资产软件系统", customer=who,
        problem=problem, channel=channel, service=service, agreement=agreement,
    )  # fmt: skip


def _covered() -> tuple[Step, ...]:
    """By phone first; then somebody comes."""
    return (
        _asks("ticket/T1", "09:00", "fax", "换硬盘后须重装系统", "reinstallation", "A1"),
        does("09:05", "receptionist", "AssignTicket", team="实施组"),
        refused("R-025", "09:06", "dispatcher", "DispatchEngineer", engineer="何工"),
        does("09:20", "engineer", "GiveGuidance", actor="何工", advice="按手册恢复备份", result="unsolved"),
        does("09:30", "dispatcher", "DispatchEngineer", engineer="何工"),
        does("14:00", "engineer", "ArriveOnSite", actor="何工"),
        does("14:05", "engineer", "StartWork", actor="何工"),
        does("16:00", "engineer", "CompleteWork", actor="何工", solution="重新安装调试，数据恢复完整"),
        does("16:30", "receptionist", "CloseTicket"),
    )


def _not_covered() -> tuple[Step, ...]:
    """Out of scope: only as a separate order. Out of period: not served. Solved by phone: no visit."""
    t2, t3, t4 = "ticket/T2", "ticket/T3", "ticket/T4"
    return (
        _asks(t2, "+1 09:00", "email", "请增加自定义报表", "custom_report", "A1"),
        refused("R-054", "+1 09:05", "receptionist", "AssignTicket", on=t2, team="实施组"),
        fills("+1 10:00", "receptionist", "separate_order", on=t2, service="自定义报表一张", fee=600),
        refused("R-054", "+1 10:01", "receptionist", "AssignTicket", on=t2, team="实施组"),
        signs("+1 10:30", "receptionist", "separate_order", "customer", "孙老师", on=t2, place="邮件"),
        does("+1 10:35", "receptionist", "AssignTicket", on=t2, team="实施组"),
        does(
            "+1 11:00",
            "engineer",
            "GiveGuidance",
            on=t2,
            actor="何工",
            advice="已发送报表模板并指导导入",
            result="solved",
        ),
        does("+1 11:10", "receptionist", "CloseTicket", on=t2),
        does("+2 08:50", "manager", "SignAgreement", on="agreement/A0", **_terms(2025)),
        _asks(t3, "+2 09:00", "phone", "资产年报报错", "operations", "A0"),
        refused("R-056", "+2 09:05", "engineer", "GiveGuidance", on=t3, advice="重算余额", result="unsolved"),
        does("+2 09:20", "receptionist", "CancelTicket", on=t3, reason="协议已到期，客户暂不续签"),
        _asks(t4, "+3 09:00", "phone", "资产卡片重复", "operations", "A1"),
        does("+3 09:10", "engineer", "GiveGuidance", on=t4, actor="何工", advice="删除重复卡片并重算", result="solved"),
        fills("+3 09:15", "engineer", "exclusion", on=t4, cause="user_misoperation", facts="用户重复导入两次"),
        does("+3 09:20", "receptionist", "CloseTicket", on=t4),
    )


ASSET_SOFTWARE = Story(
    name="asset-software",
    system="S-14",
    profile="asset-software",
    english="A yearly contract: phone before a visit, out of scope only as ordered, out of period not at all.",
    chinese="年度服务协议：先电话后上门；超出范围须另行委托；超出服务期不予受理。",
    steps=(*_signed(), *_covered(), *_not_covered()),
)
