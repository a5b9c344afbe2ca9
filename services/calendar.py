"""Business time: when a moment is due and how much open time has passed, each the exact inverse of the other.

A wall clock shows some times twice and skips others. One rule holds for all of them: a time shown twice means its first
showing, a time never shown means the moment the clock jumps over it. So wall times keep their order, no window has a
negative length, and one that lies wholly in a skipped hour does not take place.
"""

import hashlib
import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from services.hours import CalendarError, Hours, Window, merged

__all__ = ["Calendar", "CalendarError"]

KEYS = ("zone", "windows", "holidays", "closed", "opened")
FIRST_YEAR, LAST_YEAR = 1900, 2999
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)  # moments are whole ticks since 1970: nothing is rounded, whatever is added up
SECOND = timedelta(seconds=1) // TICK
YEARS = [(datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // TICK for year in range(FIRST_YEAR, LAST_YEAR + 2)]


class Year:
    """The open time of one year, in ticks: the windows cut at the ends of the UTC year, the open days by local date."""

    def __init__(self, number: int, days: Mapping[date, list[Window]]) -> None:
        """`days` has the windows, in ticks, of the open local dates of the year and of those around it."""
        begins, ends = YEARS[number - FIRST_YEAR : number - FIRST_YEAR + 2]
        cut = ((max(opens, begins), min(closes, ends)) for day in days.values() for opens, closes in day)
        windows = merged((opens, closes) for opens, closes in cut if opens < closes)
        self.opens = [opens for opens, _ in windows]
        self.closes = [closes for _, closes in windows]
        *self.before, self.total = accumulate((closes - opens for opens, closes in windows), initial=0)
        self.dates = [day for day in days if day.year == number]
        self.mornings = [days[day][0][0] for day in self.dates]
        self.evenings = [days[day][-1][1] for day in self.dates]

    def open_at(self, tick: int) -> bool:
        """Whether a moment lies in a window; its opening does, its closing does not."""
        window = bisect_right(self.opens, tick) - 1
        return window >= 0 and tick < self.closes[window]

    def passed(self, tick: int) -> int:
        """The open ticks of the year up to a moment."""
        window = bisect_right(self.opens, tick) - 1
        return self.before[window] + min(tick, self.closes[window]) - self.opens[window] if window >= 0 else 0

    def first(self, passed: int) -> int:
        """The first moment by which so many open ticks, at least one, have passed."""
        window = bisect_left(self.before, passed) - 1
        return self.opens[window] + passed - self.before[window]

    def last(self, passed: int) -> int:
        """The last moment by which only so many open ticks, fewer than the total, have passed."""
        window = bisect_right(self.before, passed) - 1
        return self.opens[window] + passed - self.before[window]


@dataclass(frozen=True)
class Calendar:
    """When a site works: its zone, its weekly windows, the days it is closed or open against the rule.

    Moments are taken in any zone and given as the site's wall clock shows them, with a fixed offset, so that their
    differences are real seconds. CalendarError is raised for moments without zone or not within 1900 to 2999 (UTC).
    """

    name: str
    zone: ZoneInfo
    edition: str  # calendars of one edition never mean different times
    _hours: Hours = field(compare=False, repr=False)
    _years: dict[int, Year] = field(default_factory=dict, init=False, compare=False, repr=False)

    @classmethod
    def from_row(cls, name: str, row: Mapping[str, Any]) -> "Calendar":
        """Reads a row with `zone`, `windows` and optionally `holidays`, `closed`, `opened`. Raises CalendarError."""
        where = f"[calendar.{name}]"
        if unknown := row.keys() - set(KEYS):
            raise CalendarError(where, f"the keys {', '.join(KEYS)}", ", ".join(sorted(unknown)))
        return _calendar(name, _zone(where, row.get("zone")), Hours.from_row(where, row))

    def at_zone(self, zone: str, holidays: str | None = None) -> "Calendar":
        """The same windows at a site in another zone, with the holidays of its region or, if None, the same ones."""
        return _elsewhere(self, zone, holidays)

    def local(self, at: datetime) -> datetime:
        """The same moment as the site's wall clock shows it."""
        return self._shown(self._tick(at))

    def moment(self, wall: datetime) -> datetime:
        """The moment the site's wall clock first shows a time (given without zone), or jumps over it."""
        return self._shown(_first_shown(wall, self.zone))

    def is_open(self, at: datetime) -> bool:
        """Whether a moment lies in a window; its opening does, its closing does not."""
        tick = self._tick(at)
        return self._year(_year_of(tick)).open_at(tick)

    def next_open(self, at: datetime) -> datetime:
        """The moment itself if it lies in a window, else the next opening."""
        tick = self._tick(at)
        year = self._year(number := _year_of(tick))
        passed = year.passed(tick)
        while passed == year.total:
            year, passed = self._year(number := number + 1), 0
        return self._shown(year.last(passed))

    def add(self, start: datetime, seconds: float) -> datetime:
        """The first moment by which so many seconds of open time have passed since `start`; `start` itself for none."""
        tick, left = self._tick(start), self._length(seconds)
        if not left:
            return self._shown(tick)
        if tick + left >= YEARS[-1]:
            raise self._beyond(f"{seconds} s after {start}")
        number = _year_of(tick)
        left += self._year(number).passed(tick)
        while left > (year := self._year(number)).total:
            left -= year.total
            number += 1
        return self._shown(year.first(left))

    def before(self, moment: datetime, seconds: float) -> datetime:
        """The last moment from which so many seconds of open time remain until `moment`; `moment` itself for none."""
        tick, length = self._tick(moment), self._length(seconds)
        if not length:
            return self._shown(tick)
        if tick - length < YEARS[0]:
            raise self._beyond(f"{seconds} s before {moment}")
        number = _year_of(tick)
        left = self._year(number).passed(tick) - length
        while left < 0:
            number -= 1
            left += self._year(number).total
        return self._shown(self._year(number).last(left))

    def between(self, start: datetime, end: datetime) -> int:
        """The whole seconds of open time from `start` to `end`; 0 if `end` is not later."""
        begins, ends = self._tick(start), self._tick(end)
        if ends <= begins:
            return 0
        first, last = _year_of(begins), _year_of(ends)
        years = sum(self._year(number).total for number in range(first, last))
        return (years + self._year(last).passed(ends) - self._year(first).passed(begins)) // SECOND

    def closing(self, start: datetime, days: int) -> datetime:
        """The end of the last window of the days-th open date, from the 1st, after the local date of `start`."""
        day = self.local(start).date()
        if day.toordinal() + days > date(LAST_YEAR, 12, 31).toordinal():
            raise self._beyond(f"{days} days after {start}")
        year = self._year(number := day.year)
        left = bisect_right(year.dates, day) + days
        while left > len(year.dates):
            left -= len(year.dates)
            year = self._year(number := number + 1)
        return self._shown(year.evenings[left - 1])

    def opening(self, moment: datetime, days: int) -> datetime:
        """The start of the first window of the days-th open date, from the 1st, before the local date of `moment`."""
        day = self._shown(self._tick(moment) - 1).date()  # midnight is the end of a day, as closing() gives it
        if day.toordinal() - days < date(FIRST_YEAR, 1, 1).toordinal():
            raise self._beyond(f"{days} days before {moment}")
        year = self._year(number := day.year)
        left = bisect_left(year.dates, day) - days
        while left < 0:
            year = self._year(number := number - 1)
            left += len(year.dates)
        return self._shown(year.mornings[left])

    def _year(self, number: int) -> Year:
        if number in self._years:
            return self._years[number]
        if not FIRST_YEAR <= number <= LAST_YEAR:
            raise self._beyond(f"the year {number}")
        return self._years.setdefault(number, Year(number, self._days(number)))

    def _days(self, number: int) -> dict[date, list[Window]]:
        first, last = date(number - 1, 12, 30), date(number + 1, 1, 1)  # no local date further off reaches the UTC year
        days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
        return {day: windows for day in days if (windows := self._windows(day))}

    def _windows(self, day: date) -> list[Window]:
        midnight = datetime.combine(day, time())
        edges = ([midnight + timedelta(minutes=edge) for edge in window] for window in self._hours.of(day))
        shown = ((_first_shown(opens, self.zone), _first_shown(closes, self.zone)) for opens, closes in edges)
        return [(opens, closes) for opens, closes in shown if opens < closes]

    def _tick(self, at: datetime) -> int:
        if at.tzinfo is None:
            raise CalendarError(f"calendar {self.name}", "a moment with a time zone", at)
        return (at - EPOCH) // TICK

    def _shown(self, tick: int) -> datetime:
        if not YEARS[0] <= tick < YEARS[-1]:
            raise self._beyond(f"{tick // SECOND} s after 1970")
        local = (EPOCH + timedelta(microseconds=tick)).astimezone(self.zone)
        return local.replace(tzinfo=timezone(_offset(local)), fold=0)

    def _length(self, seconds: float) -> int:
        if not 0 <= seconds < math.inf:
            raise CalendarError(f"calendar {self.name}", "a number of seconds from 0", seconds)
        return round(seconds * SECOND)

    def _beyond(self, found: str) -> CalendarError:
        return CalendarError(f"calendar {self.name}", f"a moment within the years {FIRST_YEAR} to {LAST_YEAR}", found)


def _year_of(tick: int) -> int:
    return FIRST_YEAR - 1 + bisect_right(YEARS, tick)


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta(0)


def _first_shown(wall: datetime, zone: ZoneInfo) -> int:
    """The tick at which the clocks of a zone first show a wall time, or at which they jump over it."""
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if _offset(early) >= _offset(late):
        return (early - EPOCH) // TICK
    seconds = range((late - EPOCH) // timedelta(seconds=1), (early - EPOCH) // timedelta(seconds=1) + 1)
    jump = bisect_left(seconds, _offset(late), key=lambda second: _offset(datetime.fromtimestamp(second, zone)))
    return seconds[jump] * SECOND


def _calendar(name: str, zone: ZoneInfo, hours: Hours) -> Calendar:
    clock = hashlib.sha256(_zone_file(zone.key)).hexdigest()
    edition = hashlib.sha256(json.dumps([clock, hours.facts()]).encode()).hexdigest()[:12]
    return Calendar(name, zone, edition, hours)


@cache
def _elsewhere(calendar: Calendar, zone: str, holidays: str | None) -> Calendar:
    where, hours = f"calendar {calendar.name} at {zone}:", calendar._hours
    return _calendar(calendar.name, _zone(where, zone), hours if holidays is None else hours.in_region(where, holidays))


def _zone(where: str, key: object) -> ZoneInfo:
    if key not in _zones():
        raise CalendarError(f"{where} zone", "an IANA name such as Asia/Shanghai", repr(key))
    return _zone_of(str(key))


@cache
def _zones() -> tuple[str, ...]:
    return tuple((files("tzdata") / "zones").read_text("utf8").split())


@cache
def _zone_of(key: str) -> ZoneInfo:
    return ZoneInfo.from_file(BytesIO(_zone_file(key)), key)


@cache
def _zone_file(key: str) -> bytes:
    return (files("tzdata") / "zoneinfo" / key).read_bytes()  # not the machine's: all machines shall tell one time
