"""Rows of the log written without inbox, order or decision: as fast as one connection lets them in."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from tests.bench.stage import Measured

NOTES = "topic = 'ticket.noted'"
CREATE = """
CREATE SCHEMA raw;
CREATE SEQUENCE raw.positions CACHE 1000;
CREATE TABLE raw.events (LIKE aftersales.events INCLUDING ALL);
ALTER TABLE raw.events ALTER notification_id SET DEFAULT nextval('raw.positions');
"""
COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'aftersales.events'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'notification_id'
ORDER BY attnum
"""
ROWS = f"SELECT {{columns}} FROM aftersales.events WHERE {NOTES} ORDER BY notification_id"
INSERT = "INSERT INTO raw.events ({columns}) SELECT * FROM unnest({arrays})"
COPY = "COPY raw.events ({columns}) FROM STDIN"

Rows = list[tuple[Any, ...]]


def written_again(owner_url: str, size: int) -> Measured:
    """The notes of the log, again: by statements of so many rows, each a transaction, and by one COPY."""
    with psycopg.connect(owner_url, autocommit=True, options="-c timezone=UTC") as connection:
        connection.execute(CREATE)
        kinds: dict[str, str] = dict(connection.execute(COLUMNS).fetchall())
        columns = sql.SQL(", ").join(map(sql.Identifier, kinds))
        rows = connection.execute(sql.SQL(ROWS).format(columns=columns)).fetchall()
        inserted = _insert(connection, kinds, columns, rows, size)
        connection.execute("TRUNCATE raw.events")
        copied = _copy(connection, columns, rows)
    return {f"raw append, {size} a statement": len(rows) / inserted, "COPY": len(rows) / copied}


def _insert(
    connection: psycopg.Connection, kinds: dict[str, str], columns: sql.Composed, rows: Rows, size: int
) -> float:
    arrays = [sql.SQL("{}::{}[]").format(sql.Placeholder(name, "b"), sql.SQL(kind)) for name, kind in kinds.items()]
    statement = sql.SQL(INSERT).format(columns=columns, arrays=sql.SQL(", ").join(arrays))
    batches = [_turned(list(kinds), rows[at : at + size]) for at in range(0, len(rows), size)]
    began = time.perf_counter()
    for batch in batches:
        connection.execute(statement, batch, prepare=True)
    return time.perf_counter() - began


def _turned(names: Sequence[str], rows: Rows) -> dict[str, list[Any]]:
    """Rows as the arrays of their columns."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _copy(connection: psycopg.Connection, columns: sql.Composed, rows: Rows) -> float:
    began = time.perf_counter()
    with connection.cursor().copy(sql.SQL(COPY).format(columns=columns)) as copy:
        for row in rows:
            copy.write_row(row)
    return time.perf_counter() - began
