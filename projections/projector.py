"""The engine: follows the log, folds batches into rows, and moves its checkpoint in the same transaction.

Two ways lead through a batch. The quick one asks, folds and writes everything together, in two round trips, and reads
on while the server writes. Where anything about the batch is out of the ordinary it is given up, and the careful one
finds out whose fault it is.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg

from events.event import Recorded
from events.listener import BOARDS_CHANNEL
from events.store import Store
from projections.continuity import Continuity, breaks
from projections.projection import Projection
from projections.quarantine import Poisoned, Quarantine
from projections.sheet import Sorter, Unfoldable, sheet_of
from projections.table import TAKEN, UNWRITABLE

LIVE = "live"
BATCH = 4_000
EVERY_POSITION = 2**62

POSITION = "SELECT position FROM boards.checkpoints WHERE follower = %(follower)s"
LOCK_CHECKPOINT = "SELECT position, moved_at FROM boards.checkpoints WHERE follower = %(follower)s FOR UPDATE"
# Whoever writes rows moves the checkpoint, if only in time: that tells everybody else that the rows at hand are old.
MOVE_CHECKPOINT = """
UPDATE boards.checkpoints SET position = %(position)s, moved_at = clock_timestamp()
WHERE follower = %(follower)s RETURNING position, moved_at
"""
TELL = "SELECT pg_notify(%(channel)s, '')"

# Rows and position are written together, and could be made again from the log: nobody need wait for the disk.
OPTIONS = "-c timezone=UTC -c synchronous_commit=off"


class OutOfTheOrdinary(Exception):
    """A batch cannot be folded quickly: something of it is parked, left out, or does not fit."""


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
        begun_at: int = 0,
    ) -> None:
        """`begun_at` is a position up to which the log was folded, and found to be whole, by other means."""
        self._store = store
        self._follower = follower
        self._left_at: tuple[int, datetime] | None = None
        self._connection = psycopg.connect(store.url, autocommit=True, options=OPTIONS)
        self._quarantine = Quarantine(self._connection, follower, strict=strict)
        self._continuity = Continuity(store, self._connection, follower, begun_at)
        self._sheets = [sheet_of(each, schema) for each in sorted(projections, key=_turn)]
        self._sorter = Sorter(self._sheets)
        self._ahead: list[Recorded] = []  # events that were read before their turn

    def close(self) -> None:
        """Closes the connection; an open batch is rolled back."""
        self._connection.close()

    def position(self) -> int:
        """The position up to which everything is folded."""
        row = self._execute(POSITION).fetchone()
        return int(row[0]) if row else 0

    def step(self, up_to: int = EVERY_POSITION) -> int:
        """Folds the next batch of events (none beyond position `up_to`); returns how many events it was."""
        try:
            return self._step(up_to, self._fold_quickly)
        except (OutOfTheOrdinary, Unfoldable, TAKEN, *UNWRITABLE):
            return self._step(up_to, self._fold_carefully)

    def run_dry(self, up_to: int = EVERY_POSITION) -> int:
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
        sheet = next(sheet for sheet in self._sheets if sheet.projection.name == projection)
        with self._connection.transaction():
            position = self._lock()
            parked = self._quarantine.parked_at(projection, stream)
            if parked is None:
                raise LookupError(f"{stream} is not parked in {projection}")
            known = [recorded for recorded in self._store.read(stream) if recorded.position <= position]
            waiting = [recorded for recorded in known if recorded.version >= parked[0]]
            self._quarantine.unpark(projection, stream)
            if leave_out:
                self._quarantine.leave_out(projection, stream, parked[0])
            self._quarantine.fold(sheet, waiting, breaks(known, {}))
            self._move(position)
            parked = self._quarantine.parked_at(projection, stream)
        if parked is not None:
            raise Poisoned(f"{stream} version {parked[0]}: {parked[1]}")
        return len(waiting)

    def _step(self, up_to: int, fold: Callable[[Sequence[Recorded]], None]) -> int:
        try:
            with self._connection.transaction():
                position = self._lock()
                batch = self._read(position, up_to)
                if batch:
                    fold(batch)
                    self._move(batch[-1].position)
            return len(batch)
        except BaseException:
            self._forget()  # what was folded is not written
            raise

    def _read(self, position: int, up_to: int) -> list[Recorded]:
        """The next batch, which may have been read already: what was recorded once stays as it is."""
        size = max(0, min(BATCH, up_to - position))
        if self._ahead and self._ahead[0].position == position + 1:
            return self._ahead[:size]
        return self._store.follow(position, size) if size else []

    def _read_ahead(self, batch: Sequence[Recorded]) -> None:
        """Reads on if there is more, as a full batch tells."""
        self._ahead = self._store.follow(batch[-1].position, BATCH) if len(batch) == BATCH else []

    def _lock(self) -> int:
        """Takes our turn; rows that somebody else may have written since are read again when they are needed."""
        place = self._execute(LOCK_CHECKPOINT).fetchone()
        assert place is not None, "prepare() makes the checkpoint"
        if place != self._left_at:
            self._forget()
        return int(place[0])

    def _move(self, position: int) -> None:
        self._left_at = self._execute(MOVE_CHECKPOINT, position=position).fetchone()
        if self._follower == LIVE:
            self._execute(TELL, channel=BOARDS_CHANNEL)

    def _forget(self) -> None:
        self._left_at = None
        for sheet in self._sheets:
            sheet.forget()

    def _fold_quickly(self, batch: Sequence[Recorded]) -> None:
        touched = self._sorter.keyed(batch)
        with self._connection.pipeline():
            waiting, seen = self._quarantine.ask(batch), self._continuity.ask(batch)
            rows = [(sheet, sheet.ask(self._connection, keyed)) for sheet, keyed in touched]
            if self._quarantine.concerns(batch, waiting) or self._continuity.breaks(batch, seen):
                raise OutOfTheOrdinary
            for sheet, asked in rows:
                sheet.take(asked)
        with self._connection.pipeline():  # the server writes one projection's rows while the next one's are folded
            for sheet, keyed in touched:
                sheet.fold(keyed)
                sheet.add(self._connection)
            self._read_ahead(batch)

    def _fold_carefully(self, batch: Sequence[Recorded]) -> None:
        broken = self._continuity.breaks(batch, self._continuity.ask(batch))
        for sheet in self._sheets:
            self._quarantine.fold(sheet, batch, broken)

    def _execute(self, query: str, **arguments: object) -> psycopg.Cursor[Any]:
        return self._connection.execute(query, {"follower": self._follower, **arguments})


def _turn(projection: Projection) -> tuple[bool, int]:
    """When it is written: what only grows first, for it is quickly folded; of the others the widest rows last."""
    return not projection.grows, len(projection.columns)
