"""A board answers from its index: with a hundred times the tickets a page reads no more of the database."""

from collections.abc import Iterator, Mapping
from contextlib import closing

import psycopg
import pytest
from psycopg.rows import tuple_row

from events.store import Store
from projections.catalog import BOARDS
from projections.projection import COUNTED
from projections.query import Reader
from services.runtime import Runtime
from tests.multiplied import multiply

SMALL, LARGE = 10, 800  # copies of the lived network
READ = (
    "SELECT coalesce(sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read), 0) FROM pg_statio_user_tables"
)
PLANS = """
SELECT sum(custom_plans)::int AS anew, sum(generic_plans)::int AS kept FROM pg_prepared_statements
WHERE statement LIKE '%%boards"."tickets%%'
"""
GROWN_BY = 60  # blocks that a page may read more: deeper indexes, rows that lie farther apart
PAGE = 50


@pytest.fixture
def blocks(lived: Runtime) -> tuple[Mapping[tuple[str, str], int], Mapping[tuple[str, str], int]]:
    """The blocks that every question reads with few tickets, and with many."""
    multiply(lived.url, SMALL)
    few = read_by_all(lived.url)
    multiply(lived.url, LARGE // SMALL)
    return few, read_by_all(lived.url)


def read_by_all(url: str) -> dict[tuple[str, str], int]:
    return dict(_read(url))


def _read(url: str) -> Iterator[tuple[tuple[str, str], int]]:
    with closing(Store(url, connections=1)) as store:
        for board in BOARDS.values():
            for label, sites in (("all sites", None), ("one site", ["SH01"])):
                with Counted(store) as counted:
                    counted.reader.board(board, sites=sites, limit=PAGE)
                yield (board.name, label), counted.blocks


class Counted:
    """Counts the blocks that a reader's one question touches."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.blocks = 0

    def __enter__(self) -> "Counted":
        self.reader = Reader(self._store, connections=1)
        self._before = self._now()
        return self

    def __exit__(self, *error: object) -> None:
        self.reader.close()  # what a connection has counted is told when it ends
        self.blocks = self._now() - self._before

    def _now(self) -> int:
        with psycopg.connect(self._store.url, row_factory=tuple_row) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
            row = connection.execute(READ).fetchone()
        return int(row[0]) if row else 0


def test_a_page_reads_no_more_of_the_database_with_many_times_the_tickets(
    blocks: tuple[Mapping[tuple[str, str], int], Mapping[tuple[str, str], int]],
) -> None:
    few, many = blocks
    grown = {
        question: (few[question], many[question]) for question in few if many[question] > few[question] + allowed()
    }
    assert grown == {}


def allowed() -> int:
    """A total counts rows up to COUNTED: at worst a block for each, and as many again that a bitmap reads too much."""
    return GROWN_BY + 2 * COUNTED


@pytest.mark.parametrize("sites", [None, ["SH01"], ["SH01", "BJ01"]], ids=["all sites", "one site", "two sites"])
def test_a_page_that_is_asked_for_again_and_again_is_not_planned_again(lived: Runtime, sites: list[str] | None) -> None:
    with closing(Reader(lived.store, connections=1)) as reader:
        for _ in range(20):
            reader.board(BOARDS["closed"], sites=sites)
        (plans,) = reader.rows(PLANS)
    assert plans["anew"] == 0
    assert plans["kept"] > 20
