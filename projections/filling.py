"""Filling the empty tables of a rebuild: one pass over a share of the log, rows in memory, written when there are many.

Nobody sees these tables yet, so nothing of the live projector's care is needed: no checkpoint, no transaction for every
batch, new rows by COPY. Whatever is wrong ends it.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg

from events.event import Recorded
from events.store import Share, Store
from projections.projection import Projection
from projections.projector import OPTIONS, sheets_by_event
from projections.quarantine import poisoned, refuse
from projections.sheet import Sheet

SPAN = 5_000  # positions of the log that are read at a time
STEP_ASIDE = 2.0  # while commands arrive a rebuild rests so many times as long as it works

LEFT_OUT = "SELECT projection, stream, version FROM boards.left_out"
HEAD = "SELECT coalesce(max(notification_id), 0) FROM aftersales.events"


class Filler:
    """Folds one share of the log into empty tables of `boards_next`."""

    def __init__(self, store: Store, projections: Sequence[Projection], share: Share) -> None:
        self._store, self._share = store, share
        self._sheets = [Sheet(projection, "boards_next", is_empty=True) for projection in projections]
        self._sheets_of = sheets_by_event(self._sheets)
        self._names = sorted({event.name for projection in projections for event in projection.folds})
        self._connection = psycopg.connect(store.url, autocommit=True, options=OPTIONS)
        self._left_out = set(self._connection.execute(LEFT_OUT).fetchall())
        self._head = self._find_head()

    def fill(self, up_to: int) -> Iterator[int]:
        """Folds everything up to a position; tells again and again which one it has reached.

        Raises quarantine.Poisoned with the event that cannot be folded, table.UNWRITABLE for a row that cannot be
        written.
        """
        for batch, reached in self._batches(up_to):
            began = time.monotonic()
            self._fold(batch)
            yield reached
            self._step_aside(time.monotonic() - began)
        for sheet in self._sheets:
            sheet.pour(self._connection)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _batches(self, up_to: int) -> Iterator[tuple[list[Recorded], int]]:
        """The events of the share, and up to which position that is all; the next are read while these are folded."""
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._read, 0, up_to)
            while True:
                batch, reached = coming.result()
                if reached < up_to:
                    coming = ahead.submit(self._read, reached, up_to)
                yield batch, reached
                if reached == up_to:
                    return

    def _read(self, after: int, up_to: int) -> tuple[list[Recorded], int]:
        reached = min(after + SPAN, up_to)
        return self._store.read_share(after, reached, self._names, self._share), reached

    def _fold(self, batch: Sequence[Recorded]) -> None:
        for sheet in self._sheets:
            sheet.take(sheet.ask(self._connection, batch))
        for recorded in batch:
            for sheet in self._sheets_of.get(type(recorded.event), self._sheets):
                if not self._left_out or not self._is_left_out(sheet, recorded):
                    _apply(sheet, recorded)
        for sheet in self._sheets:
            if sheet.is_full:
                sheet.pour(self._connection)

    def _is_left_out(self, sheet: Sheet, recorded: Recorded) -> bool:
        return (sheet.projection.name, recorded.stream, recorded.version) in self._left_out

    def _step_aside(self, seconds: float) -> None:
        """Rests for a while if commands arrived meanwhile: people wait for those, nobody waits for a rebuild."""
        before, self._head = self._head, self._find_head()
        if self._head > before:
            time.sleep(STEP_ASIDE * seconds)

    def _find_head(self) -> int:
        row = self._connection.execute(HEAD).fetchone()
        return int(row[0]) if row else 0


def _apply(sheet: Sheet, recorded: Recorded) -> None:
    try:
        refuse(recorded, "")
        sheet.apply(recorded)
    except Exception as error:
        raise poisoned(sheet.projection.name, recorded, error) from error
