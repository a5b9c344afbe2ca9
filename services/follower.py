"""Following the log with a checkpoint: read what is next, act on it, note that it is done."""

import zlib
from collections.abc import Iterable, Sequence

import psycopg

from events.event import Event, Recorded
from events.store import Store

BATCH = 500
TAKE_TURN = "SELECT pg_try_advisory_lock(4722369, %(name)s)"
BEGIN = "INSERT INTO boards.checkpoints (follower, position) VALUES (%(follower)s, 0) ON CONFLICT DO NOTHING"
# In one round trip: where we are, where the log is, whether anything of ours lies between; if not, we are at its end.
LOOK = """
WITH looked AS (
    SELECT position, (SELECT coalesce(max(notification_id), 0) FROM aftersales.events) AS head,
        EXISTS (SELECT FROM aftersales.events WHERE notification_id > position
                AND (%(names)s::text[] = '{}' OR topic = ANY(%(names)s::text[]))) AS ours
    FROM boards.checkpoints WHERE follower = %(follower)s),
passed AS (
    UPDATE boards.checkpoints AS mine SET position = head, moved_at = clock_timestamp() FROM looked
    WHERE follower = %(follower)s AND NOT ours AND head > mine.position)
SELECT position, head, ours FROM looked
"""
MOVE = (
    "UPDATE boards.checkpoints SET position = %(position)s, moved_at = clock_timestamp() WHERE follower = %(follower)s"
)

PARK = """
INSERT INTO boards.parked
VALUES (%(follower)s, %(follower)s, %(stream)s, %(position)s, %(version)s, %(cause)s) ON CONFLICT DO NOTHING
"""
PARKED_AT = "SELECT version FROM boards.parked WHERE follower = %(follower)s AND stream = %(stream)s"
UNPARK = "DELETE FROM boards.parked WHERE follower = %(follower)s AND stream = %(stream)s"


class Follower:
    """A named reader of the log. Of many processes with the same name one works; the others stand by."""

    def __init__(self, store: Store, name: str, events: Iterable[type[Event]] = ()) -> None:
        """`events` are the kinds wanted; none means every event."""
        self._store = store
        self._name = name
        self._wanted = [event.name for event in events]
        self._reached = 0
        self._my_turn = False
        # A checkpoint moves after what it notes is safe: one that a crash takes back only lets us act once more.
        self._connection = psycopg.connect(store.url, autocommit=True)
        self._connection.execute("SET synchronous_commit = off")
        self._connection.execute(BEGIN, {"follower": name})

    def close(self) -> None:
        """Closes the connection; somebody else may take the turn."""
        self._connection.close()

    def read(self) -> Sequence[Recorded]:
        """The next events that nobody has acted on; empty if there are none or if it is another process's turn."""
        if not self._is_my_turn():
            return []
        position, head, ours = self._look()
        batch = self._store.follow(position, BATCH, self._wanted) if ours else []
        self._reached = batch[-1].position if len(batch) == BATCH else max(head, position, *(r.position for r in batch))
        return batch

    def done(self) -> None:
        """Notes that the events last read were acted on. Without it they are read again."""
        self._connection.execute(MOVE, {"follower": self._name, "position": self._reached})

    def park(self, recorded: Recorded, cause: str) -> None:
        """Notes that an event could not be acted on, and why; the stream's first such event is the one that counts."""
        facts = {"position": recorded.position, "version": recorded.version, "cause": cause}
        self._connection.execute(PARK, {"follower": self._name, "stream": recorded.stream, **facts})

    def waiting(self, stream: str) -> list[Recorded]:
        """The events of a parked stream from the first that could not be acted on; empty if it is not parked."""
        row = self._connection.execute(PARKED_AT, {"follower": self._name, "stream": stream}).fetchone()
        return [recorded for recorded in self._store.read(stream) if row and recorded.version >= row[0]]

    def unpark(self, stream: str) -> None:
        """Forgets that a stream was parked."""
        self._connection.execute(UNPARK, {"follower": self._name, "stream": stream})

    def _is_my_turn(self) -> bool:
        """Whether nobody else acts under our name; once ours, the turn stays ours until the connection ends."""
        if not self._my_turn:
            row = self._connection.execute(TAKE_TURN, {"name": zlib.crc32(self._name.encode()) >> 1}).fetchone()
            self._my_turn = bool(row and row[0])
        return self._my_turn

    def _look(self) -> tuple[int, int, bool]:
        row = self._connection.execute(LOOK, {"follower": self._name, "names": self._wanted}).fetchone()
        return row or (0, 0, False)
