"""The examination: what is connected, who is how far behind, what is parked."""

import asyncio
from typing import Any

import psycopg
from psycopg.rows import dict_row
from pydantic import BaseModel

from services.runtime import Runtime

DATABASE_SECONDS = 3  # whoever does not answer within these counts as away
BROKER_SECONDS = 3.0
STALLED_SECONDS = 60.0  # behind but moving is healthy; behind and standing still for so long is not

# On the database's own clock, and of one moment.
FOLLOWERS = """
SELECT follower AS name, place.position, log.last - place.position AS behind,
    round(extract(epoch FROM clock_timestamp() - place.moved_at), 1)::float8 AS idle_seconds,
    coalesce(round(extract(epoch FROM clock_timestamp() - unseen.recorded_at), 1), 0)::float8 AS lag_seconds
FROM boards.checkpoints AS place
CROSS JOIN (SELECT coalesce(max(notification_id), 0) AS last FROM aftersales.events) AS log
LEFT JOIN aftersales.events AS unseen ON unseen.notification_id = place.position + 1
ORDER BY follower
"""


class FollowerHealth(BaseModel):
    """A follower's place in the log; `idle_seconds` is how long ago it moved.

    `lag_seconds` is the age of the oldest event that it has not seen; 0 if it has seen all.
    """

    name: str
    position: int
    behind: int
    lag_seconds: float
    idle_seconds: float
    healthy: bool


class Report(BaseModel):
    """What was found. Healthy: everything answers, nothing is parked, and whoever is behind moves."""

    healthy: bool
    mode: str
    database: str
    broker: str
    events: int
    followers: list[FollowerHealth]
    queues: dict[str, dict[str, int]]
    parked: list[dict[str, Any]]


def examine(runtime: Runtime) -> Report:
    """Looks at the database, the followers and, in network mode, at the broker."""
    networked = runtime.settings.networked
    found = followers(runtime)
    parked = runtime.reader.parked()
    broker, queues = _broker(runtime.settings.amqp_url) if networked else ("none (embedded mode)", {})
    waiting = parked or any(queue["parked"] for queue in queues.values())
    return Report(
        healthy=not waiting and not broker.startswith("away") and all(each.healthy for each in found),
        mode="network" if networked else "embedded",
        database=_server(runtime.url),
        broker=broker,
        events=runtime.store.last_position(),
        followers=found,
        queues=queues,
        parked=parked,
    )


def followers(runtime: Runtime) -> list[FollowerHealth]:
    """Where every follower stands, and whether it moves. Raises psycopg.OperationalError if the database is away."""
    # A connection of its own tells at once that the database is away; one of a pool would wait for it.
    with psycopg.connect(runtime.url, connect_timeout=DATABASE_SECONDS, row_factory=dict_row) as connection:
        rows = connection.execute(FOLLOWERS).fetchall()
    return [FollowerHealth(**row, healthy=_is_healthy(row, runtime.settings.networked)) for row in rows]


def _is_healthy(row: dict[str, Any], networked: bool) -> bool:
    """Embedded followers move when somebody asks, so standing still means nothing there."""
    return not networked or row["behind"] == 0 or row["idle_seconds"] < STALLED_SECONDS


def _broker(amqp_url: str) -> tuple[str, dict[str, dict[str, int]]]:
    try:
        from services.amqp import parking

        return "connected", asyncio.run(asyncio.wait_for(parking.depths(amqp_url), BROKER_SECONDS))
    except Exception as error:
        return f"away: {type(error).__name__}: {error}", {}


def _server(url: str) -> str:
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
    return f"PostgreSQL {version // 10000}.{version % 10000}"
