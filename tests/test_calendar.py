"""Business time: due date and elapsed time are exact inverses, whatever the windows, the holidays and the clocks do."""

import time
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.calendar import Calendar, CalendarError

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86400
WORKSHOP = {
    "zone": "Asia/Shanghai",
    "windows": ["Mon-Fri 08:30-12:00", "Mon-Fri 13:30-18:00", "Sat 09:00-12:00"],
    "holidays": "CN",
    "closed": ["2026-12-24"],
    "opened": {"2026-02-14": ["09:00-17:00"]},
}
ALWAYS = ["Mon-Sun 00:00-24:00"]
ZONES = [
    "Pacific/Honolulu",
    "America/New_York",
    "America/Sao_Paulo",
    "UTC",
    "Europe/Berlin",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
]
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

# New York 2026: on 8 March 02:00-03:00 does not exist, on 1 November 01:00-02:00 comes twice
SPRING, AUTUMN = "2026-03-08", "2026-11-01"


def calendar(**changes: Any) -> Calendar:
    return Calendar.from_row("workshop", {**WORKSHOP, **changes})


def plain(zone: str, *windows: str, **more: Any) -> Calendar:
    return Calendar.from_row("plain", {"zone": zone, "windows": list(windows), **more})


def at(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def new_york(text: str, fold: int = 0) -> datetime:
    return at(text, "America/New_York", fold)


# --- what may come: calendars and moments at random

minutes = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
times = st.tuples(minutes, minutes | st.just("24:00")).filter(lambda pair: pair[0] != pair[1]).map("-".join)
days = st.one_of(
    st.sampled_from(WEEKDAYS),
    st.tuples(st.sampled_from(WEEKDAYS), st.sampled_from(WEEKDAYS)).map("-".join),
    st.lists(st.sampled_from(WEEKDAYS), min_size=2, max_size=3).map(",".join),
)
windows = st.lists(st.tuples(days, times).map(" ".join), min_size=1, max_size=4)
dates = st.dates(date(2024, 12, 20), date(2026, 1, 10)).map(date.isoformat)
rows = st.fixed_dictionaries(
    {"zone": st.sampled_from(ZONES), "windows": windows},
    optional={
        "holidays": st.sampled_from(["CN", "US-HI", "DE"]),
        "closed": st.lists(dates, max_size=5),
        "opened": st.dictionaries(dates, st.lists(times, max_size=2), max_size=5),
    },
)
calendars = st.builds(lambda row: Calendar.from_row("random", row), rows)
moments = st.builds(
    lambda second, zone: datetime.fromtimestamp(second, ZoneInfo(zone)),
    st.integers(1_733_000_000, 1_770_000_000),  # from late 2024 to early 2026
    st.sampled_from(ZONES),
)
lengths = st.integers(0, 400 * HOUR) | st.integers(0, 12).map(lambda hours: hours * HOUR)
at_random = settings(max_examples=80, deadline=None)


# --- the laws


@at_random
@given(calendars, moments, lengths)
def test_what_was_added_has_passed_to_the_second(calendar: Calendar, start: datetime, length: int) -> None:
    assert calendar.between(start, calendar.add(start, length)) == length


@at_random
@given(calendars, moments, moments)
def test_what_has_passed_leads_back_to_the_end_or_to_the_last_open_moment_before(
    calendar: Calendar, start: datetime, end: datetime
) -> None:
    assume(start.astimezone(UTC) <= end.astimezone(UTC))
    due = calendar.add(start, calendar.between(start, end))
    assert due <= end
    if calendar.is_open(end - timedelta(seconds=1)) and calendar.is_open(end):
        assert due == end
    assert calendar.between(due, end) == 0


@at_random
@given(calendars, moments, lengths)
def test_a_window_that_ends_is_met_at_its_very_end(calendar: Calendar, start: datetime, length: int) -> None:
    assume(length)
    due = calendar.add(start, length)
    assert calendar.is_open(due - timedelta(seconds=1))
    assert calendar.add(start, calendar.between(start, due)) == due


@at_random
@given(calendars, moments, moments, lengths, lengths)
def test_who_starts_later_or_has_more_to_do_is_never_due_earlier(
    calendar: Calendar, start: datetime, other: datetime, length: int, more: int
) -> None:
    assert calendar.add(start, length) <= calendar.add(start, length + more)
    first, last = sorted([start, other], key=datetime.timestamp)
    assert calendar.add(first, length) <= calendar.add(last, length)
    assert calendar.between(first, last) <= calendar.between(first, last + timedelta(seconds=more))


@at_random
@given(calendars, st.tuples(moments, moments, moments))
def test_open_time_adds_up(calendar: Calendar, three: tuple[datetime, ...]) -> None:
    first, second, third = sorted(three, key=datetime.timestamp)
    total = calendar.between(first, third)
    assert calendar.between(first, second) + calendar.between(second, third) == total
    assert calendar.between(third, first) == 0


@at_random
@given(calendars, moments, lengths)
def test_going_back_is_as_exact_and_lands_where_work_can_begin(
    calendar: Calendar, moment: datetime, length: int
) -> None:
    start = calendar.before(moment, length)
    assert calendar.between(start, moment) == length
    assert calendar.add(start, length) <= moment
    assert length == 0 or calendar.is_open(start)
    assert calendar.between(start + timedelta(seconds=1), moment) == max(0, length - 1)


@at_random
@given(calendars, moments)
def test_the_next_opening_comes_with_no_open_time_lost(calendar: Calendar, moment: datetime) -> None:
    opening = calendar.next_open(moment)
    assert calendar.is_open(opening)
    assert calendar.between(moment, opening) == 0
    assert (opening == moment) is calendar.is_open(moment)


@at_random
@given(st.sampled_from(ZONES), moments, lengths)
def test_around_the_clock_the_due_date_is_simply_later(zone: str, start: datetime, length: int) -> None:
    assert plain(zone, *ALWAYS).add(start, length).timestamp() - start.timestamp() == length


CHANGES = [
    ("America/New_York", SPRING),
    ("America/New_York", AUTUMN),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-05"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Sao_Paulo", "2018-11-04"),  # at midnight
    ("America/Sao_Paulo", "2018-02-18"),
    ("Pacific/Apia", "2011-12-30"),  # a day that never was
    ("Pacific/Honolulu", "2026-12-31"),  # the turn of the year in UTC falls into their day
    ("Pacific/Kiritimati", "2027-01-01"),
]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CHANGES), windows)
def test_a_site_goes_by_a_clock_that_is_never_put_back(change: tuple[str, str], windows: list[str]) -> None:
    zone, day = change
    calendar = plain(zone, *windows)
    moment = at(day, zone).astimezone(UTC) - timedelta(days=1, hours=12)
    shown = datetime.min
    for _ in range(3 * 24 * 4):
        shown = max(shown, moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        assert calendar.is_open(moment) is any(_is_in(shown, window) for window in windows), (moment, shown)
        moment += timedelta(minutes=15)


def _is_in(shown: datetime, window: str) -> bool:
    """Whether a wall time lies in a weekly window, counted by hand."""
    days, times = window.split()
    opens, closes = (60 * int(edge[:2]) + int(edge[3:]) for edge in times.split("-"))
    length = (closes - opens) % (24 * 60) or 24 * 60
    begun = shown - timedelta(minutes=opens)  # the date of it is the date the window started on, if it is open
    return WEEKDAYS[begun.weekday()] in _spelled(days) and begun.hour * 60 + begun.minute < length


def _spelled(days: str) -> list[str]:
    if "-" not in days:
        return days.split(",")
    first, last = map(WEEKDAYS.index, days.split("-"))
    return [WEEKDAYS[(first + step) % 7] for step in range((last - first) % 7 + 1)]


# --- what the customer sees


def test_a_working_hour_begun_before_lunch_ends_after_lunch() -> None:
    due = calendar().add(at("2026-03-09 11:30"), HOUR)
    assert due == at("2026-03-09 14:00")
    assert calendar().between(at("2026-03-09 11:30"), due) == HOUR


def test_work_that_fills_the_window_is_due_when_it_closes_and_not_when_the_next_one_opens() -> None:
    assert calendar().add(at("2026-03-09 11:00"), HOUR) == at("2026-03-09 12:00")
    assert calendar().add(at("2026-03-09 11:00"), HOUR + 1) == at("2026-03-09 13:30:01")


def test_nothing_to_do_is_done_at_once_even_when_closed() -> None:
    assert calendar().add(at("2026-03-08 03:00"), 0) == at("2026-03-08 03:00")
    assert calendar().before(at("2026-03-08 03:00"), 0) == at("2026-03-08 03:00")


def test_a_window_is_open_from_its_first_moment_to_just_before_its_last() -> None:
    open_at = {
        text: calendar().is_open(at(f"2026-03-09 {text}")) for text in ("08:29:59", "08:30", "11:59:59", "12:00")
    }
    assert open_at == {"08:29:59": False, "08:30": True, "11:59:59": True, "12:00": False}


def test_over_the_weekend_no_working_time_passes() -> None:
    assert calendar().add(at("2026-03-07 11:30"), HOUR) == at("2026-03-09 09:00")
    assert calendar().next_open(at("2026-03-07 12:00")) == at("2026-03-09 08:30")


def test_one_hour_before_a_closed_moment_is_still_within_a_window() -> None:
    assert calendar().before(at("2026-03-09 08:00"), HOUR) == at("2026-03-07 11:00")
    assert calendar().before(at("2026-03-09 14:30"), HOUR) == at("2026-03-09 13:30")
    assert calendar().before(at("2026-03-09 14:00"), HOUR) == at("2026-03-09 11:30")


def test_on_a_public_holiday_nobody_works() -> None:
    assert calendar().next_open(at("2026-09-30 18:00")) == at("2026-10-08 08:30")  # 国庆节


def test_on_a_make_up_day_people_work_by_its_own_windows() -> None:
    assert not calendar().is_open(at("2026-02-14 08:45"))
    assert calendar().add(at("2026-02-14 12:00"), HOUR) == at("2026-02-14 13:00")  # 调休: no lunch break that day
    assert calendar(opened={}).add(at("2026-02-14 11:30"), HOUR) == at("2026-02-21 09:30")


def test_a_saturday_within_a_chinese_festival_has_to_be_told_as_closed() -> None:
    assert calendar().is_open(at("2026-02-21 10:00"))  # 春节, but the library only lists days that are no weekend
    assert not calendar(closed=["2026-02-21"]).is_open(at("2026-02-21 10:00"))


def test_a_day_worked_against_the_rule_beats_holidays_and_days_off() -> None:
    opened = {"2026-10-01": ["10:00-11:00"], "2026-12-24": ["10:00-11:00"], "2026-03-09": []}
    exceptional = calendar(opened=opened)
    assert exceptional.next_open(at("2026-09-30 18:00")) == at("2026-10-01 10:00")
    assert exceptional.next_open(at("2026-12-23 18:00")) == at("2026-12-24 10:00")
    assert exceptional.next_open(at("2026-03-09 00:00")) == at("2026-03-10 08:30")


def test_a_day_off_of_ones_own_is_no_working_day() -> None:
    assert calendar().next_open(at("2026-12-23 18:00")) == at("2026-12-25 08:30")


def test_a_holiday_is_the_local_date_of_each_site() -> None:
    common = plain("UTC", "Mon-Sun 00:00-24:00", closed=["2026-03-10"])
    for zone in ZONES:
        site = common.at_zone(zone)
        first, last = at("2026-03-10 00:00", zone), at("2026-03-11 00:00", zone)
        assert site.is_open(first - timedelta(seconds=1))
        assert not site.is_open(first)
        assert site.next_open(first) == last
    noon = at("2026-03-10 12:00", "Pacific/Kiritimati")
    assert not common.at_zone("Pacific/Kiritimati").is_open(noon)
    assert common.at_zone("Pacific/Honolulu").is_open(noon)


def test_a_site_elsewhere_has_the_holidays_of_its_region() -> None:
    home, hawaii = calendar(), calendar().at_zone("Pacific/Honolulu", "US-HI")
    kuhio = "2026-03-26"  # a holiday in Hawaii alone
    assert home.next_open(at(kuhio)) == at(f"{kuhio} 08:30")
    assert hawaii.next_open(at(kuhio, "Pacific/Honolulu")) == at("2026-03-27 08:30", "Pacific/Honolulu")
    assert hawaii is home.at_zone("Pacific/Honolulu", "US-HI")


def test_a_night_shift_belongs_to_the_date_it_began_on() -> None:
    night = plain("Asia/Shanghai", "Mon-Fri 22:00-06:00", closed=["2026-03-11"])
    assert night.is_open(at("2026-03-11 05:59"))  # begun on the 10th
    assert night.next_open(at("2026-03-11 06:00")) == at("2026-03-12 22:00")
    assert night.between(at("2026-03-13 00:00"), at("2026-03-16 00:00")) == 14 * HOUR  # Friday's runs into Saturday


def test_windows_that_overlap_or_touch_count_once() -> None:
    twice = plain("UTC", "Mon 08:00-12:00", "Mon 10:00-14:00", "Mon 14:00-16:00", "Sun 22:00-09:00")
    assert twice.between(at("2026-03-08 00:00", "UTC"), at("2026-03-10 00:00", "UTC")) == 18 * HOUR


def test_days_may_be_told_one_by_one_as_a_list_or_as_a_range_over_the_weekend() -> None:
    listed, ranged = plain("UTC", "Sat,Sun, Mon 08:00-09:00"), plain("UTC", "Sat-Mon 08:00-09:00")
    single = plain("UTC", "Mon 08:00-09:00", "Sun 08:00-09:00", "Sat 08:00-09:00")
    assert listed.edition == ranged.edition == single.edition


def test_the_turn_of_the_year_is_a_night_like_any_other() -> None:
    night = plain("Asia/Shanghai", "Mon-Sun 22:00-06:00")
    assert night.add(at("2026-12-31 23:00"), 4 * HOUR) == at("2027-01-01 03:00")
    assert night.before(at("2027-01-01 03:00"), 4 * HOUR) == at("2026-12-31 23:00")
    assert night.add(at("2026-12-31 05:00"), HOUR + 8 * HOUR) == at("2027-01-01 06:00")


def test_the_first_hour_of_a_year_begins_with_its_first_window() -> None:
    assert plain("UTC", "Thu 08:00-12:00").before(at("2026-01-01 09:00", "UTC"), HOUR) == at("2026-01-01 08:00", "UTC")


def test_a_shift_begun_two_dates_before_may_run_into_the_year() -> None:
    site = plain("Pacific/Honolulu", "Wed 22:00-21:00")  # in UTC it is over on 1 January, 07:00
    assert site.is_open(at("2026-12-31 20:59", "Pacific/Honolulu"))
    assert not site.is_open(at("2026-12-31 21:00", "Pacific/Honolulu"))


def test_a_leap_year_has_one_day_more() -> None:
    always = plain("Europe/Berlin", *ALWAYS)
    lengths = [
        always.between(at(f"{year}-01-01", "UTC"), at(f"{year + 1}-01-01", "UTC")) for year in (2027, 2028, 2100)
    ]
    assert lengths == [365 * DAY, 366 * DAY, 365 * DAY]
    assert plain("UTC", "Tue 00:00-24:00").next_open(at("2028-02-29", "UTC")) == at("2028-02-29", "UTC")


# --- when clocks change


def test_around_the_clock_nothing_is_lost_or_won_when_clocks_change() -> None:
    always = plain("America/New_York", *ALWAYS)
    for day in (SPRING, AUTUMN, "2026-12-31", "2026-06-01"):
        start = new_york(f"{day} 00:00") - timedelta(seconds=1)
        assert always.add(start, DAY) - start == timedelta(days=1)


def test_the_difference_of_two_answers_is_real_time() -> None:
    always = plain("America/New_York", *ALWAYS)
    start = always.add(new_york(f"{SPRING} 00:00"), 0)
    due = always.add(start, 4 * HOUR)
    assert due.isoformat() == "2026-03-08T05:00:00-04:00"
    assert due - start == timedelta(hours=4)


def test_a_window_over_a_skipped_hour_is_an_hour_shorter_and_over_a_doubled_one_an_hour_longer() -> None:
    night = plain("America/New_York", "Mon-Sun 00:00-06:00")
    lengths = [night.between(new_york(f"{day} 00:00"), new_york(f"{day} 12:00")) for day in (SPRING, AUTUMN)]
    assert lengths == [5 * HOUR, 7 * HOUR]


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        ("01:00-02:30", "01:00-05:00", "03:00-04:00"),  # closes when the clock jumps
        ("02:30-04:00", "03:00-04:00", "04:00-04:00"),  # opens when the clock jumps
    ],
)
def test_a_skipped_time_means_the_moment_the_clock_jumps(window: str, opens: str, closes: str) -> None:
    site = plain("America/New_York", f"Sun {window}")
    opening = site.next_open(new_york(f"{SPRING} 00:00"))
    assert opening == datetime.fromisoformat(f"{SPRING}T{opens}")
    assert site.add(opening, HOUR) == datetime.fromisoformat(f"{SPRING}T{closes}")
    assert not site.is_open(site.add(opening, HOUR))


