"""The figures of the KPI page: trends, people, kinds of faults, pauses, hours, deadlines - and the list behind each.

Everything is read from tallies by day, or from an index of the counted facts: nothing here grows with the tickets.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import LiteralString, NamedTuple

from projections.projection import Row
from projections.query import Reader

SITES = """
WITH RECURSIVE known (site) AS (
    (SELECT min(site) FROM boards.kpi_daily)
    UNION ALL SELECT (SELECT min(site) FROM boards.kpi_daily WHERE site > known.site) FROM known WHERE site IS NOT NULL
)
SELECT site FROM known WHERE site IS NOT NULL
"""
IN_SCOPE = "site = ANY(%(sites)s) AND day BETWEEN %(first)s AND %(last)s"
OF_TEAM = f"{IN_SCOPE} AND (%(team)s::text IS NULL OR team = %(team)s)"
OF_PEOPLE = f"{OF_TEAM} AND (%(engineer)s::text IS NULL OR engineer = %(engineer)s)"
WORK = """
    sum(completed)::bigint AS completed,
    sum(rated)::bigint AS rated,
    sum(satisfied)::bigint AS satisfied,
    round(sum(handling_seconds) / nullif(sum(completed), 0) / 3600, 2)::float8 AS handling_hours,
    round(sum(paused_seconds) / nullif(sum(completed), 0) / 3600, 2)::float8 AS paused_hours,
    round(sum(satisfied) / nullif(sum(rated), 0), 4)::float8 AS satisfaction
"""
IN_TIME = """
    sum(deadlines_met)::bigint AS deadlines_met,
    sum(deadlines_missed)::bigint AS deadlines_missed,
    round(sum(deadlines_met) / nullif(sum(deadlines_met) + sum(deadlines_missed), 0), 4)::float8 AS in_time
"""
TREND = f"""
SELECT day, {WORK}, {IN_TIME},
    sum(received)::bigint AS received,
    sum(handled)::bigint AS handled,
    sum(handovers)::bigint AS handovers,
    sum(reopened)::bigint AS reopened,
    sum(cancelled)::bigint AS cancelled,
    sum(complaints)::bigint AS complaints
FROM boards.kpi_daily WHERE {IN_SCOPE} GROUP BY day ORDER BY day
"""
TREND_OF_PEOPLE = f"SELECT day, {WORK} FROM boards.kpi_people WHERE {OF_PEOPLE} GROUP BY day ORDER BY day"
TEAMS = f"""
SELECT site, team, {WORK} FROM boards.kpi_people WHERE {OF_TEAM}
GROUP BY site, team ORDER BY completed DESC, site, team
"""
PEOPLE = f"""
SELECT site, team, engineer, {WORK} FROM boards.kpi_people WHERE {OF_PEOPLE}
GROUP BY site, team, engineer ORDER BY completed DESC, site, team, engineer
"""
FAULTS = f"""
SELECT category, sum(completed)::bigint AS completed,
    round(sum(handling_seconds) / sum(completed) / 3600, 2)::float8 AS handling_hours
