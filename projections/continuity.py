"""The second defence: a follower notes how far it has seen each stream, and so notices an event that it never got."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg

from events.event import Recorded
from events.store import Store

SEEN = "SELECT stream, version FROM boards.seen WHERE follower = %(follower)s AND stream = ANY(%(streams)b::text[])"
NOTE = """
INSERT INTO boards.seen SELECT %(follower)s, * FROM unnest(%(streams)b::text[], %(versions)b::bigint[])
ON CONFLICT (follower, stream) DO UPDATE SET version = excluded.version
"""


class Continuity:
    """The last versions that one follower has seen of each stream."""

    def __init__(self, store: Store, connection: psycopg.Connection, follower: str, begun_at: int) -> None:
        """`begun_at` is a position up to which the log was read, and found to be whole, by other means."""
        self._store, self._connection = store, connection
        self._follower, self._begun_at = follower, begun_at

    def ask(self, batch: Sequence[Recorded]) -> psycopg.Cursor[Any]:
        """Asks how far the streams of these events were seen."""
        return self._connection.execute(SEEN, {"follower": self._follower, "streams": streams_of(batch)})

    def breaks(self, batch: Sequence[Recorded], asked: psycopg.Cursor[Any]) -> dict[int, str]:
        """Position → what is wrong, for events that do not continue their stream; the others are noted as seen."""
        versions: dict[str, int] = dict(asked.fetchall())
        if self._begun_at:
            versions = self._store.versions(streams_of(batch), self._begun_at) | versions
        found = breaks(batch, versions)
        self._note(versions)
        return found

    def _note(self, versions: Mapping[str, int]) -> None:
        noted = {"follower": self._follower, "streams": list(versions), "versions": list(versions.values())}
        self._connection.execute(NOTE, noted)


def breaks(events: Iterable[Recorded], versions: dict[str, int]) -> dict[int, str]:
    """Position → what is wrong, for events that do not continue their stream; `versions` moves on with them."""
    found = {}
    for recorded in events:
        expected = versions.get(recorded.stream, 0) + 1
        if recorded.version != expected:
            found[recorded.position] = f"expected version {expected}, found {recorded.version}"
        versions[recorded.stream] = recorded.version
    return found


def streams_of(events: Iterable[Recorded]) -> list[str]:
    """The streams that these events belong to, each once."""
    return list({recorded.stream for recorded in events})
