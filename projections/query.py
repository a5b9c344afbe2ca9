"""Questions to the read models: a board's page, the figures of sites, a ticket's history."""

import time
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString, cast

from psycopg import sql
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from events.event import Recorded
from events.store import Store
from projections.projection import COUNTED, Board, Key, Page, Row
from projections.projector import LIVE, POSITION
from projections.ticket_history import told

# Every board has an index in its own order: whoever walks along it stops after a page, whoever sorts reads all rows.
# So there is one good plan, whatever is asked for: planning anew each time took longer than answering.
ONE_SNAPSHOT = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off;
SET LOCAL plan_cache_mode = force_generic_plan;
"""
PAGE = "SELECT {columns} FROM {table} WHERE {conditions} ORDER BY {order} LIMIT %(limit)s"
# In the page's own order, so that the same index answers.
TOTAL = """
SELECT count(*) AS total FROM (SELECT FROM {table} WHERE {conditions} ORDER BY {order} LIMIT %(counted)s + 1) AS row
"""
ROWS = """
SELECT {columns}, coalesce({where}, false) AS shown FROM {table} JOIN unnest({keys}) AS wanted ({names}) USING ({names})
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
WHERE (%(sites)s::text[] IS NULL OR site = ANY(%(sites)s))
    AND (%(first)s::date IS NULL OR day >= %(first)s) AND (%(last)s::date IS NULL OR day <= %(last)s)
