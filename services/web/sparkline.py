"""A small course of days as a line that stands in a table."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from services.web.asked import Period

WIDTH, HEIGHT, EDGE = 120, 28, 2


class Sparkline(NamedTuple):
    """The points of an SVG line within `WIDTH` times `HEIGHT`, and what it tells: the most of a day, and all."""

    points: str
    most: int
    total: int


def sparkline(period: Period, counts: Mapping[date, int]) -> Sparkline:
    """The counts of a period's days; a day that is not named counted nothing."""
    length = (period.last - period.first).days + 1
    values = [counts.get(period.first + timedelta(days=at), 0) for at in range(length)]
    across, upward = WIDTH / max(1, length - 1), (HEIGHT - 2 * EDGE) / max(1, *values)
    points = (f"{at * across:.1f},{HEIGHT - EDGE - value * upward:.1f}" for at, value in enumerate(values))
    return Sparkline(" ".join(points), max(values), sum(values))
