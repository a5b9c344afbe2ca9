"""The command line: one function per command, each with `--json`; it decides nothing itself.

Exit codes: 0 done, 1 refused or found wrong, 2 wrong usage.
"""

import asyncio
import getpass
import logging
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import psycopg
import typer
from rich.markup import escape

from events.store import EVERY_VERSION, DatabaseError
from projections.catalog import BOARDS, PROJECTIONS
from projections.rebuild import RebuildRunning, rebuild
from services import deadletters, demonstration, roles
from services import doctor as examination
from services import runtime as runtimes
from services.cli_show import (
    DEAD_COLUMNS,
    err,
    out,
    print_demo,
    print_facts,
    print_import,
    print_json,
    print_kpi,
    print_outcome,
    print_page,
    print_rebuild,
    print_replay,
    print_report,
    print_table,
    progress,
)
from services.command import Command, Malformed, parse
from services.deadletters import NotParked, StillPoisoned
from services.desk import DESKS
from services.embedded import EmbeddedError, default_folder
from services.importer import import_log
from services.mapping import MappingError, mapping_for
from services.messenger import NoAnswer
from services.policy import PolicyError
from services.replay import replay
from services.runtime import Runtime
from services.settings import SettingsError, from_environment
from services.topology import BrokerAway

Role = Callable[[Runtime, asyncio.Event], Awaitable[None]]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
dead = typer.Typer(no_args_is_help=True, help="What could not be worked on and waits for you.")
app.add_typer(dead, name="dead")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Site = Annotated[str | None, typer.Option(help="Only this site.")]


class Wrong(Exception):
    """The call makes no sense; exit code 2."""


class FoundWrong(Exception):
    """The call is in order, what it asks for is not; exit code 1."""


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
        outcome = runtime.ask([parsed])[0]
    print_json(outcome) if as_json else print_outcome(outcome)
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
    then, known, last = (
        _moment("--at", at),
        _moment("--as-known", as_known),
        EVERY_VERSION if version is None else version,
    )
    with _runtime(context) as runtime:
        seen = replay(runtime.store, f"ticket/{name}", version=last, at=then, as_known=known)
    if not seen.events:
        raise FoundWrong(f"ticket {name}: nothing is recorded under this name up to that moment")
    print_json({"ticket": name, **seen.document()}) if as_json else print_replay(name, seen)


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
        runtime.catch_up()
        page = runtime.reader.board(BOARDS[name], site=site, owner=owner, limit=limit)
    print_json(page) if as_json else print_page(page)


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
        runtime.catch_up()
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
        runtime.catch_up()
        done = rebuild(runtime.store, [PROJECTIONS[name] for name in names or PROJECTIONS], bar)
    differing = sum(each.differing or 0 for each in done.projections)
    print_json(done) if as_json else print_rebuild(done)
    raise typer.Exit(1 if differing else 0)


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """What is connected, who is how far behind, what is parked. 检查系统状态。"""
    with _runtime(context) as runtime:
        report = examination.examine(runtime)
    print_json(report) if as_json else print_report(report)
    raise typer.Exit(0 if report.healthy else 1)


