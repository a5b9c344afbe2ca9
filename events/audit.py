"""What an auditor found at a site, question by question."""

from typing import ClassVar

from events.event import Event


class AuditFindingRecorded(Event, name="audit.finding_recorded"):
    """A question of the audit checklist was answered; a "no" is the finding, with what shall be done about it."""

    topic: ClassVar[str] = "rule"
    rule: str
    passed: bool
    note: str = ""
    measure: str = ""
