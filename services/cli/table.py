"""The table of the commands, but for the roles."""

from collections.abc import Callable

import typer

from services.cli import daily, operating, policy, rulebook, webhooks


def register(app: typer.Typer) -> None:
    """Makes them commands of the program."""
    for name, command in COMMANDS.items():
        app.command(name)(command)
    for group, (words, commands) in GROUPS.items():
        under = typer.Typer(no_args_is_help=True, help=words)
        for name, command in commands.items():
            under.command(name)(command)
        app.add_typer(under, name=group)


COMMANDS: dict[str, Callable[..., None]] = {
    "demo": operating.demo,
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
GROUPS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "dead": ("What could not be worked on and waits for you. 停放项。", DEAD),
    "policy": ("Versions of the rule book. 策略版本。", POLICY),
    "webhook": ("Who is called over HTTP about events. 事件订阅。", WEBHOOK),
    "scenario": ("The systems of the customer's documents as stories. 场景。", SCENARIO),
}
