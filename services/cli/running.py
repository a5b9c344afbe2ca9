"""The long-running roles as commands."""

import asyncio
from typing import Annotated

import typer

from services import roles
from services.cli.console import err
from services.cli.opening import Json, Role, Wrong, serve, serve_networked
from services.desk import DESKS
from services.runtime import Runtime

LOCAL, PORT = "127.0.0.1", 8080
Host = Annotated[str, typer.Option(help="Where the pages listen; 0.0.0.0 for everybody.")]
Port = Annotated[int, typer.Option(min=1, max=65_535, help="For the pages and the HTTP interface.")]


def up(context: typer.Context, host: Host = LOCAL, port: Port = PORT, as_json: Json = False) -> None:
    """Run every role in this process until interrupted. 在一个进程中运行所有角色。"""
    beside = web(host, port)
    serve(context, lambda runtime, stopping: roles.up(runtime, stopping, list(DESKS), beside), as_json)


def serve_web(context: typer.Context, host: Host = LOCAL, port: Port = PORT, as_json: Json = False) -> None:
    """Serve the pages and the HTTP interface. 提供网页和接口。"""
    serve(context, web(host, port), as_json)


def web(host: str, port: int) -> Role:
    """The role that serves the pages."""
    from services.http import server  # not before: only who serves pages waits for what they need

    async def served(runtime: Runtime, stopping: asyncio.Event) -> None:
        err.print(f"http://{host}:{port}/")
        await server.serve(runtime, stopping, host, port)

    return served


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
