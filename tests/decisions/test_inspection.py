"""Three levels of inspection, each by its own inspector (auto-4s, whose own papers tests/rules asks for)."""

import pytest

from events.event import Event
from tests.decisions.scenario import (
    call_received,
    form_filled,
    form_signed,
    given,
    inspection_passed,
    order_rework,
    pass_inspection,
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
