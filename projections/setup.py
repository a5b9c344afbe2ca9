"""The tables of the read models: made where missing, and told apart when their declaration has changed."""

from collections.abc import Iterable

import psycopg

from projections.catalog import indexes_of
from projections.projection import Projection
from projections.projector import LIVE, POSITION
from projections.table import Table

SETUP_LOCK = "SELECT pg_advisory_xact_lock(4722367)"
CREATE_TABLES = """
CREATE TABLE IF NOT EXISTS boards.checkpoints (
    follower text PRIMARY KEY, position bigint NOT NULL, moved_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS boards.seen (
    follower text, stream text COLLATE "C", version bigint NOT NULL, PRIMARY KEY (follower, stream));
CREATE TABLE IF NOT EXISTS boards.parked (
    follower text, projection text, stream text COLLATE "C", position bigint NOT NULL, version bigint NOT NULL,
    cause text NOT NULL, parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (follower, projection, stream));
CREATE TABLE IF NOT EXISTS boards.left_out (
    projection text, stream text COLLATE "C", version bigint, PRIMARY KEY (projection, stream, version));
CREATE TABLE IF NOT EXISTS boards.shapes (projection text PRIMARY KEY, shape text NOT NULL);
"""
BEGIN_FOLLOWER = "INSERT INTO boards.checkpoints (follower, position) VALUES (%(follower)s, 0) ON CONFLICT DO NOTHING"
SHAPES = "SELECT projection, shape FROM boards.shapes"
WRITE_SHAPE = """
INSERT INTO boards.shapes VALUES (%(projection)s, %(shape)s)
ON CONFLICT (projection) DO UPDATE SET shape = excluded.shape
"""


def prepare(url: str, projections: Iterable[Projection]) -> list[str]:
    """Makes missing tables; returns the projections that must be rebuilt since they are new or were declared anew."""
    with psycopg.connect(url) as connection:
        connection.execute(SETUP_LOCK)
        connection.execute(CREATE_TABLES)
        connection.execute(BEGIN_FOLLOWER, {"follower": LIVE})
        begun = _position(connection) > 0
        shapes: dict[str, str] = dict(connection.execute(SHAPES).fetchall())
        changed = [each for each in projections if shapes.get(each.name) != shape_of(each)]
        for projection in changed:
            if not begun:
                Table(projection, "boards").drop(connection)
                keep_shape(connection, projection)
            if not begun or projection.name not in shapes:
                Table(projection, "boards").create(connection)
    return [projection.name for projection in changed] if begun else []


def shape_of(projection: Projection) -> str:
    """What of a declaration decides its table: columns, key, indexes, and which events it folds."""
    folds = sorted(event.name for event in projection.folds)
    return repr((list(projection.columns.items()), projection.key, indexes_of(projection), folds))


def keep_shape(connection: psycopg.Connection, projection: Projection) -> None:
    """Notes that the projection's table is as declared now."""
    connection.execute(WRITE_SHAPE, {"projection": projection.name, "shape": shape_of(projection)})


def _position(connection: psycopg.Connection) -> int:
    row = connection.execute(POSITION, {"follower": LIVE}).fetchone()
    return int(row[0]) if row else 0
