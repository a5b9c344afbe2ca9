"""Lengths of time as rules state them: `5 minutes`, `3 days`, `8 working hours`, `3 months`.

Seconds, minutes and hours pass day and night. Days, weeks, months and years keep the time on the site's wall clock; a
day that the month lacks means its last one, a time that the clock skips or shows twice means what the calendar says.
Working minutes and hours pass in the calendar's open time; a working day ends with the last window of an open date.
"""

import math
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from functools import partial

from services.calendar import FIRST_YEAR, LAST_YEAR, Calendar, CalendarError

Step = Callable[[float, datetime, Calendar], datetime]

TEXT = re.compile(r"(\d+(?:\.\d{1,3})?) ((?:working )?[a-z]+?)s?", re.ASCII)
WORKING = "working "
WHOLE = {"day", "week", "month", "year", "working day"}


class SpanError(ValueError):
    """A length of time cannot be read or used; the message says what was expected and what was found."""


@dataclass(frozen=True)
class Span:
    """A length of time as a rule states it. Moments are taken and given as the calendar does, with its errors."""

    amount: float
    unit: str  # in the singular: a key of UNITS

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise SpanError(f"expected one of the units {', '.join(UNITS)}; found {self.unit!r}")
        if not 0 < self.amount < math.inf:
            raise SpanError(f"expected an amount above 0; found {self}")
        if self.unit in WHOLE and self.amount != int(self.amount):
            raise SpanError(f"expected a whole number of {self.unit}s; found {self}")

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Reads `1 day`, `1.5 hours`, `8 working hours`. Raises SpanError."""
        match = TEXT.fullmatch(text)
        if not match:
            raise SpanError(f"expected an amount and a unit such as `3 days` or `1.5 working hours`; found {text!r}")
        return cls(float(match[1]) if "." in match[1] else int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{_brief(self.amount)} {self.unit}{'' if self.amount == 1 else 's'}"

    @property
    def is_working(self) -> bool:
        """Whether it is counted in the calendar's open time."""
        return self.unit.startswith(WORKING)

    def due(self, start: datetime, calendar: Calendar) -> datetime:
        """When it is over if it begins at `start`; n working days with the n-th open date after that of `start`."""
        return _moved(UNITS[self.unit], self.amount, start, calendar)

    def before(self, moment: datetime, calendar: Calendar) -> datetime:
        """From when it remains until `moment`; n working days from the opening of the n-th open date before."""
        return _moved(UNITS[self.unit], -self.amount, moment, calendar)

    def elapsed(self, start: datetime, end: datetime, calendar: Calendar) -> int:
        """The whole seconds on this span's clock from `start` to `end`: open seconds or real ones; 0 if not later."""
        if self.is_working:
            return calendar.between(start, end)
        return max(0, (calendar.local(end) - calendar.local(start)) // timedelta(seconds=1))

    def later(self, moment: datetime, seconds: float, calendar: Calendar) -> datetime:
        """A moment moved by so many seconds, not negative, on this span's clock."""
        if not 0 <= seconds < math.inf:
            raise SpanError(f"expected a number of seconds from 0; found {seconds}")
        return _moved(partial(_open if self.is_working else _real, 1), seconds, moment, calendar)


def _brief(amount: float) -> float:
    return int(amount) if math.isfinite(amount) and amount == int(amount) else amount


def _moved(step: Step, amount: float, moment: datetime, calendar: Calendar) -> datetime:
    try:
        return step(amount, moment, calendar)
    except OverflowError:
        years = f"a moment within the years {FIRST_YEAR} to {LAST_YEAR}"
        raise CalendarError(f"calendar {calendar.name}", years, f"{amount} steps from {moment}") from None


def _real(seconds: int, amount: float, moment: datetime, calendar: Calendar) -> datetime:
    return calendar.local(calendar.local(moment) + timedelta(seconds=seconds * amount))


def _open(seconds: int, amount: float, moment: datetime, calendar: Calendar) -> datetime:
    return calendar.add(moment, seconds * amount) if amount > 0 else calendar.before(moment, -seconds * amount)


def _days(days: int, amount: float, moment: datetime, calendar: Calendar) -> datetime:
    return calendar.moment(calendar.local(moment).replace(tzinfo=None) + timedelta(days=days * amount))


def _months(months: int, amount: float, moment: datetime, calendar: Calendar) -> datetime:
    wall = calendar.local(moment).replace(tzinfo=None)
    year, month = divmod(12 * wall.year + wall.month - 1 + months * int(amount), 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(year)
    last = monthrange(year, month + 1)[1]
    return calendar.moment(wall.replace(year=year, month=month + 1, day=min(wall.day, last)))


def _open_days(amount: float, moment: datetime, calendar: Calendar) -> datetime:
    return calendar.closing(moment, int(amount)) if amount > 0 else calendar.opening(moment, -int(amount))


UNITS: dict[str, Step] = {
    "second": partial(_real, 1),
    "minute": partial(_real, 60),
    "hour": partial(_real, 3600),
    "day": partial(_days, 1),
    "week": partial(_days, 7),
    "month": partial(_months, 1),
    "year": partial(_months, 12),
    "working minute": partial(_open, 60),
    "working hour": partial(_open, 3600),
    "working day": _open_days,
}
