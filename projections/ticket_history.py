"""The history of each ticket: one line per event, in words of both languages, also for its parts and complaints."""

from typing import Any

from events.callback import CallbackCompleted, CallbackScheduled
from events.complaint import ComplaintRegistered, ComplaintResolved
from events.event import Context, Event, Recorded
from events.log_line import LogLineImported
from events.part import PartApproved, PartIssued, PartRefused, PartRequested
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
from events.work import (
    CompletionSigned,
    EngineerArrived,
    EngineerDispatched,
    WorkCompleted,
    WorkPaused,
    WorkResumed,
    WorkStarted,
)
from projections.projection import Projection, Row

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
    CallbackScheduled: ("to be called by {due_at:%Y-%m-%d %H:%M}", "{due_at:%Y-%m-%d %H:%M} 前回访"),
    CallbackCompleted: ("called back: {outcome}, ratings {ratings}", "回访:{outcome},评分 {ratings}"),
    PartRequested: ("part {part_no} ×{quantity} requested: {reason}", "申请配件 {part_no} ×{quantity}:{reason}"),
    PartApproved: ("part request {request} approved", "配件申请 {request} 已批准"),
    PartRefused: ("part request {request} refused: {reason}", "配件申请 {request} 被拒:{reason}"),
    PartIssued: ("part {part_no} ×{quantity} issued", "配件 {part_no} ×{quantity} 出库"),
    ComplaintRegistered: ("complaint: {statement}", "投诉:{statement}"),
    ComplaintResolved: ("complaint resolved: {result}", "投诉已处理:{result}"),
    LogLineImported: ("log line {line} of {log}", "日志 {log} 第 {line} 行"),
}


def told(row: Row, event: Event, context: Context) -> None:
    english, chinese = SENTENCES[type(event)]
    facts = {name: getattr(event, name) for name in type(event).model_fields}
    row.update(
        occurred_at=context.occurred_at,
        actor=context.actor,
        role=context.role,
        site=context.site,
        english=english.format(**facts).strip(),
        chinese=chinese.format(**facts).strip(),
    )


def _key(recorded: Recorded) -> tuple[str, int]:
    return _ticket(recorded), recorded.position


def _ticket(recorded: Recorded) -> Any:
    noun, _, name = recorded.stream.partition("/")
    return name if noun == "ticket" else recorded.context.correlation_id.removeprefix("ticket/")


TICKET_HISTORY = Projection(
    name="ticket_history",
    key=("ticket", "position"),
    key_of=_key,
    columns={
        "ticket": "text",
        "position": "bigint",
        "occurred_at": "timestamptz",
        "actor": "text",
        "role": "text",
        "site": "text",
        "english": "text",
        "chinese": "text",
    },
    folds=dict.fromkeys(SENTENCES, told),
    grows=True,
)