@app.command("import")
def import_(
    context: typer.Context,
    log: Annotated[Path, typer.Argument(help="A log: .xes, .xes.gz or .csv.")],
    mapping: Annotated[
        Path | None, typer.Option(help="What its attributes mean; shipped ones are found by name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import a real log; repeat it freely. 导入真实日志。"""
    if not log.is_file():
        raise Wrong(f"expected a file .xes, .xes.gz or .csv; found none at {log}")
    known = mapping_for(log, mapping)
    with _runtime(context) as runtime:
        with progress("importing") as bar:
            report = import_log(
                log, known, runtime.carry, lambda lines, share: bar(lines, int(lines / max(share, 1e-9)))
            )
        with progress("projecting") as bar:
            runtime.catch_up(bar)
    print_json(report) if as_json else print_import(report)
    raise typer.Exit(1 if report.broken else 0)


@app.command()
def demo(
    context: typer.Context,
    sites: Annotated[int, typer.Option(min=1, max=50, help="Dealers.")] = 3,
    tickets: Annotated[int, typer.Option(min=1, max=100_000, help="Tickets in all.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed makes the same network.")] = 1,
    port: Annotated[int, typer.Option(help="For the pages, once there are any.")] = 8080,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Show the boards and end.")] = False,
    as_json: Json = False,
) -> None:
    """Simulate a dealer network and show its boards. 模拟经销商网络。"""
    context.obj = context.obj or default_folder() / "demo"
    with _runtime(context) as runtime, progress("simulating") as bar:
        played = demonstration.play(runtime, sites=sites, tickets=tickets, seed=seed, progress=bar)
        shown = demonstration.look(runtime, played)
    print_json(shown) if as_json else print_demo(shown, context.obj)


@app.command()
def up(
    context: typer.Context, port: Annotated[int, typer.Option(help="For the pages, once there are any.")] = 8080
) -> None:
    """Run every role in this process until interrupted. 在一个进程中运行所有角色。"""
    _serve(context, lambda runtime, stopping: roles.up(runtime, stopping, list(DESKS)))


@app.command()
def work(
    context: typer.Context,
    desks: Annotated[list[str], typer.Argument(help="reception, workshop, callback")],
) -> None:
    """Decide the commands of some desks' queues (network mode). 处理队列中的命令。"""
    unknown = set(desks) - set(DESKS)
    if unknown:
        raise Wrong(f"no desk is named {', '.join(sorted(unknown))}; there are {', '.join(DESKS)}")
    _serve_networked(context, lambda runtime, stopping: roles.work_desks(runtime, stopping, desks))


@app.command()
def project(context: typer.Context) -> None:
    """Keep the read models up to date. 更新投影。"""
    _serve(context, roles.project)


@app.command()
def react(context: typer.Context) -> None:
    """Send the commands that follow from events (network mode). 发送后续命令。"""
    _serve_networked(context, roles.react)


@app.command()
def relay(context: typer.Context) -> None:
    """Publish every event for other systems (network mode). 向其他系统发布事件。"""
    _serve_networked(context, roles.relay_events)


@app.command()
def install(context: typer.Context) -> None:
    """Create the tables in an outside database, as AFTERSALES_OWNER_URL. 在外部数据库中建表。"""
    settings = from_environment(context.obj)
    if not settings.database_url:
        raise Wrong("AFTERSALES_DATABASE_URL is not set; an embedded database is installed by itself")
    runtimes.install(settings)
    err.print("installed")


@dead.command("list")
def dead_list(context: typer.Context, as_json: Json = False) -> None:
    """What is parked: messages of desks, and streams of projections. 列出停放项。"""
    with _runtime(context) as runtime:
        found = deadletters.found(runtime)
    print_json(found) if as_json else print_table("Parked 停放", DEAD_COLUMNS, found)


@dead.command("show")
def dead_show(context: typer.Context, name: str, as_json: Json = False) -> None:
    """One parked thing, whole. 查看停放项。"""
    with _runtime(context) as runtime:
        shown = deadletters.show(runtime, name)
    print_json(shown) if as_json else print_facts(name, shown)


@dead.command("retry")
def dead_retry(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Try a parked thing again. 重试停放项。"""
    _settle_dead(context, name, as_json, deadletters.retry)


@dead.command("drop")
def dead_drop(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Give a parked message up, or leave a parked stream's bad event out. 丢弃停放项。"""
    _settle_dead(context, name, as_json, deadletters.drop)


def main() -> None:
    """The entry point: turns every foreseen error into one sentence and an exit code."""
    try:
        app()
    except (Wrong, Malformed, MappingError, PolicyError, SettingsError) as error:
        _stop(error, 2)
    except (BrokerAway, EmbeddedError, FoundWrong, NoAnswer, NotParked, RebuildRunning, StillPoisoned) as error:
        _stop(error, 1)
    except (psycopg.Error, DatabaseError) as error:
        _stop(f"the database does not do what was asked of it: {error}", 1)


def _stop(error: object, code: int) -> None:
    err.print(f"[red]{escape(str(error))}[/red]")
    sys.exit(code)


@contextmanager
def _runtime(context: typer.Context) -> Iterator[Runtime]:
    with runtimes.running(from_environment(context.obj)) as runtime:
        yield runtime


def _serve(context: typer.Context, role: Role) -> None:
    """Runs a role until SIGINT or SIGTERM."""

    async def until_told(runtime: Runtime) -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stopping.set)
        err.print("running; Ctrl-C stops it")
        await role(runtime, stopping)

    with _runtime(context) as runtime:
        asyncio.run(until_told(runtime))


def _serve_networked(context: typer.Context, role: Role) -> None:
    if not from_environment(context.obj).networked:
        raise Wrong("this role is for network mode: set AFTERSALES_DATABASE_URL and AFTERSALES_AMQP_URL, or run `up`")
    _serve(context, role)


def _settle_dead(context: typer.Context, name: str, as_json: bool, act: Callable[[Runtime, str], Any]) -> None:
    with _runtime(context) as runtime:
        settled = act(runtime, name)
    print_json(settled) if as_json else out.print(f"done: {escape(name)}")


def _parse(command: str, text: str) -> Command:
    """A command from what the user typed; what only a form would make them type is filled in."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Wrong(f'expected the fields as one JSON object, like \'{{"ticket": "…"}}\'; {error}') from None
    if not isinstance(document, dict):
        raise Wrong(f"expected the fields as one JSON object; found {type(document).__name__}")
    filled = {
        "command_id": str(uuid.uuid4()),
        "at": datetime.now().astimezone(),
        "actor": getpass.getuser(),
        "role": "manager",
    }
    return parse({**filled, **document, "command": command})


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"{option}: expected a time like 2026-03-02T10:00:00+08:00; found {text!r}") from None
    if moment.tzinfo is None:
        raise Wrong(f"{option}: expected a time with its offset, like {text}+08:00; found {text!r}")
    return moment


if __name__ == "__main__":
    main()
