"""The examination: what is connected, who is how far behind, what is parked."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import psycopg
from pydantic import BaseModel

from services.amqp import parking
from services.runtime import Runtime

STALLED_SECONDS = 60.0  # behind but moving is healthy; behind and standing still for so long is not


class FollowerHealth(BaseModel):
    """A follower's place in the log; `idle_seconds` is how long ago it moved."""

    name: str
    position: int
    behind: int
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
    last = runtime.store.last_position()
    followers = [_health(row, last, networked) for row in runtime.reader.checkpoints()]
    parked = runtime.reader.parked()
    broker, queues = _broker(runtime.settings.amqp_url) if networked else ("none (embedded mode)", {})
    waiting = parked or any(queue["parked"] for queue in queues.values())
    return Report(
        healthy=not waiting and not broker.startswith("away") and all(each.healthy for each in followers),
        mode="network" if networked else "embedded",
        database=_server(runtime.url),
        broker=broker,
        events=last,
        followers=followers,
        queues=queues,
        parked=parked,
    )


def _health(row: dict[str, Any], last: int, networked: bool) -> FollowerHealth:
    behind = last - row["position"]
    idle = (datetime.now(UTC) - row["moved_at"]).total_seconds()
    # Embedded followers move when somebody asks, so standing still means nothing there.
    healthy = not networked or behind == 0 or idle < STALLED_SECONDS
    return FollowerHealth(name=row["follower"], position=row["position"], behind=behind,
                          idle_seconds=round(idle, 1), healthy=healthy)  # fmt: skip


def _broker(amqp_url: str) -> tuple[str, dict[str, dict[str, int]]]:
    try:
        return "connected", asyncio.run(parking.depths(amqp_url))
    except Exception as error:
        return f"away: {type(error).__name__}: {error}", {}


def _server(url: str) -> str:
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
    return f"PostgreSQL {version // 10000}.{version % 10000}"
