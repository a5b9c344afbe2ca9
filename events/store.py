"""The log: append, read a stream, follow everything. The only file that writes events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import compress, pairwise
from typing import Any, NamedTuple

import orjson
import psycopg
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, PersistenceError
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row, tuple_row

from events.event import EVENTS, Context, Pending, Recorded, read_event
from events.schema import SCHEMA

ENVELOPE = """notification_id, originator_id, originator_version, topic, state, recorded_at,
    occurred_at, utc_offset, site, actor, role, command_id, correlation_id, causation_id, traceparent"""

APPEND = """
SELECT aftersales.append(
    %(inbox_ids)b::text[], %(inbox_commands)b::text[], %(inbox_streams)b::text[], %(inbox_versions)b::bigint[],
    %(inbox_refusals)t::text[],
    %(streams)b::text[], %(versions)b::bigint[], %(topics)b::text[], %(states)b::bytea[],
    %(occurred)b::timestamptz[], %(offsets)b::smallint[], %(sites)b::text[], %(actors)b::text[], %(roles)b::text[],
    %(commands)b::text[], %(correlations)b::text[], %(causations)b::text[],
    %(traceparents)b::text[])
"""

READ_STREAM = f"""
SELECT {ENVELOPE} FROM aftersales.events
WHERE originator_id = %(stream)s AND originator_version <= %(up_to)s ORDER BY originator_version
"""

READ_AT = f"""
SELECT {ENVELOPE} FROM aftersales.events
WHERE notification_id = ANY(%(positions)b::bigint[]) ORDER BY notification_id
"""

READ_TAILS = f"""
SELECT {ENVELOPE}
FROM unnest(%(streams)b::text[], %(after)b::bigint[]) AS wanted (stream, after),
LATERAL (SELECT * FROM aftersales.events
         WHERE originator_id = wanted.stream AND originator_version > wanted.after
         ORDER BY originator_version) AS tail
"""

FOLLOW = f"""
SELECT {ENVELOPE} FROM aftersales.events
WHERE notification_id > %(after)s ORDER BY notification_id LIMIT %(limit)s
"""

FOLLOW_NAMES = f"""
SELECT {ENVELOPE} FROM aftersales.events
WHERE notification_id > %(after)s AND topic = ANY(%(names)s) ORDER BY notification_id LIMIT %(limit)s
"""

# Streams, and sites, are dealt out by the hash of their names.
MINE = "%(shares)s = 1 OR (hashtext({name}) & 2147483647) %% %(shares)s = %(number)s"

# What no release of ours has named is read by everybody: it must be met, not passed over.
READ_SHARE = f"""
SELECT {ENVELOPE}{{whose}} FROM aftersales.events,
LATERAL (SELECT {MINE.format(name="originator_id")} AS of_streams, {MINE.format(name="site")} AS of_sites) AS mine
WHERE notification_id > %(after)s AND notification_id <= %(up_to)s
    AND (of_streams AND topic = ANY(%(stream_names)s) OR of_sites AND topic = ANY(%(site_names)s)
         OR topic <> ALL(%(known)s))
ORDER BY notification_id
"""

# The hashes of streams whose versions are not 1, 2, 3 … in the order of the log: numbers are sorted sooner than names.
# Two streams of one hash are suspected as well, and acquitted by the next query.
SUSPECTS = """
SELECT stream FROM (
    SELECT hashtextextended(originator_id, 0) AS stream, originator_version AS version, notification_id AS position
    FROM aftersales.events WHERE notification_id <= %(up_to)s
) AS log
GROUP BY stream
HAVING array_agg(version ORDER BY position) <> ARRAY(SELECT generate_series(1, count(log.version)))
"""

BREAKS = """
SELECT notification_id, expected, originator_version FROM (
    SELECT notification_id, originator_version,
        1 + lag(originator_version, 1, 0::bigint) OVER (stream ORDER BY notification_id) AS expected,
        1 + lag(originator_version, 1, 0::bigint) OVER (stream ORDER BY originator_version) AS next,
        lag(notification_id, 1, 0::bigint) OVER (stream ORDER BY originator_version) AS previous
    FROM aftersales.events
    WHERE notification_id <= %(up_to)s AND hashtextextended(originator_id, 0) = ANY(%(hashes)b::bigint[])
    WINDOW stream AS (PARTITION BY originator_id)
) AS numbered
WHERE originator_version <> next OR notification_id < previous ORDER BY notification_id
"""

VERSIONS = """
SELECT originator_id, max(originator_version) FROM aftersales.events
WHERE originator_id = ANY(%(streams)b::text[]) AND notification_id <= %(up_to)s GROUP BY originator_id
"""

RECEIPTS = """
SELECT known.command_id, known.command, known.stream, known.version, known.refusal, event.notification_id
FROM aftersales.inbox AS known
LEFT JOIN aftersales.events AS event
    ON event.originator_id = known.stream AND event.originator_version = known.version
