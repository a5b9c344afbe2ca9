"""The lists behind the figures stay quick: however many facts there are, a page reads about as many as it shows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.figures import Figures, Scope
from projections.query import Reader
from projections.setup import prepare
from services.embedded import Server
from tests.conftest import TEMPLATE, clone

SITES = [f"S{number:02}" for number in range(20)]
LIMIT = 50
WHOLE, MARCH = (date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 3, 1), date(2026, 3, 31))
# what is asked for: of whom, and which cell
CELLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "figure": ({}, {}),
    "team": ({"team": "T1"}, {}),
    "engineer": ({"engineer": "E03"}, {}),
    "kind": ({}, {"kind": "K2"}),
    "hour": ({}, {"weekday": 3, "hour": 9}),
}
# 50,000 facts of a year: 20 sites, 3 teams and 9 engineers each, 8 kinds, the hours 8 and 9.
FILL = """
INSERT INTO boards.kpi_facts SELECT number, 'T' || number, (ARRAY['completed', 'paused', 'received'])[1 + number % 3],
    'S' || lpad((random() * 19)::int::text, 2, '0'), day, extract(isodow FROM day), hour,
    day + make_interval(hours => hour), 'T' || (random() * 2)::int, 'E' || lpad((random() * 8)::int::text, 2, '0'),
    'K' || (random() * 7)::int, 60, 0, false
FROM generate_series(1, 50000) AS number,
    LATERAL (SELECT date '2026-01-01' + (random() * 364 + 0 * number)::int AS day, 8 + number % 2 AS hour) AS at
"""


class Explaining(Reader):
    """Keeps how PostgreSQL answered each question to the facts."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.plans: list[dict[str, Any]] = []

    def rows(self, query: Any, **facts: Any) -> Any:
        if "boards.kpi_facts" in query:
            (row,) = super().rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", **facts)
            self.plans += nodes(row["QUERY PLAN"][0]["Plan"])
        return super().rows(query, **facts)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a plan that read the facts."""
    below = [node for child in plan.get("Plans", []) for node in nodes(child)]
    return [plan, *below] if plan.get("Relation Name") == "kpi_facts" else below


def read(plans: list[dict[str, Any]]) -> Any:
    """How many facts were looked at."""
    return sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in plans)


@pytest.fixture(scope="module")
def year(server: Server) -> Iterator[str]:
    """A database with a year of facts."""
    with clone(server, TEMPLATE) as url:
        prepare(url, PROJECTIONS.values())
        fill(url)
        yield url


def fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(FILL)
        connection.execute("INSERT INTO boards.kpi_daily (site, day) SELECT DISTINCT site, day FROM boards.kpi_facts")
        connection.execute("ANALYZE boards.kpi_facts")


@pytest.fixture
def reader(year: str) -> Iterator[Explaining]:
    """Reads the year."""
    store = Store(year, connections=1)
    reader = Explaining(store)
    yield reader
    reader.close()
    store.close()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("period", [WHOLE, MARCH], ids=["year", "month"])
@pytest.mark.parametrize("sites", [["S04"], ["S01", "S07"], None], ids=["one site", "two sites", "the network"])
def test_a_page_is_read_from_an_index_and_reads_little_more_than_it_shows(
    reader: Explaining, sites: list[str] | None, period: tuple[date, date], cell: str
) -> None:
    figures, (people, narrower) = Figures(reader), CELLS[cell]
    assert figures.sites() == SITES
    scope = Scope(*period, sites, **people)
    first = figures.behind("received", scope, limit=LIMIT, **narrower)
    assert_read_from_an_index(reader.plans, sites or SITES)
    reader.plans.clear()
    middle = first[len(first) // 2]["position"]
    second = figures.behind("received", scope, limit=LIMIT, after=middle, **narrower)
    assert second[: len(first) // 2 - 1] == first[len(first) // 2 + 1 :][: len(first) // 2 - 1]
    assert_read_from_an_index(reader.plans, sites or SITES)


def assert_read_from_an_index(plans: list[dict[str, Any]], sites: list[str]) -> None:
    assert plans
    assert "Seq Scan" not in {node["Node Type"] for node in plans}
    assert read(plans) <= LIMIT * len(sites) + 1, plans


@pytest.mark.parametrize("ask", [Figures.faults, Figures.pauses])
def test_what_one_engineer_did_is_counted_without_reading_what_others_did(reader: Explaining, ask: Any) -> None:
    rows = ask(Figures(reader), Scope(*WHOLE, ["S04"], engineer="E03"))
    assert "Seq Scan" not in {node["Node Type"] for node in reader.plans}
    assert read(reader.plans) <= sum(row.get("completed", row.get("paused")) for row in rows) * 2
