"""The figures of each site and day (R-004, R-390): counted once, on the day and at the site where it happened."""

from collections.abc import Callable

from events.callback import CallbackCompleted
from events.complaint import ComplaintRegistered
from events.deadline import DeadlineMet, DeadlineMissed
from events.event import Context, Event, Recorded
from events.ticket import TicketCancelled, TicketClosed, TicketHandedOver, TicketRegistered, TicketReopened
from events.work import WorkCompleted
from projections.projection import Projection, Row, local_day


def completed(row: Row, event: WorkCompleted, context: Context) -> None:
    row["completed"] += 1
    row["handling_seconds"] += event.handling_seconds
    row["paused_seconds"] += event.paused_seconds


def called_back(row: Row, event: CallbackCompleted, context: Context) -> None:
    row["rated"] += 1
    row["satisfied"] += event.satisfied


def deadline_met(row: Row, event: DeadlineMet, context: Context) -> None:
    row["deadlines_met"] += event.late_seconds == 0 and not event.missed
    row["deadlines_missed"] += event.late_seconds > 0 and not event.missed


def one_more(column: str) -> Callable[[Row, Event, Context], None]:
    """A fold that counts the event in a column."""

    def count(row: Row, event: Event, context: Context) -> None:
        row[column] += 1

    return count


def _key(recorded: Recorded) -> tuple[str, object]:
    return recorded.context.site, local_day(recorded.context.occurred_at)


KPI_DAILY = Projection(
    name="kpi_daily",
    key=("site", "day"),
    key_of=_key,
    by_site=True,
    columns={
        "site": "text",
        "day": "date",
        "received": "bigint",
        "completed": "bigint",
        "handled": "bigint",
        "handling_seconds": "bigint",
        "paused_seconds": "bigint",
        "handovers": "bigint",
        "reopened": "bigint",
        "cancelled": "bigint",
        "rated": "bigint",
        "satisfied": "bigint",
        "complaints": "bigint",
        "deadlines_met": "bigint",
        "deadlines_missed": "bigint",
    },
    folds={
        TicketRegistered: one_more("received"),
        WorkCompleted: completed,
        TicketClosed: one_more("handled"),
        TicketHandedOver: one_more("handovers"),
        TicketReopened: one_more("reopened"),
        TicketCancelled: one_more("cancelled"),
        CallbackCompleted: called_back,
        ComplaintRegistered: one_more("complaints"),
        DeadlineMet: deadline_met,
        DeadlineMissed: one_more("deadlines_missed"),
    },
)
