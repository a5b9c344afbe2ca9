"""Filling the empty tables of a rebuild: one pass over a share of the log, rows in memory, written when there are many.

Nobody sees these tables yet, so nothing of the live projector's care is needed: no checkpoint, no transaction for every
batch, new rows by COPY. Whatever is wrong ends it.
"""

import time
from collections.abc import Iterator, Sequence

import psycopg

from events.event import Recorded, Unreadable
from events.store import Share, Store
from projections.projection import Projection
from projections.projector import OPTIONS
from projections.quarantine import poisoned, unreadable
from projections.sheet import Keyed, Sheet, Unfoldable, sheet_of

SPAN = 2_000  # positions of the log that are read at a time
LOOK_SECONDS = 0.02  # how often at most it looks whether commands arrive
STEP_ASIDE = 2.0  # while commands arrive a rebuild rests so many times as long as it works

LEFT_OUT = "SELECT projection, stream, version FROM boards.left_out"
HEAD = "SELECT coalesce(max(notification_id), 0) FROM aftersales.events"


class Filler:
    """Folds one share of the log into empty tables of `boards_next`."""

    def __init__(self, store: Store, projections: Sequence[Projection], share: Share) -> None:
        self._store, self._share = store, share
        self._sheets = [sheet_of(projection, "boards_next", is_empty=True) for projection in projections]
        self._names = sorted({event.name for projection in projections for event in projection.folds})
        self._connection = psycopg.connect(store.url, autocommit=True, options=OPTIONS)
        self._left_out = set(self._connection.execute(LEFT_OUT).fetchall())
        self._head = self._find_head()

    def fill(self, up_to: int) -> Iterator[int]:
        """Folds everything up to a position; tells again and again which one it has reached.

        Raises quarantine.Poisoned with the event that cannot be folded, table.UNWRITABLE for a row that cannot be
        written.
        """
        began = time.monotonic()
        for reached, batch in self._store.read_share(up_to, self._names, self._share, SPAN):
            self._fold(batch)
            yield reached
            if (worked := time.monotonic() - began) > LOOK_SECONDS:
                self._step_aside(worked)
                began = time.monotonic()
        for sheet in self._sheets:
            sheet.pour(self._connection)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _fold(self, batch: Sequence[Recorded]) -> None:
        self._must_be_readable(batch)
        try:
            keyed = [(sheet, sheet.keyed(self._wanted(sheet, batch))) for sheet in self._sheets]
            self._load(keyed)
            for sheet, each in keyed:
                sheet.fold(each)
        except Unfoldable as error:
            raise poisoned(error.projection, error.event, error.reason) from error
        for sheet in self._sheets:
            if sheet.is_full:
                sheet.pour(self._connection)

    def _load(self, keyed: Sequence[tuple[Sheet, Keyed]]) -> None:
        with self._connection.pipeline():  # one question for all
            asked = [sheet.ask(self._connection, each) for sheet, each in keyed]
        for (sheet, _), rows in zip(keyed, asked, strict=True):
            sheet.take(rows)

    def _must_be_readable(self, batch: Sequence[Recorded]) -> None:
        unread = [recorded for recorded in batch if type(recorded.event) is Unreadable]
        for sheet in self._sheets:
            for recorded in self._wanted(sheet, unread):
                raise poisoned(sheet.projection.name, recorded, unreadable(recorded))

    def _wanted(self, sheet: Sheet, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Without what was left out, which is rarely anything."""
        if not self._left_out:
            return events
        name = sheet.projection.name
        return [each for each in events if (name, each.stream, each.version) not in self._left_out]

    def _step_aside(self, seconds: float) -> None:
        """Rests for a while if commands arrived meanwhile: people wait for those, nobody waits for a rebuild."""
        before, self._head = self._head, self._find_head()
        if self._head > before:
            time.sleep(STEP_ASIDE * seconds)

    def _find_head(self) -> int:
        row = self._connection.execute(HEAD).fetchone()
        return int(row[0]) if row else 0