FROM {{tally}} WHERE {OF_TEAM} GROUP BY category ORDER BY completed DESC, category
"""
PAUSES = f"""
SELECT reason, sum(paused)::bigint AS paused, round(sum(paused_seconds) / 3600.0, 2)::float8 AS paused_hours
FROM {{tally}} WHERE {OF_TEAM} GROUP BY reason ORDER BY paused DESC, reason
"""
# What one engineer did is little: it is counted from the facts themselves, through their index.
FAULTS_OF_ENGINEER = """(
    SELECT site, day, team, kind AS category, 1 AS completed, seconds AS handling_seconds FROM boards.kpi_facts
    WHERE figure = 'completed' AND engineer = %(engineer)s) AS facts"""
PAUSES_OF_ENGINEER = """(
    SELECT site, day, team, kind AS reason, 1 AS paused, seconds AS paused_seconds FROM boards.kpi_facts
    WHERE figure = 'paused' AND engineer = %(engineer)s) AS facts"""
CALLS = f"""
SELECT extract(isodow FROM day)::int AS weekday, hour, sum(received)::bigint AS received
FROM boards.kpi_calls WHERE {IN_SCOPE} GROUP BY 1, 2 ORDER BY 1, 2
"""
DEADLINES = f"""
SELECT deadline, max(english) AS english, max(chinese) AS chinese, max(rules) AS rules, {IN_TIME}
FROM boards.kpi_deadlines WHERE {IN_SCOPE} GROUP BY deadline
HAVING sum(deadlines_met) + sum(deadlines_missed) > 0 ORDER BY in_time, deadline
"""
BEHIND = """
SELECT fact.* FROM unnest(%(sites)s::text[]) AS here (site) CROSS JOIN LATERAL (
    SELECT position, ticket, site, day, weekday, hour, occurred_at, team, engineer, kind, seconds, value
    FROM boards.kpi_facts WHERE figure = %(figure)s AND site = here.site {narrower}
        AND day >= %(first)s AND (day, occurred_at, position) < (%(day)s, %(occurred_at)s, %(position)s)
    ORDER BY day DESC, occurred_at DESC, position DESC LIMIT %(limit)s
) AS fact ORDER BY day DESC, occurred_at DESC, position DESC LIMIT %(limit)s
"""
PLACE = "SELECT day, occurred_at, position FROM boards.kpi_facts WHERE position = %(after)s"
NARROWER: dict[str, LiteralString] = {
    "team": "AND team = %(team)s",
    "engineer": "AND engineer = %(engineer)s",
    "kind": "AND kind = %(kind)s",
    "weekday": "AND weekday = %(weekday)s",
    "hour": "AND hour = %(hour)s",
    "satisfied": "AND satisfied = %(satisfied)s",
}
END_OF_DAY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Scope:
    """What is asked about: local days from `first` to `last`, some sites (None: all), perhaps a team or an engineer."""

    first: date
    last: date
    sites: Sequence[str] | None = None
    team: str | None = None
    engineer: str | None = None


class Figures:
    """Answers the KPI page; hours are means per completed service unless told otherwise, rates are shares of 1.

    A mean or a rate of nothing is None. Days, weekdays and hours are those of the site.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def sites(self) -> list[str]:
        """Every site that ever counted anything, by name."""
        return [row["site"] for row in self._reader.rows(SITES)]

    def trend(self, scope: Scope) -> list[Row]:
        """A row per day with its figures, the first day first; for a team or an engineer those of their work."""
        of_people = scope.team is not None or scope.engineer is not None
        return self._ask(TREND_OF_PEOPLE if of_people else TREND, scope)

    def teams(self, scope: Scope) -> list[Row]:
        """What each team of each site completed and how it was rated, the busiest first."""
        return self._ask(TEAMS, scope)

    def people(self, scope: Scope) -> list[Row]:
        """What each engineer completed and how it was rated, the busiest first; "" where nobody was told."""
        return self._ask(PEOPLE, scope)

    def faults(self, scope: Scope) -> list[Row]:
        """How often each category of fault was removed and in how many hours, the most frequent first."""
        tally: LiteralString = "boards.kpi_faults" if scope.engineer is None else FAULTS_OF_ENGINEER
        return self._ask(FAULTS.format(tally=tally), scope)

    def pauses(self, scope: Scope) -> list[Row]:
        """How often work went on after a pause of each reason, and how many hours these were, the most frequent first.

        A pause that ended otherwise (the ticket was handed over, assigned anew, cancelled) is not among them.
        """
        tally: LiteralString = "boards.kpi_pauses" if scope.engineer is None else PAUSES_OF_ENGINEER
        return self._ask(PAUSES.format(tally=tally), scope)

    def calls(self, scope: Scope) -> list[Row]:
        """How many requests were received at each hour (0-23) of each weekday (1 Monday - 7 Sunday), if any were."""
        return self._ask(CALLS, scope)

    def deadlines(self, scope: Scope) -> list[Row]:
        """How often each deadline was met and missed, with its titles and rules, the worst first."""
        return self._ask(DEADLINES, scope)

    def behind(
        self,
        figure: str,
        scope: Scope,
        *,
        kind: str | None = None,
        weekday: int | None = None,
        hour: int | None = None,
        limit: int = 50,
        after: int | None = None,
    ) -> list[Row]:
        """The facts that a figure counts, the newest first (times UTC); those after the fact at position `after`.

        `kind` is a category, a pause's reason, a deadline, a channel, a callback's outcome or the team handed over to;
        `seconds` the handling time, the pause or the delay (0 when the clock told it), `value` the lowest rating.
        Raises KeyError for a figure that is not in FIGURES.
        """
        people = {"team": scope.team, "engineer": scope.engineer}
        facts = {**COUNTED_AS[FIGURES[figure].opens], **people, "kind": kind, "weekday": weekday, "hour": hour}
        narrower = " ".join(NARROWER[name] for name, value in facts.items() if name in NARROWER and value is not None)
        page = {**self._place(after, scope), "limit": limit}
        return self._ask(BEHIND.format(narrower=narrower), scope, **facts, **page)

    def _place(self, after: int | None, scope: Scope) -> Row:
        """Where a page begins: after that fact, or with the newest of the last day."""
        found = self._reader.rows(PLACE, after=after) if after is not None else []
        return found[0] if found else {"day": scope.last, "occurred_at": END_OF_DAY, "position": 0}

    def _ask(self, query: LiteralString, scope: Scope, **facts: object) -> list[Row]:
        sites = self.sites() if scope.sites is None else list(scope.sites)
        return self._reader.rows(query, **{**asdict(scope), "sites": sites, **facts})


class Figure(NamedTuple):
    """A number of the page: its titles, and the count whose list it opens."""

    english: str
    chinese: str
    opens: str


FIGURES: dict[str, Figure] = {
    "received": Figure("Received", "受理", "received"),
    "completed": Figure("Resolved", "解决", "completed"),
    "handled": Figure("Closed", "关闭", "handled"),
    "handovers": Figure("Handovers", "转派", "handovers"),
    "reopened": Figure("Reopened", "重开", "reopened"),
    "cancelled": Figure("Cancelled", "取消", "cancelled"),
    "paused": Figure("Pauses", "暂停", "paused"),
    "rated": Figure("Rated", "已评价", "rated"),
    "satisfied": Figure("Satisfied", "满意", "satisfied"),
    "complaints": Figure("Complaints", "投诉", "complaints"),
    "deadlines_met": Figure("Deadlines met", "按期", "deadlines_met"),
    "deadlines_missed": Figure("Deadlines missed", "超期", "deadlines_missed"),
    "handling_hours": Figure("Hours each", "处理时长(h)", "completed"),
    "paused_hours": Figure("Paused (h)", "暂停(h)", "completed"),
    "resolution_rate": Figure("Resolution rate", "解决率", "completed"),
    "reopen_rate": Figure("Reopen rate", "重开率", "reopened"),
    "satisfaction": Figure("Satisfaction", "满意度", "rated"),
    "in_time": Figure("In time", "按期率", "deadlines_missed"),
}

# how the facts say it
COUNTED_AS: dict[str, dict[str, object]] = {
    **{name: {"figure": name} for name, figure in FIGURES.items() if figure.opens == name},
    "satisfied": {"figure": "rated", "satisfied": True},
}
