"""Deadlines: which begin, move and end with an event, and what the clock makes of those that nobody met.

Everything is computed when it happens and lies in the event; a replay asks no profile and no calendar.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from events.deadline import (
    DeadlineDropped,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMissed,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineStarted,
    DeadlineWarned,
    Escalation,
)
from events.event import Context, Event
from services.calendar import Calendar
from services.case import Case, Running, key_of
from services.command import Command, Decided, Decisions, Moment
from services.policy import Policy
from services.rows import ALWAYS_PAUSES, ALWAYS_RESUMES, BLANK, DeadlineRow
from services.span import Span

OF_THE_WORLD = Span.parse("1 second")  # the clock of deadlines that an event sets outright


class CheckDeadline(Command):
    """The clock says that a deadline may be nearly due, due, or due for escalation; harmless if it is not."""

    reaches_merged: ClassVar[bool] = True
    stream: str = Field(pattern=r"^(ticket|agreement|area)/[\w.\-]{1,64}$")
    # Whatever a row or a field of an event may be called: no row stops the clock.
    deadline: str = Field(max_length=4000)
    about: str = Field("", max_length=4000)
    due_at: Moment
    step: Literal["warn", "miss", "escalate"]
    number: int = Field(0, ge=0, le=9)
    to: str = Field("", max_length=100)

    @property
    def streams(self) -> tuple[str, ...]:
        return (self.stream,)


def check_deadline(command: CheckDeadline, state: Any, policy: Policy) -> Decided:
    running = state.case.deadlines.get(key_of(command.deadline, command.about))
    if running is None or running.paused or running.due_at != command.due_at:
        return
    named = running.named()
    if command.step == "warn" and not (running.warned or running.missed):
        yield DeadlineWarned(**named, due_at=running.due_at)
    if command.step == "miss" and not running.missed:
        yield DeadlineMissed(**named, rules=running.rules, due_at=running.due_at)
    if command.step == "escalate" and running.missed and running.escalated == command.number - 1:
        yield DeadlineEscalated(**named, rules=running.rules, step=command.number, to=command.to)


def follow(event: Event, case: Case, context: Context, policy: Policy) -> Iterator[Event]:
    """What an event that just happened means for deadlines; `case` is the case after it."""
    for name, row in _rows_that_hear(event, policy):
        yield from _follow(name, row, event, case, context, policy)


def is_heard(event: Event, policy: Policy) -> bool:
    """Whether an event may mean anything for deadlines."""
    return event.name in policy.deadlines or event.token in policy.deadlines


def _rows_that_hear(event: Event, policy: Policy) -> list[tuple[str, DeadlineRow]]:
    heard = [*policy.deadlines.get(event.name, ()), *policy.deadlines.get(event.token, ())]
    return list(dict(heard).items()) if heard else heard


def _follow(name: str, row: DeadlineRow, event: Event, case: Case, context: Context, policy: Policy) -> Iterator[Event]:
    for about in _abouts(name, row, event, case):
        running = case.deadlines.get(key_of(name, about))
        changes = list(_changes(running, row, event, case, context, policy)) if running else []
        yield from changes
        if running is None or any(isinstance(change, DeadlineMet | DeadlineDropped) for change in changes):
            yield from _start(name, about, row, event, case, context, policy)


def _abouts(name: str, row: DeadlineRow, event: Event, case: Case) -> list[str]:
    """Which of the row's deadlines an event is about; all that run, if it lacks the field that tells them apart."""
    if not row.each or row.each in type(event).model_fields:
        return [str(getattr(event, row.each)) if row.each else ""]
    return [running.about for running in case.deadlines.values() if running.deadline == name]


def _changes(
    running: Running, row: DeadlineRow, event: Event, case: Case, context: Context, policy: Policy
) -> Iterator[Event]:
    named, at = running.named(), context.occurred_at
    clock = policy.calendar(row.calendar, context.site)
    if _is(event, row.met_by):
        facts = {"rules": running.rules, "due_at": running.due_at, "missed": running.missed}
        yield DeadlineMet(**named, **facts, late_seconds=_late(running, at))
    elif _is(event, row.drops):
        yield DeadlineDropped(**named, why=event.name)
    elif running.paused and _is(event, ALWAYS_RESUMES if running.pause in ALWAYS_PAUSES else row.ends_pause):
        yield _resumed(running, row, at, clock)
    elif not running.paused and at < running.due_at and _is(event, row.pauses):
        left = _span(running.within).elapsed(at, running.due_at, clock)
        yield DeadlinePaused(**named, left_seconds=left, why=event.name)
    elif row.moved_by and _is(event, (f"form.signed/{row.moved_by.partition('.')[0]}",)):
        yield from _signed(running, row, case, clock)
    elif row.by and row.by in event.facts:
        yield from _graded(running, row, case, at, clock)


