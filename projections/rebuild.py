"""Rebuilds projections from the log beside the live ones, compares, and swaps: readers never see a gap."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from events.store import Store
from projections.projection import Projection
from projections.projector import BATCH, LIVE, LOCK_CHECKPOINT, POSITION, Projector
from projections.setup import BEGIN_FOLLOWER, SHAPES, keep_shape, shape_of
from projections.sheet import Sheet

REBUILD = "rebuild"
ONLY_ONE = "SELECT pg_try_advisory_lock(4722368)"
FORGET = """
DELETE FROM boards.checkpoints WHERE follower = 'rebuild';
DELETE FROM boards.seen WHERE follower = 'rebuild';
DELETE FROM boards.parked WHERE follower = 'rebuild';
"""
UNPARK = "DELETE FROM boards.parked WHERE follower = 'live' AND projection = %(projection)s"
COUNT = "SELECT count(*) FROM {table}"
DIFFERENCE = """
SELECT count(*) FROM ((TABLE {old} EXCEPT ALL TABLE {new}) UNION ALL (TABLE {new} EXCEPT ALL TABLE {old})) AS differing
"""
MOVE = "ALTER TABLE {new} SET SCHEMA boards"


class RebuildRunning(RuntimeError):
    """Somebody else is rebuilding right now."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One rebuilt projection: its rows, and how many of them differ from the live ones (None: no live ones)."""

    projection: str
    rows: int
    differing: int | None


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A whole rebuild: how many events were read up to which position, in how many seconds."""

    events: int
    position: int
    seconds: float
    projections: list[Rebuilt]


def rebuild(
    store: Store, projections: Sequence[Projection], progress: Callable[[int, int], None] = lambda done, total: None
) -> Rebuild:
    """Makes the projections anew from the first event on and swaps them in.

    `progress` is told the position reached and the one to reach. Raises RebuildRunning, or Poisoned with the event
    that cannot be folded; then the live projections are as before.
    """
    began = time.monotonic()
    with psycopg.connect(store.url, autocommit=True) as connection:
        _begin(connection, projections)
        projector = Projector(store, projections, follower=REBUILD, schema="boards_next", strict=True)
        try:
            events = _catch_up(connection, projector, progress)
            with connection.transaction():
                position = _position(connection, LOCK_CHECKPOINT)
                events += projector.run_dry(position)
                rebuilt = [_compare(connection, projection) for projection in projections]
                # By name, as every query that reads several tables names them: two orders would be a deadlock.
                for projection in sorted(projections, key=lambda each: each.name):
                    _swap(connection, projection)
        finally:
            projector.close()
        connection.execute(FORGET)
    return Rebuild(events, position, time.monotonic() - began, rebuilt)


def _begin(connection: psycopg.Connection, projections: Sequence[Projection]) -> None:
    row = connection.execute(ONLY_ONE).fetchone()
    if not row or not row[0]:
        raise RebuildRunning("a rebuild is running already; wait for it to end")
    connection.execute(FORGET)
    connection.execute(BEGIN_FOLLOWER, {"follower": REBUILD})
    for projection in projections:
        sheet = Sheet(projection, "boards_next")
        sheet.drop(connection)
        sheet.create(connection)


def _catch_up(connection: psycopg.Connection, projector: Projector, progress: Callable[[int, int], None]) -> int:
    events = 0
    while True:
        target = _position(connection, POSITION)
        while count := projector.step(target):
            events += count
            progress(events, target)
        if _position(connection, POSITION) - target < BATCH:
            return events


def _compare(connection: psycopg.Connection, projection: Projection) -> Rebuilt:
    old, new = sql.Identifier("boards", projection.name), sql.Identifier("boards_next", projection.name)
    shapes: dict[str, str] = dict(connection.execute(SHAPES).fetchall())
    same_shape = shapes.get(projection.name) == shape_of(projection)
    differing = _count(connection, sql.SQL(DIFFERENCE).format(old=old, new=new)) if same_shape else None
    return Rebuilt(projection.name, _count(connection, sql.SQL(COUNT).format(table=new)), differing)


def _swap(connection: psycopg.Connection, projection: Projection) -> None:
    Sheet(projection, "boards").drop(connection)
    connection.execute(sql.SQL(MOVE).format(new=sql.Identifier("boards_next", projection.name)))
    connection.execute(UNPARK, {"projection": projection.name})
    keep_shape(connection, projection)


def _position(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query, {"follower": LIVE}).fetchone()
    assert row is not None
    return int(row[0])


def _count(connection: psycopg.Connection, query: sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
