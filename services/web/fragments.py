"""Rows of boards as pieces of a page: the same ones in the page as it is first shown and in the stream of changes."""

from datetime import date, datetime
from typing import Any

import orjson
from markupsafe import Markup

from projections.projection import Board, Row
from services.web.actions import actions_on
from services.web.templates import templates


def fragment(code: str, board: Board, row: Row, may: frozenset[str]) -> str:
    """A row of a table, or a card of a kanban, in a language, with the commands that its reader may send."""
    shape = templates(code).get_template("rows.html").module
    make = getattr(shape, "card" if board.lane else "line")
    actions = [command for command in actions_on(board, row) if command in may]
    return str(make(board, row, key_of(board, row), order_of(board, row), actions))


def fragments(code: str, board: Board, rows: list[Row], may: frozenset[str]) -> Markup:
    """Many of them."""
    return Markup("").join(Markup(fragment(code, board, row, may)) for row in rows)  # noqa: S704 - of our own template


def key_of(board: Board, row: Row) -> str:
    """What tells the row from all others on any page."""
    return "/".join([board.name, *(str(row[name]) for name in board.projection.key)])


def order_of(board: Board, row: Row) -> str:
    """Where the row stands among the others: JSON that the page compares."""
    return orjson.dumps([_sortable(row[name]) for name in board.order]).decode()


def _sortable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
