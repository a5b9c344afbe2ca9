"""The engine: follows the log, folds batches into rows, and moves its checkpoint in the same transaction."""

import logging
from collections.abc import Iterable, Mapping, Sequence

import psycopg

from events.event import Recorded, Unreadable
from events.listener import BOARDS_CHANNEL
from events.store import Store
from projections.projection import Projection
from projections.sheet import Sheet

LIVE = "live"
BATCH = 2_000

POSITION = "SELECT position FROM boards.checkpoints WHERE follower = %(follower)s"
LOCK_CHECKPOINT = "SELECT position FROM boards.checkpoints WHERE follower = %(follower)s FOR UPDATE"
MOVE_CHECKPOINT = """
UPDATE boards.checkpoints SET position = %(position)s, moved_at = clock_timestamp() WHERE follower = %(follower)s
"""
TELL = "SELECT pg_notify(%(channel)s, '')"
SEEN = "SELECT stream, version FROM boards.seen WHERE follower = %(follower)s AND stream = ANY(%(streams)b::text[])"
WRITE_SEEN = """
INSERT INTO boards.seen SELECT %(follower)s, * FROM unnest(%(streams)b::text[], %(versions)b::bigint[])
ON CONFLICT (follower, stream) DO UPDATE SET version = excluded.version
"""
PARKED = """
SELECT stream FROM boards.parked
WHERE follower = %(follower)s AND projection = %(projection)s AND stream = ANY(%(streams)b::text[])
"""
PARKED_AT = """
SELECT version, cause FROM boards.parked
WHERE follower = %(follower)s AND projection = %(projection)s AND stream = %(stream)s FOR UPDATE
"""
LEFT_OUT = "SELECT stream, version FROM boards.left_out WHERE projection = %(projection)s"
LEAVE_OUT = "INSERT INTO boards.left_out VALUES (%(projection)s, %(stream)s, %(version)s) ON CONFLICT DO NOTHING"
UNPARK = """
DELETE FROM boards.parked WHERE follower = %(follower)s AND projection = %(projection)s AND stream = %(stream)s
"""
PARK = """
INSERT INTO boards.parked VALUES (%(follower)s, %(projection)s, %(stream)s, %(position)s, %(version)s, %(cause)s)
ON CONFLICT DO NOTHING
"""

# A value that its column cannot hold: it is met only when the rows are written. Every other error of the database is
# nobody's fault among the events, and stops the projector.
UNWRITABLE = (psycopg.DataError, OverflowError)

log = logging.getLogger(__name__)


class Poisoned(Exception):
    """An event cannot be folded; the message shows it."""


