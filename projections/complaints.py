"""The open complaints (投诉, R-257)."""

from events.complaint import ComplaintRegistered, ComplaintResolved
from events.event import Context, Recorded
from projections.headings import headings
from projections.projection import Board, Projection, Row


def registered(row: Row, event: ComplaintRegistered, context: Context) -> None:
    row.update(site=context.site, ticket=event.ticket, statement=event.statement, since=context.occurred_at)


def resolved(row: Row, event: ComplaintResolved, context: Context) -> None:
    row.update(result=event.result, resolved=True)


def _key(recorded: Recorded) -> tuple[str]:
    return (recorded.stream.removeprefix("complaint/"),)


COMPLAINTS = Projection(
    name="complaints",
    key=("complaint",),
    key_of=_key,
    columns={
        "complaint": "text",
        "site": "text",
        "ticket": "text",
        "since": "timestamptz",
        "statement": "text",
        "result": "text",
        "resolved": "boolean",
    },
    folds={ComplaintRegistered: registered, ComplaintResolved: resolved},
)

COMPLAINT_BOARD = Board(
    name="complaints",
    title=("Open complaints", "未结投诉"),
    projection=COMPLAINTS,
    where="NOT resolved",
    order=("since", "complaint"),
    columns=headings("complaint", "site", "ticket", "since", "statement"),
)
