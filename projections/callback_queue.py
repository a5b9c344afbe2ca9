"""The callback queue: whom to call next (R-240, R-242)."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

CALLBACK_QUEUE = Board(
    name="callback_queue",
    title=("Callback queue", "回访队列"),
    rules=("R-240", "R-242"),
    projection=TICKETS,
    where="callback_due IS NOT NULL AND status <> 'merged'",
    order=("callback_due", "ticket"),
    columns=headings("callback_due", "ticket", "site", "customer", "phone", "product", "engineer", "solution"),
)
