"""A job that passes from one trade to another, and the advisor who is told."""

import pytest

from events.event import Event
from services.ticket_state import Status
from tests.decisions.scenario import (
    advisor_informed,
    assigned,
    at,
    call_received,
    cancelled,
    change_trade,
    closed,
    complete_work,
    given,
    inform_advisor,
    resume_work,
    trade_changed,
    work_completed,
    work_paused,
    work_resumed,
    work_started,
)

AT_WORK = (call_received(), assigned(), work_started("wang"))


@pytest.mark.rule("R-133")
def test_a_job_passes_to_another_trade_and_its_engineer() -> None:
    given(*AT_WORK).when(change_trade()).then(trade_changed())
    passed = given(*AT_WORK, trade_changed(engineer="qian")).state()
    assert (passed.engineer, passed.status) == ("qian", Status.WORKING)


@pytest.mark.rule("R-133")
def test_a_job_that_passes_while_it_stands_still_goes_on_when_it_is_resumed() -> None:
    paused = given(*AT_WORK, at("11:00", work_paused()))
    paused.when(change_trade()).then(trade_changed())
    paused.and_given(trade_changed()).when(resume_work()).then(work_resumed(paused_seconds=3600, engineer="qian"))


def test_the_handling_time_counts_both_trades() -> None:
    history = (call_received(), assigned(), at("09:30", work_started("wang")), at("11:00", trade_changed()))
    given(*history).when(complete_work()).then(work_completed(handling_seconds=3 * 3600, engineer="qian"))


@pytest.mark.parametrize("story", [(), (work_started(), work_completed()), (work_started(), cancelled())])
def test_only_work_that_has_begun_and_goes_on_passes_to_another_trade(story: tuple[Event, ...]) -> None:
    given(call_received(), assigned(), *story).when(change_trade()).then_refused("not_running", rule="R-128")


@pytest.mark.rule("R-129")
def test_the_advisor_is_told() -> None:
    given(*AT_WORK, work_paused()).when(inform_advisor()).then(advisor_informed())


def test_there_is_nothing_to_tell_the_advisor_of_a_finished_job() -> None:
    given(*AT_WORK, work_completed(), closed()).when(inform_advisor()).then_refused("not_open", rule="R-002")