def test_a_window_that_the_clock_skips_does_not_take_place() -> None:
    assert plain("America/New_York", "Sun 02:15-02:45").next_open(new_york(SPRING)) == new_york("2026-03-15 02:15")
    assert plain("Pacific/Apia", "Fri 09:00-17:00").next_open(at("2011-12-29", "Pacific/Apia")) == at(
        "2012-01-06 09:00", "Pacific/Apia"
    )


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ("00:00-01:30", 1.5),  # closes at the first 01:30
        ("01:30-03:00", 2.5),  # opens at the first 01:30
        ("01:15-01:45", 0.5),  # is over before the hour comes again
    ],
)
def test_a_time_shown_twice_means_its_first_showing(window: str, hours: float) -> None:
    site = plain("America/New_York", f"Sun {window}")
    assert site.between(new_york(f"{AUTUMN} 00:00"), new_york(f"{AUTUMN} 12:00")) == hours * HOUR
    assert not site.is_open(new_york(f"{AUTUMN} 01:30", fold=1)) or window == "01:30-03:00"


def test_moments_of_one_zone_are_told_apart_when_the_hour_comes_twice() -> None:
    always = plain("America/New_York", *ALWAYS)
    first, second = new_york(f"{AUTUMN} 01:30"), new_york(f"{AUTUMN} 01:30", fold=1)
    assert always.between(first, second) == HOUR
    assert always.between(second, first) == 0
    assert always.add(first, HOUR).isoformat() == "2026-11-01T01:30:00-05:00"


