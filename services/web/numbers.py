"""Numbers of the pages of figures: as people read them, how they changed, and the list behind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from projections.figures import FIGURES
from projections.projection import Row
from services.targets import Goal
from services.web.asked import Asked
from services.web.language import Language

SHARES = frozenset({"resolution_rate", "reopen_rate", "satisfaction", "in_time"})
HOURS = frozenset({"handling_hours", "paused_hours"})
BETTER = {  # whether more is better (1) or worse (-1); of the others neither is
    **dict.fromkeys(("completed", "handled", "resolution_rate", "satisfaction", "satisfied", "in_time"), 1),
    **dict.fromkeys(("handling_hours", "paused_hours", "reopen_rate", "handovers", "complaints", "cancelled"), -1),
}
WORTH_TELLING = 0.0005  # a smaller change is none


class Number(NamedTuple):
    """A number as it is read, and the list behind it: its address ("" if nothing is behind it) and its length."""

    text: str
    href: str = ""
    entries: int = 0


class Change(NamedTuple):
    """How a number changed: by how much, whether it rose (None: neither), and whether `better`, `worse` or `other`."""

    text: str
    rose: bool | None
    judged: str


@dataclass(frozen=True)
class Tile:
    """A number of a whole period, its unit, its change, and the goals that profiles set for it.

    A goal is told with whether it is reached.
    """

    title: str
    number: Number
    unit: str
    change: Change | None
    goals: list[tuple[str, Goal, bool]]


@dataclass(frozen=True)
class Numbers:
    """Makes numbers from rows of figures, in a language, for what a page is about."""

    language: Language
    asked: Asked

    def of(self, row: Row, figure: str, cell: Mapping[str, str]) -> Number:
        """The number of a figure in a row; `cell` is what the row stands for within what is asked."""
        count = int(row.get(FIGURES[figure].opens) or 0)
        return Number(self.text(figure, row.get(figure)), self.behind(figure, cell) if count else "", count)

    def all(self, row: Row, figures: tuple[str, ...], cell: Mapping[str, str]) -> list[Number]:
        """A line of a table."""
        return [self.of(row, figure, cell) for figure in figures]

    def title(self, figure: str) -> str:
        """The title of a figure."""
        return self.language.pick((FIGURES[figure].english, FIGURES[figure].chinese))

    def behind(self, figure: str, cell: Mapping[str, str]) -> str:
        """The address of the list behind a number; it knows the way back to the page."""
        facts = {"figure": figure, **self.asked.query, **cell, "back": urlencode(self.asked.query)}
        return "/kpi/behind?" + urlencode(facts)

    def text(self, figure: str, value: float | None) -> str:
        """A number as it is read; "–" if there is none."""
        if value is None:
            return "–"
        return self.language.share(value) if figure in SHARES else self.language.number(value)

    def tile(self, figure: str, now: Row, before: Row, goals: list[Goal]) -> Tile:
        """The number of the whole period beside that of the period before."""
        value = now.get(figure)
        judged = [(self.text(figure, goal.goal), goal, value is None or goal.is_reached(value)) for goal in goals]
        change = self._change(figure, value, before.get(figure))
        unit = self.language("h") if figure in HOURS and value is not None else ""
        title = self.title(figure).removesuffix("(h)").rstrip()
        return Tile(title, self.of(now, figure, {}), unit, change, judged)

    def _change(self, figure: str, now: float | None, before: float | None) -> Change | None:
        """Shares change by points, everything else by a share of what it was; there may be nothing to compare with."""
        if now is None or before is None or (before == 0 and figure not in SHARES):
            return None
        change = now - before if figure in SHARES else (now - before) / before
        if abs(change) < WORTH_TELLING:
            return Change(self.language("as before"), None, "other")
        judged = BETTER.get(figure, 0) * (1 if change > 0 else -1)
        return Change(self._changed(figure, change), change > 0, {1: "better", -1: "worse"}.get(judged, "other"))

    def _changed(self, figure: str, change: float) -> str:
        points = self.language("{points} pts", points=self.language.number(round(abs(change) * 100, 1)))
        return points if figure in SHARES else self.language.share(abs(change))
