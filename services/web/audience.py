"""Open pages that show the same: which changes concern them, and how those look."""

from typing import NamedTuple

import orjson

from projections.catalog import BOARDS
from projections.hub import Touched, touched
from projections.projection import Board, Row
from services.http.hub import Change
from services.web.fragments import fragment, key_of

MOST_ROWS = 300  # of one board in one frame; a page that would get more loads the board anew


class Pages(NamedTuple):
    """What pages have in common that get the same frames. `sites` None means every site."""

    boards: tuple[str, ...]
    topics: frozenset[str]  # what else the page shows: `ticket_history/SH01-1`, `kpi_daily`
    sites: frozenset[str] | None
    owner: str
    language: str
    role: str
    may: frozenset[str]

    @property
    def most_missed(self) -> int:
        """Events after which a page that comes back starts afresh."""
        return 10_000

    def frame(self, change: Change) -> bytes:
        """What has changed for these pages, as one server-sent event; empty if nothing has."""
        boards = {name: self._of_board(BOARDS[name], change) for name in self.boards}
        shown = {name: rows for name, rows in boards.items() if rows or rows is None}
        topics = sorted(topic for topic in self.topics if _concerns(topic, self._touched(change)))
        if not shown and not topics:
            return b""
        told = orjson.dumps({"boards": shown, "topics": topics})
        return b"id: %d\nevent: change\ndata: %s\n\n" % (change.position, told)

    def _of_board(self, board: Board, change: Change) -> list[list[str | None]] | None:
        """Each changed row's key and its fragment, None for one to be taken away; None: too many, load it anew."""
        keys = change.touched.get(board.projection.name, frozenset())
        if len(keys) > MOST_ROWS:
            return None
        if not keys:
            return []
        rows: list[Row] = change.once((board.name,), lambda: change.reader.rows_of(board, list(keys)))
        return [[key_of(board, row), self._fragment(board, row, change)] for row in rows if self._reaches(row)]

    def _fragment(self, board: Board, row: Row, change: Change) -> str | None:
        """The row as these pages show it, rendered once for all who see it so; None if they do not show it."""
        if not row["shown"] or (self.owner and board.owner and row[board.owner] != self.owner):
            return None
        key = (board.name, self.language, self.role, key_of(board, row))
        return change.once(key, lambda: fragment(self.language, board, row, self.may))

    def _reaches(self, row: Row) -> bool:
        return self.sites is None or row["site"] in self.sites

    def _touched(self, change: Change) -> Touched:
        """What the events of these pages' sites have changed: of another site not even that something happened."""
        sites = self.sites
        if sites is None:
            return change.touched
        return change.once(sites, lambda: touched(each for each in change.events if each.context.site in sites))


def _concerns(topic: str, changed: Touched) -> bool:
    projection, _, name = topic.partition("/")
    keys = changed.get(projection, frozenset())
    return any(key[0] == name for key in keys) if name else bool(keys)