def test_a_wall_time_is_turned_into_the_moment_it_is_first_shown() -> None:
    site = plain("America/New_York", *ALWAYS)
    told = {
        wall: site.moment(datetime.fromisoformat(wall)).isoformat() for wall in (f"{SPRING} 02:30", f"{AUTUMN} 01:30")
    }
    assert told == {f"{SPRING} 02:30": "2026-03-08T03:00:00-04:00", f"{AUTUMN} 01:30": "2026-11-01T01:30:00-04:00"}


def test_a_fraction_of_a_second_is_neither_lost_nor_rounded() -> None:
    start = at("2026-03-09 11:59:59.750000")
    assert calendar().add(start, 1) == at("2026-03-09 13:30:00.750000")
    assert calendar().add(start, 0.5) == at("2026-03-09 13:30:00.250000")
    assert calendar().between(start, calendar().add(start, 10)) == 10


# --- editions


def test_an_edition_is_known_by_its_times_and_not_by_how_they_are_spelled() -> None:
    spelled = calendar(
        windows=["Sat 09:00-12:00", "Mon-Fri 08:30-10:00", "Mon-Fri 10:00-12:00", "Mon,Tue,Wed-Fri 13:30-18:00"],
        holidays=["CN", "CN"],
        closed=[date(2026, 12, 24)],
    )
    assert spelled == calendar()
    assert spelled.edition == calendar().edition
    assert len(spelled.edition) == 12


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Asia/Tokyo"},
        {"windows": ["Mon-Fri 08:30-12:00"]},
        {"holidays": "US"},
        {"holidays": []},
        {"closed": []},
        {"opened": {}},
        {"opened": {"2026-02-14": []}},
    ],
    ids=str,
)
def test_other_times_are_another_edition(change: dict[str, Any]) -> None:
    assert calendar(**change).edition != calendar().edition


