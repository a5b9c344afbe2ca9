"""Lengths of time as rules state them: how they read, when they are over, what of them has passed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendar import Calendar, CalendarError
from services.span import UNITS, Span, SpanError

WORKSHOP = Calendar.from_row(
    "workshop",
    {
        "zone": "Asia/Shanghai",
        "windows": ["Mon-Fri 08:30-12:00", "Mon-Fri 13:30-18:00", "Sat 09:00-12:00"],
        "holidays": "CN",
        "opened": {"2026-02-14": ["09:00-17:00"]},
    },
)
NEW_YORK = WORKSHOP.at_zone("America/New_York", "US")
NIGHTLY = Calendar.from_row("nightly", {"zone": "Asia/Shanghai", "windows": ["Mon-Fri 22:00-06:00"]})
ALWAYS = Calendar.from_row("always", {"zone": "Asia/Shanghai", "windows": ["Mon-Sun 00:00-24:00"]})
CALENDARS = [WORKSHOP, NEW_YORK, NIGHTLY, ALWAYS, WORKSHOP.at_zone("Australia/Lord_Howe")]
MONDAY = "2026-03-09"

spans = st.builds(Span, st.integers(1, 40), st.sampled_from(sorted(UNITS)))
calendars = st.sampled_from(CALENDARS)
moments = st.integers(1_733_000_000, 1_830_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
seconds = st.integers(0, 200 * 3600)
at_random = settings(max_examples=100, deadline=None)


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def due(span: str, start: str, calendar: Calendar = WORKSHOP) -> str:
    moment = Span.parse(span).due(at(start, calendar.zone.key), calendar)
    return moment.replace(tzinfo=None).isoformat(" ", "minutes")


def before(span: str, moment: str, calendar: Calendar = WORKSHOP) -> str:
    return Span.parse(span).before(at(moment), calendar).replace(tzinfo=None).isoformat(" ", "minutes")


# --- how they read


@pytest.mark.parametrize(
    "text", ["5 minutes", "1 day", "3 days", "1.5 hours", "8 working hours", "1 working day", "3 months"]
)
def test_a_span_reads_as_it_was_written(text: str) -> None:
    assert str(Span.parse(text)) == text


def test_singular_and_plural_mean_the_same() -> None:
    assert Span.parse("1 hours") == Span.parse("1 hour") == Span(1, "hour")
    assert Span.parse("2 working day") == Span(2, "working day")
    assert str(Span.parse("2.0 weeks")) == "2 weeks"


@at_random
@given(spans | st.builds(Span, st.integers(1, 9999).map(lambda amount: amount / 100), st.just("working hour")))
def test_every_span_can_be_read_again(span: Span) -> None:
    assert Span.parse(str(span)) == span


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("soon", "an amount and a unit such as `3 days` or `1.5 working hours`", "'soon'"),
        ("three days", "an amount and a unit such as `3 days` or `1.5 working hours`", "'three days'"),
        ("-3 days", "an amount and a unit such as `3 days` or `1.5 working hours`", "'-3 days'"),
        ("", "an amount and a unit such as `3 days` or `1.5 working hours`", "''"),
        ("3 fortnights", f"one of the units {', '.join(UNITS)}", "'fortnight'"),
        ("3 working weeks", f"one of the units {', '.join(UNITS)}", "'working week'"),
        ("0 days", "an amount above 0", "0 days"),
        ("0.0 hours", "an amount above 0", "0 hours"),
        ("1.5 days", "a whole number of days", "1.5 days"),
        ("0.5 working days", "a whole number of working days", "0.5 working days"),
    ],
)
def test_what_is_no_span_is_told_with_what_was_expected(text: str, expected: str, found: str) -> None:
    with pytest.raises(SpanError) as told:
        Span.parse(text)
    assert str(told.value) == f"expected {expected}; found {found}"


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf")])
def test_an_amount_is_a_number_above_zero(amount: float) -> None:
    with pytest.raises(SpanError, match=f"expected an amount above 0; found {amount} hours"):
        Span(amount, "hour")


# --- when they are over


def test_minutes_and_hours_pass_day_and_night() -> None:
    assert due("5 minutes", f"{MONDAY} 11:58") == f"{MONDAY} 12:03"
    assert due("90 seconds", f"{MONDAY} 11:58") == f"{MONDAY} 11:59"
    assert due("24 hours", "2026-03-07 20:00", NEW_YORK) == "2026-03-08 21:00"  # the clock skips an hour


def test_days_keep_the_time_on_the_wall_clock() -> None:
    assert due("1 day", "2026-03-07 20:00", NEW_YORK) == "2026-03-08 20:00"
    assert due("3 days", f"{MONDAY} 17:00") == "2026-03-12 17:00"
    assert due("2 weeks", f"{MONDAY} 17:00") == "2026-03-23 17:00"


def test_a_day_ends_at_the_sites_time_wherever_it_was_asked() -> None:
    start = at("2026-03-07 20:00", "America/New_York").astimezone(UTC)
    assert Span.parse("1 day").due(start, NEW_YORK) - start == timedelta(hours=23)
    assert Span.parse("1 day").due(start, WORKSHOP) - start == timedelta(hours=24)


def test_a_day_that_would_end_at_a_skipped_time_ends_when_the_clock_jumps() -> None:
    assert due("1 day", "2026-03-07 02:30", NEW_YORK) == "2026-03-08 03:00"
    assert due("1 month", "2026-02-08 02:30", NEW_YORK) == "2026-03-08 03:00"


def test_a_day_that_would_end_at_a_time_shown_twice_ends_at_its_first_showing() -> None:
    moment = Span.parse("1 day").due(at("2026-10-31 01:30", "America/New_York"), NEW_YORK)
    assert moment.isoformat() == "2026-11-01T01:30:00-04:00"


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        ("1 month", "2026-01-31 10:00", "2026-02-28 10:00"),
        ("1 month", "2028-01-31 10:00", "2028-02-29 10:00"),
        ("3 months", "2026-11-30 10:00", "2027-02-28 10:00"),
        ("12 months", "2026-12-31 10:00", "2027-12-31 10:00"),
        ("1 year", "2028-02-29 10:00", "2029-02-28 10:00"),
        ("4 years", "2028-02-29 10:00", "2032-02-29 10:00"),
    ],
)
def test_a_day_that_a_month_lacks_means_its_last_day(span: str, start: str, end: str) -> None:
    assert due(span, start) == end


def test_working_hours_pass_while_the_site_is_open() -> None:
    assert due("8 working hours", f"{MONDAY} 11:00") == "2026-03-10 11:00"
    assert due("30 working minutes", f"{MONDAY} 11:45") == f"{MONDAY} 13:45"
    assert due("1.5 working hours", f"{MONDAY} 20:00") == "2026-03-10 10:00"


def test_working_days_end_when_the_site_closes() -> None:
    assert due("1 working day", f"{MONDAY} 09:00") == "2026-03-10 18:00"
    assert due("1 working day", f"{MONDAY} 23:00") == "2026-03-10 18:00"
    assert due("1 working day", "2026-03-06 10:00") == "2026-03-07 12:00"  # Saturday
    assert due("2 working days", "2026-03-06 10:00") == "2026-03-09 18:00"


def test_working_days_skip_holidays_and_count_make_up_days() -> None:
    assert due("1 working day", "2026-09-30 10:00") == "2026-10-08 18:00"
    assert due("1 working day", "2026-02-13 10:00") == "2026-02-14 17:00"


def test_working_days_run_over_the_turn_of_the_year() -> None:
    assert due("3 working days", "2026-12-31 10:00") == "2027-01-05 18:00"
    assert before("3 working days", "2027-01-05 18:00") == "2026-12-31 08:30"


def test_a_working_day_of_nights_ends_in_the_morning() -> None:
    assert due("1 working day", "2026-03-12 23:00", NIGHTLY) == "2026-03-14 06:00"
    assert due("1 working day", "2026-03-13 23:00", NIGHTLY) == "2026-03-17 06:00"


def test_a_day_that_never_was_is_no_working_day() -> None:
    assert due("1 working day", "2011-12-29 10:00", WORKSHOP.at_zone("Pacific/Apia")) == "2011-12-31 12:00"


# --- before a moment


def test_before_a_moment_every_span_counts_backwards_on_its_own_clock() -> None:
    assert before("1 hour", f"{MONDAY} 14:00") == f"{MONDAY} 13:00"
    assert before("1 working hour", f"{MONDAY} 14:00") == f"{MONDAY} 11:30"
    assert before("1 working hour", f"{MONDAY} 08:00") == "2026-03-07 11:00"
    assert before("3 days", f"{MONDAY} 14:00") == "2026-03-06 14:00"
    assert before("1 month", "2026-03-31 14:00") == "2026-02-28 14:00"
    assert before("1 working day", f"{MONDAY} 14:00") == "2026-03-07 09:00"
    assert before("2 working days", f"{MONDAY} 14:00") == "2026-03-06 08:30"


@at_random
@given(st.integers(1, 60), calendars.filter(lambda calendar: calendar is not NIGHTLY), moments)
def test_working_days_before_the_end_of_a_working_day_lead_back_to_it(
    amount: int, calendar: Calendar, moment: datetime
) -> None:
    end = Span(1, "working day").due(moment, calendar)
    span = Span(amount, "working day")
    assert span.due(span.before(end, calendar), calendar) == end


@at_random
@given(spans, calendars, moments)
def test_a_span_ends_after_it_begins_and_begins_before_it_ends(
    span: Span, calendar: Calendar, moment: datetime
) -> None:
    assert span.before(moment, calendar) < moment < span.due(moment, calendar)


@at_random
@given(
    spans.filter(lambda span: span.is_working or span.unit in ("second", "minute", "hour")), calendars, moments, seconds
)
def test_who_begins_later_is_never_due_earlier(span: Span, calendar: Calendar, moment: datetime, seconds: int) -> None:
    assert span.due(moment, calendar) <= span.due(moment + timedelta(seconds=seconds), calendar)


# --- what has passed, and pauses


@at_random
@given(spans, calendars, moments, seconds)
def test_a_due_date_moves_by_exactly_what_has_passed(
    span: Span, calendar: Calendar, moment: datetime, seconds: int
) -> None:
    assert span.elapsed(moment, span.later(moment, seconds, calendar), calendar) == seconds
    assert span.elapsed(moment, moment - timedelta(seconds=seconds), calendar) == 0


@at_random
@given(st.integers(1, 40), st.sampled_from(["second", "minute", "hour", "working minute", "working hour"]), moments)
def test_a_span_is_over_when_all_of_it_has_passed(amount: int, unit: str, moment: datetime) -> None:
    span = Span(amount, unit)
    due = span.due(moment, WORKSHOP)
    assert span.later(moment, span.elapsed(moment, due, WORKSHOP), WORKSHOP) == due


def test_a_pause_over_the_weekend_costs_working_spans_nothing() -> None:
    pause = at("2026-03-07 12:00"), at(f"{MONDAY} 08:30")
    elapsed = {
        text: Span.parse(text).elapsed(*pause, WORKSHOP) for text in ("8 working hours", "2 working days", "3 days")
    }
    assert elapsed == {"8 working hours": 0, "2 working days": 0, "3 days": 44 * 3600 + 1800}


def test_a_due_date_moves_on_the_clock_of_its_span() -> None:
    moment = at("2026-03-06 17:00")
    assert Span.parse("8 working hours").later(moment, 7200, WORKSHOP) == at("2026-03-07 10:00")
    assert Span.parse("3 days").later(moment, 7200, WORKSHOP) == at("2026-03-06 19:00")


def test_real_seconds_are_counted_though_the_hour_comes_twice() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK.zone)
    assert Span.parse("1 hour").elapsed(first, first.replace(fold=1), NEW_YORK) == 3600
    assert Span.parse("1 hour").due(first, NEW_YORK).isoformat() == "2026-11-01T01:30:00-05:00"


# --- questions without an answer


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_due_too_far_away_is_refused(unit: str) -> None:
    for ask in (Span(10**12, unit).due, Span(10**30, unit).due, Span(10**12, unit).before):
        with pytest.raises(CalendarError, match="expected a moment within the years 1900 to 2999; found"):
            ask(at(MONDAY), WORKSHOP)


@pytest.mark.parametrize("unit", UNITS)
def test_a_moment_without_a_zone_begins_nothing(unit: str) -> None:
    ways: list[Any] = [Span(1, unit).due, Span(1, unit).before]
    for ask in ways:
        with pytest.raises(CalendarError, match="expected a moment with a time zone; found 2026-03-09"):
            ask(datetime(2026, 3, 9), WORKSHOP)


@pytest.mark.parametrize("unit", ["hour", "working hour", "day"])
def test_nothing_is_moved_by_less_than_nothing(unit: str) -> None:
    with pytest.raises(SpanError, match="expected a number of seconds from 0; found -5"):
        Span(1, unit).later(at(MONDAY), -5, WORKSHOP)