class Projector:
    """Keeps some projections up to date. Any number may run: whoever holds the checkpoint's row works, others wait.

    An event that cannot be folded, or that does not continue its stream, parks that stream for the projection: its
    later events wait, all other streams flow on. A strict projector (a rebuild) stops at it instead.
    """

    def __init__(
        self,
        store: Store,
        projections: Iterable[Projection],
        *,
        follower: str = LIVE,
        schema: str = "boards",
        strict: bool = False,
    ) -> None:
        self._store = store
        self._follower = follower
        self._strict = strict
        self.sheets = [Sheet(projection, schema) for projection in projections]
        self._connection = psycopg.connect(store.url, autocommit=True, options="-c timezone=UTC")

    def close(self) -> None:
        """Closes the connection; an open batch is rolled back."""
        self._connection.close()

    def position(self) -> int:
        """The position up to which everything is folded."""
        row = self._execute(POSITION).fetchone()
        return int(row[0]) if row else 0

    def step(self, up_to: int | None = None) -> int:
        """Folds the next batch of events (none beyond position `up_to`); returns how many events it was."""
        with self._connection.transaction():
            position = self._lock()
            batch = self._store.follow(position, BATCH)
            if up_to is not None:
                batch = [recorded for recorded in batch if recorded.position <= up_to]
            if batch:
                self._fold(batch)
        return len(batch)

    def run_dry(self, up_to: int | None = None) -> int:
        """Steps until nothing is left; returns how many events it was."""
        total = 0
        while count := self.step(up_to):
            total += count
        return total

    def unpark(self, projection: str, stream: str, *, leave_out: bool) -> int:
        """Folds a parked stream's waiting events and lets it flow again; returns how many events it was.

        `leave_out` skips the event at which it was parked, now and in every rebuild to come. Raises LookupError if the
        stream is not parked, Poisoned if one of its events still cannot be folded: then the stream is parked at that
        one, all before it is folded.
        """
        sheet = next(sheet for sheet in self.sheets if sheet.projection.name == projection)
        with self._connection.transaction():
            position = self._lock()
            parked = self._execute(PARKED_AT, projection=projection, stream=stream).fetchone()
            if parked is None:
                raise LookupError(f"{stream} is not parked in {projection}")
            known = [recorded for recorded in self._store.read(stream) if recorded.position <= position]
            waiting = [recorded for recorded in known if recorded.version >= parked[0]]
            self._execute(UNPARK, projection=projection, stream=stream)
            if leave_out:
                self._execute(LEAVE_OUT, projection=projection, stream=stream, version=parked[0])
            self._fold_into(sheet, waiting, _breaks(known, {}))
            parked = self._execute(PARKED_AT, projection=projection, stream=stream).fetchone()
        if parked is not None:
            raise Poisoned(f"{stream} version {parked[0]}: {parked[1]}")
        return len(waiting)

    def _lock(self) -> int:
        row = self._connection.execute(LOCK_CHECKPOINT, {"follower": self._follower}).fetchone()
        assert row is not None, "prepare() makes the checkpoint"
        return int(row[0])

    def _fold(self, batch: Sequence[Recorded]) -> None:
        breaks = self._check_continuity(batch)
        suspect = bool(breaks) or any(isinstance(recorded.event, Unreadable) for recorded in batch)
        for sheet in self.sheets:
            if suspect or sheet.is_touched_by(batch):
                self._fold_into(sheet, batch, breaks)
        self._execute(MOVE_CHECKPOINT, position=batch[-1].position)
        if self._follower == LIVE:
            self._execute(TELL, channel=BOARDS_CHANNEL)

    def _fold_into(self, sheet: Sheet, events: Sequence[Recorded], breaks: Mapping[int, str]) -> None:
        """Folds events together; if their rows cannot be written, halves them until it is plain whose they are."""
        try:
            self._fold_together(sheet, events, breaks)
        except UNWRITABLE as error:
            if len(events) == 1:
                self._park(sheet.projection.name, events[0], error)
                return
            middle = len(events) // 2
            self._fold_into(sheet, events[:middle], breaks)
            self._fold_into(sheet, events[middle:], breaks)

    def _fold_together(self, sheet: Sheet, events: Sequence[Recorded], breaks: Mapping[int, str]) -> None:
        with self._connection.transaction():
            parked = self._parked(sheet.projection.name, events)
            left_out = set(self._execute(LEFT_OUT, projection=sheet.projection.name).fetchall())
            sheet.load(self._connection, events)
            for recorded in events:
                if (recorded.stream, recorded.version) not in left_out:
                    self._apply(sheet, recorded, parked, breaks.get(recorded.position, ""))
            sheet.write(self._connection)

    def _apply(self, sheet: Sheet, recorded: Recorded, parked: set[str], broken: str) -> None:
        if recorded.stream in parked:
            return
        try:
            _refuse(broken or (recorded.event.why if isinstance(recorded.event, Unreadable) else ""))
            sheet.apply(recorded)
        except Exception as error:
            self._park(sheet.projection.name, recorded, error)
            parked.add(recorded.stream)

    def _check_continuity(self, batch: Sequence[Recorded]) -> dict[int, str]:
        streams = list({recorded.stream for recorded in batch})
        versions: dict[str, int] = dict(self._execute(SEEN, streams=streams).fetchall())
        breaks = _breaks(batch, versions)
        self._execute(WRITE_SEEN, streams=list(versions), versions=list(versions.values()))
        return breaks

    def _park(self, projection: str, recorded: Recorded, error: Exception) -> None:
        cause = f"{type(error).__name__}: {error}"
        if self._strict:
            raise Poisoned(f"{projection} cannot fold {recorded}: {cause}") from error
        log.error("%s: %s is parked at position %d: %s", projection, recorded.stream, recorded.position, cause)
        self._execute(PARK, projection=projection, stream=recorded.stream, position=recorded.position,
                      version=recorded.version, cause=cause)  # fmt: skip

    def _parked(self, projection: str, events: Sequence[Recorded]) -> set[str]:
        streams = list({recorded.stream for recorded in events})
        return {stream for (stream,) in self._execute(PARKED, projection=projection, streams=streams).fetchall()}

    def _execute(self, query: str, **arguments: object) -> psycopg.Cursor:
        return self._connection.execute(query, {"follower": self._follower, **arguments})


def _breaks(events: Iterable[Recorded], versions: dict[str, int]) -> dict[int, str]:
    """Position → what is wrong, for events that do not continue their stream; `versions` moves on with them."""
    breaks = {}
    for recorded in events:
        expected = versions.get(recorded.stream, 0) + 1
        if recorded.version != expected:
            breaks[recorded.position] = f"expected version {expected}, found {recorded.version}"
        versions[recorded.stream] = recorded.version
    return breaks


def _refuse(why: str) -> None:
    if why:
        raise Poisoned(why)
