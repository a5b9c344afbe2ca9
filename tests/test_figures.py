"""The KPI page's figures say what the log says, and every number opens a list that is just as long."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from events.callback import CallbackCompleted
from events.deadline import DeadlineMet, DeadlineMissed
from events.event import read_event
from events.work import WorkCompleted
from projections.figures import FIGURES, Figures, Scope
from projections.projection import Row
from services.runtime import Runtime
from services.settings import Settings
from tests.appended import pending
from tests.counted import MEANS, OF_PEOPLE, Fact, counted, expected, told
from tests.decisions.scenario import call_received

ALWAYS = (date(2020, 1, 1), date(2030, 12, 31))
PERIODS = [ALWAYS, (date(2026, 3, 3), date(2026, 3, 4)), (date(2026, 3, 5), date(2026, 3, 5)), (ALWAYS[1], ALWAYS[1])]
SITES = [None, ["SH01"], ["BJ01", "GZ01"], ["nowhere"], []]
COUNTS = [name for name, figure in FIGURES.items() if figure.opens == name]
SCOPES = [Scope(*period, sites) for period, sites in product(PERIODS, SITES)]


@dataclass(frozen=True)
class Told:
    """The simulated network: what its log tells, and what the page shows of it."""

    facts: list[Fact]
    figures: Figures
    runtime: Runtime

    def behind(self, figure: str, scope: Scope, **cell: Any) -> list[Row]:
        return self.figures.behind(figure, scope, limit=10_000, **cell)

    def scopes(self) -> Iterator[Scope]:
        """Every period with every choice of sites; then each engineer and each team, with and without their site."""
        yield from SCOPES
        people = {(fact.recorded.context.site, fact.before.team, fact.engineer) for fact in self.facts if fact.before}
        for (site, team, engineer), period in product(sorted(people), PERIODS[:2]):
            yield Scope(*period, None, team)
            yield Scope(*period, [site], team, engineer)
            yield Scope(*period, [site], None, engineer)


@pytest.fixture
def network(lived: Runtime) -> Told:
    """The simulated network."""
    return Told(told(lived), Figures(lived.reader), lived)


def shown(rows: list[Row], key: Callable[[Row], Any], *figures: str) -> dict[Any, Counter[str]]:
    """How often figures were counted, as rows show it, by a key of the row."""
    return {key(row): +Counter({figure: row[figure] for figure in figures}) for row in rows}


def test_the_network_tells_something_of_every_figure(network: Told) -> None:
    assert {fact.figure for fact in network.facts} == set(COUNTS) == MEANS.keys()
    assert network.figures.sites() == ["BJ01", "GZ01", "SH01"]


@pytest.mark.parametrize("figure", COUNTS)
def test_the_list_behind_a_figure_is_what_the_log_tells_the_newest_first(network: Told, figure: str) -> None:
    for scope in SCOPES:
        found = network.behind(figure, scope)
        assert [row["position"] for row in found] == [
            fact.recorded.position for fact in expected(network.facts, figure, scope)
        ]


@pytest.mark.parametrize("figure", OF_PEOPLE)
def test_the_list_of_a_team_or_an_engineer_holds_their_own_work(network: Told, figure: str) -> None:
    for scope in network.scopes():
        found = {row["position"] for row in network.behind(figure, scope)}
        assert found == {fact.recorded.position for fact in expected(network.facts, figure, scope)}


def test_a_line_of_a_list_says_which_ticket_when_who_and_how_long(network: Told) -> None:
    for fact in expected(network.facts, "completed", Scope(*ALWAYS)):
        (row,) = [
            row for row in network.behind("completed", Scope(*ALWAYS)) if row["position"] == fact.recorded.position
        ]
        assert fact.before is not None
        assert (row["ticket"], row["site"]) == (fact.recorded.stream.partition("/")[2], fact.before.site)
        assert (row["occurred_at"], row["day"], row["hour"]) == (fact.at, fact.at.date(), fact.at.hour)
        assert (row["team"], row["engineer"]) == (fact.before.team, fact.before.engineer)
        assert row["kind"] == fact.before.case.facts.get("category", "")
        assert row["seconds"] == fact.recorded.event.handling_seconds  # type: ignore[attr-defined]


def test_a_complaint_and_a_rating_open_the_ticket_they_are_about(network: Told) -> None:
    for fact, row in zip(
        expected(network.facts, "complaints", Scope(*ALWAYS)), network.behind("complaints", Scope(*ALWAYS)), strict=True
    ):
        assert row["ticket"] == fact.recorded.event.ticket  # type: ignore[attr-defined]
    for fact, row in zip(
        expected(network.facts, "rated", Scope(*ALWAYS)), network.behind("rated", Scope(*ALWAYS)), strict=True
    ):
        event = fact.recorded.event
        assert isinstance(event, CallbackCompleted)
        assert (row["value"], row["kind"]) == (event.ratings.lowest, event.outcome)


# --- every number is as long as its list


@pytest.mark.parametrize("figure", [figure for figure in COUNTS if figure != "paused"])
def test_a_figure_of_the_sites_and_the_sum_of_its_days_are_as_long_as_its_list(network: Told, figure: str) -> None:
    for scope in SCOPES:
        length = len(network.behind(figure, scope))
        assert sum(row[figure] for row in network.figures.trend(scope)) == length
        (*_, whole) = network.runtime.reader.kpi(sites=scope.sites, first=scope.first, last=scope.last)
        assert whole["site"] == ""
        assert whole.get(figure, length) == length
        assert figure in whole or figure == "satisfied", "the page shows the rate of satisfaction only"


@pytest.mark.parametrize("figure", [figure for figure in COUNTS if figure != "paused"])
def test_every_day_of_a_trend_opens_its_own_list(network: Told, figure: str) -> None:
    days = {row["day"]: row[figure] for row in network.figures.trend(Scope(*ALWAYS, ["SH01", "BJ01"]))}
    assert list(days) == sorted(days)
    assert len(days) > 5
    for day, number in days.items():
        assert len(network.behind(figure, Scope(day, day, ["SH01", "BJ01"]))) == number


def test_the_trend_of_a_team_or_an_engineer_counts_their_own_work(network: Told) -> None:
    for scope in network.scopes():
        if scope.team is None and scope.engineer is None:
            continue
        of_work = ("completed", "rated", "satisfied")
        rows = shown(network.figures.trend(scope), lambda row: row["day"], *of_work)
        assert rows == counted(network.facts, scope, lambda fact: fact.at.date(), *of_work)


def test_the_work_of_people_and_teams_is_counted_and_opens_its_list(network: Told) -> None:
    of_work = ("completed", "rated", "satisfied")
    for scope in network.scopes():
        people = network.figures.people(scope)
        assert shown(people, lambda row: (row["site"], row["team"], row["engineer"]), *of_work) == counted(
            network.facts, scope, lambda fact: (*team_of(fact), fact.engineer), *of_work
        )
        if scope.engineer is None:
            teams = shown(network.figures.teams(scope), lambda row: (row["site"], row["team"]), *of_work)
            assert teams == counted(network.facts, scope, team_of, *of_work)
    for row, figure in product(network.figures.people(Scope(*ALWAYS)), of_work):
        scope = Scope(*ALWAYS, [row["site"]], row["team"], row["engineer"])
        assert len(network.behind(figure, scope)) == row[figure]


def team_of(fact: Fact) -> tuple[str, str]:
    assert fact.before is not None
    return fact.recorded.context.site, fact.before.team


def test_the_means_of_people_are_those_of_their_services(network: Told) -> None:
    for row in network.figures.people(Scope(*ALWAYS)):
        scope = Scope(*ALWAYS, [row["site"]], row["team"], row["engineer"])
        events = [fact.recorded.event for fact in expected(network.facts, "completed", scope)]
        hours = [event.handling_seconds / 3600 for event in events if isinstance(event, WorkCompleted)]
        paused = [event.paused_seconds / 3600 for event in events if isinstance(event, WorkCompleted)]
        assert row["handling_hours"] == (pytest.approx(sum(hours) / len(hours), abs=0.006) if hours else None)
        assert row["paused_hours"] == (pytest.approx(sum(paused) / len(paused), abs=0.006) if hours else None)
        assert row["satisfaction"] == (
            pytest.approx(row["satisfied"] / row["rated"], abs=0.0001) if row["rated"] else None
        )


def test_the_faults_are_those_of_the_completed_services_the_most_frequent_first(network: Told) -> None:
    for scope in network.scopes():
        rows = network.figures.faults(scope)
        assert [row["completed"] for row in rows] == sorted((row["completed"] for row in rows), reverse=True)
        assert shown(rows, lambda row: row["category"], "completed") == counted(
            network.facts, scope, category_of, "completed"
        )
        for row in rows:
            listed = network.behind("completed", scope, kind=row["category"])
            assert len(listed) == row["completed"]
            hours = sum(each["seconds"] for each in listed) / len(listed) / 3600
            assert row["handling_hours"] == pytest.approx(hours, abs=0.006)


def category_of(fact: Fact) -> str:
    assert fact.before is not None
    return fact.before.case.facts.get("category", "")


def test_the_pauses_are_counted_by_reason_with_their_hours(network: Told) -> None:
    for scope in network.scopes():
        rows = network.figures.pauses(scope)
        assert shown(rows, lambda row: row["reason"], "paused") == counted(network.facts, scope, reason_of, "paused")
        for row in rows:
            listed = network.behind("paused", scope, kind=row["reason"])
            assert len(listed) == row["paused"]
            assert row["paused_hours"] == pytest.approx(sum(each["seconds"] for each in listed) / 3600, abs=0.006)


def reason_of(fact: Fact) -> str:
    assert fact.before is not None
    return fact.before.pause_reason


def test_the_calls_are_counted_by_weekday_and_hour_of_the_site(network: Told) -> None:
    for scope in SCOPES:
        rows = network.figures.calls(scope)
        assert shown(rows, lambda row: (row["weekday"], row["hour"]), "received") == counted(
            network.facts, scope, lambda fact: (fact.at.isoweekday(), fact.at.hour), "received"
        )
        for row in rows:
            cell = {"weekday": row["weekday"], "hour": row["hour"]}
            assert len(network.behind("received", scope, **cell)) == row["received"]


def test_the_deadlines_are_counted_by_name_the_worst_first(network: Told) -> None:
    ways = ("deadlines_met", "deadlines_missed")
    for scope in SCOPES:
        rows = network.figures.deadlines(scope)
        assert shown(rows, lambda row: row["deadline"], *ways) == counted(network.facts, scope, deadline_of, *ways)
        assert [row["in_time"] for row in rows] == sorted(row["in_time"] for row in rows)
        assert all(row["english"] and row["chinese"] and row["rules"].startswith("R-") for row in rows)
        for row, way in product(rows, ways):
            assert len(network.behind(way, scope, kind=row["deadline"])) == row[way]


def deadline_of(fact: Fact) -> str:
    assert isinstance(fact.recorded.event, DeadlineMet | DeadlineMissed)
    return fact.recorded.event.deadline


def test_a_deadline_that_was_told_as_missed_is_not_counted_again_when_it_is_met_at_last(network: Told) -> None:
    met_at_last = [
        recorded.position
        for recorded in network.runtime.store.follow(0, 100_000)
        if isinstance(recorded.event, DeadlineMet) and recorded.event.missed
    ]
    listed = {row["position"] for figure in COUNTS for row in network.behind(figure, Scope(*ALWAYS))}
    assert met_at_last
    assert not listed & set(met_at_last)


# --- page after page


@pytest.mark.parametrize("sites", [None, ["SH01"]], ids=["the network", "one site"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pages_follow_each_other_without_a_gap_or_a_repetition(
    network: Told, sites: list[str] | None, size: int
) -> None:
    scope = Scope(date(2026, 3, 3), date(2026, 3, 12), sites)
    whole, found, after = network.behind("deadlines_met", scope), list[Row](), None
    while page := network.figures.behind("deadlines_met", scope, limit=size, after=after):
        assert len(page) <= size
        found, after = found + page, page[-1]["position"]
    assert found == whole != []


def test_a_number_that_there_is_not_has_no_list(network: Told) -> None:
    with pytest.raises(KeyError):
        network.figures.behind("profit", Scope(*ALWAYS))


def test_every_number_of_the_page_opens_a_list_and_has_titles_in_both_languages(network: Told) -> None:
    (whole,) = network.runtime.reader.kpi(first=ALWAYS[1])
    assert whole.keys() - {"site"} <= FIGURES.keys()
    assert {figure.opens for figure in FIGURES.values()} == set(COUNTS)
    assert not any(figure.chinese.isascii() or not figure.english.isascii() for figure in FIGURES.values())


# --- places and times


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A network in which nothing has happened yet."""
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


