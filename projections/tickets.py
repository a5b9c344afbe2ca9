"""One row per ticket: all that boards and lists show of it."""

from events.event import Recorded
from projections.projection import Projection
from projections.ticket_folds import FOLDS


def _key(recorded: Recorded) -> tuple[str]:
    return (recorded.stream.removeprefix("ticket/"),)


TICKETS = Projection(
    name="tickets",
    key=("ticket",),
    key_of=_key,
    columns={
        "ticket": "text",
        "site": "text",
        "status": "text",
        "stage": "text",  # on the workshop's kanban; "" if not there
        "since": "timestamptz",
        "registered_at": "timestamptz",
        "profile": "text",
        "problem": "text",
        "product": "text",
        "channel": "text",
        "customer": "text",
        "phone": "text",
        "category": "text",
        "fault_grade": "bigint",
        "team": "text",
        "owner": "text",
        "engineer": "text",
        "promised_at": "timestamptz",
        "pause_reason": "text",
        "follow_up_on": "date",
        "follow_up_reason": "text",
        "open_parts": "bigint",
        "solution": "text",
        "handling_seconds": "bigint",
        "paused_seconds": "bigint",
        "needs_signature": "boolean",
        "signed_by": "text",
        "callback_due": "timestamptz",
        "rating": "bigint",
        "outcome": "text",
        "handovers": "bigint",
        "reopenings": "bigint",
        "reworks": "bigint",
        "trade": "text",
        "forecast_at": "timestamptz",
        "offered_at": "timestamptz",  # a new promise that waits for the customer's signature
        "advisor_informed": "boolean",
        "promise_signed": "boolean",
        "expected_at": "timestamptz",
        "booking": "text",  # on the appointments' kanban; "" if not there
        "advisor": "text",
        "plate": "text",
        "purpose": "text",
        "arrived_at": "timestamptz",
        "received_at": "timestamptz",
        "reception_seconds": "bigint",
        "pre_check": "text",
        "receipt": "text",
        "taken_at": "timestamptz",
        "merged_into": "text",
        "before_merge": "text",
    },
    indexes=("status, since", "site, status, since"),
    folds=FOLDS,
)
