"""What people ask every day: send a command, look at a ticket, a board, the figures."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from events.store import EVERY_VERSION
from projections.catalog import BOARDS
from services.access import Person, access_of
from services.amqp import permissions
from services.cli.console import print_json
from services.cli.opening import After, FoundWrong, Json, Site, Wrong, brought_up_to, moment_of, opened, parse_typed
from services.cli.show import print_kpi, print_outcome, print_page, print_replay, print_table
from services.policy import COMMON, policies
from services.replay import replay
from services.settings import from_environment
from services.tokens import local_key


def send(
    context: typer.Context,
    command: Annotated[str, typer.Argument(help="The command's name, e.g. StartWork.")],
    document: Annotated[
        str, typer.Argument(metavar="JSON", help="Its fields; missing id, time and actor are filled in.")
    ],
    as_json: Json = False,
) -> None:
    """Send one command and print its outcome. 发送一条命令。"""
    parsed = parse_typed(command, document)
    with opened(context) as runtime:
        outcome = runtime.ask([parsed])[0]
    print_json(outcome) if as_json else print_outcome(outcome)
    raise typer.Exit(0 if outcome.status == "accepted" else 1)


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
        moment_of("--at", at),
        moment_of("--as-known", as_known),
        EVERY_VERSION if version is None else version,
    )
    with opened(context) as runtime:
        seen = replay(runtime.store, f"ticket/{name}", version=last, at=then, as_known=known)
    if not seen.events:
        raise FoundWrong(f"ticket {name}: nothing is recorded under this name up to that moment")
    print_json({"ticket": name, **seen.document()}) if as_json else print_replay(name, seen)


def board(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name from `aftersales boards`.")],
    site: Site = None,
    owner: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows.")] = 50,
    after: After = 0,
    as_json: Json = False,
) -> None:
    """Show a queue, list or board. 显示队列或看板。"""
    if name not in BOARDS:
        raise Wrong(f"no board is named {name!r}; there are {', '.join(BOARDS)}")
    with opened(context) as runtime:
        brought_up_to(runtime, after)
        page = runtime.reader.board(BOARDS[name], sites=site and [site], owner=owner, limit=limit)
    print_json(page) if as_json else print_page(page)


def boards(as_json: Json = False) -> None:
    """List the queues, lists and boards. 列出所有看板。"""
    rows = [{"name": each.name, "english": each.title[0], "chinese": each.title[1]} for each in BOARDS.values()]
    headings = {"name": ("Name", "名称"), "english": ("Board", "英文"), "chinese": ("Board", "看板")}
    print_json(rows) if as_json else print_table("Boards 看板", headings, rows)


def kpi(
    context: typer.Context,
    site: Site = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")] = None,
    after: After = 0,
    as_json: Json = False,
) -> None:
    """The key figures of sites and of the network. 关键指标。"""
    with opened(context) as runtime:
        brought_up_to(runtime, after)
        rows = runtime.reader.kpi(sites=site and [site], first=first and first.date(), last=last and last.date())
        position = runtime.reader.position()
    *sites, network = rows
    facts = {"position": position, **{key: value for key, value in network.items() if key != "site"}, "sites": sites}
    print_json(facts) if as_json else print_kpi(rows)


def token(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="The role whose rows say what the bearer may.")],
    site: Annotated[list[str] | None, typer.Option(help="Only this site; may be repeated.")] = None,
    name: Annotated[str, typer.Option(help="Who it is for: the actor of what is sent with it.")] = "",
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 366, help="How long it holds.")] = 12,
    as_json: Json = False,
) -> None:
    """Sign a bearer token for the HTTP interface. 签发访问令牌。"""
    settings = from_environment(context.obj)
    settings.data.mkdir(parents=True, exist_ok=True)
    known = policies()[COMMON].rows["role"]
    if role not in known:
        raise Wrong(f"no role is named {role!r}; there are {', '.join(known)}")
    key = local_key(settings)
    if key is None:
        raise Wrong("AFTERSALES_TOKEN_KEY is not set; with it this installation signs tokens of its own")
    signed = key.sign(Person(name or role, role, frozenset(site) if site else None), timedelta(hours=hours))
    print_json({"token": signed}) if as_json else typer.echo(signed)


def feed_user(
    user: Annotated[str, typer.Argument(help="The RabbitMQ user of the other system.")],
    role: Annotated[str, typer.Option(help="The role whose rows say whether it may follow.")] = "integrator",
    site: Annotated[list[str] | None, typer.Option(help="Only this site; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Print what lets a RabbitMQ user follow the events of its sites, and no others. 生成事件订阅权限。"""
    person = Person(user, role, frozenset(site) if site else None)
    commands = permissions.follower(user, access_of(person, policies()[COMMON]))
    print_json({"commands": commands}) if as_json else typer.echo("\n".join(commands))
