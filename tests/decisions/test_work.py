"""The workshop: dispatch, arrival, work with its pauses, completion, signature."""

import pytest

from events.event import Event
from events.work import CompletionSigned
from services.command import Command
from services.ticket_state import Status
from tests.decisions.scenario import (
    SIGNED,
    arrive_on_site,
    assigned,
    at,
    call_received,
    cancelled,
    classified,
    clock,
    closed,
    complete_work,
    completion_signed,
    dispatch_engineer,
    engineer_arrived,
    engineer_dispatched,
    for_plain_profiles,
    for_signed_profiles,
    given,
    handed_over,
    part_approved,
    part_issued,
    part_refused,
    part_requested,
    pause_work,
    reopened,
    resume_work,
    sign_completion,
    start_work,
    work_completed,
    work_paused,
    work_resumed,
    work_started,
)

# --- on the way


@for_plain_profiles
def test_a_ticket_with_a_team_gets_an_engineer(profile: str) -> None:
    given(call_received(profile), assigned("A")).when(dispatch_engineer("wang")).then(engineer_dispatched("wang"))


def test_what_the_customer_was_promised_is_kept() -> None:
    promise = clock("15:00")
    given(call_received(), assigned()).when(dispatch_engineer("wang", promised_at=promise)).then(
        engineer_dispatched("wang", promised_at=promise)
    )


def test_nobody_is_dispatched_before_a_team_answers_for_the_ticket() -> None:
    given(call_received()).when(dispatch_engineer()).then_refused("no_team", rule="R-003")


@pytest.mark.parametrize("under_way", [(), (engineer_arrived(),), (engineer_arrived(), work_started())])
def test_dispatching_the_engineer_who_is_on_the_job_already_changes_nothing(under_way: tuple[Event, ...]) -> None:
    given(call_received(), assigned(), engineer_dispatched(), *under_way).when(dispatch_engineer()).then_nothing()


def test_another_engineer_can_be_sent_instead() -> None:
    history = (call_received(), assigned(), engineer_dispatched("wang"))
    given(*history).when(dispatch_engineer("li")).then(engineer_dispatched("li"))


def test_the_same_engineer_can_be_sent_again_after_a_pause() -> None:
    history = (call_received(), assigned(), engineer_dispatched(), work_started(), work_paused())
    given(*history).when(dispatch_engineer("wang")).then(engineer_dispatched("wang"))


def test_the_same_engineer_can_be_sent_again_after_the_ticket_was_assigned_anew() -> None:
    history = (call_received(), assigned("A"), engineer_dispatched("wang"), assigned("A", "zhao"))
    given(*history).when(dispatch_engineer("wang")).then(engineer_dispatched("wang"))


@pytest.mark.parametrize("end", [work_completed(), closed(), cancelled()], ids=["completed", "closed", "cancelled"])
@pytest.mark.parametrize("engineer", ["wang", "li"])
def test_nobody_is_sent_to_a_finished_ticket(engineer: str, end: Event) -> None:
    history = (call_received(), assigned(), engineer_dispatched("wang"), work_started(), end)
    given(*history).when(dispatch_engineer(engineer)).then_refused("not_open", rule="R-002")


@for_plain_profiles
def test_the_engineer_who_was_dispatched_arrives(profile: str) -> None:
    history = (call_received(profile), assigned(), engineer_dispatched("wang"))
    given(*history).when(arrive_on_site(actor="wang")).then(engineer_arrived("wang"))


def test_arriving_twice_is_arriving_once() -> None:
    history = (call_received(), assigned(), engineer_dispatched("wang"), engineer_arrived("wang"))
    given(*history).when(arrive_on_site(actor="wang")).then_nothing()


@pytest.mark.parametrize("arrived", [(), (engineer_arrived("wang"),)], ids=["before", "after"])
def test_no_other_engineer_arrives_instead(arrived: tuple[Event, ...]) -> None:
    history = (call_received(), assigned(), engineer_dispatched("wang"), *arrived)
    refusal = given(*history).when(arrive_on_site(actor="li")).then_refused("other_engineer", rule="R-145")
    assert refusal.english == "ticket T1 was given to wang; no swapping without permission"


def test_nobody_arrives_without_a_dispatch() -> None:
    given(call_received(), assigned()).when(arrive_on_site()).then_refused("not_dispatched", rule="R-030")


