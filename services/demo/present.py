"""Until when the demo's network has lived: its days end now while the sites are at work, else in the last afternoon."""

from datetime import datetime, time, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from services import embedded
from services.demo.diary import SUNDAY, ZONE

KEPT = "lived-until"  # this file beside the database holds the moment, so that a second run tells the same story
IN_FULL_SWING, CALLS_END = time(10, 30), time(17, 10)
AFTERNOON = time(15, 45)  # in the midst of work, so that the boards have something to show
FRESH = timedelta(days=1)
PUT_ASIDE = "ALTER DATABASE {} RENAME TO {}"


def lived_until(data: Path, now: datetime) -> datetime:
    """The moment (+08:00) until which the network of this folder has lived: its first now, which is kept."""
    file = data / KEPT
    if not file.exists():
        file.write_text(f"{now.astimezone(ZONE).replace(second=0, microsecond=0).isoformat()}\n")
    return datetime.fromisoformat(file.read_text().strip())


def end_of_days(now: datetime) -> datetime:
    """The last moment up to `now` in the midst of a working day (+08:00); never on a Sunday."""
    here = now.astimezone(ZONE)
    if here.weekday() != SUNDAY and IN_FULL_SWING <= here.time() <= CALLS_END:
        return here
    day = here.date() - timedelta(days=here.time() < AFTERNOON)
    day -= timedelta(days=day.weekday() == SUNDAY)
    return datetime.combine(day, AFTERNOON, ZONE)


def put_aside_if_old(data: Path, now: datetime) -> bool:
    """Renames the database of a network that stopped living more than a day ago, so that a new one may live today.

    It stays where it is if somebody else is using it.
    """
    file = data / KEPT
    if not file.exists() or end_of_days(now) - (ends := lived_until(data, now)) <= FRESH:
        return False
    with embedded.running(data):
        is_aside = _renamed(embedded.Server(data), f"{embedded.DATABASE}_{ends:%Y%m%d_%H%M}")
    if is_aside:
        file.unlink()
    return is_aside


def _renamed(server: embedded.Server, name: str) -> bool:
    rename = sql.SQL(PUT_ASIDE).format(sql.Identifier(embedded.DATABASE), sql.Identifier(name))
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        try:
            connection.execute(rename)
        except psycopg.errors.ObjectInUse:
            return False
    return True
