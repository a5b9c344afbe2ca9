"""The read models as bytes, to be compared; and how a test forgets them."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from events.event import Context
from projections.catalog import PROJECTIONS
from projections.projection import Projection, Row

Dump = dict[str, bytes]


def dump(url: str, projections: Iterable[Projection] = PROJECTIONS.values()) -> Dump:
    """Every table's rows in the order of their keys, as PostgreSQL writes them out."""
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        return {projection.name: _copied(connection, projection) for projection in projections}


def _copied(connection: psycopg.Connection, projection: Projection) -> bytes:
    statement = sql.SQL("COPY (SELECT * FROM {} ORDER BY {}) TO STDOUT").format(
        sql.Identifier("boards", projection.name), sql.SQL(", ").join(map(sql.Identifier, projection.key))
    )
    with connection.cursor().copy(statement) as copy:
        return b"".join(map(bytes, copy))


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """What a question to the database brings."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def forget(url: str) -> None:
    """Empties all read models, as if none had ever been made: the live projector begins at the first event."""
    tables = sql.SQL(", ").join(sql.Identifier("boards", name) for name in (*PROJECTIONS, "seen", "parked"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(tables))
        connection.execute("UPDATE boards.checkpoints SET position = 0 WHERE follower = 'live'")


def lines(dumped: Dump, name: str, containing: Sequence[str] = ("",)) -> list[str]:
    """The lines of one table in which all these words are."""
    return [line for line in dumped[name].decode().splitlines() if all(word in line for word in containing)]


class Trap:
    """A fold that breaks at one event of one ticket, until it is mended."""

    def __init__(self, fold: Any, command_id: str) -> None:
        self.fold, self.command_id = fold, command_id

    def __call__(self, row: Row, event: Any, context: Context) -> None:
        if context.command_id == self.command_id:
            raise ValueError("this fold has a fault")
        self.fold(row, event, context)
