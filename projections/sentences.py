"""What an event says in words of both languages; the names in braces are its fields."""

from events.agreement import AgreementSigned, PeriodicVisitHeld, PhaseEntered
from events.appointment import AppointmentBooked, AppointmentMissed, AppointmentMoved, AppointmentReconfirmed
from events.area import AreaCrowded, AreaMonthReviewed, ManagerAlerted, VehicleEntered, VehicleLeft, VehicleRelocated
from events.audit import AuditFindingRecorded
from events.callback import CallbackCompleted, CallbackScheduled
from events.complaint import ComplaintRegistered, ComplaintResolved
from events.custody import PapersArchived, ProductReturned, ProductTakenAway, ReturnDateSet
from events.deadline import (
    DeadlineDropped,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMissed,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineStarted,
    DeadlineWarned,
)
from events.event import Event
from events.form import FormFilled, FormSigned
from events.handover import ExitPassIssued, PaymentReceived, VehicleReleased
from events.inspection import InspectionPassed, ReworkOrdered
from events.log_line import LogLineImported
from events.order import EstimateGiven, ItemApproved, ItemDeclined, ItemProposed
from events.part import PartApproved, PartIssued, PartRefused, PartRequested
from events.profile import ProfileApproved, ProfileProposed, ProfilePublished, ProfileShipped
from events.reception import VehicleArrived, VehicleReceived
from events.support import (
    CustomerContacted,
    EngineerReplaced,
    GuidanceGiven,
    ProgressReported,
    RemoteSessionEnded,
    RemoteSessionStarted,
    TicketEscalated,
)
from events.ticket import (
    TicketAbsorbed,
    TicketAssigned,
    TicketCancelled,
    TicketClassified,
    TicketClosed,
    TicketHandedOver,
    TicketMerged,
    TicketNoted,
    TicketPlacedOnFollowUp,
    TicketRegistered,
    TicketReleased,
    TicketReopened,
    TicketSeparated,
)
from events.visit import DelayNotified, EngineerDeparted, EngineerLeft
from events.work import (
    AdvisorInformed,
    CompletionSigned,
    EngineerArrived,
    EngineerDispatched,
    TradeChanged,
    WorkCompleted,
    WorkPaused,
    WorkResumed,
    WorkStarted,
)

