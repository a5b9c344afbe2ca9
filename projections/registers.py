"""Registers of the trade that are views of the tickets: appointments (R-061), arrivals (R-073), goods (R-185)."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

APPOINTMENTS = Board(
    name="appointments",
    title=("Appointments", "预约看板"),
    rules=("R-061",),
    projection=TICKETS,
    where="booking <> '' AND status NOT IN ('closed', 'cancelled', 'merged')",
    order=("expected_at", "ticket"),
    columns=headings("expected_at", "ticket", "site", "booking", "customer", "phone", "product", "problem", "advisor"),
    owner="advisor",
    lane="booking",
    lanes=("booked", "prepared", "reconfirmed", "no_show"),
)

ARRIVALS = Board(
    name="arrivals",
    title=("Reception board", "到店接待看板"),
    rules=("R-073", "R-074", "R-082"),
    projection=TICKETS,
    where="arrived_at IS NOT NULL AND status IN ('registered', 'assigned')",
    order=("arrived_at", "ticket"),
    columns=headings(
        "arrived_at",
        "plate",
        "ticket",
        "site",
        "customer",
        "purpose",
        "received_at",
        "reception_seconds",
        "advisor",
        "pre_check",
        "promised_at",
    ),
    owner="advisor",
)

CUSTOMERS_GOODS = Board(
    name="customers_goods",
    title=("Customers' goods with us", "客户商品进出登记簿"),
    rules=("R-185",),
    projection=TICKETS,
    where="receipt <> ''",
    order=("taken_at", "ticket"),
    columns=headings("taken_at", "receipt", "ticket", "site", "customer", "product", "engineer", "status"),
)
