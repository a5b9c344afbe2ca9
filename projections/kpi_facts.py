"""What the figures count, fact by fact: the list of tickets behind every number."""

from events.callback import CallbackCompleted
from events.complaint import ComplaintRegistered
from events.deadline import DeadlineMet, DeadlineMissed
from events.event import Context, Recorded
from events.ticket import TicketCancelled, TicketClosed, TicketHandedOver, TicketRegistered, TicketReopened
from events.work import WorkCompleted, WorkResumed
from projections.projection import Projection, Row, local_day

NEWEST = "day, occurred_at, position"


def received(row: Row, event: TicketRegistered, context: Context) -> None:
    _count(row, context, "received", kind=event.channel)


def completed(row: Row, event: WorkCompleted, context: Context) -> None:
    who = {"team": event.team, "engineer": event.engineer}
    _count(row, context, "completed", **who, kind=event.category, seconds=event.handling_seconds)


def handled(row: Row, event: TicketClosed, context: Context) -> None:
    _count(row, context, "handled")


def handed_over(row: Row, event: TicketHandedOver, context: Context) -> None:
    _count(row, context, "handovers", team=event.from_team, kind=event.to_team)


def reopened(row: Row, event: TicketReopened, context: Context) -> None:
    _count(row, context, "reopened")


def cancelled(row: Row, event: TicketCancelled, context: Context) -> None:
    _count(row, context, "cancelled")


def rated(row: Row, event: CallbackCompleted, context: Context) -> None:
    who = {"team": event.team, "engineer": event.engineer}
    told = {"kind": event.outcome, "value": event.ratings.lowest, "satisfied": event.satisfied}
    _count(row, context, "rated", **who, **told)


def complained(row: Row, event: ComplaintRegistered, context: Context) -> None:
    _count(row, context, "complaints")


def deadline_met(row: Row, event: DeadlineMet, context: Context) -> None:
    late = "deadlines_missed" if event.late_seconds else "deadlines_met"
    # What the clock told as missed is counted there already; the row stays, in no figure.
    _count(row, context, "" if event.missed else late, kind=event.deadline, seconds=event.late_seconds)


def deadline_missed(row: Row, event: DeadlineMissed, context: Context) -> None:
    _count(row, context, "deadlines_missed", kind=event.deadline)


def resumed(row: Row, event: WorkResumed, context: Context) -> None:
    who = {"team": event.team, "engineer": event.engineer}
    _count(row, context, "paused", **who, kind=event.reason, seconds=event.paused_seconds)


def _count(row: Row, context: Context, figure: str, **told: object) -> None:
    at = context.occurred_at
    row.update(told, figure=figure, site=context.site, day=local_day(at), weekday=at.isoweekday(), hour=at.hour)
    row["occurred_at"] = at


def _key(recorded: Recorded) -> tuple[int, str]:
    event = recorded.event
    about = event.ticket if isinstance(event, ComplaintRegistered) else recorded.stream.removeprefix("ticket/")
    return recorded.position, about


KPI_FACTS = Projection(
    name="kpi_facts",
    key=("position", "ticket"),
    key_of=_key,
    columns={
        "position": "bigint",
        "ticket": "text",
        "figure": "text",
        "site": "text",
        "day": "date",
        "weekday": "bigint",
        "hour": "bigint",
        "occurred_at": "timestamptz",
        "team": "text",
        "engineer": "text",
        "kind": "text",
        "seconds": "bigint",
        "value": "bigint",
        "satisfied": "boolean",
    },
    indexes=(
        f"figure, site, {NEWEST}",
        f"figure, site, team, {NEWEST}",
        f"figure, site, engineer, {NEWEST}",
        f"figure, site, kind, {NEWEST}",
        f"figure, site, weekday, hour, {NEWEST}",
    ),
    folds={
        TicketRegistered: received,
        WorkCompleted: completed,
        TicketClosed: handled,
        TicketHandedOver: handed_over,
        TicketReopened: reopened,
        TicketCancelled: cancelled,
        CallbackCompleted: rated,
        ComplaintRegistered: complained,
        DeadlineMet: deadline_met,
        DeadlineMissed: deadline_missed,
        WorkResumed: resumed,
    },
    grows=True,
)