GROUP BY GROUPING SETS ((site), ()) ORDER BY GROUPING(site), site
"""
HISTORY = "SELECT position FROM boards.ticket_history WHERE ticket = ANY(%(tickets)s) ORDER BY position"
LONGEST_HISTORY = """
SELECT ticket FROM boards.ticket_history JOIN boards.tickets USING (ticket)
WHERE status = 'closed' GROUP BY ticket ORDER BY count(*) DESC, ticket LIMIT 1
"""
PARKED = """
SELECT projection, stream, position, version, cause, parked_at FROM boards.parked
WHERE follower <> 'rebuild' ORDER BY position, projection
"""

AWAY_SECONDS = 10.0  # a database that gives no connection for so long is away


class Reader:
    """Reads the read models over at most so many connections at once; any number of threads may ask."""

    def __init__(self, store: Store, *, connections: int = 2) -> None:
        """`store` is the log that the read models are made of, in the same database."""
        self._store = store
        self._pool = ConnectionPool(
            store.url,
            kwargs={"autocommit": True, "row_factory": dict_row, "options": "-c timezone=UTC"},
            min_size=1,
            max_size=connections,
            timeout=AWAY_SECONDS,
            check=ConnectionPool.check_connection,  # a database that was away is met here, not in a question
            open=True,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    def rows(self, query: LiteralString | sql.Composed, **facts: Any) -> list[Row]:
        """The answer to any question, as rows."""
        with self._pool.connection() as connection:
            return cast(list[Row], connection.execute(query, facts, binary=True).fetchall())

    def board(
        self,
        board: Board,
        *,
        sites: Sequence[str] | None = None,
        owner: str | None = None,
        lane: str | None = None,
        limit: int = 50,
        after: Sequence[Any] | None = None,
    ) -> Page:
        """A page of a board (times UTC), how many rows there are in all, and up to which position that is true.

        `sites` None means every site. `after` is the `next` of the page before.
        """
        asked = _Asked(board, sites, owner, lane)
        # One snapshot for all three, so that the page never claims a position it does not show.
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(ONE_SNAPSHOT)
            rows = connection.execute(asked.page(after), asked.facts(limit + 1, after), binary=True).fetchall()
            total = connection.execute(asked.total(), asked.facts(limit, None)).fetchone()
            position = connection.execute(POSITION, {"follower": LIVE}).fetchone()
        following = [rows[limit - 1][name] for name in board.order] if len(rows) > limit else None  # type: ignore[call-overload]
        return Page(board, _first(position, "position"), _first(total, "total"), rows[:limit], following)  # type: ignore[arg-type]

    def rows_of(self, board: Board, keys: Sequence[Key]) -> list[Row]:
        """These rows of the board's projection as they are now; `shown` says whether the board has them."""
        names = board.projection.key
        kinds = [sql.SQL(board.projection.columns[name]) for name in names]
        columns = [
            sql.SQL("{}::{}[]").format(sql.Placeholder(name, "b"), kind)
            for name, kind in zip(names, kinds, strict=True)
        ]
        query = sql.SQL(ROWS).format(
            columns=_names(columns_of(board)),
            where=sql.SQL(board.where),
            table=_table(board),
            keys=sql.SQL(", ").join(columns),
            names=_names(names),
        )
        return self.rows(query, **{name: [key[at] for key in keys] for at, name in enumerate(names)})

    def kpi(
        self, *, sites: Sequence[str] | None = None, first: date | None = None, last: date | None = None
    ) -> list[Row]:
        """One row per site, then one for all of them together (site ""), for local days from `first` to `last`.

        `handling_hours` and `paused_hours` are means per completed service; rates and satisfaction are shares of 1;
        what has nothing to count is None.
        """
        return self.rows(KPI, sites=sites and list(sites), first=first, last=last)

    def history(self, tickets: list[str]) -> list[Row]:
        """The events of these tickets in words, in the order in which they were recorded."""
        return [told(recorded) for recorded in self.story(tickets)]

    def story(self, tickets: list[str]) -> list[Recorded]:
        """The events of these tickets, those of their parts and complaints included, as they were recorded."""
        return self._store.read_at(row["position"] for row in self.rows(HISTORY, tickets=tickets))

    def longest_history(self) -> str:
        """The closed ticket with the most events; "" if none is closed."""
        return str(next((row["ticket"] for row in self.rows(LONGEST_HISTORY)), ""))

    def parked(self) -> list[Row]:
        """The streams that wait because an event of theirs could not be folded, or reacted to."""
        return self.rows(PARKED)

    def position(self) -> int:
        """Up to which position the boards are true."""
        return _first(next(iter(self.rows(POSITION, follower=LIVE)), None), "position")

    def wait_for(self, position: int, seconds: float = 5.0) -> bool:
        """Waits until the boards have reached a position; False if they have not after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.position() < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


class _Asked:
    """Which rows of a board are asked for. Only what is asked stands in the query, so that an index can answer it."""

    def __init__(self, board: Board, sites: Sequence[str] | None, owner: str | None, lane: str | None) -> None:
        self.board = board
        self.given = {
            "site": sites[0] if sites is not None and len(sites) == 1 else None,
            "sites": list(sites) if sites is not None and len(sites) != 1 else None,
            "owner": owner if board.owner else None,
            "lane": lane,
        }

    def facts(self, limit: int, after: Sequence[Any] | None) -> dict[str, Any]:
        """What the placeholders stand for."""
        return {
            **self.given,
            "limit": limit,
            "counted": COUNTED,
            **{f"o{at}": value for at, value in enumerate(after or ())},
        }

    def total(self) -> sql.Composed:
        """The question how many rows there are."""
        return sql.SQL(TOTAL).format(table=_table(self.board), conditions=self._conditions(None), order=self._order())

    def page(self, after: Sequence[Any] | None) -> sql.Composed:
        """The question for the rows after a place in the order."""
        return sql.SQL(PAGE).format(
            columns=_names(columns_of(self.board)),
            table=_table(self.board),
            conditions=self._conditions(after),
            order=self._order(),
        )

    def _order(self) -> sql.Composed:
        falling = sql.SQL(" DESC" if self.board.newest_first else "")
        return sql.SQL(", ").join(sql.Identifier(name) + falling for name in self.board.order)

    def _conditions(self, after: Sequence[Any] | None) -> sql.Composed:
        columns = {"site": "site", "owner": self.board.owner, "lane": self.board.lane}
        equal = [(columns[name], name) for name in columns if self.given[name] is not None]
        conditions = [sql.SQL("({})").format(sql.SQL(self.board.where))]
        conditions += [
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(name)) for column, name in equal
        ]
        if self.given["sites"] is not None:
            conditions.append(sql.SQL("site = ANY(%(sites)s)").format())
        if after is not None:
            conditions.append(self._beyond())
        return sql.SQL(" AND ").join(conditions)

    def _beyond(self) -> sql.Composed:
        kinds = self.board.projection.columns
        places = [
            sql.SQL("{}::{}").format(sql.Placeholder(f"o{at}"), sql.SQL(kinds[name]))
            for at, name in enumerate(self.board.order)
        ]
        sign = sql.SQL("<" if self.board.newest_first else ">")
        return sql.SQL("({}) {} ({})").format(_names(self.board.order), sign, sql.SQL(", ").join(places))


def columns_of(board: Board) -> list[str]:
    """What is read of a row: what the board shows, what tells rows apart and orders them, and whose they are."""
    return list(dict.fromkeys([*board.columns, *board.projection.key, *board.order, "site"]))


def _first(row: Row | None, name: str) -> int:
    return int(row[name]) if row else 0


def _table(board: Board) -> sql.Identifier:
    return sql.Identifier("boards", board.projection.name)


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
