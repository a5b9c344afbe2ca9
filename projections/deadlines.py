"""Every deadline that runs or ran: when it is due, how it ended, and what the clock does next about it.

A deadline that begins anew keeps its row: `misses` counts how often it was ever missed, `turn` how often it got a due.
"""

from datetime import datetime, timedelta

import orjson

from events.deadline import (
    DeadlineDropped,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMissed,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineStarted,
    DeadlineWarned,
)
from events.event import Context, Recorded
from projections.headings import headings
from projections.projection import Board, Projection, Row


def started(row: Row, event: DeadlineStarted, context: Context) -> None:
    row.update(
        site=context.site,
        title=f"{event.english} {event.chinese}".strip() or event.deadline,
        rules=", ".join(event.rules),
        profile=event.profile,
        policy_version=event.policy_version,
        since=event.since,
        status="running",
        missed=False,
        escalated_to="",
        late_seconds=0,
    )
    _due(row, event)


def paused(row: Row, event: DeadlinePaused, context: Context) -> None:
    row.update(status="paused", next_at=None)


def moved(row: Row, event: DeadlineMoved, context: Context) -> None:
    row.update(status="running")
    _due(row, event)


def warned(row: Row, event: DeadlineWarned, context: Context) -> None:
    _next(row, "miss", row["due_at"])


def missed(row: Row, event: DeadlineMissed, context: Context) -> None:
    row.update(status="missed", missed=True, misses=row["misses"] + 1)
    _escalate(row, 1)


def escalated(row: Row, event: DeadlineEscalated, context: Context) -> None:
    row.update(escalated_to=event.to)
    _escalate(row, event.step + 1)


def met(row: Row, event: DeadlineMet, context: Context) -> None:
    unseen = event.late_seconds > 0 and row["status"] != "missed"  # too late, but before the clock looked
    row.update(status="met", late_seconds=event.late_seconds, missed=row["missed"] or unseen, next_at=None)
    row["misses"] += unseen


def dropped(row: Row, event: DeadlineDropped, context: Context) -> None:
    row.update(status="dropped", next_at=None)


def _due(row: Row, event: DeadlineStarted | DeadlineMoved) -> None:
    told = [{"at": each.at.isoformat(), "to": each.to} for each in event.escalations]
    offset = (event.due_at.utcoffset() or timedelta()) // timedelta(minutes=1)
    row.update(
        due_at=event.due_at, offset_minutes=offset, escalations=orjson.dumps(told).decode(), turn=row["turn"] + 1
    )
    if event.warn_at:
        _next(row, "warn", event.warn_at)
    else:
        _next(row, "miss", event.due_at)


def _escalate(row: Row, number: int) -> None:
    """Whom the clock tells next, and when; nobody after the last."""
    told = orjson.loads(row["escalations"])
    if number > len(told):
        row.update(next_at=None)
        return
    _next(row, "escalate", datetime.fromisoformat(told[number - 1]["at"]))
    row.update(next_number=number, next_to=told[number - 1]["to"])


def _next(row: Row, step: str, at: datetime) -> None:
    row.update(next_step=step, next_at=at, next_number=0, next_to="")


def _key(recorded: Recorded) -> tuple[str, str, str]:
    return recorded.stream, recorded.event.deadline, recorded.event.about  # type: ignore[attr-defined]


DEADLINES = Projection(
    name="deadlines",
    key=("stream", "deadline", "about"),
    key_of=_key,
    columns={
        "stream": "text",
        "deadline": "text",
        "about": "text",
        "site": "text",
        "title": "text",
        "rules": "text",
        "profile": "text",
        "policy_version": "bigint",
        "since": "timestamptz",
        "due_at": "timestamptz",
        "offset_minutes": "bigint",  # of the site, so that what the clock tells falls on the site's own day
        "status": "text",
        "missed": "boolean",
        "misses": "bigint",
        "late_seconds": "bigint",
        "escalated_to": "text",
        "escalations": "text",
        "next_at": "timestamptz",
        "next_step": "text",
        "next_number": "bigint",
        "next_to": "text",
        "turn": "bigint",
    },
    folds={
        DeadlineStarted: started,
        DeadlinePaused: paused,
        DeadlineMoved: moved,
        DeadlineWarned: warned,
        DeadlineMissed: missed,
        DeadlineEscalated: escalated,
        DeadlineMet: met,
        DeadlineDropped: dropped,
    },
    indexes=("next_at", "site, due_at"),
)

DEADLINE_BOARD = Board(
    name="deadlines",
    title=("Running deadlines", "期限与升级"),
    rules=("R-004",),
    projection=DEADLINES,
    where="status IN ('running', 'paused', 'missed')",
    order=("due_at", "stream", "deadline", "about"),
    columns=headings("due_at", "stream", "title", "about", "site", "rules", "status", "escalated_to"),
)
