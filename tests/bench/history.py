"""A lived history many times over: the events of a simulated network, copied into the past under other tickets' names.

The sites, their people and their parts stay the same: what is copied is a longer past of the same network. The streams
of tickets and of what hangs on them get new names; those of a site (its stock, its pre-check area) go on, version
after version; the profiles' begin once. Positions continue without a hole, and recorded_at grows with them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.rebuild import rebuild
from projections.setup import prepare
from services.command import Command
from services.demo.demonstration import play
from services.runtime import Runtime
from services.settings import Settings

TICKET = r"[A-Z]{2}[0-9]{2}-[0-9]{6}-[0-9A-Z]{4}"  # as the simulation names them; nothing else looks so
MARK = "¤"  # stands behind every ticket's name in the pattern, where a copy puts its own ending
TABLES = ("events", "inbox")

# What is slow (finding the names) is done once; each copy only replaces the mark.
CREATE_EVENTS = """
CREATE SCHEMA pattern;
CREATE UNLOGGED TABLE pattern.events (LIKE aftersales.events);
CREATE UNLOGGED TABLE pattern.inbox (LIKE aftersales.inbox);
"""
PREPARE = """
CREATE TABLE pattern.marked AS
SELECT notification_id AS place, mark(originator_id) AS stream, originator_version AS version, topic,
    mark(convert_from(state, 'UTF8')) AS state, recorded_at, occurred_at, utc_offset, site, actor, role, command_id,
    mark(correlation_id) AS correlation_id, mark(causation_id) AS causation_id, traceparent,
    starts_with(originator_id, 'profile/') AS once,
    CASE WHEN mark(originator_id) = originator_id THEN max(originator_version) OVER (PARTITION BY originator_id)
        ELSE 0 END AS longer
FROM pattern.events;
CREATE TABLE pattern.decided AS
SELECT command_id, command, mark(stream) AS stream, version, mark(refusal::text) AS refusal, decided_at,
    coalesce(longer, 0) AS longer
FROM pattern.inbox
LEFT JOIN (SELECT stream, max(longer) AS longer FROM pattern.marked GROUP BY 1) AS known USING (stream);
ANALYZE pattern.marked, pattern.decided;
SELECT greatest(1, ceil(extract(epoch FROM max(at) - min(at)) / 604800))::int
FROM (SELECT unnest(ARRAY[min(occurred_at), max(occurred_at)]) AS at FROM pattern.marked) AS ends
"""
MARKING = """
CREATE FUNCTION pattern.mark(words text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN regexp_replace(words, '{ticket}', '\\&{mark}', 'g')
"""
COPY_EVENTS = """
INSERT INTO aftersales.events (
    originator_id, originator_version, topic, state, notification_id, recorded_at,
    occurred_at, utc_offset, site, actor, role, command_id, correlation_id, causation_id, traceparent)
SELECT replace(stream, %(mark)s, %(ending)s), version + longer * %(copy)s, topic,
    convert_to(replace(state, %(mark)s, %(ending)s), 'UTF8'), %(before)s + row_number() OVER (ORDER BY place),
    recorded_at - %(weeks)s * interval '1 week', occurred_at - %(weeks)s * interval '1 week', utc_offset, site, actor,
    role, command_id || %(ending)s, replace(correlation_id, %(mark)s, %(ending)s),
    replace(causation_id, %(mark)s, %(ending)s), traceparent
FROM pattern.marked WHERE %(copy)s = 0 OR NOT once ORDER BY place
"""
COPY_INBOX = """
INSERT INTO aftersales.inbox (command_id, command, stream, version, refusal, decided_at)
SELECT command_id || %(ending)s, command, replace(stream, %(mark)s, %(ending)s), version + longer * %(copy)s,
    replace(refusal, %(mark)s, %(ending)s)::jsonb, decided_at - %(weeks)s * interval '1 week'
FROM pattern.decided
"""
TIDY = "DROP SCHEMA pattern CASCADE"
CATCH_UP = """
DELETE FROM boards.shapes; -- there is nothing to compare with
UPDATE boards.checkpoints SET position = (SELECT max(notification_id) FROM aftersales.events) WHERE follower = 'live'
"""

Progress = Callable[[int, int], None]


def live(url: str, days: Sequence[Sequence[Command]]) -> None:
    """Lets a simulated network live its days in an empty store."""
    runtime = Runtime(Settings(Path()), url)
    play(runtime, days, lambda done, total: None)
    runtime.close()


def multiply(pattern: str, owner_url: str, copies: int, progress: Progress = lambda done, total: None) -> None:
    """Fills an empty store with so many copies of the pattern's log and inbox, the oldest first."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        span = _fetch(pattern, connection)
        for copy in range(copies):
            _insert(connection, copy, (copies - 1 - copy) * span)
            progress(copy + 1, copies)
        connection.execute(TIDY)
        connection.execute("VACUUM (ANALYZE) aftersales.events, aftersales.inbox")


def project(url: str, processes: int) -> None:
    """Makes the boards of a multiplied store, which nobody had followed."""
    follow_from_the_end(url)
    store = Store(url)
    rebuild(store, list(PROJECTIONS.values()), processes=processes)
    store.close()


def follow_from_the_end(url: str) -> None:
    """Lets the boards, empty as they are, stand at the log's end, so that a rebuild makes them from the whole log."""
    prepare(url, PROJECTIONS.values())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CATCH_UP)


def _fetch(pattern: str, connection: psycopg.Connection) -> int:
    """Brings the pattern over and marks its tickets' names; returns how many weeks it spans."""
    connection.execute(CREATE_EVENTS)
    with psycopg.connect(pattern) as source:
        for table in TABLES:
            reading, writing = f"COPY aftersales.{table} TO STDOUT BINARY", f"COPY pattern.{table} FROM STDIN BINARY"
            with source.cursor().copy(reading) as out, connection.cursor().copy(writing) as into:
                for block in out:
                    into.write(block)
    connection.execute(MARKING.format(ticket=TICKET, mark=MARK).encode())
    connection.execute("SET search_path = pattern")
    cursor = connection.execute(PREPARE)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _insert(connection: psycopg.Connection, copy: int, weeks: int) -> None:
    row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM aftersales.events").fetchone()
    assert row is not None
    facts = {"mark": MARK, "ending": f".{copy}", "copy": copy, "before": row[0], "weeks": weeks}
    connection.execute(COPY_EVENTS, facts)
    connection.execute(COPY_INBOX, facts)
