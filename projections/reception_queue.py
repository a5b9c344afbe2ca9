"""The reception queue: requests that no engineer has yet, oldest first."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

RECEPTION_QUEUE = Board(
    name="reception_queue",
    title=("Reception queue", "接待队列"),
    projection=TICKETS,
    where="status IN ('registered', 'assigned')",
    order=("since", "ticket"),
    columns=headings("ticket", "site", "status", "since", "problem", "product", "customer", "fault_grade", "team"),
)
