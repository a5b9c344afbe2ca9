"""Audits: the questions that only a person can answer, and what was found (R-416, R-423)."""

from typing import Any, ClassVar

from pydantic import Field

from events.audit import AuditFindingRecorded
from events.event import Context, Event
from services.command import Command, Decided, Decisions
from services.policy import Policy
from services.refusal import Rejected
from services.rulebook.book import rules


class RecordAuditFinding(Command):
    """Answer a question of the audit checklist for the sender's site; a "no" needs a measure."""

    opens: ClassVar[bool] = True
    rule: str = Field(pattern=r"^R-\d{3}$")
    passed: bool
    note: str = Field("", max_length=4000)
    measure: str = Field("", max_length=4000)

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"audit/{self.site}",)


class Audited:
    """Nothing that was found decides what may be found next."""

    def admit(self, command: Command) -> None:
        """An audit's stream carries the site in its name."""


def evolve(audited: Audited, event: Event, context: Context) -> Audited:
    """An audit after an event: the findings are for people."""
    return audited


def record_audit_finding(command: RecordAuditFinding, audited: Any, policy: Policy) -> Decided:
    rule = rules().get(command.rule)
    if rule is None or rule.question is None:
        raise Rejected("unknown_rule", rule=command.rule)
    if not command.passed and not command.measure:
        raise Rejected("no_measure")
    yield AuditFindingRecorded(rule=command.rule, passed=command.passed, note=command.note, measure=command.measure)


DECISIONS: Decisions = {RecordAuditFinding: record_audit_finding}
