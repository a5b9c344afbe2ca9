"""The entry point: the table of all commands, and what becomes of errors.

Exit codes: 0 done, 1 refused or found wrong, 2 wrong usage.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.markup import escape

from events.store import DatabaseError
from projections.rebuild import RebuildRunning
from services.amqp.messenger import NoAnswer
from services.amqp.topology import BrokerAway
from services.cli import daily, operating, policy, rulebook, running, webhooks
from services.cli.opening import FoundWrong, Wrong
from services.cli.show import err
from services.command import Malformed
from services.deadletters import NotParked, StillPoisoned
from services.embedded import EmbeddedError
from services.http import PortTaken
from services.logs.mapping import MappingError
from services.policy import PolicyError
from services.refusal import Rejected
from services.settings import SettingsError
from services.webhooks.signature import SecretError
from services.webhooks.subscriptions import NoWebhook, WrongWebhook

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
dead = typer.Typer(no_args_is_help=True, help="What could not be worked on and waits for you. 停放项。")
policies = typer.Typer(no_args_is_help=True, help="Versions of the rule book. 策略版本。")
webhook = typer.Typer(no_args_is_help=True, help="Who is called over HTTP about events. 事件订阅。")
scenario = typer.Typer(no_args_is_help=True, help="The systems of the customer's documents as stories. 场景。")

WRONG_USAGE = (Wrong, Malformed, MappingError, PolicyError, SecretError, SettingsError, WrongWebhook)
FOUND_WRONG = (
    BrokerAway,
    EmbeddedError,
    FoundWrong,
    NoAnswer,
    PortTaken,
    NoWebhook,
    NotParked,
    RebuildRunning,
    Rejected,
    StillPoisoned,
)


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
    try:
        app()
    except WRONG_USAGE as error:
        _stop(error, 2)
    except FOUND_WRONG as error:
        _stop(error, 1)
    except (psycopg.Error, DatabaseError) as error:
        _stop(f"the database does not do what was asked of it: {error}", 1)


def _stop(error: object, code: int) -> None:
    err.print(f"[red]{escape(str(error))}[/red]")
    sys.exit(code)


COMMANDS: dict[str, Callable[..., None]] = {
    "demo": operating.demo,
    "up": running.up,
    "serve": running.serve_web,
    "work": running.work,
    "project": running.project,
    "react": running.react,
    "clock": running.clock,
    "relay": running.relay,
    "deliver": webhooks.deliver,
    "send": daily.send,
    "import": operating.import_,
    "ticket": daily.ticket,
    "board": daily.board,
    "boards": daily.boards,
    "kpi": daily.kpi,
    "token": daily.token,
    "feed-user": daily.feed_user,
    "rules": rulebook.rules_,
    "form": policy.form,
    "rebuild": operating.rebuild_,
    "doctor": operating.doctor,
    "install": operating.install,
}
DEAD: dict[str, Callable[..., None]] = {
    "list": operating.dead_list,
    "show": operating.dead_show,
    "retry": operating.dead_retry,
    "drop": operating.dead_drop,
}
POLICY: dict[str, Callable[..., None]] = {
    "list": policy.policy_list,
    "check": policy.policy_check,
    "propose": policy.policy_propose,
    "approve": policy.policy_approve,
    "publish": policy.policy_publish,
    "simulate": policy.policy_simulate,
}
WEBHOOK: dict[str, Callable[..., None]] = {
    "add": webhooks.webhook_add,
    "list": webhooks.webhook_list,
    "retry": webhooks.webhook_retry,
    "remove": webhooks.webhook_remove,
}
SCENARIO: dict[str, Callable[..., None]] = {
    "list": rulebook.scenario_list,
    "run": rulebook.scenario_run,
}

for name, command in COMMANDS.items():
    app.command(name)(command)
for name, command in DEAD.items():
    dead.command(name)(command)
for name, command in POLICY.items():
    policies.command(name)(command)
for name, command in WEBHOOK.items():
    webhook.command(name)(command)
for name, command in SCENARIO.items():
    scenario.command(name)(command)
app.add_typer(dead, name="dead")
app.add_typer(policies, name="policy")
app.add_typer(webhook, name="webhook")
app.add_typer(scenario, name="scenario")

if __name__ == "__main__":
    main()
