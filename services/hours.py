"""The rule by which a site works, told in local dates and wall times, as a row of a profile states it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Any

from holidays import HolidayBase, country_holidays

Window = tuple[int, int]  # minutes after the local midnight of its date; the end may lie in the next day
Windows = tuple[Window, ...]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TIMES = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)
A_DAY = 24 * 60

A_REGION = "a region of the `holidays` library such as CN or US-HI"
DAYS_AND_TIMES = "days and times such as `Mon-Fri 08:30-12:00`, `Sat-Mon 22:00-06:00` or `Mon,Wed 00:00-24:00`"
ONLY_TIMES = "times such as `08:30-12:00`, `22:00-06:00` or `00:00-24:00`"


class CalendarError(ValueError):
    """A calendar cannot be read or used; the message names the key, what was expected and what was found."""

    def __init__(self, key: str, expected: str, found: object) -> None:
        """`found` as it shall stand in the message."""
        super().__init__(f"{key}: expected {expected}; found {found}")


@dataclass(frozen=True)
class Hours:
    """Between which wall times a site works on which local dates; for a window over midnight its first date decides."""

    week: tuple[Windows, ...]
    dates: Mapping[date, Windows]
    regions: tuple[str, ...]

    @classmethod
    def from_row(cls, where: str, row: Mapping[str, Any]) -> "Hours":
        """Reads `windows`, `holidays`, `closed` and `opened` of the row at `where`. Raises CalendarError."""
        closed = [_date(f"{where} closed", day) for day in _list(f"{where} closed", row.get("closed", []))]
        opened = _opened(f"{where} opened", row.get("opened", {}))
        regions = _regions(f"{where} holidays", row.get("holidays", []))
        return cls(_week(f"{where} windows", row.get("windows", [])), {**dict.fromkeys(closed, ()), **opened}, regions)

    def in_region(self, where: str, holidays: str) -> "Hours":
        """The same hours with the holidays of another region. Raises CalendarError."""
        return replace(self, regions=_regions(f"{where} holidays", holidays))

    def of(self, day: date) -> Windows:
        """The windows that start on a local date, in order and apart; none if the site is closed."""
        if day in self.dates:
            return self.dates[day]
        off = any(day in _holidays(region, day.year) for region in self.regions)
        return () if off else self.week[day.weekday()]

    def facts(self) -> tuple[object, ...]:
        """All that the windows follow from: equal facts, equal windows."""
        dates = sorted((day.isoformat(), windows) for day, windows in self.dates.items())
        return self.week, dates, self.regions, _edition() if self.regions else ""


def merged(windows: Iterable[Window]) -> list[Window]:
    """The same time as windows in order that neither overlap nor touch."""
    apart: list[Window] = []
    for opens, closes in sorted(windows):
        if apart and opens <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(closes, apart[-1][1])
        else:
            apart.append((opens, closes))
    return apart


@cache
def _holidays(region: str, year: int) -> frozenset[date]:
    return frozenset(_of_region(region, year))


@cache
def _is_known(region: str) -> bool:
    try:
        _of_region(region)
    except NotImplementedError:
        return False
    return True


@cache
def _edition() -> str:
    return version("holidays")


def _of_region(region: str, *years: int) -> HolidayBase:
    country, _, subdivision = region.partition("-")
    # leaves out days that are a weekend anyway, as in Chinese festivals: a site that works then lists them as closed
    return country_holidays(country, subdiv=subdivision or None, years=years)


# --- reading a row


def _list(where: str, found: object) -> list[object]:
    if not isinstance(found, list | tuple):
        raise CalendarError(where, "a list", repr(found))
    return list(found)


def _regions(where: str, found: object) -> tuple[str, ...]:
    regions = [str(region) for region in ([found] if isinstance(found, str) else _list(where, found))]
    for region in regions:
        if not _is_known(region):
            raise CalendarError(where, A_REGION, repr(region))
    return tuple(sorted(set(regions)))


def _week(where: str, found: object) -> tuple[Windows, ...]:
    week: list[list[Window]] = [[] for _ in WEEKDAYS]
    for text in _list(where, found):
        days, _, times = str(text).rpartition(" ")
        try:
            for day in _weekdays(days):
                week[day].append(_window(times))
        except ValueError:
            raise CalendarError(where, DAYS_AND_TIMES, repr(text)) from None
    if not any(week):
        raise CalendarError(where, "at least one window such as `Mon-Fri 08:30-12:00`", "none")
    return tuple(tuple(merged(windows)) for windows in week)


def _weekdays(text: str) -> Iterable[int]:
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        begins = WEEKDAYS.index(first)
        ends = WEEKDAYS.index(last) if dash else begins
        yield from (day % 7 for day in range(begins, ends + (7 if ends < begins else 0) + 1))


def _window(text: str) -> Window:
    match = TIMES.fullmatch(text)
    hour, minute, last_hour, last_minute = map(int, match.groups() if match else ())
    opens, closes = 60 * hour + minute, 60 * last_hour + last_minute
    if opens >= A_DAY or closes > A_DAY or opens == closes:
        raise ValueError(text)
    return opens, closes if closes > opens else closes + A_DAY


def _opened(where: str, found: object) -> dict[date, Windows]:
    if not isinstance(found, Mapping):
        raise CalendarError(where, 'a table such as { "2026-02-14" = ["09:00-17:00"] }', repr(found))
    return {_date(where, day): tuple(merged(_times(where, windows))) for day, windows in found.items()}


def _times(where: str, found: object) -> Iterable[Window]:
    for text in _list(where, found):
        try:
            yield _window(str(text))
        except ValueError:
            raise CalendarError(where, ONLY_TIMES, repr(text)) from None


def _date(where: str, found: object) -> date:
    try:
        return found if type(found) is date else date.fromisoformat(str(found))
    except ValueError:
        raise CalendarError(where, "local dates such as 2026-12-24", repr(found)) from None
