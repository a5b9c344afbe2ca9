"""Filling the empty tables of a rebuild: one pass over a share of the log, rows in memory, written when there are many.

Nobody sees these tables yet, so nothing of the live projector's care is needed: no checkpoint, no transaction for every
batch, new rows by COPY. Whatever is wrong ends it.
"""

import time
from collections.abc import Iterator, Sequence

import psycopg

from events.event import Unreadable
from events.store import Dealt, Share, Store
from projections.projection import Projection
from projections.projector import OPTIONS
from projections.quarantine import poisoned, unreadable
from projections.sheet import Keyed, Sheet, Sorter, Unfoldable, sheet_of

SPAN = 2_000  # positions of the log that are read at a time
LOOK_SECONDS = 0.02  # how often at most it looks whether commands arrive
STEP_ASIDE = 2.0  # while commands arrive a rebuild rests so many times as long as it works

LEFT_OUT = "SELECT projection, stream, version FROM boards.left_out"
HEAD = "SELECT coalesce(max(notification_id), 0) FROM aftersales.events"


def filling(store: Store, projections: Sequence[Projection], share: Share, up_to: int) -> Iterator[int]:
    """Folds a share of the log into the empty tables of `boards_next`; tells again and again which position is reached.

    Raises quarantine.Poisoned with the event that cannot be folded, table.UNWRITABLE for a row that cannot be written.
    """
    filler = Filler(store, projections, share)
    try:
        yield from filler.fill(up_to)
    finally:
        filler.close()


class Filler:
    """Folds one share of the log."""

    def __init__(self, store: Store, projections: Sequence[Projection], share: Share) -> None:
        self._store, self._share = store, share
        self._connection = psycopg.connect(store.url, autocommit=True, options=OPTIONS)
        self._sheets = [sheet_of(projection, "boards_next", is_empty=True) for projection in projections]
        left_out = set(self._connection.execute(LEFT_OUT).fetchall())
        self._of_streams = Sorter([sheet for sheet in self._sheets if not sheet.projection.by_site], left_out)
        self._of_sites = Sorter([sheet for sheet in self._sheets if sheet.projection.by_site], left_out)
        self._head = self._find_head()

    def fill(self, up_to: int) -> Iterator[int]:
        """Folds everything up to a position; tells again and again which one it has reached."""
        began = time.monotonic()
        names = self._of_streams.names, self._of_sites.names
        for dealt in self._store.read_share(up_to, *names, self._share, SPAN):
            self._fold(dealt)
            yield dealt.position
            if (worked := time.monotonic() - began) > LOOK_SECONDS:
                self._step_aside(worked)
                began = time.monotonic()
        for sheet in self._sheets:
            sheet.pour(self._connection)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _fold(self, dealt: Dealt) -> None:
        try:
            keyed = self._of_streams.keyed(dealt.of_streams) + self._of_sites.keyed(dealt.of_sites)
            self._load(keyed)
            for sheet, each in keyed:
                sheet.fold(each)
        except Unfoldable as error:
            raise poisoned(error.projection, error.event, _why(error)) from error
        for sheet in self._sheets:
            if sheet.is_full:
                sheet.pour(self._connection)

    def _load(self, keyed: Sequence[tuple[Sheet, Keyed]]) -> None:
        with self._connection.pipeline():  # one question for all
            asked = [sheet.ask(self._connection, each) for sheet, each in keyed]
        for (sheet, _), rows in zip(keyed, asked, strict=True):
            sheet.take(rows)

    def _step_aside(self, seconds: float) -> None:
        """Rests for a while if commands arrived meanwhile: people wait for those, nobody waits for a rebuild."""
        before, self._head = self._head, self._find_head()
        if self._head > before:
            time.sleep(STEP_ASIDE * seconds)

    def _find_head(self) -> int:
        row = self._connection.execute(HEAD).fetchone()
        return int(row[0]) if row else 0


def _why(error: Unfoldable) -> Exception:
    return unreadable(error.event) if isinstance(error.event.event, Unreadable) else error.reason