# --- work and its pauses


@pytest.mark.parametrize("on_the_way", [(), (engineer_dispatched(),), (engineer_dispatched(), engineer_arrived())])
@for_plain_profiles
def test_work_starts_by_telephone_on_the_way_or_on_site(profile: str, on_the_way: tuple[Event, ...]) -> None:
    given(call_received(profile), assigned(), *on_the_way).when(start_work(actor="wang")).then(work_started("wang"))


def test_starting_twice_is_starting_once() -> None:
    given(call_received(), assigned(), work_started()).when(start_work()).then_nothing()


def test_work_does_not_start_before_a_team_answers_for_the_ticket() -> None:
    given(call_received()).when(start_work()).then_refused("no_team", rule="R-003")


def test_paused_work_is_resumed_not_started() -> None:
    history = (call_received(), assigned(), work_started(), work_paused())
    given(*history).when(start_work()).then_refused("open_pause", rule="R-131")


def test_finished_work_does_not_start_again() -> None:
    history = (call_received(), assigned(), work_started(), work_completed())
    given(*history).when(start_work()).then_refused("not_open", rule="R-002")


@for_plain_profiles
def test_running_work_pauses_with_a_reason(profile: str) -> None:
    history = (call_received(profile), assigned(), work_started())
    given(*history).when(pause_work("waiting_for_part", "缺滤芯")).then(work_paused("waiting_for_part", "缺滤芯"))


def test_pausing_for_the_same_reason_again_changes_nothing() -> None:
    given(call_received(), assigned(), work_started(), work_paused()).when(pause_work()).then_nothing()


def test_a_pause_that_goes_on_for_another_reason_is_counted_for_each() -> None:
    history = (call_received(), assigned(), work_started(), at("11:00", work_paused("waiting_for_part")))
    given(*history).when(pause_work("waiting_for_customer", at=clock("11:45"))).then(
        work_resumed("waiting_for_part", 45 * 60), work_paused("waiting_for_customer")
    )


@pytest.mark.parametrize("story", [(), (engineer_dispatched(),), (work_started(), work_completed())])
def test_only_running_work_can_pause_or_complete(story: tuple[Event, ...]) -> None:
    history = given(call_received(), assigned(), *story)
    history.when(pause_work()).then_refused("not_running", rule="R-128")


def test_work_that_was_never_started_is_not_completed() -> None:
    given(call_received(), assigned()).when(complete_work()).then_refused("not_running", rule="R-128")


@for_plain_profiles
def test_work_goes_on_and_the_pause_is_measured(profile: str) -> None:
    history = (call_received(profile), assigned(), work_started(), at("09:30", work_paused("waiting_for_customer")))
    given(*history).when(resume_work(at=clock("12:30"))).then(work_resumed("waiting_for_customer", 3 * 3600))


def test_a_resumption_told_before_its_pause_counts_as_no_time() -> None:
    history = (call_received(), assigned(), work_started(), at("11:00", work_paused()))
    given(*history).when(resume_work(at=clock("10:00"))).then(work_resumed(paused_seconds=0))


def test_resuming_work_that_runs_changes_nothing() -> None:
    given(call_received(), assigned(), work_started()).when(resume_work()).then_nothing()


def test_work_that_was_never_started_is_not_resumed() -> None:
    given(call_received(), assigned()).when(resume_work()).then_refused("not_paused", rule="R-131")


# --- done


@for_plain_profiles
def test_the_handling_time_leaves_every_pause_out(profile: str) -> None:
    history = (
        at("08:00", call_received(profile)),
        at("08:10", assigned()),
        at("08:30", work_started()),
        at("09:00", work_paused("waiting_for_part")),
        at("12:00", work_resumed("waiting_for_part", 3 * 3600)),
        at("13:00", work_paused("rest_time")),
        at("13:30", work_resumed("rest_time", 1800)),
    )
    given(*history).when(complete_work("换片", at=clock("14:00"))).then(
        work_completed("换片", handling_seconds=9000, paused_seconds=12600, to_be_signed=profile in SIGNED)
    )