SENTENCES: dict[type[Event], tuple[str, str]] = {
    TicketRegistered: ("registered: {problem}", "登记:{problem}"),
    TicketClassified: ("classified: {category}, grade {fault_grade}", "分类:{category},故障级别 {fault_grade}"),
    TicketAssigned: ("assigned to team {team} {owner}", "分派给班组 {team} {owner}"),
    TicketHandedOver: ("handed over from {from_team} to {to_team}: {reason}", "由 {from_team} 转派 {to_team}:{reason}"),
    TicketPlacedOnFollowUp: ("to follow up on {follow_up_on}: {reason}", "{follow_up_on} 跟踪:{reason}"),
    TicketNoted: ("note: {text}", "备注:{text}"),
    TicketMerged: ("merged into {into}", "并入 {into}"),
    TicketAbsorbed: ("took over {other}", "合并了 {other}"),
    TicketSeparated: ("separated from {other}: {reason}", "与 {other} 分开:{reason}"),
    TicketReleased: ("let {other} go again", "{other} 已分开"),
    TicketCancelled: ("cancelled: {reason}", "取消:{reason}"),
    TicketReopened: ("reopened: {reason}", "重新打开:{reason}"),
    TicketClosed: ("closed", "关闭"),
    EngineerDispatched: ("{engineer} dispatched", "派工:{engineer}"),
    EngineerArrived: ("{engineer} arrived", "{engineer} 到达现场"),
    WorkStarted: ("{engineer} started work", "{engineer} 开始施工"),
    WorkPaused: ("paused: {reason} {note}", "暂停:{reason} {note}"),
    WorkResumed: ("resumed after {paused_seconds} s", "恢复施工,暂停 {paused_seconds} 秒"),
    WorkCompleted: ("completed: {solution}", "完工:{solution}"),
    CompletionSigned: ("signed by {signer}", "{signer} 签字"),
    AdvisorInformed: ("advisor {advisor} informed: {matter}", "已告知服务顾问 {advisor}:{matter}"),
    TradeChanged: ("trade changed from {from_trade} to {to_trade}, {engineer}", "工种由 {from_trade} 转为 {to_trade}:{engineer}"),
    CustomerContacted: ("customer contacted ({purpose}, {medium}): {result}", "联系客户({purpose},{medium}):{result}"),
    GuidanceGiven: ("guided from afar, {result}: {advice}", "远程指导({result}):{advice}"),
    RemoteSessionStarted: ("remote session on {system}", "远程连接 {system}"),
    RemoteSessionEnded: ("remote session ended: {changes}", "远程连接结束:{changes}"),
    TicketEscalated: ("escalated to {to}: {reason}", "上报 {to}:{reason}"),
    ProgressReported: ("progress told ({medium}): {text}", "进度通报({medium}):{text}"),
    EngineerReplaced: ("{engineer} sent instead of {instead_of}: {reason}", "改派 {engineer}(原 {instead_of}):{reason}"),
    AppointmentBooked: ("appointment for {expected_at:%Y-%m-%d %H:%M}: {wish}", "预约 {expected_at:%Y-%m-%d %H:%M}:{wish}"),
    AppointmentMoved: ("appointment moved to {expected_at:%Y-%m-%d %H:%M}: {reason}", "预约改为 {expected_at:%Y-%m-%d %H:%M}:{reason}"),
    AppointmentReconfirmed: ("appointment reconfirmed: {answer} {note}", "预约确认:{answer} {note}"),
    AppointmentMissed: ("appointment missed {note}", "预约未到 {note}"),
    VehicleArrived: ("{plate} arrived for {purpose}, announced to {announced_to}", "{plate} 到店({purpose}),已通知 {announced_to}"),
    VehicleReceived: ("received by {advisor}", "{advisor} 接待"),
    EstimateGiven: ("estimate of {total:.2f}, at most {cap:.2f} yuan, ready by {promised_at:%Y-%m-%d %H:%M}", "估价 {total:.2f} 元,不超过 {cap:.2f} 元,预计 {promised_at:%Y-%m-%d %H:%M} 完工"),
    ItemProposed: ("additional item proposed: {item}, {fee:.2f} yuan", "增项:{item},{fee:.2f} 元"),
    ItemApproved: ("additional item approved by {by}: {item}", "{by} 同意增项:{item}"),
    ItemDeclined: ("additional item declined by {by}: {item}", "{by} 谢绝增项:{item}"),
    InspectionPassed: ("inspection {level} passed by {inspector} {remarks}", "{level} 检验合格:{inspector} {remarks}"),
    ReworkOrdered: ("rework ordered at {level} by {inspector}: {reason}", "{level} 检验返修({inspector}):{reason}"),
    PaymentReceived: ("{amount:.2f} yuan paid ({method}), invoice {invoice}", "收款 {amount:.2f} 元({method}),发票 {invoice}"),
    ExitPassIssued: ("exit pass {number} issued", "出门证 {number}"),
    VehicleReleased: ("vehicle left with exit pass {exit_pass}, escorted by {escorted_by}", "凭出门证 {exit_pass} 离店,{escorted_by} 送行"),
    EngineerDeparted: ("{engineer} set out", "{engineer} 出发"),
    DelayNotified: ("delay told, now {new_time:%Y-%m-%d %H:%M}: {reason}", "告知延误,改为 {new_time:%Y-%m-%d %H:%M}:{reason}"),
    EngineerLeft: ("left with the permission of {permitted_by}", "经 {permitted_by} 同意离开"),
    ProductTakenAway: ("{item} taken away against receipt {receipt}", "凭收据 {receipt} 带回 {item}"),
    ReturnDateSet: ("to be returned on {return_on}", "定于 {return_on} 归还"),
    ProductReturned: ("returned, receipt {receipt} voided", "已归还,收据 {receipt} 作废"),
    PapersArchived: ("papers archived: {papers}", "单据归档:{papers}"),
    FormFilled: ("form {title} filled in, edition {edition}", "填写《{title}》,第 {edition} 版"),
    FormSigned: ("form {title} signed by {signer} as {party} ({kind})", "{signer}({party})签署《{title}》({kind})"),
    DeadlineStarted: ("due by {due_at:%Y-%m-%d %H:%M}: {title} {about}", "期限 {due_at:%Y-%m-%d %H:%M}:{title} {about}"),
    DeadlinePaused: ("deadline {title} paused, {left_seconds} s left", "期限 {title} 暂停,剩余 {left_seconds} 秒"),
    DeadlineMoved: ("deadline {title} moved to {due_at:%Y-%m-%d %H:%M} ({why})", "期限 {title} 改为 {due_at:%Y-%m-%d %H:%M}({why})"),
    DeadlineWarned: ("{title} {about} is nearly due", "{title} {about} 即将到期"),
    DeadlineMissed: ("{title} {about} was missed", "{title} {about} 已超期"),
    DeadlineEscalated: ("{title} {about} escalated to {to}", "{title} {about} 上报 {to}"),
    DeadlineMet: ("{title} {about} met, {late_seconds} s late", "{title} {about} 已完成,超时 {late_seconds} 秒"),
    DeadlineDropped: ("{title} {about} no longer due ({why})", "{title} {about} 不再计时({why})"),
    AgreementSigned: ("agreement with {customer} from {first_day} to {last_day}", "与 {customer} 签订协议 {first_day} 至 {last_day}"),
    PhaseEntered: ("phase {phase} begins", "进入阶段 {phase}"),
    PeriodicVisitHeld: ("{occasion} visit: {findings}", "{occasion} 拜访:{findings}"),
    VehicleEntered: ("{plate} in bay {bay}", "{plate} 进入 {bay} 号位"),
    AreaCrowded: ("{count} vehicles in the pre-check area", "预检区已有 {count} 辆车"),
    ManagerAlerted: ("service manager alerted: {cause} {plate}", "已通知服务经理:{cause} {plate}"),
    VehicleRelocated: ("{plate} moved to {to}, queue card {queue_card}", "{plate} 移至 {to},叫号牌 {queue_card}"),
    VehicleLeft: ("{plate} into the workshop after {dwell_seconds} s", "{plate} 停留 {dwell_seconds} 秒后进车间"),
    AreaMonthReviewed: ("month {month} reviewed: {causes}; {measures}", "{month} 月度总结:{causes};{measures}"),
    AuditFindingRecorded: ("audit {rule}, passed: {passed} {note} {measure}", "检查 {rule},合格:{passed} {note} {measure}"),
    ProfileProposed: ("version {version} proposed", "提出版本 {version}"),
    ProfileShipped: ("version {version} as shipped", "随版本发布:{version}"),
    ProfileApproved: ("version {version} approved", "批准版本 {version}"),
    ProfilePublished: ("version {version} in force from {effective_from:%Y-%m-%d %H:%M}", "版本 {version} 自 {effective_from:%Y-%m-%d %H:%M} 生效"),
    CallbackScheduled: ("to be called by {due_at:%Y-%m-%d %H:%M}", "{due_at:%Y-%m-%d %H:%M} 前回访"),
    CallbackCompleted: ("called back: {outcome}, ratings {ratings}", "回访:{outcome},评分 {ratings}"),
    PartRequested: ("part {part_no} ×{quantity} requested: {reason}", "申请配件 {part_no} ×{quantity}:{reason}"),
    PartApproved: ("part request {request} approved", "配件申请 {request} 已批准"),
    PartRefused: ("part request {request} refused: {reason}", "配件申请 {request} 被拒:{reason}"),
    PartIssued: ("part {part_no} ×{quantity} issued", "配件 {part_no} ×{quantity} 出库"),
    ComplaintRegistered: ("complaint: {statement}", "投诉:{statement}"),
    ComplaintResolved: ("complaint resolved: {result}", "投诉已处理:{result}"),
    LogLineImported: ("log line {line} of {log}", "日志 {log} 第 {line} 行"),
}  # fmt: skip

