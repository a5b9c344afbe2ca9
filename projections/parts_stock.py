"""The parts store: what lies where (R-193)."""

from events.event import Context, Recorded
from events.part import StockIssued, StockReceived
from projections.headings import headings
from projections.projection import Board, Projection, Row


def received(row: Row, event: StockReceived, context: Context) -> None:
    row.update(received=row["received"] + event.quantity, on_hand=row["on_hand"] + event.quantity)


def issued(row: Row, event: StockIssued, context: Context) -> None:
    row.update(issued=row["issued"] + event.quantity, on_hand=row["on_hand"] - event.quantity)


def _key(recorded: Recorded) -> tuple[str, str]:
    _, site, part_no = recorded.stream.split("/")
    return site, part_no


PARTS_STOCK = Projection(
    name="parts_stock",
    key=("site", "part_no"),
    key_of=_key,
    columns={"site": "text", "part_no": "text", "on_hand": "bigint", "received": "bigint", "issued": "bigint"},
    folds={StockReceived: received, StockIssued: issued},
)

PARTS_REGISTER = Board(
    name="parts",
    title=("Parts store", "配件库存"),
    rules=("R-193",),
    projection=PARTS_STOCK,
    where="true",
    order=("site", "part_no"),
    columns=headings("site", "part_no", "on_hand", "received", "issued"),
)
