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
    guarded = (type(command).__name__, *command.acts_as)
    for _, guard in (row for name in guarded for row in policy.guards.get(name, ())):
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
    """What a guard asks for, in both languages; an event that has no words here is told by its name."""
    head, _, topic = token.partition("/")
    if head not in ("form.filled", "form.signed"):
        return NEEDS.get(token) or Both(token, token)
    form = policy.form(topic)
    english, chinese = {"form.filled": ("filled in", "填写"), "form.signed": ("signed", "签署")}[head]
    return Both(f"the form {form.english!r} {english}", f"先{chinese}《{form.chinese}》")


def _cited(guard: Guard) -> dict[str, Any]:
    """The rule that the row keeps, and its words."""
    rule = guard.rules[0] if guard.rules else ""
    return {"cites": rule, "text": text_of(rule)}


# What has to have happened, in words; the forms have words of their own.
NEEDS = {
    "area.manager_alerted": Both("the service manager alerted", "先通知服务经理"),
    "custody.papers_archived": Both("the papers archived", "单据先归档"),
    "custody.product_returned": Both("the product returned", "产品先归还"),
    "custody.return_date_set": Both("the return date entered", "先登记归还日期"),
    "handover.exit_pass_issued": Both("an exit pass", "先开具出门证"),
    "handover.payment_received": Both("the payment", "先收款"),
    "handover.vehicle_released": Both("the vehicle released", "车辆先离店"),
    "inspection.passed/director": Both("the director's inspection passed", "先经主任检验合格"),
    "inspection.passed/final": Both("the final inspection passed", "先经终检合格"),
    "order.estimate_given": Both("an estimate", "先估价"),
    "reception.vehicle_received": Both("the vehicle received by an advisor", "先由服务顾问接车"),
    "support.customer_contacted/consent": Both("the customer asked for consent", "先征得客户同意"),
    "support.customer_contacted/delivery": Both("the customer called for delivery", "先致电客户约定交车"),
    "support.customer_contacted/first_contact": Both("the customer contacted first", "先与客户联系"),
    "support.guidance_given/unsolved": Both("guidance from afar that did not solve it", "先远程指导且未能解决"),
    "support.progress_reported": Both("progress told to the customer", "先向客户通报进度"),
    "support.ticket_escalated": Both("the case reported up", "先上报"),
    "support.ticket_escalated/service_department": Both("the service department told", "先上报售后服务部"),
    "ticket.classified": Both("the request classified", "先分类"),
    "visit.engineer_departed": Both("the engineer on the way", "工程师先出发"),
    "work.advisor_informed": Both("the advisor informed", "先告知服务顾问"),
    "work.completed": Both("the work completed", "先完工"),
    "work.completion_signed": Both("the customer's signature for the completion", "先由客户签字确认完工"),
    "work.engineer_arrived": Both("the engineer with the customer", "工程师先到达"),
    "work.engineer_dispatched": Both("an engineer dispatched", "先派工"),
}