# The words that events use for kinds of things, in Chinese.
CHINESE = {
    "waiting_for_part": "待料", "waiting_for_customer": "等客户", "waiting_for_supplier": "等供应商",
    "waiting_for_manufacturer": "等厂家", "waiting_for_approval": "等审批", "new_finding": "新问题", "rest_time": "休息",
    "other": "其他",
    "first_contact": "首次联系", "answer": "答复", "diagnosis": "诊断", "consent": "征求同意", "delay": "告知延误",
    "delivery": "约定交车", "follow_up": "跟进", "escalation": "上报",
    "phone": "电话", "message": "短信", "email": "邮件", "in_person": "当面", "chat": "在线", "letter": "来函", "fax": "传真",
    "remote": "远程", "system": "系统",
    "condition": "状况确认", "authorisation": "授权", "promise": "承诺", "custody": "保管", "charge": "费用",
    "completion": "完工",
    "customer": "客户", "advisor": "服务顾问", "engineer": "工程师", "foreman": "车间主管", "manager": "服务经理",
    "provider": "服务方",
    "self": "自检", "team": "班组检验", "final": "终检", "director": "主任检验",
    "cash": "现金", "card": "刷卡", "transfer": "转账", "mobile": "移动支付", "warranty": "质保", "free": "免费",
    "resolved": "已解决", "unresolved": "未解决", "new_problem": "新问题", "solved": "已解决", "unsolved": "未解决",
    "coming": "会来", "late": "会晚到", "not_coming": "不来", "not_reached": "未接通",
    "temporary_parking": "临时停车位", "waiting_bay": "待修工位", "waiting_for_repair": "待修区",
    "crowded": "拥堵", "overstay": "超时", "resumed": "恢复计时", "signed": "客户签字", "graded": "重新定级",
    "quarterly": "季度", "tour": "巡检", "health_check": "体检",
}  # fmt: skip
