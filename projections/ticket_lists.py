"""The four lists of the ticket register (R-002): mine, to follow, paused, closed."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

MY_TICKETS = Board(
    name="my",
    title=("My tickets", "我的工单"),
    rules=("R-002",),
    projection=TICKETS,
    where="owner <> '' AND status NOT IN ('closed', 'cancelled', 'merged')",
    order=("owner", "since", "ticket"),
    columns=headings("owner", "ticket", "site", "status", "since", "problem", "product", "promised_at"),
    owner="owner",
)

TO_FOLLOW = Board(
    name="to_follow",
    title=("To follow", "待跟踪"),
    rules=("R-002",),
    projection=TICKETS,
    where="follow_up_on IS NOT NULL AND status NOT IN ('closed', 'cancelled', 'merged')",
    order=("follow_up_on", "ticket"),
    columns=headings("follow_up_on", "ticket", "site", "status", "owner", "follow_up_reason"),
    owner="owner",
)

PAUSED = Board(
    name="paused",
    title=("Paused", "暂停"),
    rules=("R-002",),
    projection=TICKETS,
    where="status = 'paused'",
    order=("since", "ticket"),
    columns=headings("ticket", "site", "since", "pause_reason", "engineer", "team", "product"),
    owner="engineer",
)

CLOSED = Board(
    name="closed",
    title=("Closed", "已关闭"),
    rules=("R-002",),
    projection=TICKETS,
    where="status = 'closed'",
    order=("since", "ticket"),
    newest_first=True,
    columns=headings("ticket", "site", "since", "product", "solution", "rating", "reopenings"),
    owner="owner",
)
