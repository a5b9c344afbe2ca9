"""Periods, changes, goals and charts of the pages of figures."""

from datetime import date

import pytest

from services.targets import Goal
from services.web.asked import Asked, Period, choices, period_of, steps
from services.web.charts import MOST_BARS, pareto
from services.web.language import language
from services.web.numbers import Change, Numbers
from services.web.sparkline import sparkline

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_periods_are_counted_back_from_the_last_day_that_has_figures() -> None:
    known = Period(date(2024, 1, 5), date(2026, 8, 20))
    assert {english: period for (english, _), period in choices(known)} == {
        "7 days": Period(date(2026, 8, 14), known.last),
        "30 days": Period(date(2026, 7, 22), known.last),
        "This month": Period(date(2026, 8, 1), known.last),
        "This quarter": Period(date(2026, 7, 1), known.last),
        "All": known,
    }


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert MARCH.before() == Period(date(2026, 1, 29), date(2026, 2, 28))


def test_a_period_typed_the_wrong_way_round_is_turned() -> None:
    assert period_of("2026-03-31", "2026-03-01", MARCH) == MARCH


def test_a_long_period_is_told_by_months_a_short_one_by_days() -> None:
    long = Period(date(2026, 1, 15), date(2026, 6, 10))
    assert len(list(steps(MARCH, MARCH))) == 31
    assert list(steps(long, long)) == [
        Period(date(2026, 1, 15), date(2026, 1, 31)),
        Period(date(2026, 2, 1), date(2026, 2, 28)),
        Period(date(2026, 3, 1), date(2026, 3, 31)),
        Period(date(2026, 4, 1), date(2026, 4, 30)),
        Period(date(2026, 5, 1), date(2026, 5, 31)),
        Period(date(2026, 6, 1), date(2026, 6, 10)),
    ]


@pytest.mark.parametrize(
    ("figure", "now", "before", "change"),
    [
        ("completed", 110, 100, Change("10%", True, "better")),
        ("complaints", 5, 10, Change("50%", False, "better")),
        ("received", 20, 10, Change("100%", True, "other")),
        ("satisfaction", 0.9, 0.95, Change("5 pts", False, "worse")),
        ("handling_hours", 6.0, 4.0, Change("50%", True, "worse")),
        ("completed", 10, 10, Change("as before", None, "other")),
        ("completed", 10, 0, None),
        ("satisfaction", None, 0.9, None),
    ],
)
def test_a_change_says_how_much_and_whether_it_is_for_the_better(
    figure: str, now: float | None, before: float, change: Change | None
) -> None:
    tile = Numbers(language("en"), Asked(MARCH)).tile(figure, {figure: now}, {figure: before}, [])
    assert tile.change == change


@pytest.mark.rule("R-213")
def test_a_tile_tells_a_goal_whether_it_is_reached_and_that_it_is_not_set() -> None:
    goals = [Goal(None, True, ("R-213",)), Goal(0.02, True, ()), Goal(0.1, True, ())]
    tile = Numbers(language("en"), Asked(MARCH)).tile("reopen_rate", {"reopen_rate": 0.05}, {}, goals)
    assert [(text, reached) for text, _, reached in tile.goals] == [("–", True), ("2%", False), ("10%", True)]


def test_a_pareto_chart_shows_the_most_frequent_and_their_growing_share_of_all() -> None:
    values = [float(value) for value in range(20, 0, -1)]
    bars, line = pareto([f"k{at}" for at in range(20)], "kinds", values, [""] * 20, "share")["data"]
    assert bars["x"] == values[:MOST_BARS]
    assert line["x"][0] == 20 / 210
    assert line["x"][-1] == sum(values[:MOST_BARS]) / 210


def test_a_small_course_shows_days_without_any_as_nothing() -> None:
    drawn = sparkline(Period(date(2026, 3, 1), date(2026, 3, 3)), {date(2026, 3, 2): 4})
    assert drawn.points == "0.0,26.0 60.0,2.0 120.0,26.0"
    assert (drawn.most, drawn.total) == (4, 4)