WHERE known.command_id = ANY(%(ids)b::text[])
"""

ATTEMPT = "SELECT id, tries FROM aftersales.attempt(%(ids)b::text[])"
LAST_POSITION = "SELECT coalesce(max(notification_id), 0) FROM aftersales.events"
STREAMS = """
SELECT originator_id FROM aftersales.events
WHERE originator_version = 1 AND starts_with(originator_id, %(prefix)s) ORDER BY originator_id
"""
COUNTS = "SELECT topic, count(*) FROM aftersales.events GROUP BY topic ORDER BY topic"

EVERY_VERSION = 2**62

DatabaseError = PersistenceError  # whatever the database may say
DatabaseAway = (OperationalError, InterfaceError)  # it does not answer; trying again later may help


class Conflict(Exception):
    """Somebody else appended to one of the streams, or decided one of the commands, first. Read again, decide again."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the inbox remembers of a decided command: `refusal` is None if it was accepted.

    `version` is the stream's version after it, `position` that event's place in the log (None: the stream is empty).
    """

    command_id: str
    command: str
    stream: str
    version: int
    refusal: dict[str, Any] | None = None
    position: int | None = field(default=None, compare=False)


class Share(NamedTuple):
    """The part of the log that one of several readers takes: its streams, and its sites. `number` counts from 0."""

    number: int = 0
    shares: int = 1


class Dealt(NamedTuple):
    """The next events of a share up to a position: those of its streams and those of its sites, each in order."""

    position: int
    of_streams: list[Recorded]
    of_sites: list[Recorded]


WHOLE = Share()


class Store(PostgresApplicationRecorder):
    """An `eventsourcing` recorder whose append is ours: inbox and events of a whole batch in one round trip."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        """`url` is a libpq connection string or URL; at most `connections` are open at once."""
        super().__init__(_datastore(url, connections), events_table_name="events")
        self.url = url

    def append(self, receipts: Sequence[Receipt], events: Sequence[Pending]) -> int:
        """Writes outcomes and events together or not at all; returns the position before the first event.

        Each stream's events must continue it (version last + 1, + 2, …). Raises Conflict if a version or a command id
        is taken. Nothing is half written, and a reader who saw one of these events has seen all before it.
        """
        try:
            with self.datastore.get_connection() as connection:
                row = connection.cursor(row_factory=tuple_row).execute(APPEND, _columns(receipts, events)).fetchone()
        except IntegrityError as error:
            raise Conflict(str(error).splitlines()[0]) from error
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                raise Conflict("deadlock with another writer") from error
            raise
        assert row is not None
        return row[0] or 0

    def read(self, stream: str, up_to: int = EVERY_VERSION) -> list[Recorded]:
        """The events of one stream in order, up to and with version `up_to`; empty if there is no such stream."""
        return list(self._query(READ_STREAM, stream=stream, up_to=up_to))

    def read_at(self, positions: Iterable[int]) -> list[Recorded]:
        """The events at these positions of the log, in its order."""
        return list(self._query(READ_AT, positions=list(positions)))

    def read_tails(self, known: Mapping[str, int]) -> list[Recorded]:
        """The events of many streams after the version known of each, in order per stream."""
        return list(self._query(READ_TAILS, streams=list(known), after=list(known.values())))

    def follow(self, after: int, limit: int, names: Sequence[str] = ()) -> list[Recorded]:
        """The next events of the whole log after a position, oldest first; `names` leaves only those event names."""
        if names:
            return list(self._query(FOLLOW_NAMES, after=after, limit=limit, names=list(names)))
        return list(self._query(FOLLOW, after=after, limit=limit))

    def read_share(
        self, up_to: int, stream_names: Sequence[str], site_names: Sequence[str], share: Share, span: int
    ) -> Iterator[Dealt]:
        """A share's events, from the first to a position, so many positions at a time.

        Of its streams those with one of `stream_names`, of its sites those with one of `site_names`, of both those
        whose name nobody knows; others may come with them. The server looks for the next ones while these are worked
        on.
        """
        query = READ_SHARE.format(whose="" if share == WHOLE else ", of_streams, of_sites")
        names = {"stream_names": list(stream_names), "site_names": list(site_names), "known": list(EVENTS)}
        ends = [*range(span, up_to, span), up_to]
        with self.datastore.get_connection() as connection, connection.pipeline():
            cursors = (
                _ask(connection, query, {**names, **share._asdict(), "after": after, "up_to": end})
                for after, end in pairwise((0, *ends))
            )
            coming = next(cursors)
            for end in ends:
                rows, coming = coming.fetchall(), next(cursors, coming)
                yield _all(end, rows) if share == WHOLE else _dealt(end, rows)

    def breaks(self, up_to: int) -> dict[int, str]:
        """Where a stream's versions are not 1, 2, 3 …, up to a position: position → what is wrong."""
        suspects = [stream for (stream,) in self._rows(SUSPECTS, up_to=up_to)]
        rows = self._rows(BREAKS, up_to=up_to, hashes=suspects) if suspects else []
        return {position: f"expected version {expected}, found {found}" for position, expected, found in rows}

    def versions(self, streams: Iterable[str], up_to: int) -> dict[str, int]:
        """The last version of each of these streams up to a position; those that had not begun are missing."""
        return dict(self._rows(VERSIONS, streams=list(streams), up_to=up_to))

    def receipts(self, command_ids: Iterable[str]) -> dict[str, Receipt]:
        """What the inbox knows of these commands; those not decided yet are missing."""
        return {row[0]: Receipt(*row) for row in self._rows(RECEIPTS, ids=list(command_ids))}

    def attempt(self, command_ids: Iterable[str]) -> dict[str, int]:
        """Counts one more try of commands that are not decided yet, and tells how many tries that makes."""
        return dict(self._rows(ATTEMPT, ids=list(command_ids)))

    def last_position(self) -> int:
        """The position of the newest event, 0 for an empty log."""
        return int(self._rows(LAST_POSITION)[0][0])

    def counts(self) -> dict[str, int]:
        """How many events of each name the log holds."""
        return dict(self._rows(COUNTS))

    def streams(self, prefix: str) -> list[str]:
        """The names of all streams that begin so, e.g. `ticket/`, in order."""
        return [str(row[0]) for row in self._rows(STREAMS, prefix=prefix)]

    def close(self) -> None:
        """Closes all connections."""
        self.datastore.close()

    def _rows(self, query: str, **arguments: Any) -> list[tuple[Any, ...]]:
        with self.datastore.get_connection() as connection:
            return connection.cursor(row_factory=tuple_row, binary=True).execute(query, arguments).fetchall()

    def _query(self, query: str, **arguments: Any) -> Iterator[Recorded]:
        return map(_recorded, self._rows(query, **arguments))