def _late(running: Running, at: datetime) -> int:
    """How many seconds after it was due; none while its clock stood still, which it only does before."""
    return 0 if running.paused else max(0, int((at - running.due_at).total_seconds()))


def _is(event: Event, tokens: tuple[str, ...]) -> bool:
    return event.name in tokens or (event.token != "" and event.token in tokens)


def _start(
    name: str, about: str, row: DeadlineRow, event: Event, case: Case, context: Context, policy: Policy
) -> Iterator[DeadlineStarted]:
    if not _is(event, row.starts) or (row.only_if and not case.holds(row.only_if)):
        return
    calendar = policy.calendar(row.calendar, context.site)
    within = _within(row, case)
    due = _first_due(row, event, within, context.occurred_at, calendar)
    if due is None:
        return
    yield DeadlineStarted(
        deadline=name,
        about=about,
        english=row.english,
        chinese=row.chinese,
        rules=row.rules,
        profile=policy.profile,
        policy_version=policy.version,
        calendar=row.calendar,
        calendar_edition=calendar.edition,
        within=within,
        since=context.occurred_at,
        due_at=due,
        **_steps(row, due, _span(within), calendar),
    )


def _within(row: DeadlineRow, case: Case) -> str:
    """The length that holds for the case: "" if a moment is named instead, `____` if nobody filled it."""
    return row.within.get(case.facts.get(row.by, ""), BLANK) if isinstance(row.within, dict) else row.within


def _first_due(row: DeadlineRow, event: Event, within: str, at: datetime, calendar: Calendar) -> datetime | None:
    if within == BLANK:
        return None
    if within:
        return _span(within).due(at, calendar)
    named: datetime | None = getattr(event, row.at, None)
    return row.ahead.before(named, calendar) if named and row.ahead else named


def _resumed(running: Running, row: DeadlineRow, at: datetime, calendar: Calendar) -> DeadlineMoved:
    span = _span(running.within)
    due = span.later(at, running.left_seconds, calendar)
    excluded = running.excluded_seconds + span.elapsed(running.due_at, due, calendar)
    return _moved(running, row, "resumed", due, running.within, excluded, calendar)


def _signed(running: Running, row: DeadlineRow, case: Case, calendar: Calendar) -> Iterator[DeadlineMoved]:
    form, _, field = row.moved_by.partition(".")
    signed = case.forms[form].fields.get(field)
    due = datetime.fromisoformat(signed) if signed else running.due_at
    if due != running.due_at:
        yield _moved(running, row, "signed", due, "", 0, calendar)


def _graded(running: Running, row: DeadlineRow, case: Case, at: datetime, calendar: Calendar) -> Iterator[Event]:
    """Another length holds, unless a signature set the moment. Pauses stay excluded, also one that goes on."""
    within = _within(row, case)
    if within in (running.within, BLANK) or not running.within:
        return
    excluded = running.excluded_seconds
    if running.paused:
        excluded = _resumed(running, row, at, calendar).excluded_seconds
    span = _span(within)
    due = span.later(span.due(running.since, calendar), excluded, calendar)
    yield _moved(running, row, "graded", due, within, excluded, calendar)
    if running.paused:
        left = span.elapsed(at, due, calendar)
        yield DeadlinePaused(**running.named(), left_seconds=left, why=running.pause)


def _moved(
    running: Running, row: DeadlineRow, why: str, due: datetime, within: str, excluded: int, calendar: Calendar
) -> DeadlineMoved:
    return DeadlineMoved(
        **running.named(),
        why=why,
        from_due=running.due_at,
        due_at=due,
        within=within,
        excluded_seconds=excluded,
        **_steps(row, due, _span(within), calendar),
    )


def _steps(row: DeadlineRow, due: datetime, span: Span, calendar: Calendar) -> dict[str, Any]:
    """When to warn and whom to tell, on the deadline's own clock."""
    told = tuple(Escalation(at=each.after.due(due, calendar), to=each.to) for each in row.escalate)
    return {"warn_at": row.warn.before(due, calendar) if row.warn else None, "escalations": told}


def _span(within: str) -> Span:
    return Span.parse(within) if within else OF_THE_WORLD


DECISIONS: Decisions = {CheckDeadline: check_deadline}
