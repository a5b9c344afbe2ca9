"""The command line: one function per command, each with `--json`; it decides nothing itself.

Exit codes: 0 done, 1 refused or found wrong, 2 wrong usage.
"""

import asyncio
import getpass
import logging
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from projections.catalog import BOARDS, PROJECTIONS
from projections.rebuild import RebuildRunning, rebuild
from services import doctor as examination
from services import runtime as runtimes
from services.command import COMMANDS, Command, Malformed, Outcome, parse
from services.embedded import EmbeddedError
from services.policy import PolicyError
from services.replay import replay
from services.runtime import Runtime
from services.settings import Settings, SettingsError, from_environment
from services.cli_show import err, out, print_json, print_kpi, print_page, print_table, progress

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
dead = typer.Typer(no_args_is_help=True, help="What could not be worked on and waits for you.")
app.add_typer(dead, name="dead")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Site = Annotated[str | None, typer.Option(help="Only this site.")]


class Wrong(Exception):
    """The call makes no sense; exit code 2."""


@app.callback()
def aftersales(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")] = False,
) -> None:
    """After-sales service of a dealer network, recorded event by event. 售后服务:逐事件记录。"""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    context.obj = data


@app.command()
def send(
    context: typer.Context,
    command: Annotated[str, typer.Argument(help="The command's name, e.g. StartWork.")],
    document: Annotated[
        str, typer.Argument(metavar="JSON", help="Its fields; missing id, time and actor are filled in.")
    ],
    as_json: Json = False,
) -> None:
    """Send one command and print its outcome. 发送一条命令。"""
    parsed = _parse(command, document)
    with _runtime(context) as runtime:
        outcome = runtimes.ask(runtime, [parsed])[0]
    print_json(outcome) if as_json else _print_outcome(outcome)
    raise typer.Exit(0 if outcome.status == "accepted" else 1)


@app.command()
def ticket(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The ticket, e.g. SH01-260302-7F3K.")],
    version: Annotated[int | None, typer.Option(min=0, help="As it was after this many events.")] = None,
    at: Annotated[str | None, typer.Option(help="As it was at this time, e.g. 2026-03-02T10:00:00+08:00.")] = None,
    as_known: Annotated[str | None, typer.Option(help="As we knew it at this time.")] = None,
    as_json: Json = False,
) -> None:
    """Replay a ticket: its state and history, now or at any moment. 回放工单。"""
    moments = {"at": _moment("--at", at), "as_known": _moment("--as-known", as_known)}
    limit = {} if version is None else {"version": version}
    with _runtime(context) as runtime:
        seen = replay(runtime.store, f"ticket/{name}", **limit, **moments)
    if not seen.events:
        raise _found_wrong(f"ticket {name}: nothing is recorded under this name up to that moment")
    print_json({"ticket": name, **seen.document()}) if as_json else _print_replay(name, seen)


@app.command()
def board(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name from `aftersales boards`.")],
    site: Site = None,
    owner: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows.")] = 50,
    as_json: Json = False,
) -> None:
    """Show a queue, list or board. 显示队列或看板。"""
    if name not in BOARDS:
        raise Wrong(f"no board is named {name!r}; there are {', '.join(BOARDS)}")
    with _runtime(context) as runtime:
        runtimes.catch_up(runtime)
        page = runtime.reader.board(BOARDS[name], site=site, owner=owner, limit=limit)
    facts = {"board": name, "position": page.position, "total": page.total, "rows": page.rows}
    print_json(facts) if as_json else print_page(page)


@app.command()
def boards(as_json: Json = False) -> None:
    """List the queues, lists and boards. 列出所有看板。"""
    rows = [{"name": each.name, "english": each.title[0], "chinese": each.title[1]} for each in BOARDS.values()]
    headings = {"name": ("Name", "名称"), "english": ("Board", "英文"), "chinese": ("Board", "看板")}
    print_json(rows) if as_json else print_table("Boards 看板", headings, rows)


@app.command()
def kpi(
    context: typer.Context,
    site: Site = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")] = None,
    as_json: Json = False,
) -> None:
    """The key figures of sites and of the network. 关键指标。"""
    with _runtime(context) as runtime:
        runtimes.catch_up(runtime)
        rows = runtime.reader.kpi(site=site, first=first and first.date(), last=last and last.date())
        position = runtime.reader.position()
    *sites, network = rows
    facts = {"position": position, **{key: value for key, value in network.items() if key != "site"}, "sites": sites}
    print_json(facts) if as_json else print_kpi(rows)


@app.command("rebuild")
def rebuild_(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Projections; all if none is named.")] = None,
    as_json: Json = False,
) -> None:
    """Make projections anew from the log and compare them with the live ones. 重建投影。"""
    unknown = set(names or ()) - set(PROJECTIONS)
    if unknown:
        raise Wrong(f"no projection is named {', '.join(sorted(unknown))}; there are {', '.join(PROJECTIONS)}")
    with _runtime(context) as runtime, progress("rebuilding") as bar:
        runtimes.catch_up(runtime)
        done = rebuild(runtime.store, [PROJECTIONS[name] for name in names or PROJECTIONS], bar)
    differing = sum(each.differing or 0 for each in done.projections)
    print_json(_rebuild_facts(done)) if as_json else _print_rebuild(done)
    raise typer.Exit(1 if differing else 0)


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """What is connected, who is how far behind, what is parked. 检查系统状态。"""
    with _runtime(context) as runtime:
        report = examination.examine(runtime)
    print_json(report) if as_json else _print_report(report)
    raise typer.Exit(0 if report.healthy else 1)


def main() -> None:
    """The entry point: turns every foreseen error into one sentence and an exit code."""
    try:
        app()
    except (Wrong, Malformed, SettingsError, PolicyError) as error:
        raise _stop(error, 2) from None
    except (EmbeddedError, RebuildRunning) as error:
        raise _stop(error, 1) from None