def _ask(connection: psycopg.Connection[Any], query: str, facts: Mapping[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Asks, planned anew: only names that the planner knows does it look up in a hash table."""
    return connection.cursor(row_factory=tuple_row, binary=True).execute(query.encode(), facts, prepare=False)


def _datastore(url: str, connections: int) -> PostgresDatastore:
    datastore = PostgresDatastore(
        "", "", "", "", "", schema=SCHEMA, originator_id_type="text", pool_size=1, max_overflow=connections - 1
    )
    datastore.pool.kwargs = {**conninfo_to_dict(url, options="-c timezone=UTC"), "row_factory": dict_row}
    return datastore


def _columns(receipts: Sequence[Receipt], events: Sequence[Pending]) -> dict[str, list[Any]]:
    contexts = [event.context for event in events]
    return {
        "inbox_ids": [receipt.command_id for receipt in receipts],
        "inbox_commands": [receipt.command for receipt in receipts],
        "inbox_streams": [receipt.stream for receipt in receipts],
        "inbox_versions": [receipt.version for receipt in receipts],
        "inbox_refusals": [r.refusal and orjson.dumps(r.refusal).decode() for r in receipts],
        "streams": [event.stream for event in events],
        "versions": [event.version for event in events],
        "topics": [event.event.name for event in events],
        "states": [event.event.model_dump_json().encode() for event in events],
        "occurred": [context.occurred_at for context in contexts],
        "offsets": [_offset_minutes(context.occurred_at) for context in contexts],
        "sites": [context.site for context in contexts],
        "actors": [context.actor for context in contexts],
        "roles": [context.role for context in contexts],
        "commands": [context.command_id for context in contexts],
        "correlations": [context.correlation_id for context in contexts],
        "causations": [context.causation_id for context in contexts],
        "traceparents": [context.traceparent for context in contexts],
    }


def _recorded(row: tuple[Any, ...]) -> Recorded:
    position, stream, version, name, state, recorded_at, occurred_at, offset, *rest = row
    context = Context(occurred_at.astimezone(_zone(offset)), *rest)
    return Recorded(position, stream, version, recorded_at, read_event(name, state), context)


def _all(position: int, rows: Sequence[tuple[Any, ...]]) -> Dealt:
    events = list(map(_recorded, rows))
    return Dealt(position, events, events)


def _dealt(position: int, rows: Sequence[tuple[Any, ...]]) -> Dealt:
    events = [_recorded(row[:-2]) for row in rows]
    of_streams, of_sites = (list(compress(events, (row[at] for row in rows))) for at in (-2, -1))
    return Dealt(position, of_streams, of_sites)


def _offset_minutes(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None, "the doors let no naive time in"
    return int(offset.total_seconds() // 60)


@lru_cache(maxsize=256)
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))
