"""Three levels of inspection, each by its own inspector (auto-4s, whose own papers tests/rules asks for)."""

import pytest

from events.event import Event
from services.ticket_state import Status
from tests.decisions.scenario import (
    call_received,
    closed,
    completion_signed,
    form_filled,
    form_signed,
    given,
    inspection_passed,
    order_rework,
    pass_inspection,
    reopened,
    rework_ordered,
    work_completed,
    work_started,
)

FREE_CHECKS = form_filled("free_check_sheet", {})
DONE = (call_received("auto-4s"), work_started("wang"), work_completed(), FREE_CHECKS)
SELF, TEAM = inspection_passed("self", "wang"), inspection_passed("team", "li")
TO_THE_LAST = (*DONE, SELF, TEAM, form_signed("team_leader_note"))


@pytest.mark.parametrize(("level", "role", "before"), [("self", "engineer", DONE), ("team", "foreman", (*DONE, SELF))])
def test_one_level_follows_the_other(level: str, role: str, before: tuple[Event, ...]) -> None:
    given(*before).when(pass_inspection(level, role=role, actor="li")).then(inspection_passed(level, "li"))


def test_the_last_level_is_the_inspectors() -> None:
    command = pass_inspection("final", role="inspector", actor="sun")
    given(*TO_THE_LAST).when(command).then(inspection_passed("final", "sun"))


def test_no_level_is_left_out() -> None:
    command = pass_inspection("final", role="inspector")
    given(*DONE, SELF).when(command).then_refused("level_before", rule="R-208")


def test_nobody_inspects_his_own_work_after_the_first_level() -> None:
    command = pass_inspection("team", role="foreman", actor="wang")
    given(*DONE, SELF).when(command).then_refused("own_work", rule="R-211")


def test_each_level_has_its_inspectors() -> None:
    command = pass_inspection("team", role="engineer", actor="zhou")
    given(*DONE, SELF).when(command).then_refused("not_the_inspector", rule="R-211")


def test_a_profile_has_the_levels_that_it_names() -> None:
    command = pass_inspection("director", role="director")
    given(*DONE).when(command).then_refused("no_such_level", rule="R-208")


def test_what_is_not_done_is_not_inspected() -> None:
    half = (call_received("auto-4s"), work_started("wang"), FREE_CHECKS)
    given(*half).when(pass_inspection("self")).then_refused("nothing_to_inspect", rule="R-208")


def test_a_level_that_passed_does_not_pass_again() -> None:
    given(*DONE, SELF).when(pass_inspection("self")).then_nothing()


def test_what_fails_goes_back_to_work_and_begins_at_the_first_level_again() -> None:
    command = order_rework("final", role="inspector", actor="sun")
    given(*TO_THE_LAST).when(command).then(rework_ordered())
    again = (*TO_THE_LAST, rework_ordered(), work_completed(), FREE_CHECKS)
    given(*again).when(pass_inspection("self", actor="wang")).then(inspection_passed())
    team = pass_inspection("team", role="foreman", actor="li")
    given(*again).when(team).then_refused("level_before", rule="R-208")


def test_work_that_failed_runs_again_and_what_was_signed_no_longer_counts() -> None:
    signed = given(*TO_THE_LAST, completion_signed())
    assert (signed.state().status, signed.state().signed_by) == (Status.COMPLETED, "李芳")
    again = signed.and_given(rework_ordered()).state()
    assert (again.status, again.signed_by, again.solution) == (Status.WORKING, "", "")


@pytest.mark.parametrize("undone", [rework_ordered(), reopened()], ids=["rework", "reopened"])
def test_what_passed_before_has_not_passed_while_the_work_is_done_again(undone: Event) -> None:
    given(*DONE, SELF, undone).when(pass_inspection("self")).then_refused("nothing_to_inspect", rule="R-208")


def test_only_who_may_pass_a_level_may_fail_it() -> None:
    early = order_rework("final", role="inspector", actor="sun")
    given(*DONE, SELF).when(early).then_refused("level_before", rule="R-208")
    own = order_rework("team", role="foreman", actor="wang")
    given(*DONE, SELF).when(own).then_refused("own_work", rule="R-211")
    other = order_rework("team", role="inspector", actor="sun")
    given(*DONE, SELF).when(other).then_refused("not_the_inspector", rule="R-211")
    half = (call_received("auto-4s"), work_started("wang"))
    given(*half).when(order_rework("self", role="foreman")).then_refused("nothing_to_inspect", rule="R-208")


def test_a_trade_without_inspections_has_no_level() -> None:
    done = given(call_received("common"), work_started("wang"), work_completed())
    refusal = done.when(pass_inspection("self")).then_refused("no_such_level", rule="R-208")
    assert refusal.english == "this profile has no inspection level self; it has -"


def test_a_closed_job_is_not_inspected_but_what_passed_has_passed() -> None:
    closed_job = given(*DONE, SELF, closed())
    closed_job.when(pass_inspection("self")).then_nothing()
    team = pass_inspection("team", role="foreman", actor="li")
    closed_job.when(team).then_refused("nothing_to_inspect", rule="R-208")
