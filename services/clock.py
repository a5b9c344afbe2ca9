"""The clock: finds the deadlines that are nearly due, due or to be escalated, and sends each its command.

Its cost depends on how many are due, not on how many run: one look into an index. A command's id is made from the
deadline and the step, so two clocks, a restart or a machine that slept for a day have exactly one effect.
"""

from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
from psycopg.rows import dict_row, tuple_row

from services.command import derived_id
from services.deadline import CheckDeadline
from services.policy import SYSTEM

AT_ONCE = 500  # deadlines of one look
DUE = """
SELECT stream, deadline, about, site, due_at, offset_minutes, next_at, next_step, next_number, next_to, turn
FROM boards.deadlines
WHERE next_at <= %(now)s AND stream <> ALL (ARRAY(SELECT stream FROM boards.parked))
ORDER BY next_at, stream, deadline, about LIMIT %(limit)s
"""

STARTED_BY = """
SELECT stream, event ->> 'deadline', event ->> 'about', traceparent FROM aftersales.log
WHERE stream = ANY(%(streams)s) AND name IN ('deadline.started', 'deadline.moved')
ORDER BY stream, version
"""


class Clock:
    """Looks into the running deadlines over one connection of its own."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def due(self, now: datetime) -> list[CheckDeadline]:
        """The commands for all steps that are due by `now`, at most `AT_ONCE`; the oldest first."""
        rows = self._connection.execute(DUE, {"now": now, "limit": AT_ONCE}).fetchall()
        traces = self._traces({row["stream"] for row in rows}) if rows else {}
        return [_command(row, traces.get((row["stream"], row["deadline"], row["about"]), "")) for row in rows]

    def _traces(self, streams: set[str]) -> dict[tuple[str, str, str], str]:
        """Stream, deadline and what it is about → the trace of the event that last set when it is due."""
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            found = cursor.execute(STARTED_BY, {"streams": list(streams)}).fetchall()
        return {(stream, deadline, about): trace for stream, deadline, about, trace in found}


def _command(row: dict[str, Any], traceparent: str) -> CheckDeadline:
    zone = timezone(timedelta(minutes=row["offset_minutes"]))
    due = row["due_at"].astimezone(zone)
    turn = due.isoformat(), row["turn"]  # the same moment may be due twice: moved there and back
    step = row["stream"], row["deadline"], row["about"], *turn, row["next_step"], row["next_number"]
    return CheckDeadline(
        command_id=derived_id("clock", *step),
        site=row["site"],
        actor=SYSTEM,
        role=SYSTEM,
        at=row["next_at"].astimezone(zone),
        correlation_id=row["stream"],
        traceparent=traceparent,
        stream=row["stream"],
        deadline=row["deadline"],
        about=row["about"],
        due_at=due,
        step=row["next_step"],
        number=row["next_number"],
        to=row["next_to"],
    )
