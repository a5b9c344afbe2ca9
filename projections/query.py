"""Questions to the read models: a board's page, the figures of sites, a ticket's history."""

import time
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from projections.projection import Board, Page, Row
from projections.projector import LIVE, POSITION

PAGE = """
SELECT {columns} FROM {table} WHERE ({where})
    AND (%(site)s::text IS NULL OR site = %(site)s) AND (%(owner)s::text IS NULL OR {owner} = %(owner)s)
ORDER BY {order} LIMIT %(limit)s
"""
TOTAL = """
SELECT count(*) AS total FROM {table} WHERE ({where})
    AND (%(site)s::text IS NULL OR site = %(site)s) AND (%(owner)s::text IS NULL OR {owner} = %(owner)s)
"""
KPI = """
SELECT coalesce(site, '') AS site,
    coalesce(sum(received), 0)::bigint AS received,
    coalesce(sum(completed), 0)::bigint AS completed,
    coalesce(sum(handled), 0)::bigint AS handled,
    coalesce(sum(handovers), 0)::bigint AS handovers,
    coalesce(sum(reopened), 0)::bigint AS reopened,
    coalesce(sum(cancelled), 0)::bigint AS cancelled,
    coalesce(sum(complaints), 0)::bigint AS complaints,
    coalesce(sum(rated), 0)::bigint AS rated,
    coalesce(sum(deadlines_met), 0)::bigint AS deadlines_met,
    coalesce(sum(deadlines_missed), 0)::bigint AS deadlines_missed,
    round(sum(deadlines_met) / nullif(sum(deadlines_met) + sum(deadlines_missed), 0), 4)::float8 AS in_time,
    round(sum(handling_seconds) / nullif(sum(completed), 0) / 3600, 2)::float8 AS handling_hours,
    round(sum(paused_seconds) / nullif(sum(completed), 0) / 3600, 2)::float8 AS paused_hours,
    round(sum(completed) / nullif(sum(received), 0), 4)::float8 AS resolution_rate,
    round(sum(reopened) / nullif(sum(completed), 0), 4)::float8 AS reopen_rate,
    round(sum(satisfied) / nullif(sum(rated), 0), 4)::float8 AS satisfaction
FROM boards.kpi_daily
WHERE (%(site)s::text IS NULL OR site = %(site)s)
    AND (%(first)s::date IS NULL OR day >= %(first)s) AND (%(last)s::date IS NULL OR day <= %(last)s)
GROUP BY GROUPING SETS ((site), ()) ORDER BY GROUPING(site), site
"""
HISTORY = """
SELECT position, occurred_at, actor, role, site, ticket, english, chinese FROM boards.ticket_history
WHERE ticket = ANY(%(tickets)s) ORDER BY position
"""
LONGEST_HISTORY = """
SELECT ticket FROM boards.ticket_history JOIN boards.tickets USING (ticket)
WHERE status = 'closed' GROUP BY ticket ORDER BY count(*) DESC, ticket LIMIT 1
"""
PARKED = """
SELECT projection, stream, position, version, cause, parked_at FROM boards.parked
WHERE follower <> 'rebuild' ORDER BY position, projection
"""
CHECKPOINTS = "SELECT follower, position, moved_at FROM boards.checkpoints ORDER BY follower"


class Reader:
    """Reads the read models over one connection of its own."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def board(self, board: Board, *, site: str | None = None, owner: str | None = None, limit: int = 50) -> Page:
        """The first rows of a board (times UTC), how many there are in all, and up to which position that is true."""
        facts = {"site": site, "owner": owner, "limit": limit}
        # One snapshot for all three, so that the page never claims a position it does not show.
        with self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            rows = self._connection.execute(_of(PAGE, board), facts).fetchall()
            total = self._connection.execute(_of(TOTAL, board), facts).fetchone()
            position = self.position()
        return Page(board, position, total["total"] if total else 0, rows)

    def kpi(self, *, site: str | None = None, first: date | None = None, last: date | None = None) -> list[Row]:
        """One row per site, then one for the whole network (site ""), for local days from `first` to `last`.

        `handling_hours` and `paused_hours` are means per completed service; rates and satisfaction are shares of 1;
        what has nothing to count is None.
        """
        return self._connection.execute(KPI, {"site": site, "first": first, "last": last}).fetchall()

    def history(self, tickets: list[str]) -> list[Row]:
        """The events of these tickets in words, in the order in which they were recorded."""
        return self._connection.execute(HISTORY, {"tickets": tickets}).fetchall()

    def longest_history(self) -> str:
        """The closed ticket with the most events; "" if none is closed."""
        row = self._connection.execute(LONGEST_HISTORY).fetchone()
        return row["ticket"] if row else ""

    def parked(self) -> list[Row]:
        """The streams that wait because an event of theirs could not be folded, or reacted to."""
        return self._connection.execute(PARKED).fetchall()

    def checkpoints(self) -> list[Row]:
        """Where every follower stands."""
        return self._connection.execute(CHECKPOINTS).fetchall()

    def position(self) -> int:
        """Up to which position the boards are true."""
        row = self._connection.execute(POSITION, {"follower": LIVE}).fetchone()
        return row["position"] if row else 0

    def wait_for(self, position: int, seconds: float = 5.0) -> bool:
        """Waits until the boards have reached a position; False if they have not after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.position() < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


def _of(query: str, board: Board) -> sql.Composed:
    owner: Any = sql.Identifier(board.owner) if board.owner else sql.SQL("NULL")
    return sql.SQL(query).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, board.columns)),
        table=sql.Identifier("boards", board.projection.name),
        where=sql.SQL(board.where),
        order=sql.SQL(board.order),
        owner=owner,
    )
