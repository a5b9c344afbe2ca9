"""The rows of one projection that a batch touches: loaded together, folded in memory, written together."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from events.event import Recorded
from projections.catalog import indexes_of
from projections.projection import Key, Projection, Row

CREATE = "CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY ({key}))"
DROP = "DROP TABLE IF EXISTS {table}"
CREATE_INDEX = "CREATE INDEX ON {table} {index}"
LOAD = "SELECT * FROM {table} JOIN unnest({keys}) AS wanted ({names}) USING ({names})"
WRITE = """
INSERT INTO {table} ({columns}) SELECT * FROM unnest({values})
ON CONFLICT ({key}) DO UPDATE SET {changes}
"""


class Sheet:
    """One projection's rows while a batch is folded; `schema` says which edition of its table is meant."""

    def __init__(self, projection: Projection, schema: str) -> None:
        self.projection = projection
        self.table = sql.Identifier(schema, projection.name)
        self._rows: dict[Key, Row] = {}
        self._changed: set[Key] = set()

    def create(self, connection: psycopg.Connection) -> None:
        """Creates the table with its indexes if it is not there."""
        columns = [_column(name, kind) for name, kind in self.projection.columns.items()]
        connection.execute(
            sql.SQL(CREATE).format(table=self.table, columns=_list(columns), key=_names(self.projection.key))
        )
        for index in indexes_of(self.projection):
            connection.execute(sql.SQL(CREATE_INDEX).format(table=self.table, index=sql.SQL(index)))

    def drop(self, connection: psycopg.Connection) -> None:
        """Drops the table if it is there."""
        connection.execute(sql.SQL(DROP).format(table=self.table))

    def is_touched_by(self, batch: Iterable[Recorded]) -> bool:
        """Whether any of these events changes a row of this projection."""
        return any(type(recorded.event) in self.projection.folds for recorded in batch)

    def load(self, connection: psycopg.Connection, batch: Iterable[Recorded]) -> None:
        """Reads the rows that these events will change."""
        keys = self._keys(batch)
        self._rows, self._changed = {}, set()
        if keys and not self.projection.grows:
            self._read(connection, keys)

    def apply(self, recorded: Recorded) -> None:
        """Folds one event into its row; if the fold raises, the row is as it was."""
        fold = self.projection.folds.get(type(recorded.event))
        if fold is None:
            return
        key = self.projection.key_of(recorded)
        row = dict(self._rows.get(key) or self.projection.new_row(key))
        fold(row, recorded.event, recorded.context)
        self._rows[key] = row
        self._changed.add(key)

    def write(self, connection: psycopg.Connection) -> None:
        """Writes all changed rows with one statement. Raises OverflowError for a time that nobody could read back."""
        if not self._changed:
            return
        rows = [self._rows[key] for key in sorted(self._changed)]
        values = {name: _values(rows, name, kind) for name, kind in self.projection.columns.items()}
        connection.execute(self._write_statement(), values)

    def _keys(self, batch: Iterable[Recorded]) -> set[Key]:
        keys = set()
        for recorded in batch:
            if type(recorded.event) in self.projection.folds:
                with suppress(Exception):  # `apply` meets it again, and there it is known whose it is
                    keys.add(self.projection.key_of(recorded))
        return keys

    def _read(self, connection: psycopg.Connection, keys: set[Key]) -> None:
        names = self.projection.key
        statement = sql.SQL(LOAD).format(table=self.table, names=_names(names), keys=self._arrays(names))
        columns: dict[str, list[Any]] = {name: [key[i] for key in keys] for i, name in enumerate(names)}
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(statement, columns):
                self._rows[tuple(row[name] for name in names)] = row

    def _write_statement(self) -> sql.Composed:
        columns = tuple(self.projection.columns)
        changes = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in columns]
        return sql.SQL(WRITE).format(
            table=self.table,
            columns=_names(columns),
            values=self._arrays(columns),
            key=_names(self.projection.key),
            changes=_list(changes),
        )

    def _arrays(self, names: Iterable[str]) -> sql.Composed:
        kinds = self.projection.columns
        return _list([sql.SQL("{}::{}[]").format(sql.Placeholder(name, "b"), sql.SQL(kinds[name])) for name in names])


def _values(rows: list[Row], name: str, kind: str) -> list[Any]:
    if kind == "timestamptz":  # PostgreSQL's calendar is longer than Python's
        return [row[name] and row[name].astimezone(UTC) for row in rows]
    return [row[name] for row in rows]


def _column(name: str, kind: str) -> sql.Composed:
    collation = 'COLLATE "C"' if kind == "text" else ""  # the same order, and faster, in every locale
    return sql.SQL("{} {} {}").format(sql.Identifier(name), sql.SQL(kind), sql.SQL(collation))


def _names(names: Iterable[str]) -> sql.Composed:
    return _list([sql.Identifier(name) for name in names])


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
