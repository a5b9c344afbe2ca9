"""The rows of one projection at hand: loaded when a batch needs them, folded in memory, kept for the next batch."""

from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress

import psycopg

from events.event import Recorded
from projections.projection import Key, Projection, Row
from projections.table import Table

KEPT = 5_000  # rows at hand, those that were touched last


class Sheet:
    """One projection's rows while events are folded into them; `schema` says which edition of its table is meant.

    What is at hand is true as long as nobody else writes the table: whoever cannot be sure of that forgets it first.
    """

    def __init__(self, projection: Projection, schema: str, *, is_empty: bool = False) -> None:
        """`is_empty` promises that the table has no rows yet, so that none need be looked for."""
        self.projection = projection
        self._is_empty = is_empty
        self.table = Table(projection, schema)
        self._rows: OrderedDict[Key, Row] = OrderedDict()
        self._changed: set[Key] = set()
        self._new: set[Key] = set()  # those of the changed that the table does not have yet

    def forget(self) -> None:
        """Puts everything away, written or not."""
        self._rows.clear()
        self._changed, self._new = set(), set()

    def ask(self, connection: psycopg.Connection, batch: Iterable[Recorded]) -> psycopg.Cursor[Row] | None:
        """Asks for the rows that these events will change and that are not at hand; `take` gets them."""
        if self._is_empty or self.projection.grows:
            return None
        missing = self._keys(batch) - self._rows.keys()
        return self.table.load(connection, missing) if missing else None

    def take(self, asked: psycopg.Cursor[Row] | None) -> None:
        """Has the rows at hand that were asked for."""
        for row in asked or ():
            self._rows[tuple(row[name] for name in self.projection.key)] = row

    def apply(self, recorded: Recorded) -> None:
        """Folds one event into its row; if the fold raises, the row is as it was."""
        fold = self.projection.folds.get(type(recorded.event))
        if fold is None:
            return
        key = self.projection.key_of(recorded)
        known = self._rows.get(key)
        row = dict(known) if known else self.projection.new_row(key)
        fold(row, recorded.event, recorded.context)
        self._rows[key] = row
        self._changed.add(key)
        if known is None:
            self._new.add(key)
        else:
            self._rows.move_to_end(key)

    def write(self, connection: psycopg.Connection) -> None:
        """Writes all changed rows with one statement. Raises table.UNWRITABLE."""
        if self._changed:
            self.table.write(connection, [self._rows[key] for key in sorted(self._changed)])
        self._put_away()

    def pour(self, connection: psycopg.Connection) -> None:
        """Writes all changed rows, new ones the fast way, for a table that nobody else writes. Raises UNWRITABLE."""
        if self._new:
            self.table.copy(connection, [self._rows[key] for key in sorted(self._new)])
        self._changed -= self._new
        self._is_empty = self._is_empty and not self._new
        self.write(connection)

    @property
    def is_full(self) -> bool:
        """Whether there are more changed rows at hand than are kept."""
        return len(self._changed) > KEPT

    def _put_away(self) -> None:
        self._changed, self._new = set(), set()
        kept = 0 if self.projection.grows else KEPT  # what only grows is never asked for again
        while len(self._rows) > kept:
            self._rows.popitem(last=False)

    def _keys(self, batch: Iterable[Recorded]) -> set[Key]:
        keys = set()
        for recorded in batch:
            if type(recorded.event) in self.projection.folds:
                with suppress(Exception):  # `apply` meets it again, and there it is known whose it is
                    keys.add(self.projection.key_of(recorded))
        return keys
