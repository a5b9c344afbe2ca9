"""Registers of the trade that are views of the tickets: appointments (R-061) and customers' goods (R-185)."""

from projections.headings import headings
from projections.projection import Board
from projections.tickets import TICKETS

APPOINTMENTS = Board(
    name="appointments",
    title=("Appointments", "预约看板"),
    rules=("R-061",),
    projection=TICKETS,
    where="expected_at IS NOT NULL AND status NOT IN ('closed', 'cancelled', 'merged')",
    order="expected_at, ticket",
    columns=headings("expected_at", "ticket", "site", "customer", "phone", "product", "problem", "advisor"),
    owner="advisor",
)

CUSTOMERS_GOODS = Board(
    name="customers_goods",
    title=("Customers' goods with us", "客户商品进出登记簿"),
    rules=("R-185",),
    projection=TICKETS,
    where="receipt <> ''",
    order="taken_at, ticket",
    columns=headings("taken_at", "receipt", "ticket", "site", "customer", "product", "engineer", "status"),
)
