"""What all commands share: their options, the open runtime, the words that users type."""

import asyncio
import getpass
import signal
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer
import uvloop

from services import runtime as runtimes
from services.cli.console import err, print_json
from services.command import Command, parse
from services.runtime import Runtime
from services.settings import from_environment

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Site = Annotated[str | None, typer.Option(help="Only this site.")]
After = Annotated[int, typer.Option(min=0, help="Wait until this event of the log is seen: read your own write.")]
THREADS = 24  # each role waits in one, and the pages ask in others
Role = Callable[[Runtime, asyncio.Event], Awaitable[None]]


class Wrong(Exception):
    """The call makes no sense; exit code 2."""


class FoundWrong(Exception):
    """The call is in order, what it asks for is not; exit code 1."""


@contextmanager
def opened(context: typer.Context) -> Iterator[Runtime]:
    """The parts of this process, over the database that the environment and `--data` name; closed at the end."""
    with runtimes.running(from_environment(context.obj)) as runtime:
        yield runtime


def brought_up_to(runtime: Runtime, after: int) -> None:
    """Brings the boards up to date, or waits until they have reached a position. Raises FoundWrong if they do not."""
    runtime.catch_up()
    if not runtime.reader.wait_for(after):
        reached = runtime.reader.position()
        raise FoundWrong(f"the boards are true up to event {reached}, not yet {after}; is `aftersales project` up?")


def serve(context: typer.Context, role: Role, as_json: bool) -> None:
    """Runs a role until SIGINT or SIGTERM."""
    with opened(context) as runtime:
        run(until_told(runtime, role))
    if as_json:
        print_json({"stopped": "cleanly"})


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs work in a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def until_told(runtime: Runtime, role: Role) -> None:
    """Runs a role until this process is told to stop."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopping.set)
    err.print("running; Ctrl-C stops it")
    await role(runtime, stopping)


def serve_networked(context: typer.Context, role: Role, as_json: bool) -> None:
    """Runs a role that needs RabbitMQ. Raises Wrong in embedded mode."""
    if not from_environment(context.obj).networked:
        raise Wrong("this role is for network mode: set AFTERSALES_DATABASE_URL and AFTERSALES_AMQP_URL, or run `up`")
    serve(context, role, as_json)


def parse_typed(command: str, text: str) -> Command:
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


def moment_of(option: str, text: str | None) -> datetime | None:
    """The aware time that the user typed for an option. Raises Wrong."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"{option}: expected a time like 2026-03-02T10:00:00+08:00; found {text!r}") from None
    if moment.tzinfo is None:
        raise Wrong(f"{option}: expected a time with its offset, like {text}+08:00; found {text!r}")
    return moment
