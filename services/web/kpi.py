"""What the page of key figures shows: its tiles, and its sections of a chart and the same numbers as a table."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from babel.dates import get_day_names

from projections.figures import OF_PEOPLE, WORK, Figures, Scope
from projections.headings import HEADINGS
from projections.projection import Row
from projections.query import Reader
from services.targets import Goal
from services.web import charts
from services.web.asked import Asked, Period, days, steps
from services.web.charts import Chart
from services.web.language import Language
from services.web.numbers import Number, Numbers, Tile

TOTAL_OF_PEOPLE = f"SELECT {WORK} FROM boards.kpi_people WHERE {OF_PEOPLE}"
TILES = (
    "received", "completed", "handled", "resolution_rate", "handling_hours", "paused_hours", "satisfaction", "in_time",
    "reopen_rate", "handovers", "cancelled", "complaints",
)  # fmt: skip
TILES_OF_PEOPLE = ("completed", "handling_hours", "paused_hours", "rated", "satisfaction")
TREND = ("received", "completed", "handled", "reopened", "complaints", "deadlines_missed")
TREND_OF_PEOPLE = ("completed", "rated", "satisfied")
MOST_LINES = 50  # of a table of teams or people; who looks for others names a site or a team


class Line(NamedTuple):
    """A line of a table: what it is about, its numbers, and the rules that want it."""

    label: str
    numbers: list[Number]
    rules: tuple[str, ...] = ()


class Section(NamedTuple):
    """A part of the page: the headings and lines of a table, perhaps with a chart that shows the same.

    `rest` lines are not shown. `most` is the largest number where the table is shaded by its numbers, else 0.
    """

    name: str
    title: str
    headings: list[str]
    lines: list[Line]
    chart: Chart | None = None
    rest: int = 0
    most: int = 0


@dataclass(frozen=True)
class Overview:
    """The key figures of what is asked, for one reader in a language."""

    figures: Figures
    reader: Reader
    language: Language
    asked: Asked
    scope: Scope
    known: Period

    @cached_property
    def numbers(self) -> Numbers:
        """Who writes its numbers."""
        return Numbers(self.language, self.asked)

    def tiles(self, goals: Mapping[str, list[Goal]]) -> list[Tile]:
        """The numbers of the whole period; for a team or an engineer those of their work."""
        now, before = self._total(self.asked.period), self._total(self.asked.period.before())
        shown = TILES_OF_PEOPLE if self.asked.of_people else TILES
        return [self.numbers.tile(figure, now, before, goals.get(figure, [])) for figure in shown]

    def sections(self) -> list[Section]:
        """Everything below the tiles; what is counted for whole sites alone is left out for people."""
        of_all = [self.trend(), self.faults(), self.pauses(), self.pause_hours()]
        of_sites = [] if self.asked.of_people else [self.calls(), self.deadlines()]
        return [section for section in (*of_all, *of_sites, self.teams(), self.people()) if section.lines]

    def trend(self) -> Section:
        """Day by day, or month by month."""
        shown = TREND_OF_PEOPLE if self.asked.of_people else TREND
        rows = self.figures.trend(self.scope)
        lines = [self._step(each, rows, shown) for each in steps(self.asked.period, self.known)]
        columns = [[line.numbers[at] for line in lines] for at in range(2)]
        names = self._titles(shown)
        labels = [line.label for line in lines]
        chart = charts.trend(labels, (names[0], columns[0]), (names[1], columns[1]))
        return Section("trend", self.language("Over time"), [self.language("Period"), *names], lines, chart)

    def faults(self) -> Section:
        """Which faults were removed most often."""
        rows, shown = self.figures.faults(self.scope), ("completed", "handling_hours")
        lines = [self._of_kind(row, "category", shown) for row in rows]
        return self._pareto(
            "faults", self.language("Kinds of faults"), "category", shown, lines, [row["completed"] for row in rows]
        )

    def pauses(self) -> Section:
        """Why work was paused most often."""
        return self._paused("pauses", self.language("Why work was paused: how often"), "paused")

    def pause_hours(self) -> Section:
        """Why work was paused longest."""
        return self._paused("pause_hours", self.language("Why work was paused: how many hours"), "paused_hours")

    def calls(self) -> Section:
        """At which hours of the week requests come in."""
        found = {(row["weekday"], row["hour"]): row for row in self.figures.calls(self.scope)}
        names = get_day_names("abbreviated", locale=self.language.locale)
        week = range(1, 8) if found else ()
        hours = range(min((hour for _, hour in found), default=0), max((hour for _, hour in found), default=-1) + 1)
        lines = [Line(names[day - 1], [self._call(found, day, hour) for hour in hours]) for day in week]
        most = max((number.entries for line in lines for number in line.numbers), default=0)
        headings = [self.language("Day"), *(f"{hour:02}" for hour in hours)]
        return Section("calls", self.language("When requests come in"), headings, lines, most=most)

    def deadlines(self) -> Section:
        """How well each deadline is kept, the worst first."""
        shown = ("in_time", "deadlines_met", "deadlines_missed")
        lines = [
            Line(
                self.language.pick((row["english"], row["chinese"])) or row["deadline"],
                self.numbers.all(row, shown, {"kind": row["deadline"]}),
                tuple(filter(None, row["rules"].split(", "))),
            )
            for row in self.figures.deadlines(self.scope)
        ]
        return self._table("deadlines", self.language("Deadlines"), "title", shown, lines)

    def teams(self) -> Section:
        """What each team did."""
        lines = [self._of_people(row, ("team",)) for row in self.figures.teams(self.scope)]
        return self._table("teams", self.language("Teams"), "team", TILES_OF_PEOPLE, lines)

    def people(self) -> Section:
        """What each engineer did."""
        lines = [self._of_people(row, ("engineer", "team")) for row in self.figures.people(self.scope)]
        return self._table("people", self.language("Engineers"), "engineer", TILES_OF_PEOPLE, lines)

    def _total(self, period: Period) -> Row:
        scope = Scope(*period, self.scope.sites, self.scope.team, self.scope.engineer)
        if not self.asked.of_people:
            return self.reader.kpi(sites=scope.sites, first=scope.first, last=scope.last)[-1]
        sites = self.figures.sites() if scope.sites is None else list(scope.sites)
        people = {"team": scope.team, "engineer": scope.engineer}
        return self.reader.rows(TOTAL_OF_PEOPLE, sites=sites, first=scope.first, last=scope.last, **people)[0]

    def _step(self, step: Period, rows: list[Row], shown: tuple[str, ...]) -> Line:
        counts = Counter[str]()
        for row in rows:
            if step.first <= row["day"] <= step.last:
                counts.update({figure: row[figure] for figure in shown})
        label = f"{step.first:%m-%d}" if step.first == step.last else f"{step.first:%Y-%m}"
        return Line(label, self.numbers.all({name: counts[name] for name in shown}, shown, days(step)))

    def _of_kind(self, row: Row, kind: str, shown: tuple[str, ...]) -> Line:
        return Line(said(self.language, row[kind]), self.numbers.all(row, shown, {"kind": row[kind]}))

    def _of_people(self, row: Row, who: tuple[str, ...]) -> Line:
        label = " · ".join([*(row[name] or "–" for name in who), *([] if self.asked.site else [row["site"]])])
        cell = {name: row[name] for name in ("site", *who)}
        return Line(label, self.numbers.all(row, TILES_OF_PEOPLE, cell))

    def _call(self, found: Mapping[tuple[int, int], Row], day: int, hour: int) -> Number:
        return self.numbers.of(found.get((day, hour), {}), "received", {"weekday": str(day), "hour": str(hour)})

    def _paused(self, name: str, title: str, by: str) -> Section:
        rows = sorted(self.figures.pauses(self.scope), key=lambda row: -row[by])
        shown = ("paused", "paused_hours")
        lines = [self._of_kind(row, "reason", shown) for row in rows]
        return self._pareto(name, title, "pause_reason", shown, lines, [row[by] for row in rows])

    def _pareto(
        self, name: str, title: str, what: str, shown: tuple[str, ...], lines: list[Line], values: list[float]
    ) -> Section:
        labels, links = [line.label for line in lines], [line.numbers[0].href for line in lines]
        return self._table(name, title, what, shown, lines)._replace(
            chart=charts.pareto(labels, title, values, links, self.language("Share so far"))
        )

    def _table(self, name: str, title: str, what: str, shown: tuple[str, ...], lines: list[Line]) -> Section:
        heads = [self.language.pick(HEADINGS[what]), *self._titles(shown)]
        return Section(name, title, heads, lines[:MOST_LINES], None, max(0, len(lines) - MOST_LINES))

    def _titles(self, shown: Iterable[str]) -> list[str]:
        return [self.numbers.title(figure) for figure in shown]


def said(language: Language, value: str) -> str:
    """A word of the domain in the reader's language, somebody's own words as they are."""
    return language.word(value) if value.islower() else value or "–"
