"""One projection's table in PostgreSQL: made, read by keys, written, finished, dropped."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import orjson
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from projections.catalog import indexes_of
from projections.projection import Key, Projection, Row

CREATE = "CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY ({key}))"
DROP = "DROP TABLE IF EXISTS {table}"
INDEX = "CREATE INDEX ON {table} {index}"
LOAD = "SELECT * FROM {table} JOIN unnest({keys}) AS wanted ({key}) USING ({key})"
ADD = "INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %(rows)s::json)"
WRITE = ADD + " ON CONFLICT ({key}) DO UPDATE SET {changes}"
COPY = "COPY {table} FROM STDIN (FORMAT binary)"

# For a table that nobody sees yet: no index to keep but the one that rows are found by.
CREATE_BARE = "CREATE TABLE {table} ({columns})"
FIND_BY_KEY = "ALTER TABLE {table} ADD PRIMARY KEY ({key})"
TAKE_STOCK = "VACUUM (ANALYZE) {table}"  # so that an index alone can answer

# A value that its column cannot hold: it is met only when rows are written. Every other error of the database is
# nobody's fault among the events.
UNWRITABLE = (psycopg.DataError, OverflowError, orjson.JSONEncodeError)
TAKEN = psycopg.errors.UniqueViolation  # the table has such a row already


class Table:
    """The table of a projection in a schema: `boards` is what people see, `boards_next` what a rebuild fills."""

    def __init__(self, projection: Projection, schema: str) -> None:
        self._projection = projection
        self._times = [name for name, kind in projection.columns.items() if kind == "timestamptz"]
        self._name = sql.Identifier(schema, projection.name)
        self._load, self._add, self._write = self._statements()  # put together once

    def create(self, connection: psycopg.Connection) -> None:
        """Creates the table with its indexes if it is not there."""
        self._execute(connection, CREATE)
        self._create_indexes(connection)

    def create_bare(self, connection: psycopg.Connection) -> None:
        """Creates an empty table that can be filled fast; `finish` gives it what it lacks."""
        self._execute(connection, CREATE_BARE)
        if not self._projection.grows:
            self._execute(connection, FIND_BY_KEY)

    def finish(self, connection: psycopg.Connection) -> None:
        """Makes a filled bare table as quick to ask as any."""
        if self._projection.grows:
            self._execute(connection, FIND_BY_KEY)
        self._create_indexes(connection)
        self._execute(connection, TAKE_STOCK)

    def drop(self, connection: psycopg.Connection) -> None:
        """Drops the table if it is there."""
        self._execute(connection, DROP)

    def load(self, connection: psycopg.Connection, keys: Iterable[Key]) -> psycopg.Cursor[Row]:
        """Asks for the rows with these keys."""
        columns = dict(zip(self._projection.key, map(list, zip(*keys, strict=True)), strict=True))
        return connection.cursor(row_factory=dict_row).execute(self._load, columns)

    def write(self, connection: psycopg.Connection, rows: Sequence[Row]) -> None:
        """Writes rows, new ones and old ones, with one statement. Raises UNWRITABLE."""
        self._send(connection, self._write, rows)

    def add(self, connection: psycopg.Connection, rows: Sequence[Row]) -> None:
        """Writes rows that the table does not have yet, which costs half. Raises UNWRITABLE, TAKEN."""
        self._send(connection, self._add, rows)

    def copy(self, connection: psycopg.Connection, rows: Sequence[Row]) -> None:
        """Writes rows that the table does not have yet; many, and not in a pipeline. Raises UNWRITABLE, TAKEN."""
        self._must_be_readable(rows)
        self._copy(connection, [tuple(row.values()) for row in rows])

    def copy_keys(self, connection: psycopg.Connection, keys: Sequence[Key]) -> None:
        """The same for a table that has no columns but the key's, and no time among them."""
        self._copy(connection, keys)

    def _copy(self, connection: psycopg.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with connection.cursor().copy(sql.SQL(COPY).format(table=self._name)) as copy:
            copy.set_types(list(self._projection.columns.values()))
            for row in rows:
                copy.write_row(row)

    def _send(self, connection: psycopg.Connection, statement: bytes, rows: Sequence[Row]) -> None:
        if rows:
            self._must_be_readable(rows)
            connection.execute(statement, {"rows": orjson.dumps(rows).decode()})

    def _must_be_readable(self, rows: Sequence[Row]) -> None:
        """Raises OverflowError for a time that nobody could read back: PostgreSQL's calendar is the longer one."""
        for name in self._times:
            for row in rows:
                if (at := row[name]) and not 1 < at.year < 9999:
                    at.astimezone(UTC)

    def _create_indexes(self, connection: psycopg.Connection) -> None:
        for index in indexes_of(self._projection):
            self._execute(connection, INDEX, index=sql.SQL(index))

    def _execute(self, connection: psycopg.Connection, statement: Any, **parts: sql.Composable) -> None:
        columns = [_column(name, kind) for name, kind in self._projection.columns.items()]
        key = _names(self._projection.key)
        connection.execute(sql.SQL(statement).format(table=self._name, columns=_list(columns), key=key, **parts))

    def _statements(self) -> tuple[bytes, ...]:
        kinds, key = self._projection.columns, self._projection.key
        parts = {
            "table": self._name,
            "key": _names(key),
            "keys": _list(
                [sql.SQL("{}::{}[]").format(sql.Placeholder(name, "b"), sql.SQL(kinds[name])) for name in key]
            ),
            "changes": _list([sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in kinds]),
        }
        return tuple(sql.SQL(statement).format(**parts).as_bytes() for statement in (LOAD, ADD, WRITE))


def _column(name: str, kind: str) -> sql.Composed:
    collation = 'COLLATE "C"' if kind == "text" else ""  # the same order, and faster, in every locale
    return sql.SQL("{} {} {}").format(sql.Identifier(name), sql.SQL(kind), sql.SQL(collation))


def _names(names: Iterable[str]) -> sql.Composed:
    return _list([sql.Identifier(name) for name in names])


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
