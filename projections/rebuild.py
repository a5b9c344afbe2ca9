"""Rebuilds projections from the log beside the live ones, compares, and swaps: readers never see a gap.

Fill an empty table with all that happened so far, give it its indexes, catch up with the live one, compare both in one
snapshot, catch up again, and swap while the live projector holds its breath for some milliseconds.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg import sql

from events.store import Store
from projections.catalog import indexes_of
from projections.filling import LEFT_OUT
from projections.projection import Projection
from projections.projector import BATCH, LIVE, LOCK_CHECKPOINT, MOVE_CHECKPOINT, OPTIONS, POSITION, Projector
from projections.quarantine import Poisoned, poisoned
from projections.setup import SHAPES, keep_shape, shape_of
from projections.sharing import Progress, fill
from projections.table import UNWRITABLE, Table

REBUILD = "rebuild"
NEXT = "boards_next"
ONLY_ONE = "SELECT pg_try_advisory_lock(4722368)"
NEXT_ONE = "SELECT pg_advisory_unlock(4722368)"
TABLES_AT_ONCE = 2  # at least: the server has nothing else to do by then
MEMORY = "SET maintenance_work_mem = '256MB'"  # for the indexes
# Beside `rebuild` the helping processes of 0.4.2 noted their places, as `rebuild 0`, `rebuild 1`, …
FORGET = """
DELETE FROM boards.checkpoints WHERE follower LIKE 'rebuild%';
DELETE FROM boards.seen WHERE follower = 'rebuild';
DELETE FROM boards.parked WHERE follower = 'rebuild';
"""
BEGIN = "INSERT INTO boards.checkpoints (follower, position) VALUES ('rebuild', %(position)s)"
UNPARK = "DELETE FROM boards.parked WHERE follower = 'live' AND projection = %(projection)s"
ONE_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
NAME_IT = "SELECT pg_export_snapshot()"
SAME_SNAPSHOT = "SET TRANSACTION SNAPSHOT {name}"
FINGERPRINT = "SELECT count(*), coalesce(sum(hash_record_extended(line, 0)), 0) FROM {table} AS line"
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
    """A whole rebuild: how many events there are up to which position, in how many seconds they were folded."""

    events: int
    position: int
    seconds: float
    projections: list[Rebuilt]


def rebuild(
    store: Store,
    projections: Sequence[Projection],
    progress: Progress = lambda done, total: None,
    *,
    processes: int = 1,
) -> Rebuild:
    """Makes the projections anew from the first event on and swaps them in.

    `progress` is told the position reached and the one to reach. Several processes share the work; that is for
    projections of the catalog. Raises RebuildRunning, or Poisoned with the event that cannot be folded; then the live
    projections are as before.
    """
    began, at_once = time.monotonic(), max(processes, TABLES_AT_ONCE)
    with _alone(store.url) as connection:
        filled = _position(connection, POSITION)
        with ThreadPoolExecutor(1) as beside:
            breaks = beside.submit(store.breaks, filled)
            _fill(store, connection, projections, filled, lambda: fill(store, projections, filled, processes, progress))
            _finish(store.url, projections, at_once)
            _must_be_whole(store, connection, projections, breaks.result())
        with _projector(store, connection, projections, filled) as projector:
            rebuilt = _compared(store.url, connection, projector, projections, at_once)
            position = _swapped(connection, projector, projections)
    return Rebuild(position, position, time.monotonic() - began, rebuilt)


@contextmanager
def _alone(url: str) -> Iterator[psycopg.Connection]:
    """A connection of the only rebuild there is; nothing is left of it but the tables that it swapped in."""
    with psycopg.connect(url, autocommit=True, options=OPTIONS) as connection:
        row = connection.execute(ONLY_ONE).fetchone()
        if not row or not row[0]:
            raise RebuildRunning("a rebuild is running already; wait for it to end")
        try:
            connection.execute(FORGET)  # what one that died has left
            yield connection
        finally:
            if not connection.broken:
                connection.execute(FORGET)
                connection.execute(NEXT_ONE)


def _must_be_whole(
    store: Store, connection: psycopg.Connection, projections: Sequence[Projection], breaks: Mapping[int, str]
) -> None:
    """Raises Poisoned at the first event that does not continue its stream, unless it was left out."""
    left_out = set(connection.execute(LEFT_OUT).fetchall()) if breaks else set()
    for recorded in store.read_at(breaks):
        for projection in projections:
            if (projection.name, recorded.stream, recorded.version) not in left_out:
                raise poisoned(projection.name, recorded, Poisoned(breaks[recorded.position]))


def _fill(
    store: Store,
    connection: psycopg.Connection,
    projections: Sequence[Projection],
    up_to: int,
    work: Callable[[], None],
) -> None:
    """Makes the new tables, and has them filled."""
    _empty(connection, projections)
    try:
        work()
    except UNWRITABLE as error:
        _find_unwritable(store, connection, projections, up_to)
        raise Poisoned(f"a row cannot be written: {error}") from error


def _empty(connection: psycopg.Connection, projections: Sequence[Projection]) -> None:
    for projection in projections:
        table = Table(projection, NEXT)
        table.drop(connection)
        table.create_bare(connection)


def _finish(url: str, projections: Sequence[Projection], at_once: int) -> None:
    """Gives the filled tables their indexes, so many tables at once."""
    with ThreadPoolExecutor(at_once) as beside:
        list(beside.map(partial(_finish_one, url), sorted(projections, key=_turn)))


def _turn(projection: Projection) -> tuple[bool, int]:
    """When its table gets its indexes: what has most to do first, so that nobody waits for it at the end."""
    return not projection.grows, -len(indexes_of(projection))


def _finish_one(url: str, projection: Projection) -> None:
    with psycopg.connect(url, autocommit=True, options=OPTIONS) as connection:
        connection.execute(MEMORY)
        Table(projection, NEXT).finish(connection)


def _find_unwritable(
    store: Store, connection: psycopg.Connection, projections: Sequence[Projection], up_to: int
) -> None:
    """Folds everything once more, slowly, to name the event. Raises Poisoned."""
    for projection in projections:
        Table(projection, NEXT).drop(connection)
        Table(projection, NEXT).create(connection)
    with _projector(store, connection, projections, 0) as projector:
        projector.run_dry(up_to)


@contextmanager
def _projector(
    store: Store, connection: psycopg.Connection, projections: Sequence[Projection], begun_at: int
) -> Iterator[Projector]:
    """A projector of the new tables; whatever they cannot fold ends it."""
    connection.execute(BEGIN, {"position": begun_at})
    projector = Projector(store, projections, follower=REBUILD, schema=NEXT, strict=True, begun_at=begun_at)
    try:
        yield projector
    finally:
        projector.close()


def _compared(
    url: str, connection: psycopg.Connection, projector: Projector, projections: Sequence[Projection], at_once: int
) -> list[Rebuilt]:
    """How the new tables differ from the live ones at one and the same position, while life goes on."""
    with psycopg.connect(url, autocommit=True) as snapshot, ThreadPoolExecutor(at_once) as beside:
        with _standing_still(connection, projector):
            snapshot.execute(ONE_SNAPSHOT)
            shapes: dict[str, str] = dict(snapshot.execute(SHAPES).fetchall())
            name = str(*snapshot.execute(NAME_IT).fetchone() or ())
        return list(beside.map(partial(_compare, url, name, shapes), projections))


@contextmanager
def _standing_still(connection: psycopg.Connection, projector: Projector) -> Iterator[int]:
    """The position at which the live projector waits, and the new tables stand as well."""
    _catch_up(connection, projector)
    with connection.transaction():
        position = _position(connection, LOCK_CHECKPOINT)
        projector.run_dry(position)
        yield position


def _catch_up(connection: psycopg.Connection, projector: Projector) -> None:
    while True:
        target = _position(connection, POSITION)
        projector.run_dry(target)
        if _position(connection, POSITION) - target < BATCH:
            return


def _compare(url: str, snapshot: str, shapes: Mapping[str, str], projection: Projection) -> Rebuilt:
    """Compares both editions of one table in a snapshot of this name; `shapes` are the live ones' declarations."""
    old, new = sql.Identifier("boards", projection.name), sql.Identifier(NEXT, projection.name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ONE_SNAPSHOT)
        connection.execute(sql.SQL(SAME_SNAPSHOT).format(name=snapshot))
        rows, fingerprint = _row(connection, sql.SQL(FINGERPRINT).format(table=new))
        if shapes.get(projection.name) != shape_of(projection):
            return Rebuilt(projection.name, rows, None)
        if _row(connection, sql.SQL(FINGERPRINT).format(table=old)) == (rows, fingerprint):
            return Rebuilt(projection.name, rows, 0)
        (differing,) = _row(connection, sql.SQL(DIFFERENCE).format(old=old, new=new))
        return Rebuilt(projection.name, rows, differing)


def _swapped(connection: psycopg.Connection, projector: Projector, projections: Iterable[Projection]) -> int:
    """Puts the new tables in the place of the live ones; returns the position at which that was."""
    with _standing_still(connection, projector) as position:
        # By name, as every query that reads several tables names them: two orders would be a deadlock.
        for projection in sorted(projections, key=lambda each: each.name):
            _swap(connection, projection)
        connection.execute(MOVE_CHECKPOINT, {"follower": LIVE, "position": position})
    return position


def _swap(connection: psycopg.Connection, projection: Projection) -> None:
    Table(projection, "boards").drop(connection)
    connection.execute(sql.SQL(MOVE).format(new=sql.Identifier(NEXT, projection.name)))
    connection.execute(UNPARK, {"projection": projection.name})
    keep_shape(connection, projection)


def _position(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query, {"follower": LIVE}).fetchone()
    assert row is not None
    return int(row[0])


def _row(connection: psycopg.Connection, query: sql.Composed) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
