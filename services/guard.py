"""Guards: what a command needs before it may be decided, as the profile's rows say."""

from typing import Any

from services.case import Case
from services.command import Command
from services.policy import Policy
from services.refusal import Both, Rejected
from services.rows import Guard
from services.rulebook.book import text_of


def check(command: Command, case: Case, policy: Policy) -> None:
    """Raises Rejected, naming the rule, if a guard of the profile stands against the command."""
    for _, guard in policy.guards.get(type(command).__name__, ()):
        if _applies(guard, case):
            _check_sender(guard, command)
            _check_time(guard, command, policy)
            _check_needs(guard, command, case, policy)


def _applies(guard: Guard, case: Case) -> bool:
    wanted = guard.only_if is None or case.holds(guard.only_if)
    return wanted and not (guard.unless and case.holds(guard.unless))


def _check_sender(guard: Guard, command: Command) -> None:
    if guard.by and command.role not in guard.by:
        allowed = ", ".join(guard.by)
        raise Rejected(
            "guard_sender", **_cited(guard), command=type(command).__name__, allowed=allowed, role=command.role
        )


def _check_time(guard: Guard, command: Command, policy: Policy) -> None:
    name = guard.within or guard.outside
    if not name:
        return
    calendar = policy.calendar(name, command.site)
    if calendar.is_open(command.at) != bool(guard.within):
        local = f"{command.at.astimezone(calendar.zone):%H:%M}"
        raise Rejected("guard_time", **_cited(guard), command=type(command).__name__, calendar=name, time=local)


def _check_needs(guard: Guard, command: Command, case: Case, policy: Policy) -> None:
    for token in guard.needs:
        if not case.holds(token, guard.since):
            need = need_in_words(token, policy)
            raise Rejected("guard_needs", **_cited(guard), command=type(command).__name__, need=need)


def need_in_words(token: str, policy: Policy) -> Both:
    """What a guard asks for, in both languages: `the signed form “Work order”`, or the event's name."""
    head, _, topic = token.partition("/")
    if head not in ("form.filled", "form.signed"):
        return Both(token, token)
    form, done = policy.form(topic), head.removeprefix("form.")
    chinese = {"filled": "填写", "signed": "签署"}[done]
    return Both(f"the form {form.english!r}, {done}", f"已{chinese}的《{form.chinese}》")


def _cited(guard: Guard) -> dict[str, Any]:
    """The rule that the row keeps, and its words."""
    rule = guard.rules[0] if guard.rules else ""
    return {"cites": rule, "text": text_of(rule)}
