"""The long-running roles as commands."""

from typing import Annotated

import typer

from services import roles
from services.cli.opening import Json, Wrong, serve, serve_networked
from services.desk import DESKS


def up(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="For the pages, once there are any.")] = 8080,
    as_json: Json = False,
) -> None:
    """Run every role in this process until interrupted. 在一个进程中运行所有角色。"""
    serve(context, lambda runtime, stopping: roles.up(runtime, stopping, list(DESKS)), as_json)


def work(
    context: typer.Context,
    desks: Annotated[list[str], typer.Argument(help="reception, workshop, callback, office")],
    as_json: Json = False,
) -> None:
    """Decide the commands of some desks' queues (network mode). 处理队列中的命令。"""
    unknown = set(desks) - set(DESKS)
    if unknown:
        raise Wrong(f"no desk is named {', '.join(sorted(unknown))}; there are {', '.join(DESKS)}")
    serve_networked(context, lambda runtime, stopping: roles.work_desks(runtime, stopping, desks), as_json)


def project(context: typer.Context, as_json: Json = False) -> None:
    """Keep the read models up to date. 更新投影。"""
    serve(context, roles.project, as_json)


def react(context: typer.Context, as_json: Json = False) -> None:
    """Send the commands that follow from events (network mode). 发送后续命令。"""
    serve_networked(context, roles.react, as_json)


def clock(context: typer.Context, as_json: Json = False) -> None:
    """Send what deadlines ask for when they are due (network mode). 到期提醒与升级。"""
    serve_networked(context, roles.keep_time, as_json)


def relay(context: typer.Context, as_json: Json = False) -> None:
    """Publish every event for other systems (network mode). 向其他系统发布事件。"""
    serve_networked(context, roles.relay_events, as_json)
