"""How the command line shows things: tables for people, one JSON document for programs."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from events.event import Recorded
from projections.headings import WORDS
from projections.projection import COUNTED, Page, Row
from projections.rebuild import Rebuild
from services.cli.console import err, out
from services.command import Outcome
from services.demo.demonstration import Demonstration
from services.doctor import Report as DoctorReport
from services.logs.importer import Report
from services.replay import Replay

NARROW = {"ticket", "site", "status", "since", "team", "engineer", "owner", "part_no", "complaint", "pause_reason"}
UNKNOWN_IF_ZERO = {"fault_grade", "rating", "open_parts", "reopenings"}
IN_WORDS = {"status", "stage", "booking", "pre_check", "pause_reason"}

KPI_COLUMNS = {
    "site": ("Site", "网点"),
    "received": ("Received", "受理"),
    "completed": ("Resolved", "解决"),
    "handled": ("Closed", "关闭"),
    "handling_hours": ("Hours each", "处理时长(h)"),
    "paused_hours": ("Paused (h)", "暂停(h)"),
    "resolution_rate": ("Resolution", "解决率"),
    "handovers": ("Handovers", "转派"),
    "reopen_rate": ("Reopened", "重开率"),
    "satisfaction": ("Satisfied", "满意度"),
    "in_time": ("In time", "按期率"),
    "complaints": ("Complaints", "投诉"),
}
EVENT_COLUMNS = {
    "version": ("#", "版本"),
    "happened": ("Happened", "发生"),
    "known": ("Known (UTC)", "记录"),
    "actor": ("Who", "谁"),
    "event": ("Event", "事件"),
    "told": ("Facts", "内容"),
}
HISTORY_COLUMNS = {
    "position": ("Event", "序号"),
    "occurred_at": ("When", "时间"),
    "actor": ("Who", "谁"),
    "english": ("What", "英文"),
    "chinese": ("What", "中文"),
}
REBUILD_COLUMNS = {
    "projection": ("Projection", "投影"),
    "rows": ("Rows", "行数"),
    "same": ("Same as live", "与现有一致"),
}
REFUSED_COLUMNS = {
    "line": ("Line", "行"),
    "ticket": ("Ticket", "工单"),
    "status": ("Status", "状态"),
    "code": ("Code", "代码"),
    "english": ("Why", "原因"),
    "chinese": ("Why", "原因"),
}
DEAD_COLUMNS = {
    "name": ("Name", "名称"),
    "cause": ("Cause", "原因"),
    "body": ("Message", "消息"),
}
NEXT = (
    "board workshop_board --site SH01",
    "ticket {ticket}",
    "ticket {ticket} --at {moment}",
    "kpi",
    "rebuild",
    "doctor",
)
FOLLOWER_COLUMNS = {
    "name": ("Follower", "名称"),
    "position": ("At event", "位置"),
    "behind": ("Behind", "落后"),
    "idle_seconds": ("Moved (s ago)", "上次移动(秒前)"),
    "healthy": ("Healthy", "健康"),
}
QUEUE_COLUMNS = {
    "desk": ("Desk", "工位"),
    "waiting": ("Waiting", "等待"),
    "parked": ("Parked", "停放"),
}
PARKED_COLUMNS = {
    "projection": ("Projection", "投影"),
    "stream": ("Stream", "事件流"),
    "position": ("At event", "位置"),
    "cause": ("Cause", "原因"),
}
SHARES = {"in_time", "resolution_rate", "reopen_rate", "satisfaction"}


def print_page(page: Page) -> None:
    """A board as a table, with how much of it is shown and up to which position it is true."""
    english, chinese = page.board.title
    print_table(f"{english} {chinese}", page.board.columns, page.rows)
    total = f"{COUNTED:,}+" if page.total > COUNTED else str(page.total)
    shown = f"{len(page.rows)} of {total}" if len(page.rows) < page.total else total
    out.print(f"[dim]{shown} rows · true up to event {page.position} · times {_zone()}[/dim]")


def print_kpi(rows: Sequence[Row]) -> None:
    """The figures, a row per site, the whole network last."""
    told = [{**row, "site": row["site"] or "∑"} for row in rows]
    for row in told:
        row.update({name: _percent(row[name]) for name in SHARES})
    print_table("Key figures 关键指标", KPI_COLUMNS, told)


def print_table(title: str, columns: Mapping[str, tuple[str, str]], rows: Iterable[Row]) -> None:
    """Rows under headings of both languages."""
    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, (english, chinese) in columns.items():
        table.add_column(f"{english}\n{chinese}", overflow="fold", no_wrap=name in NARROW)
    for row in rows:
        table.add_row(*(_cell(name, row.get(name)) for name in columns))
    out.print(table)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; call it with what is done and the total."""
    columns = TextColumn(f"{title:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=not err.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_outcome(outcome: Outcome) -> None:
    """What became of a command, with the rule in both languages if it was refused."""
    if outcome.refusal is None:
        again = " (known already)" if outcome.repeated else ""
        out.print(f"[green]accepted[/green]{again}: {outcome.stream} is at version {outcome.version}")
        return
    out.print(f"[red]{outcome.status}[/red] {outcome.refusal}")
    out.print(f"[red]{outcome.refusal.rule}[/red] {outcome.refusal.chinese}")


def print_replay(name: str, seen: Replay) -> None:
    """A ticket's state as two columns, then its events."""
    empty, state = type(seen.state)(), seen.state._asdict()
    changed = {key: value for key, value in state.items() if value != getattr(empty, key)} | _of_case(state)
    facts = [{"fact": key, "value": _plain_text(value)} for key, value in changed.items() if key != "case" and value]
    title = f"Ticket 工单 {name} · version {seen.version}"
    print_table(title, {"fact": ("State", "状态"), "value": ("", "")}, facts)
    print_table("Events 事件", EVENT_COLUMNS, [_event_row(recorded) for recorded in seen.events])


def _of_case(state: Mapping[str, Any]) -> dict[str, Any]:
    """The forms that lie there with who signed them, and the deadlines that run; the rest of a case is for rows."""
    case = state.get("case")
    if case is None:
        return {}
    forms = {name: " ".join((f"#{each.edition}", *sorted(each.signed_by))) for name, each in case.forms.items()}
    return {"forms": forms, "deadlines": {name: each.due_at for name, each in case.deadlines.items()}}


def print_history(name: str, rows: Sequence[Row]) -> None:
    """A ticket's story in both languages."""
    print_table(f"History 历史 · {name}", HISTORY_COLUMNS, rows)


def print_facts(title: str, facts: Mapping[str, Any]) -> None:
    """Names and values, one a line."""
    rows = [{"fact": key, "value": _plain_text(value)} for key, value in facts.items()]
    print_table(title, {"fact": ("", ""), "value": ("", "")}, rows)


def print_rebuild(done: Rebuild) -> None:
    """What was rebuilt, and whether it is the same as before."""
    rows = [
        {**asdict(each), "same": "=" if each.differing == 0 else f"≠ {each.differing}"} for each in done.projections
    ]
    print_table("Rebuilt 重建", REBUILD_COLUMNS, rows)
    rate = done.events / done.seconds if done.seconds else 0
    out.print(f"[dim]{done.events} events in {done.seconds:.1f} s, {rate:,.0f} events/s[/dim]")


def print_import(report: Report) -> None:
    """What became of a log's lines."""
    facts = report.model_dump(exclude={"refused"})
    print_facts(f"Imported 导入 {report.log}", facts)
    if report.refused:
        print_table(
            "Lines not followed 未采纳的行", REFUSED_COLUMNS, [each.model_dump() for each in report.refused[:20]]
        )
    if report.broken:
        err.print(f"[red]{report.broken}[/red] mend the file and run the same command again")


def print_report(report: DoctorReport) -> None:
    """What the doctor found."""
    health = "[green]healthy 健康[/green]" if report.healthy else "[red]something is wrong 有异常[/red]"
    out.print(f"{health} · {report.mode} mode · {report.database} · RabbitMQ: {report.broker} · {report.events} events")
    print_table("Followers 跟随者", FOLLOWER_COLUMNS, [each.model_dump() for each in report.followers])
    if report.queues:
        rows = [{"desk": desk, **depth} for desk, depth in report.queues.items()]
        print_table("Queues 队列", QUEUE_COLUMNS, rows)
    if report.parked:
        print_table("Parked 停放", PARKED_COLUMNS, report.parked)


def print_demo(shown: Demonstration, data: Path) -> None:
    """The network's boards and figures, one ticket's history, and what to try next."""
    for page in shown.boards:
        print_page(page)
    print_kpi(shown.kpi)
    print_history(shown.ticket, shown.history)
    out.print(
        f"\n{shown.commands} commands made {shown.events} events, {shown.new_events} of them now,"
        f" in {shown.seconds:.1f} s; {shown.refused} commands were refused, as in life.\n\nTry next:"
    )
    for line in NEXT:
        out.print(f"  {_program()} --data {data} {line.format(ticket=shown.ticket, moment=shown.moment)}", style="cyan")


def _program() -> str:
    """How the user called us, so that what we print can be typed."""
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "aftersales" and called.exists() else "aftersales"


def _event_row(recorded: Recorded) -> Row:
    context = recorded.context
    told = ", ".join(f"{key}={value}" for key, value in recorded.event.model_dump().items() if value not in ("", None))
    return {"version": recorded.version, "happened": context.occurred_at.isoformat(" ", "minutes"), "told": told,
            "known": recorded.recorded_at.isoformat(" ", "minutes"), "event": recorded.event.name,
            "actor": f"{context.actor} ({context.role})"}  # fmt: skip


def _plain_text(value: Any) -> str:
    match value:
        case datetime():
            return value.isoformat(" ", "minutes")
        case Mapping():
            return ", ".join(f"{key}: {_plain_text(each)}" for key, each in value.items())
        case tuple() | Set():
            return " ".join(map(str, value))
        case _:
            return str(value)


def _cell(name: str, value: Any) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return "✓" if value else ""
        case 0 if name in UNKNOWN_IF_ZERO:
            return ""
        case str() if name in IN_WORDS:
            return " ".join(WORDS.get(value, (value,)))
        case datetime():
            return value.astimezone().strftime("%m-%d %H:%M")
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _zone() -> str:
    return datetime.now().astimezone().tzname() or "local"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
