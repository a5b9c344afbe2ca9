"""How a projection and a board are declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from events.event import Context, Event, Recorded

Row = dict[str, Any]
Key = tuple[Any, ...]
Fold = Callable[[Row, Any, Context], None]

COUNTED = 500  # a board counts its rows so far: more would take longer the more there are

EMPTY = {"text": "", "bigint": 0, "boolean": False, "timestamptz": None, "date": None, "jsonb": None}


@dataclass(frozen=True)
class Projection:
    """Rows made from events: which row an event belongs to, and one small function per event that changes it.

    `columns` names each column and its SQL type, the key's columns first; a new row starts with the type's empty
    value. `key_of` gives the key of the one row that an event changes. A fold changes the row in place; it sees
    nothing else, so the same log always gives the same rows. `grows` says that every event makes a row of its own;
    `by_site` that a row gathers the events of one site, not of one stream.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    key_of: Callable[[Recorded], Key]
    folds: Mapping[type[Event], Fold]
    indexes: tuple[str, ...] = ()
    grows: bool = False
    by_site: bool = False

    def new_row(self, key: Key) -> Row:
        """A row with this key and nothing else known."""
        row = self._empty_row.copy()
        for column, value in zip(self.key, key, strict=True):
            row[column] = value
        return row

    @cached_property
    def _empty_row(self) -> Row:
        return {column: EMPTY[kind] for column, kind in self.columns.items()}


@dataclass(frozen=True)
class Board:
    """A queue, list or board: some rows of a projection, in an order, with the columns people look at.

    `title` is English and Chinese, `columns` maps a column to its two headings. `where` is SQL over the projection's
    columns. `order` names columns that tell every row apart, all of them rising, or falling with `newest_first`.
    `owner` names the column that `--owner` filters by, if the board has one; `lane` the column whose values are the
    columns of a kanban, in the order of `lanes`; `rules` are those it keeps.
    """

    name: str
    title: tuple[str, str]
    projection: Projection
    where: str
    order: tuple[str, ...]
    columns: Mapping[str, tuple[str, str]]
    owner: str = ""
    rules: tuple[str, ...] = ()
    newest_first: bool = False
    lane: str = ""
    lanes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """What a board shows, and up to which position of the log it is true.

    `total` counts no further than COUNTED: a board with more rows says "so many and more". `next` continues the page,
    None on the last one.
    """

    board: Board
    position: int
    total: int
    rows: list[Row] = field(default_factory=list)
    next: list[Any] | None = None

    def document(self) -> dict[str, Any]:
        """The page as JSON-able data."""
        facts = {"board": self.board.name, "position": self.position, "total": self.total, "next": self.next}
        return {**facts, "rows": self.rows}


def local_day(moment: datetime) -> Any:
    """The calendar day at the place where it happened."""
    return moment.date()