def test_a_call_counts_on_the_day_and_at_the_hour_of_its_own_place(runtime: Runtime) -> None:
    sunday_night = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))  # Monday noon in China
    runtime.store.append([], [pending("ticket/T1", 1, call_received(), occurred_at=sunday_night, site="NY01")])
    runtime.settle()
    figures, sunday = Figures(runtime.reader), Scope(date(2026, 3, 1), date(2026, 3, 1))
    assert figures.calls(sunday) == [{"weekday": 7, "hour": 23, "received": 1}]
    assert [row["ticket"] for row in figures.behind("received", sunday, weekday=7, hour=23)] == ["T1"]
    assert figures.behind("received", Scope(date(2026, 3, 2), date(2026, 3, 2))) == []


def test_work_of_a_time_when_events_did_not_say_whose_it_was_is_nobodys_and_counts_all_the_same(
    runtime: Runtime,
) -> None:
    then = read_event(WorkCompleted.name, b'{"solution": "x", "handling_seconds": 3600, "paused_seconds": 0}')
    runtime.store.append([], [pending("ticket/T1", 1, call_received()), pending("ticket/T1", 2, then)])
    runtime.settle()
    figures = Figures(runtime.reader)
    (row,) = figures.people(Scope(*ALWAYS))
    assert (row["team"], row["engineer"], row["completed"], row["handling_hours"]) == ("", "", 1, 1.0)
    (fact,) = figures.behind("completed", Scope(*ALWAYS, ["SH01"], "", ""))
    assert (fact["ticket"], fact["kind"], fact["seconds"]) == ("T1", "", 3600)
