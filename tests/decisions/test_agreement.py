"""Agreements with customers: period, scope, grade, phases, visits; and what they make of a request."""

from datetime import date
from typing import Any

import pytest

from events.event import Event
from events.ticket import TicketRegistered
from services.command import Command, On
from tests.decisions.scenario import (
    Given,
    agreement_signed,
    assign_ticket,
    call_received,
    enter_phase,
    form_filled,
    form_signed,
    give_guidance,
    given,
    hold_periodic_visit,
    periodic_visit_held,
    phase_entered,
    register_ticket,
    sign_agreement,
)

A1 = "agreement/A1"
TERMS: dict[str, Any] = {"customer": "某公司", "grade": "gold", "scope": ("reinstall",)}


def agreed(*history: Event, **terms: Any) -> Given:
    """Agreement A1 and what happened to it."""
    return given(*(On(A1, event) for event in (agreement_signed(**terms), *history)))


def registered(after: Given, command: Command) -> TicketRegistered:
    """The ticket that a request under an agreement becomes."""
    (event, *_) = after.when(command).decided
    assert isinstance(event, TicketRegistered)
    return event


def test_an_agreement_keeps_its_terms_and_the_profile_of_the_day() -> None:
    (event,) = given().when(sign_agreement(**TERMS)).decided
    assert event == agreement_signed(**TERMS)


@pytest.mark.rule("R-056")
def test_an_agreement_is_signed_once() -> None:
    agreed().when(sign_agreement()).then_refused("agreement_exists", rule="R-056")


@pytest.mark.rule("R-056")
def test_an_agreement_ends_after_it_begins() -> None:
    wrong = sign_agreement(first_day=date(2026, 2, 1), last_day=date(2026, 1, 31))
    given().when(wrong).then_refused("agreement_period", rule="R-056")
    assert given().when(sign_agreement(first_day=date(2026, 2, 1), last_day=date(2026, 2, 1))).refusal is None


@pytest.mark.parametrize("command", [enter_phase(), hold_periodic_visit()])
def test_nothing_happens_to_an_agreement_that_there_is_not(command: Command) -> None:
    given().when(command).then_refused("unknown_agreement", rule="R-056")


def test_an_agreement_belongs_to_its_site() -> None:
    agreed().when(enter_phase(site="BJ01")).then_refused("other_site", rule="R-026")
    agreed().when(register_ticket(agreement="A1", site="BJ01")).then_refused("other_site", rule="R-026")


@pytest.mark.rule("R-045")
def test_the_phases_come_one_after_the_other() -> None:
    phases = ["installation", "trial_run", "free_maintenance", "paid_maintenance"]
    for number, phase in enumerate(phases):
        before = [phase_entered(each) for each in phases[:number]]
        agreed(*before).when(enter_phase(phase)).then(phase_entered(phase))
        agreed(*before, phase_entered(phase)).when(enter_phase(phase)).then_nothing()
        for other in phases[number + 1 :]:
            agreed(*before).when(enter_phase(other)).then_refused("other_phase", rule="R-045")
    agreed(*map(phase_entered, phases)).when(enter_phase("trial_run")).then_refused("other_phase", rule="R-045")


@pytest.mark.rule("R-046")
def test_the_trial_run_ends_by_the_users_confirmation() -> None:
    on_trial = agreed(phase_entered("installation"), phase_entered("trial_run"), profile="software")
    on_trial.when(enter_phase("free_maintenance")).then_refused("guard_needs", rule="R-046")
    for form in ("final_acceptance_plan", "final_acceptance"):
        on_trial.when(enter_phase("free_maintenance")).then_refused("guard_needs", rule="R-046")
        on_trial.and_given(On(A1, form_filled(form)), On(A1, form_signed(form)))
    assert on_trial.when(enter_phase("free_maintenance")).refusal is None


def test_visits_are_told() -> None:
    agreed().when(hold_periodic_visit(occasion="tour", findings="满意")).then(
        periodic_visit_held(occasion="tour", findings="满意")
    )


@pytest.mark.rule("R-054", "R-056")
@pytest.mark.parametrize(
    ("terms", "service", "coverage"),
    [
        ({}, "reinstall", "covered"),
        ({}, "custom_report", "out_of_scope"),
        ({}, "", "out_of_scope"),
        ({"scope": []}, "custom_report", "covered"),
        ({"last_day": date(2026, 3, 2)}, "reinstall", "covered"),
        ({"last_day": date(2026, 3, 1)}, "reinstall", "out_of_period"),
        ({"first_day": date(2026, 3, 2)}, "reinstall", "covered"),
        ({"first_day": date(2026, 3, 3)}, "reinstall", "out_of_period"),
        ({"first_day": date(2026, 3, 3)}, "custom_report", "out_of_period"),
    ],
)
def test_what_an_agreement_makes_of_a_request(terms: dict[str, Any], service: str, coverage: str) -> None:
    found = registered(agreed(**terms), register_ticket(agreement="A1", service=service))
    assert (found.coverage, found.agreement, found.grade) == (coverage, "A1", "gold")


@pytest.mark.rule("R-004", "R-028")
def test_the_agreements_grade_counts_not_the_callers() -> None:
    assert registered(agreed(grade="vip"), register_ticket(agreement="A1", grade="ordinary")).grade == "vip"
    assert registered(given(), register_ticket(grade="ordinary")).grade == "ordinary"


def test_a_request_without_an_agreement_is_not_asked() -> None:
    assert registered(given(), register_ticket()).coverage == "unasked"


def test_a_request_cannot_name_an_agreement_that_there_is_not() -> None:
    given().when(register_ticket(agreement="A1")).then_refused("unknown_agreement", rule="R-056")


@pytest.mark.parametrize(("coverage", "rule"), [("out_of_period", "R-056"), ("out_of_scope", "R-054")])
def test_what_the_contract_does_not_cover_is_only_done_as_ordered(coverage: str, rule: str) -> None:
    case = given(call_received("asset-software", coverage=coverage, agreement="A1"))
    case.when(assign_ticket()).then_refused("guard_needs", rule=rule)
    case.when(give_guidance()).then_refused("guard_needs", rule=rule)
    case.and_given(form_filled("separate_order"), form_signed("separate_order"))
    assert case.when(assign_ticket()).refusal is None


def test_an_agreement_is_what_was_signed_and_the_phase_it_is_in() -> None:
    found = agreed(phase_entered("installation"), periodic_visit_held()).state(A1)
    assert (found.site, found.profile, found.policy_version) == ("SH01", "common", 1)
    assert (found.first_day, found.last_day) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (found.grade, found.scope, found.phase) == ("gold", ("reinstall",), "installation")


@pytest.mark.rule("R-045")
@pytest.mark.parametrize(
    ("phases", "finished"),
    [([], False), (["installation"], False), (["installation", "trial_run"], True)],
    ids=["signed", "installation", "trial_run"],
)
def test_the_installation_is_done_when_its_trial_run_has_begun(phases: list[str], finished: bool) -> None:
    assert agreed(*map(phase_entered, phases)).state(A1).is_finished is finished


def test_another_sites_agreement_is_neither_signed_nor_visited() -> None:
    agreed().when(sign_agreement(site="BJ01")).then_refused("other_site", rule="R-026")
    agreed().when(hold_periodic_visit(site="BJ01")).then_refused("other_site", rule="R-026")
