"""A line of another system's log: followed where the rules allow it, kept in any case."""

from typing import get_args

import pytest

from events.event import Event
from services.desk import decide
from services.log_line import ACTIONS, IMPLIED, Action
from services.refusal import Refusal, Rejected
from services.ticket_state import Status
from tests.decisions.scenario import (
    Given,
    assigned,
    at,
    call_received,
    cancelled,
    clock,
    closed,
    engineer_arrived,
    engineer_dispatched,
    for_signed_profiles,
    given,
    handed_over,
    import_log_line,
    log_line_imported,
    merged,
    reopened,
    work_completed,
    work_paused,
    work_resumed,
    work_started,
)

REGISTERED = call_received("imported", problem="i", product="p", channel="system", customer={"name": ""})
WORKING = (call_received("imported"), assigned("A"), work_started("importer"))
DONE = (*WORKING, work_completed())
LIVES: dict[Status, Given] = {
    Status.UNKNOWN: given(),
    Status.REGISTERED: given(call_received("imported")),
    Status.ASSIGNED: given(call_received("imported"), assigned("A")),
    Status.DISPATCHED: given(call_received("imported"), assigned("A"), engineer_dispatched("wang")),
    Status.ON_SITE: given(call_received("imported"), assigned("A"), engineer_dispatched("wang"), engineer_arrived()),
    Status.WORKING: given(*WORKING),
    Status.PAUSED: given(*WORKING, work_paused("other")),
    Status.COMPLETED: given(*DONE),
    Status.CLOSED: given(*DONE, closed()),
    Status.CANCELLED: given(*WORKING, cancelled()),
}


def followed(action: str) -> Event:
    """The line, and that its ticket followed it."""
    return log_line_imported(action=action)


def kept(action: str, code: str, **facts: str) -> tuple[Event, Refusal]:
    """The line, and why its ticket did not follow it."""
    refusal = Rejected(code, **facts).refusal.model_copy(update={"kept": True})
    return log_line_imported(action=action, refused=code), refusal


# --- followed


def test_the_first_line_registers_the_ticket_and_gives_it_to_the_lines_team() -> None:
    given().when(import_log_line("AssignTicket")).then(REGISTERED, assigned("A"), followed("AssignTicket"))


def test_a_line_of_the_same_team_and_status_changes_nothing() -> None:
    given(*WORKING).when(import_log_line("StartWork")).then(followed("StartWork"))


def test_a_line_of_another_team_hands_the_ticket_over_once() -> None:
    given(*WORKING).when(import_log_line("AssignTicket", team="B")).then(
        handed_over("A", "B", reason="s"), followed("AssignTicket")
    )


def test_a_finished_ticket_can_change_its_team_and_stays_finished() -> None:
    decided = given(*DONE).when(import_log_line("CompleteWork", team="B"))
    decided.then(handed_over("A", "B", reason="s"), followed("CompleteWork"))


def test_a_line_that_names_no_team_leaves_the_ticket_with_its_team() -> None:
    given(*WORKING, work_paused("other")).when(import_log_line("AssignTicket", team="")).then(
        assigned("A"), followed("AssignTicket")
    )


def test_a_pause_implies_that_work_had_begun() -> None:
    given(call_received("imported"), assigned("A")).when(import_log_line("PauseWork", reason="other")).then(
        work_started("importer"), work_paused("other", note="s"), followed("PauseWork")
    )


def test_closing_implies_that_the_work_was_resumed_and_completed() -> None:
    told = (*WORKING[:2], at("09:30", work_started("importer")), at("10:00", work_paused("other")))
    given(*told).when(import_log_line("CloseTicket")).then(
        work_resumed("other", 2 * 3600, engineer="importer"),
        work_completed("s", handling_seconds=3600, paused_seconds=2 * 3600, to_be_signed=False, engineer="importer"),
        closed("s"),
        followed("CloseTicket"),
    )


@pytest.mark.parametrize("end", [(work_completed(),), (work_completed(), closed()), (cancelled(),)])
def test_a_finished_ticket_is_reopened_by_a_line_that_goes_on_with_it(end: tuple[Event, ...]) -> None:
    given(*WORKING, *end).when(import_log_line("StartWork")).then(
        reopened("s"), work_started("importer"), followed("StartWork")
    )


def test_a_line_without_an_action_only_adds_to_the_history() -> None:
    given(*DONE).when(import_log_line("")).then(followed(""))


# --- kept, not followed


def test_a_line_that_happened_before_what_is_known_is_kept_and_not_followed() -> None:
    given(*WORKING).when(import_log_line("CloseTicket", team="B", at=clock("08:00")), now=clock("12:00")).then(
        *kept("CloseTicket", "late_line")
    )


def test_a_line_of_the_same_moment_is_not_late() -> None:
    given(at("12:00", call_received("imported")), at("12:00", assigned("A"))).when(import_log_line("StartWork")).then(
        work_started("importer"), followed("StartWork")
    )


def test_a_line_that_completes_a_closed_ticket_is_kept_and_not_followed() -> None:
    given(*DONE, closed()).when(import_log_line("CompleteWork")).then(
        *kept("CompleteWork", "not_running", ticket="T1", status="closed")
    )


@for_signed_profiles
def test_a_line_does_not_spare_a_ticket_of_ours_the_customers_signature(profile: str) -> None:
    history = (call_received(profile), assigned("A"), work_started(), work_completed())
    given(*history).when(import_log_line("CloseTicket")).then(*kept("CloseTicket", "unsigned", ticket="T1"))


def test_a_line_for_a_merged_ticket_is_refused() -> None:
    given(*WORKING, merged("T2")).when(import_log_line("StartWork")).then_refused("merged", rule="R-003")


# --- whatever the log says


@pytest.mark.parametrize("team", ["A", "B", ""])
@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize("status", LIVES)
def test_in_whatever_status_any_line_is_kept(status: Status, action: str, team: str) -> None:
    life = LIVES[status]
    assert life.state().status is status
    line = import_log_line(action, team=team)
    *_, recorded = [each for each in decide(line, [life.state()], line.at) if isinstance(each, Event)]
    assert recorded.name == "ticket.log_line_imported"


def test_every_action_and_every_implied_one_is_a_command() -> None:
    implied = {step for steps in IMPLIED.values() for step in steps.values()}
    assert implied | set(IMPLIED) <= set(ACTIONS) == set(get_args(Action)) - {""}
