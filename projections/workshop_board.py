"""The workshop board: everything between dispatch and the customer's signature (看板, R-134)."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

WORKSHOP_BOARD = Board(
    name="workshop_board",
    title=("Workshop board", "车间看板"),
    rules=("R-134",),
    projection=TICKETS,
    where="status IN ('dispatched', 'on_site', 'working', 'paused')"
    " OR (status = 'completed' AND needs_signature AND signed_by = '')",
    order="array_position(ARRAY['dispatched', 'on_site', 'working', 'paused', 'completed'], status), since, ticket",
    columns=headings(
        "ticket", "site", "status", "since", "engineer", "team", "product", "promised_at", "pause_reason", "open_parts"
    ),
    owner="engineer",
)
