"""Every reason to refuse a command, with its rule and its words in both languages."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Refusal(BaseModel):
    """Why a command was refused: a lasting code, the rule behind it ("" where none is the business's), and the words.

    `kept` is true where the fact itself was recorded all the same, as a line of another system's log is.
    """

    model_config = ConfigDict(frozen=True)
    code: str
    rule: str
    english: str
    chinese: str
    kept: bool = False

    def __str__(self) -> str:
        return f"{self.rule}: {self.english}" if self.rule else self.english


class Rejected(Exception):
    """A decision says no. An answer, not an error: it is recorded, and a repeated command gets the same one."""

    def __init__(self, code: str, **facts: Any) -> None:
        rule, english, chinese = REFUSALS[code]
        named = {name: CHINESE.get(str(fact), fact) for name, fact in facts.items()}
        self.refusal = Refusal(code=code, rule=rule, english=english.format(**facts), chinese=chinese.format(**named))
        super().__init__(str(self.refusal))


CHINESE = {
    "unknown": "未知",
    "registered": "已登记",
    "assigned": "已分派",
    "dispatched": "已派工",
    "on_site": "已到达",
    "working": "施工中",
    "paused": "暂停",
    "completed": "已完工",
    "closed": "已关闭",
    "cancelled": "已取消",
    "merged": "已合并",
    "requested": "待批准",
    "approved": "已批准",
    "refused": "已拒绝",
    "issued": "已出库",
}

REFUSALS: dict[str, tuple[str, str, str]] = {
    # who may, when, and on what
    "role_not_permitted": ("R-145", "role {role} may not send {command}; it is for {allowed}", "角色 {role} 不得发送 {command};该命令属于 {allowed}"),
    "other_site": ("R-026", "this belongs to site {site}, not to {found}", "该记录属于网点 {site},不属于 {found}"),
    "in_the_future": ("", "`at` lies {seconds} s ahead of our clock; send the time when it happened", "`at` 比系统时间超前 {seconds} 秒;请填写实际发生时间"),
    "command_id_reused": ("", "command id {id} was used for {command} on {stream}; choose a new id", "命令编号 {id} 已用于 {stream} 的 {command};请换新编号"),
    "unknown_profile": ("", "there is no policy profile {profile}; there are {known}", "没有策略档案 {profile};现有 {known}"),
    # tickets
    "unknown_ticket": ("R-001", "there is no ticket {ticket}; register it first", "没有工单 {ticket};请先登记"),
    "already_registered": ("R-003", "ticket {ticket} is registered already", "工单 {ticket} 已登记"),
    "merged": ("R-003", "ticket {ticket} was merged into {into}; go on there", "工单 {ticket} 已并入 {into};请在那里继续"),
    "not_merged": ("R-003", "ticket {ticket} is not merged into another one", "工单 {ticket} 未并入其他工单"),
    "merge_with_itself": ("R-003", "a ticket cannot be merged into itself", "工单不能并入自身"),
    "merge_into_ended": ("R-003", "ticket {into} is {status}; merge into a ticket that goes on", "工单 {into} 为{status};请并入仍在处理的工单"),
    "not_open": ("R-002", "ticket {ticket} is {status}; reopen it first", "工单 {ticket} 为{status};请先重新打开"),
    "not_ended": ("R-002", "ticket {ticket} is {status}; only a finished one can be reopened", "工单 {ticket} 为{status};只有已结束的工单才能重新打开"),
    "no_team": ("R-003", "ticket {ticket} has no team; assign it first", "工单 {ticket} 尚无班组;请先分派"),
    "no_solution": ("R-042", "ticket {ticket} is {status}; complete the work before closing", "工单 {ticket} 为{status};关闭前须完工"),
    "unsigned": ("R-166", "the customer has not signed for ticket {ticket}", "客户尚未为工单 {ticket} 签字"),
    "no_callback": ("R-240", "ticket {ticket} has not been called back", "工单 {ticket} 尚未回访"),
    # work
    "not_dispatched": ("R-030", "no engineer was dispatched to ticket {ticket}; it is {status}", "工单 {ticket} 未派工;当前为{status}"),
    "other_engineer": ("R-145", "ticket {ticket} was given to {engineer}; no swapping without permission", "工单 {ticket} 已派给 {engineer};未经许可不得调换"),
    "not_running": ("R-128", "work on ticket {ticket} is not running; it is {status}", "工单 {ticket} 未在施工;当前为{status}"),
    "not_paused": ("R-131", "work on ticket {ticket} is not paused; it is {status}", "工单 {ticket} 未暂停;当前为{status}"),
    "open_pause": ("R-131", "work on ticket {ticket} is paused ({reason}); resume it first", "工单 {ticket} 处于暂停({reason});请先恢复"),
    "open_part": ("R-200", "part {part_no} (request {request}) is approved but not issued", "配件 {part_no}(申请 {request})已批准但未出库"),
    "not_finished": ("R-179", "the service is not finished; nobody signs before it is (ticket {ticket} is {status})", "服务尚未完成,不得提前签字(工单 {ticket} 为{status})"),
    # callbacks
    "no_callback_due": ("R-240", "no callback is scheduled for ticket {ticket}", "工单 {ticket} 没有待办回访"),
    "nothing_to_call_back": ("R-240", "ticket {ticket} is {status}; a callback follows a finished service", "工单 {ticket} 为{status};服务完成后才回访"),
    "identity_not_verified": ("R-244", "verify whom you speak to before asking", "提问前须核实客户身份"),
    "own_rating": ("R-240", "{actor} did this work and cannot ask for its rating", "{actor} 是施工人员,不得回访自己的服务"),
    # parts
    "unknown_request": ("R-201", "ticket {ticket} has no part request {request}", "工单 {ticket} 没有配件申请 {request}"),
    "request_taken": ("R-201", "part request {request} exists with another part", "配件申请 {request} 已用于其他配件"),
    "not_approved": ("R-195", "part request {request} is {status}; the service department approves first", "配件申请 {request} 为{status};须先经售后服务部批准"),
    "already_decided": ("R-195", "part request {request} is {status} already", "配件申请 {request} 已为{status}"),
    "other_part": ("R-201", "request {request} asks for {wanted}, not for {part_no}", "申请 {request} 需要 {wanted},不是 {part_no}"),
    "out_of_stock": ("R-202", "{on_hand} of {part_no} on hand, {quantity} wanted; report the shortage", "{part_no} 库存 {on_hand},需要 {quantity};请上报缺件"),
    # complaints
    "unknown_complaint": ("R-257", "there is no complaint {complaint}", "没有投诉 {complaint}"),
    "complaint_taken": ("R-257", "complaint {complaint} is about ticket {ticket} and says something else; choose a new name", "投诉 {complaint} 属于工单 {ticket},内容不同;请换新编号"),
    # imported logs
    "unreadable_line": ("", "the line cannot be understood, nothing of it was imported: {why}", "无法理解该行,未导入任何内容:{why}"),
    "late_line": ("", "happened before what we know already; kept in the history, not applied", "早于已知事件;已保留在历史中,未改变状态"),
}  # fmt: skip
