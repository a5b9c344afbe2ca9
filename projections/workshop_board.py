"""The workshop's kanban: from waiting for an engineer to the customer's signature (看板, R-134)."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

WORKSHOP_BOARD = Board(
    name="workshop_board",
    title=("Workshop board", "车间看板"),
    rules=("R-128", "R-129", "R-130", "R-133", "R-134", "R-208"),
    projection=TICKETS,
    where="stage <> ''",
    order=("since", "ticket"),
    columns=headings(
        "ticket",
        "site",
        "stage",
        "status",
        "since",
        "engineer",
        "team",
        "trade",
        "product",
        "plate",
        "promised_at",
        "forecast_at",
        "pause_reason",
        "advisor_informed",
        "promise_signed",
        "open_parts",
    ),
    owner="engineer",
    lane="stage",
    lanes=("waiting", "dispatched", "running", "paused", "done", "self", "team", "final", "ready"),
)