def test_a_pause_that_a_hand_over_or_a_dispatch_ended_counts_too() -> None:
    history = (
        at("08:00", call_received()),
        at("08:00", assigned("A")),
        at("08:00", work_started()),
        at("09:00", work_paused()),
        at("10:00", handed_over("A", "B")),
        at("10:00", work_started()),
        at("11:00", work_paused()),
        at("11:30", engineer_dispatched("li")),
        at("11:30", work_started("li")),
    )
    given(*history).when(complete_work(at=clock("12:00"))).then(
        work_completed(handling_seconds=9000, paused_seconds=5400, engineer="li", team="B")
    )


def test_after_reopening_the_time_is_counted_anew() -> None:
    history = (call_received(), assigned(), work_started(), work_paused(), work_resumed(), work_completed(), closed())
    again = (at("10:00", reopened(), day=9), at("10:30", work_started(), day=9))
    given(*history, *again).when(complete_work(at=clock("11:00", day=9))).then(
        work_completed(handling_seconds=3600, paused_seconds=0)
    )


def test_a_completion_says_whose_it_is_and_what_kind_of_fault_it_was() -> None:
    history = (at("11:50", call_received()), classified("空调", 3), assigned("B"), work_started("li"))
    given(*history).when(complete_work()).then(work_completed(engineer="li", team="B", category="空调"))


@for_plain_profiles
def test_a_completion_says_whether_the_profile_wants_it_signed(profile: str) -> None:
    history = given(at("12:00", call_received(profile)), assigned(), work_started())
    history.when(complete_work()).then(work_completed(handling_seconds=0, to_be_signed=profile in SIGNED))


def test_completing_twice_is_completing_once() -> None:
    given(call_received(), assigned(), work_started(), work_completed()).when(complete_work()).then_nothing()


def test_paused_work_is_not_completed() -> None:
    history = (call_received(), assigned(), work_started(), work_paused("waiting_for_supplier"))
    refusal = given(*history).when(complete_work()).then_refused("open_pause", rule="R-131")
    assert refusal.english == "work on ticket T1 is paused (waiting_for_supplier); resume it first"


def test_work_is_not_completed_while_an_approved_part_lies_in_the_store() -> None:
    history = (call_received(), assigned(), work_started(), part_requested(), part_approved())
    given(*history).when(complete_work()).then_refused("open_part", rule="R-200")


@pytest.mark.parametrize("parts", [(part_refused(),), (part_approved(), part_issued())], ids=["refused", "issued"])
def test_work_is_completed_when_its_parts_are_settled(parts: tuple[Event, ...]) -> None:
    history = given(at("11:50", call_received()), assigned(), work_started(), part_requested(), *parts)
    history.when(complete_work()).then(work_completed(handling_seconds=600, paused_seconds=0))


@for_plain_profiles
def test_the_customer_signs_what_was_done(profile: str) -> None:
    history = (call_received(profile), assigned(), work_started(), work_completed())
    (signed,) = given(*history).when(sign_completion("李芳", method="on_screen", place="店内")).decided
    assert isinstance(signed, CompletionSigned)
    assert signed == completion_signed("李芳", method="on_screen", place="店内", digest=signed.digest)
    assert len(signed.digest) == 64


@pytest.mark.parametrize("closing", [(), (closed(),)], ids=["completed", "closed"])
def test_a_signature_counts_once(closing: tuple[Event, ...]) -> None:
    history = (call_received(), assigned(), work_started(), work_completed(), completion_signed(), *closing)
    given(*history).when(sign_completion()).then_nothing()


@for_signed_profiles
def test_nobody_signs_before_the_service_is_done(profile: str) -> None:
    for story in ((), (assigned(),), (assigned(), work_started()), (assigned(), work_started(), work_paused())):
        given(call_received(profile), *story).when(sign_completion()).then_refused("not_finished", rule="R-179")


def test_after_reopening_the_old_signature_does_not_count() -> None:
    history = (call_received(), assigned(), work_started(), work_completed(), completion_signed(), reopened())
    given(*history).when(sign_completion()).then_refused("not_finished", rule="R-179")
    assert given(*history).state().status is Status.ASSIGNED


@pytest.mark.parametrize("command", [pause_work(), resume_work(), complete_work(), sign_completion(), start_work()])
def test_nothing_is_done_to_a_cancelled_ticket(command: Command) -> None:
    assert given(call_received(), assigned(), work_started(), cancelled()).when(command).refusal is not None
