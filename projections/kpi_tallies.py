"""The figures of each site and local day by what they are made of: people, kinds of faults, pauses, hours, deadlines.

A tally grows with days and with people or kinds, not with tickets.
"""

from collections.abc import Callable
from typing import Any

from events.callback import CallbackCompleted
from events.deadline import DeadlineMet, DeadlineMissed
from events.event import Context, Recorded
from events.ticket import TicketRegistered
from events.work import WorkCompleted, WorkResumed
from projections.projection import Key, Projection, Row, local_day


def completed(row: Row, event: WorkCompleted, context: Context) -> None:
    row["completed"] += 1
    row["handling_seconds"] += event.handling_seconds
    row["paused_seconds"] += event.paused_seconds


def rated(row: Row, event: CallbackCompleted, context: Context) -> None:
    row["rated"] += 1
    row["satisfied"] += event.satisfied


def fault_removed(row: Row, event: WorkCompleted, context: Context) -> None:
    row["completed"] += 1
    row["handling_seconds"] += event.handling_seconds


def resumed(row: Row, event: WorkResumed, context: Context) -> None:
    row["paused"] += 1
    row["paused_seconds"] += event.paused_seconds


def called(row: Row, event: TicketRegistered, context: Context) -> None:
    row["received"] += 1


def deadline_met(row: Row, event: DeadlineMet, context: Context) -> None:
    _title(row, event)
    row["deadlines_met"] += event.late_seconds == 0 and not event.missed
    row["deadlines_missed"] += event.late_seconds > 0 and not event.missed


def deadline_missed(row: Row, event: DeadlineMissed, context: Context) -> None:
    _title(row, event)
    row["deadlines_missed"] += 1


def _title(row: Row, event: DeadlineMet | DeadlineMissed) -> None:
    row.update(english=event.english, chinese=event.chinese, rules=", ".join(event.rules))


def _by(*fields: str) -> Callable[[Recorded], Key]:
    """A key: site, local day, and these fields of the event."""

    def key(recorded: Recorded) -> tuple[Any, ...]:
        context, event = recorded.context, recorded.event
        return context.site, local_day(context.occurred_at), *[getattr(event, field) for field in fields]

    return key


def _by_hour(recorded: Recorded) -> tuple[Any, ...]:
    at = recorded.context.occurred_at
    return recorded.context.site, local_day(at), at.hour


KPI_PEOPLE = Projection(
    name="kpi_people",
    key=("site", "day", "team", "engineer"),
    key_of=_by("team", "engineer"),
    by_site=True,
    columns={
        "site": "text",
        "day": "date",
        "team": "text",
        "engineer": "text",
        "completed": "bigint",
        "handling_seconds": "bigint",
        "paused_seconds": "bigint",
        "rated": "bigint",
        "satisfied": "bigint",
    },
    folds={WorkCompleted: completed, CallbackCompleted: rated},
)

KPI_FAULTS = Projection(
    name="kpi_faults",
    key=("site", "day", "team", "category"),
    key_of=_by("team", "category"),
    by_site=True,
    columns={
        "site": "text",
        "day": "date",
        "team": "text",
        "category": "text",
        "completed": "bigint",
        "handling_seconds": "bigint",
    },
    folds={WorkCompleted: fault_removed},
)

KPI_PAUSES = Projection(
    name="kpi_pauses",
    key=("site", "day", "team", "reason"),
    key_of=_by("team", "reason"),
    by_site=True,
    columns={
        "site": "text",
        "day": "date",
        "team": "text",
        "reason": "text",
        "paused": "bigint",
        "paused_seconds": "bigint",
    },
    folds={WorkResumed: resumed},
)

KPI_CALLS = Projection(
    name="kpi_calls",
    key=("site", "day", "hour"),
    key_of=_by_hour,
    by_site=True,
    columns={"site": "text", "day": "date", "hour": "bigint", "received": "bigint"},
    folds={TicketRegistered: called},
)

KPI_DEADLINES = Projection(
    name="kpi_deadlines",
    key=("site", "day", "deadline"),
    key_of=_by("deadline"),
    by_site=True,
    columns={
        "site": "text",
        "day": "date",
        "deadline": "text",
        "english": "text",
        "chinese": "text",
        "rules": "text",
        "deadlines_met": "bigint",
        "deadlines_missed": "bigint",
    },
    folds={DeadlineMet: deadline_met, DeadlineMissed: deadline_missed},
)
