"""What operators do: the demo, imports, rebuilds, examinations, dead letters."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer
from rich.markup import escape

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.projection import Projection
from projections.quarantine import Poisoned
from projections.rebuild import Rebuild, rebuild
from projections.sharing import Progress
from services import deadletters, roles
from services import doctor as examination
from services import runtime as runtimes
from services.cli.console import err, out, print_json
from services.cli.opening import FoundWrong, Json, Wrong, opened, until_told
from services.cli.running import LOCAL, PORT, Port, web
from services.cli.show import (
    DEAD_COLUMNS,
    print_demo,
    print_facts,
    print_import,
    print_rebuild,
    print_report,
    print_table,
    progress,
)
from services.demo import demonstration
from services.demo.afternoon import lived_on
from services.demo.dealer_network import dealer_network
from services.demo.living import PACE_SECONDS, Living, keep_alive
from services.demo.present import end_of_days, lived_until, put_aside_if_old
from services.demo.simulation import simulate
from services.embedded import default_folder
from services.logs.importer import import_log
from services.logs.mapping import mapping_for
from services.runtime import Runtime
from services.settings import Settings, from_environment


def demo(
    context: typer.Context,
    sites: Annotated[int, typer.Option(min=1, max=50, help="Dealers.")] = 3,
    tickets: Annotated[int, typer.Option(min=1, max=100_000, help="Tickets, besides the last hour's.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed makes the same network.")] = 1,
    port: Port = PORT,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Show the boards and end.")] = False,
    as_json: Json = False,
) -> None:
    """Simulate a dealer network up to now, show its boards, serve its pages and let it live on. 模拟经销商网络。

    Its last day is today. From 17:10 to 10:30 (+08:00) and on Sundays the days end on the last working day at 15:45,
    and only some people are still at work. Run again, it is the same network. One that is more than a day old is put
    aside (its database gets another name) and a new one lives; in a folder named by --data it stays, and lives on.
    """
    data, now = context.obj or default_folder() / demonstration.FOLDER, datetime.now(UTC)
    if not context.obj:
        put_aside_if_old(data, now)
    # Always embedded: a simulated network has no business in a database that the environment names.
    with runtimes.running(Settings(data)) as runtime:
        with progress("simulating") as bar:
            network, until = dealer_network(sites, seed), lived_until(data, now)
            days = simulate(sites, tickets, seed, end_of_days(until))
            story = lived_on(days, network, seed, until)
            shown = demonstration.look(runtime, demonstration.play(runtime, story.days, bar))
        print_json(shown) if as_json else print_demo(shown, data)
        if not (no_serve or as_json):
            _serve_alive(runtime, Living(network, story.rests, until, _dice(seed, now)), port)


def _serve_alive(runtime: Runtime, living: Living, port: int) -> None:
    """Serves the pages, and lets the network live on beside them."""
    out.print("\nThe network lives on: open a board and watch it move. 网络继续运转:打开看板,看它变化。")
    beside = partial(keep_alive, living=living, pace=PACE_SECONDS), web(LOCAL, port)
    asyncio.run(until_told(runtime, lambda runtime, stopping: roles.up(runtime, stopping, [], *beside)))


def _dice(seed: int, now: datetime) -> Random:
    """Other dice at every run: yesterday's new calls do not come again."""
    return Random(f"{seed}/{now.isoformat()}")  # noqa: S311 - a stage, not a secret


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
    with opened(context) as runtime:
        with progress("importing") as bar:
            report = import_log(
                log, known, runtime.carry, lambda lines, share: bar(lines, int(lines / max(share, 1e-9)))
            )
        with progress("projecting") as bar:
            runtime.catch_up(bar)
    print_json(report) if as_json else print_import(report)
    raise typer.Exit(1 if report.broken else 0)


def rebuild_(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Projections; all if none is named.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the work.")] = 1,
    as_json: Json = False,
) -> None:
    """Make projections anew from the log and compare them with the live ones. 重建投影。"""
    unknown = set(names or ()) - set(PROJECTIONS)
    if unknown:
        raise Wrong(f"no projection is named {', '.join(sorted(unknown))}; there are {', '.join(PROJECTIONS)}")
    with opened(context) as runtime, progress("rebuilding") as bar:
        runtime.catch_up()
        done = _rebuilt(runtime.store, [PROJECTIONS[name] for name in names or PROJECTIONS], bar, processes)
    differing = sum(each.differing or 0 for each in done.projections)
    print_json(done) if as_json else print_rebuild(done)
    raise typer.Exit(1 if differing else 0)


def _rebuilt(store: Store, projections: list[Projection], progress: Progress, processes: int) -> Rebuild:
    try:
        return rebuild(store, projections, progress, processes=processes)
    except Poisoned as error:
        how = "nothing was changed; its stream waits in `aftersales dead list`, and can be dropped or retried there"
        raise FoundWrong(f"{error}; {how}") from error


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """What is connected, who is how far behind, what is parked. 检查系统状态。"""
    with opened(context) as runtime:
        report = examination.examine(runtime)
    print_json(report) if as_json else print_report(report)
    raise typer.Exit(0 if report.healthy else 1)


def install(context: typer.Context, as_json: Json = False) -> None:
    """Create the tables in an outside database, as AFTERSALES_OWNER_URL. 在外部数据库中建表。"""
    settings = from_environment(context.obj)
    if not settings.database_url:
        raise Wrong("AFTERSALES_DATABASE_URL is not set; an embedded database is installed by itself")
    runtimes.install(settings)
    print_json({"installed": True}) if as_json else err.print("installed")


def dead_list(context: typer.Context, as_json: Json = False) -> None:
    """What is parked: messages of desks, and streams of projections. 列出停放项。"""
    with opened(context) as runtime:
        found = deadletters.found(runtime)
    print_json(found) if as_json else print_table("Parked 停放", DEAD_COLUMNS, found)


def dead_show(context: typer.Context, name: str, as_json: Json = False) -> None:
    """One parked thing, whole. 查看停放项。"""
    with opened(context) as runtime:
        shown = deadletters.show(runtime, name)
    print_json(shown) if as_json else print_facts(name, shown)


def dead_retry(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Try a parked thing again. 重试停放项。"""
    _settle_dead(context, name, as_json, deadletters.retry)


def dead_drop(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Give a parked message up, or leave a parked stream's bad event out. 丢弃停放项。"""
    _settle_dead(context, name, as_json, deadletters.drop)


def _settle_dead(context: typer.Context, name: str, as_json: bool, act: Callable[[Runtime, str], Any]) -> None:
    with opened(context) as runtime:
        settled = act(runtime, name)
    print_json(settled) if as_json else out.print(f"done: {escape(name)}")