def test_an_edition_with_holidays_names_the_library_that_knows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with_holidays, without = calendar().edition, calendar(holidays=[]).edition
    monkeypatch.setattr("services.hours._edition", lambda: "9.9")
    assert calendar().edition != with_holidays
    assert calendar(holidays=[]).edition == without


# --- rows


def test_a_row_is_read_as_a_profile_states_it() -> None:
    text = """
    zone = "Asia/Shanghai"
    windows = ["Mon-Fri 08:30-12:00", "Mon-Fri 13:30-18:00", "Sat 09:00-12:00"]
    holidays = "CN"
    closed = [2026-12-24]
    opened = { 2026-02-14 = ["09:00-17:00"] }
    """
    read = Calendar.from_row("workshop", tomllib.loads(text))
    assert read == calendar()
    assert (read.name, read.zone.key) == ("workshop", "Asia/Shanghai")


WINDOW = "days and times such as `Mon-Fri 08:30-12:00`, `Sat-Mon 22:00-06:00` or `Mon,Wed 00:00-24:00`"
TIMES = "times such as `08:30-12:00`, `22:00-06:00` or `00:00-24:00`"
ZONE = "an IANA name such as Asia/Shanghai"
REGION = "a region of the `holidays` library such as CN or US-HI"


@pytest.mark.parametrize(
    ("key", "value", "expected", "found"),
    [
        ("zone", "Asia/Peking", ZONE, "'Asia/Peking'"),
        ("zone", "../../etc/passwd", ZONE, "'../../etc/passwd'"),
        ("zone", None, ZONE, "None"),
        ("windows", [], "at least one window such as `Mon-Fri 08:30-12:00`", "none"),
        ("windows", "Mon 08:00-12:00", "a list", "'Mon 08:00-12:00'"),
        ("windows", ["Mo 08:00-12:00"], WINDOW, "'Mo 08:00-12:00'"),
        ("windows", ["Mon- 08:00-12:00"], WINDOW, "'Mon- 08:00-12:00'"),
        ("windows", ["08:00-12:00"], WINDOW, "'08:00-12:00'"),
        ("windows", ["Mon 8-12"], WINDOW, "'Mon 8-12'"),
        ("windows", ["Mon 08:00-24:30"], WINDOW, "'Mon 08:00-24:30'"),
        ("windows", ["Mon 24:00-06:00"], WINDOW, "'Mon 24:00-06:00'"),
        ("windows", ["Mon 09:00-09:00"], WINDOW, "'Mon 09:00-09:00'"),
        ("windows", [7], WINDOW, "7"),
        ("holidays", "XX", REGION, "'XX'"),
        ("holidays", ["CN", "US-XX"], REGION, "'US-XX'"),
        ("holidays", 86, "a list", "86"),
        ("closed", "2026-12-24", "a list", "'2026-12-24'"),
        ("closed", ["24.12.2026"], "local dates such as 2026-12-24", "'24.12.2026'"),
        ("closed", [datetime(2026, 12, 24)], "local dates such as 2026-12-24", "datetime.datetime(2026, 12, 24, 0, 0)"),
        ("opened", ["2026-02-14"], 'a table such as { "2026-02-14" = ["09:00-17:00"] }', "['2026-02-14']"),
        ("opened", {"Saturday": []}, "local dates such as 2026-12-24", "'Saturday'"),
        ("opened", {"2026-02-14": "09:00-17:00"}, "a list", "'09:00-17:00'"),
        ("opened", {"2026-02-14": ["Mon 09:00-17:00"]}, TIMES, "'Mon 09:00-17:00'"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_by_key_expectation_and_finding(
    key: str, value: object, expected: str, found: str
) -> None:
    with pytest.raises(CalendarError) as told:
        calendar(**{key: value})
    assert str(told.value) == f"[calendar.workshop] {key}: expected {expected}; found {found}"


def test_a_key_that_does_not_exist_is_named() -> None:
    with pytest.raises(CalendarError) as told:
        calendar(holiday="CN")
    assert str(told.value) == (
        "[calendar.workshop]: expected the keys zone, windows, holidays, closed, opened; found holiday"
    )


def test_a_site_in_a_place_unknown_is_named() -> None:
    with pytest.raises(
        CalendarError, match=r"calendar workshop at Mars/Olympus: zone: expected an IANA name .* 'Mars/Olympus'"
    ):
        calendar().at_zone("Mars/Olympus")
    with pytest.raises(
        CalendarError, match=r"workshop at America/New_York: holidays: expected a region .*; found 'US-XX'"
    ):
        calendar().at_zone("America/New_York", "US-XX")


# --- questions without an answer


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(CalendarError) as told:
        calendar().is_open(datetime(2026, 3, 9, 12))
    assert str(told.value) == "calendar workshop: expected a moment with a time zone; found 2026-03-09 12:00:00"


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_only_a_number_of_seconds_from_zero_can_pass(seconds: float) -> None:
    with pytest.raises(CalendarError, match=f"workshop: expected a number of seconds from 0; found {seconds}"):
        calendar().add(at("2026-03-09"), seconds)
    with pytest.raises(CalendarError, match=f"workshop: expected a number of seconds from 0; found {seconds}"):
        calendar().before(at("2026-03-09"), seconds)


def test_what_lies_too_far_away_is_refused_and_not_searched_for() -> None:
    seldom, distant, ancient = plain("UTC", "Mon 09:00-09:01"), at("2999-12-31", "UTC"), at("1900-01-01", "UTC")
    always = plain("UTC", *ALWAYS)
    for ask in (
        lambda: seldom.add(at("2026-03-09"), 1e12),
        lambda: seldom.before(at("2026-03-09"), 1e12),
        lambda: seldom.add(distant, HOUR),
        lambda: seldom.before(ancient, HOUR),
        lambda: seldom.next_open(distant),
        lambda: seldom.is_open(datetime.min.replace(tzinfo=UTC)),
        lambda: seldom.closing(at("2026-03-09"), 10**9),
        lambda: seldom.opening(at("2026-03-09"), 10**9),
        lambda: seldom.closing(distant, 1),
        lambda: seldom.opening(ancient + timedelta(days=1), 1),
        lambda: seldom.between(at("2026-03-09"), datetime.max.replace(tzinfo=UTC)),
        lambda: always.add(distant, 2 * DAY),
        lambda: always.local(datetime.max.replace(tzinfo=UTC)),
    ):
        with pytest.raises(CalendarError, match="expected a moment within the years 1900 to 2999; found"):
            ask()
    assert always.add(distant, DAY - 1) == datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)


# --- cost


def test_twenty_years_cost_little_more_than_a_day() -> None:
    site, start = calendar(), at("2026-03-09 09:00")
    a_day, twenty_years = 8 * HOUR, 20 * 250 * 8 * HOUR
    assert site.add(start, twenty_years).year > 2043
    assert _cost(site, start, twenty_years) < 10 * _cost(site, start, a_day)


def _cost(site: Calendar, start: datetime, seconds: int) -> float:
    """The best of some runs, in seconds: what else the machine does can only make a run longer."""
    return min(_run(site, start, seconds) for _ in range(20))


def _run(site: Calendar, start: datetime, seconds: int) -> float:
    begun = time.perf_counter()
    for _ in range(50):
        site.add(start, seconds)
    return time.perf_counter() - begun
