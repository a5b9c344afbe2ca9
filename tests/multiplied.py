"""A lived network many times over: the read models' rows copied under other names, as if so many tickets lay there."""

import psycopg
from psycopg import sql

from projections.catalog import PROJECTIONS
from projections.projection import Projection

COPIED = ("tickets", "deadlines", "complaints", "area_vehicles", "parts_stock")
RENAMED = {"tickets": "ticket", "deadlines": "stream", "complaints": "complaint", "area_vehicles": "plate",
           "parts_stock": "part_no"}  # fmt: skip
QUIET = "ALTER TABLE {} SET (autovacuum_enabled = false)"  # it would be counted among the questions
COPY = """
INSERT INTO {table} ({columns})
SELECT {values} FROM {table} CROSS JOIN generate_series(1, %(times)s) AS copy
"""


def multiply(url: str, times: int) -> int:
    """Copies every row of the boards' projections so many times; returns how many tickets there are then."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name in COPIED:
            connection.execute(sql.SQL(QUIET).format(sql.Identifier("boards", name)))
            connection.execute(_copy(PROJECTIONS[name], RENAMED[name]), {"times": times})
        connection.execute("ANALYZE boards.tickets, boards.deadlines")
        row = connection.execute("SELECT count(*) FROM boards.tickets").fetchone()
    return int(row[0]) if row else 0


def _copy(projection: Projection, renamed: str) -> sql.Composed:
    """Each copy with a name of its own; everything else stays."""
    name = sql.SQL("{column} || '-' || %(times)s || '.' || copy").format(column=sql.Identifier(renamed))
    values = [name if column == renamed else sql.Identifier(column) for column in projection.columns]
    return sql.SQL(COPY).format(
        table=sql.Identifier("boards", projection.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, projection.columns)),
        values=sql.SQL(", ").join(values),
    )
