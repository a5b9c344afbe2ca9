"""The rows of one projection at hand: loaded when a batch needs them, folded in memory, kept for the next batch."""

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import psycopg

from events.event import Event, Recorded, Unreadable
from projections.projection import Key, Projection, Row
from projections.table import Table

KEPT = 5_000  # rows at hand, those that were touched last

Keyed = Sequence[tuple[Key, Recorded]]  # events, each with the key of the row that it changes
KeyOf = Callable[[Recorded], Key]
LeftOut = tuple[str, str, int]  # a projection by its name, a stream and a version of it


class Unfoldable(Exception):
    """A projection, given by its name, breaks at `event`, for this `reason`."""

    def __init__(self, projection: str, event: Recorded, reason: Exception) -> None:
        super().__init__(projection, event, reason)
        self.projection, self.event, self.reason = projection, event, reason


class Sheet:
    """One projection's rows while events are folded into them; `schema` says which edition of its table is meant.

    What is at hand is true as long as nobody else writes the table: whoever cannot be sure of that forgets it first.
    """

    def __init__(self, projection: Projection, schema: str, *, is_empty: bool = False) -> None:
        """`is_empty` promises that the table has no rows yet, so that none need be looked for."""
        self.projection = projection
        self.table = Table(projection, schema)
        self._is_empty = is_empty
        self._rows: OrderedDict[Key, Row] = OrderedDict()
        self._changed: set[Key] = set()
        self._new: set[Key] = set()  # those of the changed that the table does not have yet

    def forget(self) -> None:
        """Puts everything away, written or not."""
        self._rows.clear()
        self._changed, self._new = set(), set()

    def key_of(self, recorded: Recorded) -> Key:
        """The key of the row that an event changes. Raises Unfoldable."""
        try:
            return self.projection.key_of(recorded)
        except Exception as error:
            raise Unfoldable(self.projection.name, recorded, error) from error

    def ask(self, connection: psycopg.Connection, keyed: Keyed) -> psycopg.Cursor[Row] | None:
        """Asks for the rows that these events will change and that are not at hand; `take` gets them."""
        if self._is_empty:
            return None
        missing = {key for key, _ in keyed if key not in self._rows}  # a difference of sets would look at every row
        return self.table.load(connection, missing) if missing else None

    def take(self, asked: psycopg.Cursor[Row] | None) -> None:
        """Has the rows at hand that were asked for."""
        for row in asked or ():
            self._rows[tuple(row[name] for name in self.projection.key)] = row

    def fold(self, keyed: Keyed) -> None:
        """Folds events into their rows. Raises Unfoldable; then that row is of no use any more: forget."""
        folds, rows, changed = self.projection.folds, self._rows, self._changed
        for key, recorded in keyed:
            known, event = rows.get(key), recorded.event
            row = self.projection.new_row(key) if known is None else known
            try:
                folds[type(event)](row, event, recorded.context)
            except Exception as error:
                raise Unfoldable(self.projection.name, recorded, error) from error
            changed.add(key)
            if known is None:
                rows[key] = row
                self._new.add(key)

    def try_to_fold(self, recorded: Recorded) -> None:
        """Folds one event, if it changes anything. Raises Unfoldable; then its row is as it was before."""
        if type(recorded.event) not in self.projection.folds:
            return
        key = self.key_of(recorded)
        before = {key: dict(self._rows[key])} if key in self._rows else {}
        try:
            self.fold([(key, recorded)])
        except Unfoldable:
            self._rows.update(before)
            raise

    def write(self, connection: psycopg.Connection) -> None:
        """Writes all changed rows, whether the table has them or not. Raises table.UNWRITABLE."""
        self.table.write(connection, self._at(self._changed))
        self._put_away()

    def add(self, connection: psycopg.Connection) -> None:
        """Writes all changed rows, new ones as new. Raises UNWRITABLE, TAKEN if one was new only to us."""
        self.table.add(connection, self._at(self._new))
        self.table.write(connection, self._at(self._changed - self._new))
        self._put_away()

    def pour(self, connection: psycopg.Connection) -> None:
        """Writes all changed rows, new ones the fast way. Raises UNWRITABLE, TAKEN if one was new only to us."""
        self.table.copy(connection, self._at(self._new))
        self.table.write(connection, self._at(self._changed - self._new))
        self._is_empty = self._is_empty and not self._new
        self._put_away()

    @property
    def is_full(self) -> bool:
        """Whether there are more changed rows at hand than are kept."""
        return len(self._changed) > KEPT

    def _at(self, keys: set[Key]) -> list[Row]:
        return [self._rows[key] for key in sorted(keys)]

    def _put_away(self) -> None:
        for key in self._changed:
            self._rows.move_to_end(key)
        self._changed, self._new = set(), set()
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)


