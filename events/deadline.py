"""Deadlines: started, paused, moved, met, missed; each with the rule, policy version and calendar that made it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from events.event import Event, Titled


class Escalation(BaseModel):
    """When a deadline that nobody met is told to whom."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    at: datetime
    to: str


class OfDeadline(Titled):
    """Which deadline: the row's name, and what it is about where several run at once ("" if one does)."""

    deadline: str
    about: str = ""


class DeadlineStarted(Event, OfDeadline, name="deadline.started"):
    """Something is due. Everything was computed here once, so no later change of rules or calendars moves it."""

    rules: tuple[str, ...]
    profile: str
    policy_version: int
    calendar: str
    calendar_edition: str
    within: str
    since: datetime
    due_at: datetime
    warn_at: datetime | None = None
    escalations: tuple[Escalation, ...] = ()


class DeadlinePaused(Event, OfDeadline, name="deadline.paused"):
    """The clock stands still; `left_seconds` were left on the deadline's own clock. `why` names the event."""

    left_seconds: int
    why: str = ""


class DeadlineMoved(Event, OfDeadline, name="deadline.moved"):
    """Another moment is due: after a pause, by the customer's signature, or because the case was graded anew."""

    why: str
    from_due: datetime
    due_at: datetime
    within: str
    excluded_seconds: int = 0
    warn_at: datetime | None = None
    escalations: tuple[Escalation, ...] = ()


class DeadlineWarned(Event, OfDeadline, name="deadline.warned"):
    """It is nearly due."""

    due_at: datetime


class DeadlineMissed(Event, OfDeadline, name="deadline.missed"):
    """It was due and not done; this stays on record whatever happens later."""

    rules: tuple[str, ...]
    due_at: datetime


class DeadlineEscalated(Event, OfDeadline, name="deadline.escalated"):
    """Still not done: a superior was told (`step` 1, 2, …)."""

    rules: tuple[str, ...]
    step: int
    to: str


class DeadlineMet(Event, OfDeadline, name="deadline.met"):
    """What was due happened, in time or `late_seconds` later; `missed` says that the clock had already told so."""

    rules: tuple[str, ...]
    due_at: datetime
    late_seconds: int
    missed: bool = False


class DeadlineDropped(Event, OfDeadline, name="deadline.dropped"):
    """Nothing is due any more: the case ended another way."""

    why: str
