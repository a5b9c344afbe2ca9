"""The entry point: which commands there are, and what becomes of errors.

Exit codes: 0 done, 1 refused or found wrong, 2 wrong usage.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from services.cli import running

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def aftersales(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")] = False,
) -> None:
    """After-sales service of a dealer network, recorded event by event. 售后服务:逐事件记录。"""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    context.obj = data


def main() -> None:
    """Runs one command; every foreseen error becomes one sentence and an exit code."""
    register(sys.argv[1:])
    try:
        app()
    except Exception as error:
        from services.cli import mistakes  # not before: they lie in modules that a role may never need

        mistakes.end(error)
        raise


def register(words: Sequence[str]) -> None:
    """Makes the commands: all of them, unless a role is asked for, which shall be up soon."""
    for name, role in ROLES.items():
        app.command(name)(role)
    if asked(words) not in ROLES:
        from services.cli import table

        table.register(app)


def asked(words: Sequence[str]) -> str:
    """The command among the words of a call: the first that is no option, nor the folder of one; "" if none is."""
    return next((word for before, word in pairwise(["", *words]) if word[:1] != "-" and before != "--data"), "")


ROLES: dict[str, Callable[..., None]] = {
    "up": running.up,
    "serve": running.serve_web,
    "work": running.work,
    "project": running.project,
    "react": running.react,
    "clock": running.clock,
    "relay": running.relay,
}

if __name__ == "__main__":
    main()