class GrowingSheet(Sheet):
    """The rows of a projection that only grows: each event makes one, and nobody asks for it again."""

    def __init__(self, projection: Projection, schema: str) -> None:
        super().__init__(projection, schema, is_empty=True)
        self._added: list[Any] = []  # rows, or what stands for them

    def forget(self) -> None:
        """Puts everything away, written or not."""
        self._added = []

    def fold(self, keyed: Keyed) -> None:
        """Makes the events' rows. Raises Unfoldable; then those before that event are at hand."""
        folds, new_row = self.projection.folds, self.projection.new_row
        for key, recorded in keyed:
            row, event = new_row(key), recorded.event
            try:
                folds[type(event)](row, event, recorded.context)
            except Exception as error:
                raise Unfoldable(self.projection.name, recorded, error) from error
            self._added.append(row)

    def write(self, connection: psycopg.Connection) -> None:
        """Writes all rows, whether the table has them or not. Raises table.UNWRITABLE."""
        self.table.write(connection, self._made())
        self.forget()

    def add(self, connection: psycopg.Connection) -> None:
        """Writes all rows as new. Raises table.UNWRITABLE, TAKEN."""
        self.table.add(connection, self._made())
        self.forget()

    def pour(self, connection: psycopg.Connection) -> None:
        """Writes all rows the fast way. Raises table.UNWRITABLE, TAKEN."""
        self.table.copy(connection, self._added)
        self.forget()

    @property
    def is_full(self) -> bool:
        """Whether there are more rows at hand than are kept."""
        return len(self._added) > KEPT

    def _made(self) -> list[Row]:
        return self._added


class KeySheet(GrowingSheet):
    """The rows of a projection that only grows and has no column but its key's: which events there are says it all."""

    def fold(self, keyed: Keyed) -> None:
        """Keeps the events' keys. Raises Unfoldable for one that nobody can read."""
        folds = self.projection.folds
        for key, recorded in keyed:
            if type(recorded.event) not in folds:
                raise Unfoldable(self.projection.name, recorded, KeyError(recorded.event.name))
            self._added.append(key)

    def pour(self, connection: psycopg.Connection) -> None:
        """Writes all rows the fast way. Raises table.UNWRITABLE, TAKEN."""
        self.table.copy_keys(connection, self._added)
        self.forget()

    def _made(self) -> list[Row]:
        return list(map(self.projection.new_row, self._added))


def sheet_of(projection: Projection, schema: str, *, is_empty: bool = False) -> Sheet:
    """The sheet that fits a projection."""
    if not projection.grows:
        return Sheet(projection, schema, is_empty=is_empty)
    has_more = len(projection.columns) > len(projection.key)
    return GrowingSheet(projection, schema) if has_more else KeySheet(projection, schema)


class Sorter:
    """Finds the sheets that an event changes by its kind, instead of asking every sheet."""

    def __init__(self, sheets: Sequence[Sheet], left_out: Container[LeftOut] = ()) -> None:
        """`left_out` are events that some projections shall not fold."""
        self._sheets, self._left_out = sheets, left_out
        keyed = [(sheet, sheet.projection.key_of) for sheet in sheets]
        self._changed_by: dict[type[Event], list[tuple[Sheet, KeyOf]]] = {}
        for each in keyed:
            for kind in each[0].projection.folds:
                self._changed_by.setdefault(kind, []).append(each)
        self.names = sorted(kind.name for kind in self._changed_by)
        self._changed_by[Unreadable] = keyed  # nobody knows what it would change, so none may pass it over

    def keyed(self, batch: Iterable[Recorded]) -> list[tuple[Sheet, Keyed]]:
        """Each sheet that is changed, with the events that change it. Raises Unfoldable."""
        found: dict[Sheet, list[tuple[Key, Recorded]]] = {sheet: [] for sheet in self._sheets}
        for recorded in batch:
            for sheet, key_of in self._changed_by.get(type(recorded.event), ()):
                if self._left_out and self._is_left_out(sheet, recorded):
                    continue
                try:
                    key = key_of(recorded)
                except Exception as error:
                    raise Unfoldable(sheet.projection.name, recorded, error) from error
                found[sheet].append((key, recorded))
        return [(sheet, keyed) for sheet, keyed in found.items() if keyed]

    def _is_left_out(self, sheet: Sheet, recorded: Recorded) -> bool:
        return (sheet.projection.name, recorded.stream, recorded.version) in self._left_out
