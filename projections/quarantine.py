"""Poison: an event that cannot be folded parks its stream for that projection, and all other streams flow on."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from events.event import Recorded, Unreadable
from projections.continuity import streams_of
from projections.projection import Key
from projections.sheet import Keyed, Sheet, Unfoldable
from projections.table import UNWRITABLE

# Streams that wait for one projection or another; and, of those that flow again, the very event that was left out.
CONCERNED = """
SELECT stream, NULL AS version FROM boards.parked
WHERE follower = %(follower)s AND stream = ANY(%(streams)b::text[])
UNION ALL SELECT stream, version FROM boards.left_out WHERE stream = ANY(%(streams)b::text[])
"""
PARKED = """
SELECT stream FROM boards.parked
WHERE follower = %(follower)s AND projection = %(projection)s AND stream = ANY(%(streams)b::text[])
"""
PARKED_AT = """
SELECT version, cause FROM boards.parked
WHERE follower = %(follower)s AND projection = %(projection)s AND stream = %(stream)s FOR UPDATE
"""
PARK = """
INSERT INTO boards.parked VALUES (%(follower)s, %(projection)s, %(stream)s, %(position)s, %(version)s, %(cause)s)
ON CONFLICT DO NOTHING
"""
UNPARK = """
DELETE FROM boards.parked WHERE follower = %(follower)s AND projection = %(projection)s AND stream = %(stream)s
"""
LEFT_OUT = "SELECT stream, version FROM boards.left_out WHERE projection = %(projection)s"
LEAVE_OUT = "INSERT INTO boards.left_out VALUES (%(projection)s, %(stream)s, %(version)s) ON CONFLICT DO NOTHING"

log = logging.getLogger(__name__)


class Poisoned(Exception):
    """An event cannot be folded; the message shows it."""


class Quarantine:
    """Folds events so carefully that one which cannot be folded, or written, harms nobody but its own stream.

    A strict one (a rebuild's) raises Poisoned instead of parking.
    """

    def __init__(self, connection: psycopg.Connection, follower: str, *, strict: bool) -> None:
        self._connection, self._follower, self._strict = connection, follower, strict

    def ask(self, batch: Sequence[Recorded]) -> psycopg.Cursor[Any]:
        """Asks what is parked, or left out, of the streams of these events."""
        return self._execute(CONCERNED, streams=streams_of(batch))

    def concerns(self, batch: Sequence[Recorded], asked: psycopg.Cursor[Any]) -> bool:
        """Whether any of these events waits with its stream, or was left out."""
        found = set(asked.fetchall())
        return bool(found) and any({(each.stream, None), (each.stream, each.version)} & found for each in batch)

    def parked_at(self, projection: str, stream: str) -> tuple[int, str] | None:
        """The version at which a stream is parked, and why."""
        return self._execute(PARKED_AT, projection=projection, stream=stream).fetchone()

    def unpark(self, projection: str, stream: str) -> None:
        """Lets a stream flow again."""
        self._execute(UNPARK, projection=projection, stream=stream)

    def leave_out(self, projection: str, stream: str, version: int) -> None:
        """Skips an event for good, in every rebuild to come as well."""
        self._execute(LEAVE_OUT, projection=projection, stream=stream, version=version)

    def fold(self, sheet: Sheet, events: Sequence[Recorded], breaks: Mapping[int, str]) -> None:
        """Folds events together; if their rows cannot be written, halves them until it is plain whose they are."""
        try:
            self._fold_together(sheet, events, breaks)
        except UNWRITABLE as error:
            if len(events) == 1:
                self._park(sheet.projection.name, events[0], error)
                return
            middle = len(events) // 2
            self.fold(sheet, events[:middle], breaks)
            self.fold(sheet, events[middle:], breaks)

    def _fold_together(self, sheet: Sheet, events: Sequence[Recorded], breaks: Mapping[int, str]) -> None:
        name = sheet.projection.name
        with self._connection.transaction():
            sheet.forget()  # a part of these events may have been tried before
            parked, left_out = self._parked(name, events), set(self._execute(LEFT_OUT, projection=name).fetchall())
            sheet.take(sheet.ask(self._connection, _keyed(sheet, events)))
            for recorded in events:
                if recorded.stream not in parked and (recorded.stream, recorded.version) not in left_out:
                    self._fold_one(sheet, recorded, parked, breaks.get(recorded.position, ""))
            sheet.write(self._connection)

    def _fold_one(self, sheet: Sheet, recorded: Recorded, parked: set[str], broken: str) -> None:
        try:
            _refuse(recorded, broken)
            sheet.try_to_fold(recorded)
        except (Poisoned, Unfoldable) as error:
            self._park(sheet.projection.name, recorded, error.reason if isinstance(error, Unfoldable) else error)
            parked.add(recorded.stream)

    def _park(self, projection: str, recorded: Recorded, error: Exception) -> None:
        cause = f"{type(error).__name__}: {error}"
        if self._strict:
            raise poisoned(projection, recorded, error) from error
        log.error("%s: %s is parked at position %d: %s", projection, recorded.stream, recorded.position, cause)
        self._execute(PARK, projection=projection, stream=recorded.stream, position=recorded.position,
                      version=recorded.version, cause=cause)  # fmt: skip

    def _parked(self, projection: str, events: Sequence[Recorded]) -> set[str]:
        found = self._execute(PARKED, projection=projection, streams=streams_of(events)).fetchall()
        return {stream for (stream,) in found}

    def _execute(self, query: str, **arguments: object) -> psycopg.Cursor[Any]:
        return self._connection.execute(query, {"follower": self._follower, **arguments})


def unreadable(recorded: Recorded) -> Poisoned:
    """Why this release cannot read an event."""
    return Poisoned(recorded.event.why if isinstance(recorded.event, Unreadable) else "")


def poisoned(projection: str, recorded: Recorded, error: Exception) -> Poisoned:
    """What a strict projection says of an event, and why it stops there."""
    return Poisoned(f"{projection} cannot fold {recorded}: {type(error).__name__}: {error}")


def _refuse(recorded: Recorded, broken: str) -> None:
    """Raises Poisoned for an event that does not continue its stream, or that this release cannot read."""
    if broken:
        raise Poisoned(broken)
    if isinstance(recorded.event, Unreadable):
        raise unreadable(recorded)


def _keyed(sheet: Sheet, events: Iterable[Recorded]) -> Keyed:
    """The events that have a key; one that has none is met again when it is folded."""
    keyed: list[tuple[Key, Recorded]] = []
    for recorded in events:
        if type(recorded.event) in sheet.projection.folds:
            with suppress(Unfoldable):
                keyed.append((sheet.key_of(recorded), recorded))
    return keyed
