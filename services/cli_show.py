"""How the command line shows things: tables for people, one JSON document for programs."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from projections.projection import Page, Row

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

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
    "complaints": ("Complaints", "投诉"),
}
SHARES = {"resolution_rate", "reopen_rate", "satisfaction"}


def print_json(document: Any) -> None:
    """Prints exactly one JSON document on standard output."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.buffer.write(orjson.dumps(document, default=_plain, option=options) + b"\n")
    sys.stdout.flush()


def print_page(page: Page) -> None:
    """A board as a table, with how much of it is shown and up to which position it is true."""
    english, chinese = page.board.title
    print_table(f"{english} {chinese}", page.board.columns, page.rows)
    shown = f"{len(page.rows)} of {page.total}" if len(page.rows) < page.total else str(page.total)
    out.print(f"[dim]{shown} rows · true up to event {page.position}[/dim]")


def print_kpi(rows: Sequence[Row]) -> None:
    """The figures, a row per site, the whole network last."""
    told = [{**row, "site": row["site"] or "∑"} for row in rows]
    for row in told:
        row.update({name: _percent(row[name]) for name in SHARES})
    print_table("Key figures 关键指标", KPI_COLUMNS, told)


def print_table(title: str, columns: Mapping[str, tuple[str, str]], rows: Iterable[Row]) -> None:
    """Rows under headings of both languages."""
    table = Table(title=title, title_justify="left", header_style="bold", pad_edge=False)
    for english, chinese in columns.values():
        table.add_column(f"{english}\n{chinese}", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    out.print(table)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; call it with what is done and the total."""
    columns = TextColumn(f"{title:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=not err.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _cell(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case datetime():
            return value.strftime("%m-%d %H:%M")
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
