"""What a page of figures is about: a period of local days, a site, a team, an engineer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from projections.figures import Figures, Scope
from projections.query import Reader
from services.access import Access

WITH_FIGURES = """
SELECT min(days.first) AS first, max(days.last) AS last
FROM unnest(%(sites)s::text[]) AS here (site) CROSS JOIN LATERAL (
    SELECT min(day) AS first, max(day) AS last FROM boards.kpi_daily WHERE site = here.site
) AS days
"""
MOST_DAYS = 92  # of a trend; what is longer is told month by month


class Period(NamedTuple):
    """Local days, both included."""

    first: date
    last: date

    def before(self) -> "Period":
        """The period just before, which is as long."""
        days = self.last.toordinal() - self.first.toordinal() + 1
        return Period(*(date.fromordinal(max(1, day.toordinal() - days)) for day in self))

    def within(self, other: "Period") -> "Period":
        """What this period has in common with another; its end lies before its beginning where that is nothing."""
        return Period(max(self.first, other.first), min(self.last, other.last))


@dataclass(frozen=True)
class Asked:
    """A question to the figures; "" is no site in particular, None no team and no engineer in particular."""

    period: Period
    site: str = ""
    team: str | None = None
    engineer: str | None = None

    @property
    def of_people(self) -> bool:
        """Whether only what people did is asked for, which leaves out what is counted for a site as a whole."""
        return self.team is not None or self.engineer is not None

    @property
    def query(self) -> dict[str, str]:
        """How an address says it."""
        told = {"site": self.site or None, "team": self.team, "engineer": self.engineer}
        return {name: value for name, value in told.items() if value is not None} | days(self.period)

    def scope(self, access: Access) -> Scope:
        """The same for the figures, narrowed to what somebody may see. Raises Rejected for a site that is not his."""
        return Scope(*self.period, access.narrowed(self.site), self.team, self.engineer)


def days(period: Period) -> dict[str, str]:
    """How an address says a period."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def known(reader: Reader, access: Access, site: str) -> Period:
    """From the first to the last day that has figures; today where there are none yet."""
    narrowed = access.narrowed(site)
    sites = Figures(reader).sites() if narrowed is None else narrowed
    (row,) = reader.rows(WITH_FIGURES, sites=sites)
    today = datetime.now(UTC).date()
    return Period(row["first"] or today, row["last"] or today)


def choices(known: Period) -> list[tuple[tuple[str, str], Period]]:
    """The periods that a page offers, counted back from the last day that has figures, with their titles."""
    last = known.last
    quarter = last.replace(month=last.month - (last.month - 1) % 3, day=1)
    return [
        (("7 days", "7 天"), Period(last - timedelta(days=6), last)),
        (("30 days", "30 天"), usual(known)),
        (("This month", "本月"), Period(last.replace(day=1), last)),
        (("This quarter", "本季度"), Period(quarter, last)),
        (("All", "全部期间"), known),
    ]


def usual(known: Period) -> Period:
    """The period of whoever names none: the last 30 days that have figures."""
    return Period(known.last - timedelta(days=29), known.last)


def period_of(first: str, last: str, known: Period) -> Period:
    """A period as somebody typed it; what cannot be read as a day is the usual one's."""
    begin, end = _day(first, usual(known).first), _day(last, usual(known).last)
    return Period(min(begin, end), max(begin, end))


def steps(period: Period, known: Period) -> Iterator[Period]:
    """The days of a period, or its months where these would be too many; only those that may have figures."""
    first, last = period.within(known)
    daily = (last - first).days < MOST_DAYS
    while first <= last:
        end = first if daily else min(last, _end_of_month(first))
        yield Period(first, end)
        first = end + timedelta(days=1)


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise
