"""The questions of `make bench-large`: what pages and people ask a store, and the two ways to write to it."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from events.store import Store
from projections.catalog import BOARDS
from projections.figures import Figures, Scope
from projections.projection import Board
from projections.query import Reader
from services.command import parse
from services.handle import Road
from services.replay import replay
from tests.bench.commands import CALL, ENVELOPE

DAYS = 30
LAST_DAY = "SELECT max(day) AS day FROM boards.kpi_daily"
SOME_TICKETS = """
SELECT ticket, site FROM boards.tickets WHERE status NOT IN ('closed', 'cancelled', 'merged')
ORDER BY md5(ticket) LIMIT %(limit)s
"""
SAMPLE = 5_000
REPLAY = "replay of a ticket"


class Side:
    """A store that is asked: the small one or the large one. `scope` are its last days."""

    def __init__(self, url: str) -> None:
        self.store = Store(url)
        self.reader = Reader(self.store)
        self.figures, self.road, self.numbers = Figures(self.reader), Road(self.store), count(1)
        self.sites = self.figures.sites()
        last: date = self.reader.rows(LAST_DAY)[0]["day"]
        self.scope = Scope(last - timedelta(days=DAYS), last)
        self.tickets = self.reader.rows(SOME_TICKETS, limit=SAMPLE)

    def next_ticket(self) -> dict[str, Any]:
        """An open ticket that was not asked for yet, as long as there are any."""
        return self.tickets[next(self.numbers) % len(self.tickets)]

    def close(self) -> None:
        """Closes the connections."""
        self.reader.close()
        self.store.close()


Question = Callable[[Side], object]


def p95(questions: Mapping[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Milliseconds; asked in turn, so that whatever else the machine does meets all of them."""
    turns = [{name: _milliseconds(question) for name, question in questions.items()} for _ in range(times)]
    return {name: sorted(turn[name] for turn in turns)[int(times * 0.95)] for name in questions}


def _milliseconds(question: Callable[[], object]) -> float:
    began = time.perf_counter()
    question()
    return (time.perf_counter() - began) * 1000


def _board(board: Board) -> Question:
    return lambda side: side.reader.board(board)


def _board_of_site(board: Board) -> Question:
    return lambda side: side.reader.board(board, sites=side.sites[:1])


def _replay(side: Side) -> None:
    assert replay(side.store, f"ticket/{side.next_ticket()['ticket']}").version


def _send(side: Side, command: str, **fields: Any) -> None:
    told = {**ENVELOPE, **fields, "command": command, "command_id": f"bench-{time.monotonic_ns()}"}
    outcome = side.road.handle([parse(told)], datetime.now(UTC))[0]
    assert outcome.status == "accepted", outcome


def _register(side: Side) -> None:
    _send(side, "RegisterTicket", **CALL, ticket=f"B{time.monotonic_ns()}")


def _advance(side: Side) -> None:
    _send(side, "AddNote", **side.next_ticket(), text="the customer asks how it goes")


KPI: dict[str, Question] = {
    "kpi, sites": lambda side: side.reader.kpi(first=side.scope.first, last=side.scope.last),
    "kpi, trend": lambda side: side.figures.trend(side.scope),
    "kpi, teams": lambda side: side.figures.teams(side.scope),
    "kpi, people": lambda side: side.figures.people(side.scope),
    "kpi, faults": lambda side: side.figures.faults(side.scope),
    "kpi, pauses": lambda side: side.figures.pauses(side.scope),
    "kpi, calls": lambda side: side.figures.calls(side.scope),
    "kpi, deadlines": lambda side: side.figures.deadlines(side.scope),
    "kpi, tickets behind a number": lambda side: side.figures.behind("completed", side.scope),
}
QUESTIONS: dict[str, Question] = {
    **{f"board {name}, all sites": _board(board) for name, board in BOARDS.items()},
    **{f"board {name}, one site": _board_of_site(board) for name, board in BOARDS.items()},
    **KPI,
    REPLAY: _replay,
}
WRITES: dict[str, Question] = {"register": _register, "advance": _advance}
