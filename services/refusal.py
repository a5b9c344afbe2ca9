"""Every reason to refuse a command, with its rule and its words in both languages."""

from typing import Any, NamedTuple

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


class Both(NamedTuple):
    """A fact that has words of its own in each language."""

    english: str
    chinese: str


class Rejected(Exception):
    """A decision says no. An answer, not an error: it is recorded, and a repeated command gets the same one.

    `cites` is the rule of the row that stands in the way, where the code alone does not tell.
    """

    def __init__(self, code: str, *, cites: str = "", **facts: Any) -> None:
        rule, english, chinese = REFUSALS[code]
        told = {name: fact.english if isinstance(fact, Both) else fact for name, fact in facts.items()}
        named = {name: _in_chinese(fact) for name, fact in facts.items()}
        self.refusal = Refusal(
            code=code, rule=cites or rule, english=english.format(**told), chinese=chinese.format(**named)
        )
        super().__init__(str(self.refusal))


def _in_chinese(fact: Any) -> Any:
    return fact.chinese if isinstance(fact, Both) else CHINESE.get(str(fact), fact)


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
    "proposed": "待确认",
    "declined": "已谢绝",
}

REFUSALS: dict[str, tuple[str, str, str]] = {
    # who may, when, and on what
    "role_not_permitted": ("R-145", "role {role} may not send {command}; it is for {allowed}", "角色 {role} 不得发送 {command};该命令属于 {allowed}"),
    "other_site": ("R-026", "this belongs to site {site}, not to {found}", "该记录属于网点 {site},不属于 {found}"),
    "unknown_page": ("", "there is no page, board, command or rule named {page}", "没有名为 {page} 的页面、看板、命令或规则"),
    "bad_cursor": ("", "`cursor` is not the `next` of a page of this board", "`cursor` 不是此看板某一页的 `next`"),
    "beyond_the_log": ("", "event {after} is not in the log yet; the last one is {last}", "日志中尚无事件 {after};最新为 {last}"),
    "unknown_webhook": ("", "there is no webhook {webhook} of yours", "没有属于您的订阅 {webhook}"),
    "customer_not_opened": ("R-026", "send OpenCustomerData for ticket {ticket} and say what for; then its customer is shown to you for {minutes} minutes", "请先对工单 {ticket} 发送 OpenCustomerData 并说明用途;此后 {minutes} 分钟内可查看客户资料"),
    "page_not_permitted": ("R-026", "role {role} does not see {page}; it is for {allowed}", "角色 {role} 无权查看 {page};该页面属于 {allowed}"),
    "site_not_permitted": ("R-026", "{actor} may see {sites}, not site {site}", "{actor} 可查看 {sites},不含网点 {site}"),
    "in_the_future": ("", "`at` lies {seconds} s ahead of our clock; send the time when it happened", "`at` 比系统时间超前 {seconds} 秒;请填写实际发生时间"),
    "command_id_reused": ("", "command id {id} was used for {command} on {stream}; choose a new id", "命令编号 {id} 已用于 {stream} 的 {command};请换新编号"),
    "unknown_profile": ("", "there is no policy profile {profile}; there are {known}", "没有策略档案 {profile};现有 {known}"),
    "blank_parameter": ("R-423", "profile {profile} leaves {parameter} blank; fill it in and publish the profile", "策略档案 {profile} 中 {parameter} 为空;请填写并发布"),
    # rows: guards, forms, profiles
    "guard_sender": ("", "{command} is for {allowed}, not for {role}: {text}", "{command} 仅限 {allowed},{role} 不可:{text}"),
    "guard_time": ("", "{command} at {time} is not in order (calendar {calendar}): {text}", "{time} 不宜 {command}(日历 {calendar}):{text}"),
    "guard_needs": ("", "{command} needs {need}: {text}", "{command} 须{need}:{text}"),
    "unknown_form": ("", "profile {profile} has no form {form}; there are {known}", "策略档案 {profile} 没有表单 {form};现有 {known}"),
    "form_field": ("", "form {form}: field `{field}`: expected {expected}; found {found}", "表单 {form}:字段 `{field}`:应为 {expected};实为 {found}"),
    "form_point": ("", "form {form}: {point} has to be yes: {text}", "表单 {form}:{point}必须为是:{text}"),
    "form_filler": ("", "form {form} is filled in by {allowed}, not by {role}", "表单 {form} 由 {allowed} 填写,{role} 不可"),
    "form_not_filled": ("", "form {form} has not been filled in; there is nothing to sign", "表单 {form} 尚未填写,无可签署"),
    "form_other_edition": ("R-180", "form {form} has been changed since: its digest is {digest}; show the signer the present edition", "表单 {form} 已变更,现摘要为 {digest};请向签字人出示现行版本"),
    "signed_before_service": ("R-179", "form {form} says that the service is done; nobody signs it before it is", "《{form}》确认服务完成;服务完成前不得要求签字"),
    "form_signer": ("", "form {form} is signed by {allowed}, not by {party}", "表单 {form} 由 {allowed} 签署,{party} 不可"),
    "profile_invalid": ("R-423", "this profile cannot be used: {why}", "该策略档案无法使用:{why}"),
    "profile_version": ("R-423", "there is no version {version} of {profile} that waits for this; the last one is {last}", "{profile} 没有待处理的版本 {version};最新为 {last}"),
    "profile_own_approval": ("R-423", "{actor} proposed this version; somebody else approves it", "该版本由 {actor} 提出;须由他人批准"),
    "profile_not_approved": ("R-423", "version {version} of {profile} is not approved yet", "{profile} 的版本 {version} 尚未批准"),
    "profile_in_the_past": ("R-423", "a version takes effect from now on or later, never in the past", "新版本只能自现在起或以后生效,不得追溯"),
    "unknown_rule": ("", "there is no rule {rule} with an audit question", "没有带检查问题的规则 {rule}"),
    "no_measure": ("R-416", "a finding needs a corrective measure", "检查发现须有整改措施"),
    # tickets
    "unknown_ticket": ("R-001", "there is no ticket {ticket}; register it first", "没有工单 {ticket};请先登记"),
    "already_registered": ("R-003", "ticket {ticket} is registered already", "工单 {ticket} 已登记"),
    "merged": ("R-003", "ticket {ticket} was merged into {into}; go on there", "工单 {ticket} 已并入 {into};请在那里继续"),
    "not_merged": ("R-003", "ticket {ticket} is not merged into another one", "工单 {ticket} 未并入其他工单"),
    "merge_with_itself": ("R-003", "a ticket cannot be merged into itself", "工单不能并入自身"),
    "merge_into_ended": ("R-003", "ticket {into} is {status}; merge into a ticket that goes on", "工单 {into} 为{status};请并入仍在处理的工单"),
    "not_open": ("R-002", "ticket {ticket} is {status}; reopen it first", "工单 {ticket} 为{status};请先重新打开"),
    "not_ended": ("R-002", "ticket {ticket} is {status}; only a finished one can be reopened", "工单 {ticket} 为{status};只有已结束的工单才能重新打开"),
    "no_open_case": ("R-026", "ticket {ticket} is {status}; the customer's data are only for an open case", "工单 {ticket} 为{status};仅限在办工单查看客户资料"),
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
    # service desk, appointments, reception
    "no_session": ("R-035", "there is no open remote session on ticket {ticket}", "工单 {ticket} 没有进行中的远程连接"),
    "session_open": ("R-035", "a remote session on ticket {ticket} is open; end it first", "工单 {ticket} 的远程连接尚未结束;请先结束"),
    "same_engineer": ("R-040", "{engineer} has this ticket already; send another engineer", "该工单已由 {engineer} 负责;请另派他人"),
    "booked_already": ("R-059", "ticket {ticket} has an appointment; move it", "工单 {ticket} 已有预约;请改期"),
    "not_booked": ("R-059", "ticket {ticket} has no appointment", "工单 {ticket} 没有预约"),
    "appointment_in_the_past": ("R-059", "{expected_at} is not ahead; give a time to come", "{expected_at} 不在将来;请填写将来的时间"),
    "not_arrived": ("R-073", "no vehicle has arrived for ticket {ticket}", "工单 {ticket} 尚无车辆到达"),
    "served_on_site": ("R-111", "ticket {ticket} was served at the customer's; register the job in the workshop as a ticket of its own", "工单 {ticket} 为上门服务;车辆进厂维修请另行登记工单"),
    "not_for_pre_check": ("R-094", "{plate} comes neither for repair nor for maintenance; direct it elsewhere", "{plate} 不是维修保养车辆;请引导至他处"),
    "no_such_bay": ("R-094", "there is no bay {bay}; the pre-check area has {bays} bays (0 means beside them)", "没有 {bay} 号工位;预检区设 {bays} 个工位(0 表示工位之外)"),
    "bay_taken": ("R-094", "{plate} stands in bay {bay}", "{bay} 号工位已停放 {plate}"),
    "not_in_area": ("R-096", "{plate} does not stand in the pre-check area; there are {inside}", "{plate} 不在预检区;区内有 {inside}"),
    "no_queue_card": ("R-097", "the customer of {plate} gets a queue card before the vehicle is moved to temporary parking", "将 {plate} 移至临时停车位前须发叫号牌"),
    # estimate and items
    "estimate_above_cap": ("R-104", "the lines come to {total} yuan, more than the cap of {cap}", "各项合计 {total} 元,超过上限 {cap} 元"),
    "promise_in_the_past": ("R-107", "{promised_at} is over; promise a time to come", "{promised_at} 已过;请承诺将来的时间"),
    "item_known": ("R-114", "item {item} is {status} already", "项目 {item} 已为{status}"),
    "unknown_item": ("R-114", "no item {item} was proposed; there are {known}", "未提出项目 {item};现有 {known}"),
    "open_item": ("R-114", "the customer has neither approved nor declined {item}", "客户尚未同意或拒绝 {item}"),
    # inspection and handover
    "no_such_level": ("R-208", "this profile has no inspection level {level}; it has {levels}", "该策略档案没有检验级别 {level};现有 {levels}"),
    "nothing_to_inspect": ("R-208", "ticket {ticket} is {status}; inspection follows completed work", "工单 {ticket} 为{status};完工后才检验"),
    "level_before": ("R-208", "level {level} comes after level {before}, which has not passed", "{before} 检验通过后才能进行 {level} 检验"),
    "own_work": ("R-211", "{actor} did this work and cannot inspect it at level {level}", "{actor} 是施工人员,不得进行 {level} 检验"),
    "not_the_inspector": ("R-211", "level {level} is inspected by {allowed}, not by {role}", "{level} 检验由 {allowed} 进行,{role} 不可"),
    "more_than_agreed": ("R-114", "the settlement sheet says {total} yuan, the customer agreed to {agreed}", "结算单为 {total} 元,客户同意的金额为 {agreed} 元"),
    "other_amount": ("R-232", "{amount} yuan were paid, the settlement sheet says {total}", "收款 {amount} 元,结算单为 {total} 元"),
    "paid_already": ("R-234", "ticket {ticket} is paid; a further charge needs a new settlement sheet", "工单 {ticket} 已付款;再收费须另签结算单"),
    "other_exit_pass": ("R-233", "exit pass {found} was not issued for ticket {ticket}", "出门证 {found} 不是为工单 {ticket} 开具的"),
    # visits and custody
    "delay_told_late": ("R-153", "the customer expected us at {promised_at}; a delay is told in advance", "约定时间 {promised_at} 已过;延误须提前告知"),
    "not_with_customer": ("R-169", "nobody of ours is with the customer of ticket {ticket}", "工单 {ticket} 的客户处没有我方人员"),
    "left_at_work": ("R-169", "work on ticket {ticket} is running; complete it, break it off or take the product away before leaving", "工单 {ticket} 正在施工;离开前须完工、中断服务或带回产品"),
    "taken_already": ("R-183", "the product of ticket {ticket} was taken away against receipt {receipt}", "工单 {ticket} 的产品已凭收据 {receipt} 带回"),
    "not_taken": ("R-183", "no product of ticket {ticket} is with us", "工单 {ticket} 没有带回的产品"),
    "other_receipt": ("R-189", "the product went with receipt {receipt}, not {found}", "产品凭收据 {receipt} 带回,不是 {found}"),
    # agreements
    "unknown_agreement": ("R-056", "there is no agreement {agreement}", "没有协议 {agreement}"),
    "agreement_exists": ("R-056", "agreement {agreement} is signed already; choose a new name", "协议 {agreement} 已签订;请换新编号"),
    "agreement_period": ("R-056", "the last day {last_day} is before the first day {first_day}", "截止日 {last_day} 早于起始日 {first_day}"),
    "other_phase": ("R-045", "after the present phase comes {expected}, not {phase}", "当前阶段之后为 {expected},不是 {phase}"),
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
