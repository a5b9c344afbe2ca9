"""Reception: register, classify, assign, hand over, merge, cancel, close, reopen."""

import pytest

from events.event import Event
from services.command import Command, On
from services.policy import policy_of
from services.ticket_state import Status
from tests.decisions.scenario import (
    absorbed,
    add_note,
    assign_ticket,
    assigned,
    at,
    call_received,
    callback_completed,
    callback_scheduled,
    cancel_ticket,
    cancelled,
    classified,
    classify_ticket,
    clock,
    close_ticket,
    closed,
    completion_signed,
    customer_data_opened,
    engineer_arrived,
    engineer_dispatched,
    follow_up_ticket,
    for_called_back_profiles,
    for_plain_profiles,
    for_signed_profiles,
    for_unsigned_profiles,
    given,
    hand_over_ticket,
    handed_over,
    merge_ticket,
    merged,
    noted,
    open_customer_data,
    placed_on_follow_up,
    register_ticket,
    released,
    reopen_ticket,
    reopened,
    separate_ticket,
    separated,
    work_completed,
    work_paused,
    work_resumed,
    work_started,
)

OTHER = "ticket/T2"


def everything_done(profile: str) -> tuple[Event, ...]:
    policy = policy_of(profile)
    story = [call_received(profile), assigned(), work_started(), work_completed()]
    story += [completion_signed()] * policy.flag("needs_signature")
    story += [callback_scheduled(), callback_completed()] * policy.flag("needs_callback")
    return tuple(story)


# --- the register


@for_plain_profiles
def test_a_call_becomes_a_ticket_and_the_profile_of_the_day_says_what_it_needs(profile: str) -> None:
    given().when(register_ticket(profile)).then(call_received(profile))


def test_a_ticket_name_is_given_once() -> None:
    given(call_received()).when(register_ticket()).then_refused("already_registered", rule="R-003")


def test_a_ticket_keeps_the_profile_it_was_registered_under() -> None:
    ticket = given(call_received("software")).state()
    assert (ticket.profile, ticket.needs_signature, ticket.needs_callback) == ("software", False, True)


@for_plain_profiles
def test_a_request_gets_its_kind_and_grade_and_may_get_others_later(profile: str) -> None:
    history = (call_received(profile), classified("制动", 1))
    given(*history).when(classify_ticket("底盘", 3)).then(classified("底盘", 3))


def test_a_finished_ticket_is_not_classified() -> None:
    given(call_received(), cancelled()).when(classify_ticket()).then_refused("not_open", rule="R-002")


def test_a_remark_can_be_added_at_any_time() -> None:
    for end in ((), (cancelled(),), (merged(),), (work_completed(), closed())):
        given(call_received(), *end).when(add_note("旧件保留")).then(noted("旧件保留"))


def test_a_ticket_can_be_put_on_the_follow_up_list_even_when_the_work_is_done() -> None:
    given(call_received()).when(follow_up_ticket()).then(placed_on_follow_up())
    given(call_received(), work_completed()).when(follow_up_ticket()).then(placed_on_follow_up())


def test_an_ended_ticket_is_not_followed_up() -> None:
    given(call_received(), cancelled()).when(follow_up_ticket()).then_refused("not_open", rule="R-002")


# --- who answers for it


@for_plain_profiles
def test_a_registered_ticket_gets_a_team(profile: str) -> None:
    given(call_received(profile)).when(assign_ticket("A", "zhao")).then(assigned("A", "zhao"))


def test_assigning_the_same_team_and_owner_again_changes_nothing() -> None:
    given(call_received(), assigned("A", "zhao")).when(assign_ticket("A", "zhao")).then_nothing()


def test_within_the_team_another_person_can_take_over() -> None:
    given(call_received(), assigned("A", "zhao")).when(assign_ticket("A", "qian")).then(assigned("A", "qian"))


def test_assigning_another_team_is_told_as_a_hand_over_as_well() -> None:
    history = (call_received(), assigned("A"))
    given(*history).when(assign_ticket("B")).then(handed_over("A", "B", reason="assigned anew"), assigned("B"))


def test_a_team_hands_a_ticket_over_with_a_reason() -> None:
    given(call_received(), assigned("A")).when(hand_over_ticket("B", "满负荷")).then(handed_over("A", "B"))


def test_handing_over_to_the_team_that_has_it_changes_nothing() -> None:
    given(call_received(), assigned("A")).when(hand_over_ticket("A")).then_nothing()


def test_a_ticket_without_a_team_cannot_be_handed_over() -> None:
    given(call_received()).when(hand_over_ticket("B")).then_refused("no_team", rule="R-003")


@pytest.mark.parametrize("command", [assign_ticket("B"), hand_over_ticket("B"), cancel_ticket()])
@pytest.mark.parametrize("end", [(work_completed(),), (work_completed(), closed())], ids=["completed", "closed"])
def test_a_finished_ticket_must_be_reopened_first(command: Command, end: tuple[Event, ...]) -> None:
    given(call_received(), assigned("A"), *end).when(command).then_refused("not_open", rule="R-002")


def test_a_hand_over_takes_the_engineer_away_and_ends_the_pause() -> None:
    history = (call_received(), assigned(), work_started(), at("10:00", work_paused()), at("10:30", handed_over()))
    ticket = given(*history).state()
    assert (ticket.status, ticket.team, ticket.engineer) == (Status.ASSIGNED, "B", "")
    assert (ticket.paused_since, ticket.paused_seconds) == (None, 30 * 60)


# --- two tickets of the same case


def test_a_ticket_of_the_same_case_is_merged_and_both_histories_say_so() -> None:
    history = (call_received(), On(OTHER, call_received()))
    given(*history).when(merge_ticket("T2")).then(merged("T2"), On(OTHER, absorbed("T1")))


def test_a_merged_ticket_sends_everybody_on_to_the_other_one() -> None:
    refusal = given(call_received(), merged("T2")).when(assign_ticket()).then_refused("merged", rule="R-003")
    assert refusal.english == "ticket T1 was merged into T2; go on there"


def test_a_ticket_is_not_merged_into_itself() -> None:
    given(call_received()).when(merge_ticket("T1")).then_refused("merge_with_itself", rule="R-003")


def test_a_ticket_is_not_merged_into_one_that_does_not_exist() -> None:
    refusal = given(call_received()).when(merge_ticket("T2")).then_refused("unknown_ticket", rule="R-001")
    assert refusal.english == "there is no ticket T2; register it first"


@pytest.mark.parametrize("end", [cancelled(), closed(), merged("T1")], ids=["cancelled", "closed", "merged"])
def test_a_ticket_is_not_merged_into_one_that_has_ended(end: Event) -> None:
    history = (call_received(), On(OTHER, call_received()), On(OTHER, end))
    given(*history).when(merge_ticket("T2")).then_refused("merge_into_ended", rule="R-003")


def test_a_ticket_is_not_merged_into_another_sites_ticket() -> None:
    elsewhere = given(On(OTHER, call_received()), site="BJ01").and_given(call_received())
    refusal = elsewhere.when(merge_ticket("T2")).then_refused("other_site", rule="R-026")
    assert refusal.english == "this belongs to site BJ01, not to SH01"


def test_a_merge_that_was_a_mistake_is_undone_and_the_ticket_is_as_it_was() -> None:
    history = (call_received(), assigned(), engineer_dispatched(), merged("T2"), On(OTHER, absorbed("T1")))
    given(*history).when(separate_ticket("T2")).then(separated("T2"), On(OTHER, released("T1")))
    ticket = given(*history, separated("T2")).state()
    assert (ticket.status, ticket.engineer, ticket.into) == (Status.DISPATCHED, "wang", "")


def test_only_a_merged_ticket_can_be_separated_and_only_from_where_it_went() -> None:
    given(call_received()).when(separate_ticket("T2")).then_refused("not_merged", rule="R-003")
    given(call_received(), merged("T2")).when(separate_ticket("T3")).then_refused("not_merged", rule="R-003")


def test_the_other_ticket_remembers_whom_it_absorbed_until_they_part() -> None:
    assert given(call_received(), absorbed("T2")).state().absorbed == {"T2"}
    assert given(call_received(), absorbed("T2"), released("T2")).state().absorbed == frozenset()


# --- the end


def test_a_request_that_is_void_is_cancelled_once() -> None:
    given(call_received()).when(cancel_ticket("撤回")).then(cancelled("撤回"))
    given(call_received(), cancelled()).when(cancel_ticket()).then_nothing()


@for_plain_profiles
def test_a_ticket_closes_when_everything_its_profile_asks_for_is_there(profile: str) -> None:
    given(*everything_done(profile)).when(close_ticket()).then(closed("换片"))


@for_plain_profiles
def test_closing_again_changes_nothing(profile: str) -> None:
    given(*everything_done(profile), closed()).when(close_ticket()).then_nothing()


@for_plain_profiles
def test_no_ticket_closes_before_the_work_is_done(profile: str) -> None:
    for story in ((), (assigned(),), (assigned(), work_started()), (cancelled(),)):
        given(call_received(profile), *story).when(close_ticket()).then_refused("no_solution", rule="R-042")


@for_signed_profiles
def test_no_path_closes_a_ticket_unsigned_where_a_signature_is_needed(profile: str) -> None:
    history = (call_received(profile), work_started(), work_completed(), callback_scheduled(), callback_completed())
    given(*history).when(close_ticket()).then_refused("unsigned", rule="R-166")


@for_called_back_profiles
def test_no_ticket_closes_before_its_callback_where_one_is_due(profile: str) -> None:
    history = (call_received(profile), work_started(), work_completed(), completion_signed(), callback_scheduled())
    given(*history).when(close_ticket()).then_refused("no_callback", rule="R-240")


@for_unsigned_profiles
def test_where_nothing_is_signed_a_ticket_closes_without_a_signature(profile: str) -> None:
    story = [event for event in everything_done(profile) if event != completion_signed()]
    given(*story).when(close_ticket()).then(closed("换片"))


@pytest.mark.parametrize("end", [cancelled(), work_completed(), closed()], ids=["cancelled", "completed", "closed"])
@for_plain_profiles
def test_what_is_finished_can_be_reopened(profile: str, end: Event) -> None:
    given(call_received(profile), end).when(reopen_ticket("又坏了")).then(reopened("又坏了"))


def test_what_is_still_open_cannot_be_reopened() -> None:
    for story in ((), (assigned(),), (assigned(), work_started()), (assigned(), work_started(), work_paused())):
        given(call_received(), *story).when(reopen_ticket()).then_refused("not_ended", rule="R-002")


@for_plain_profiles
def test_a_reopened_ticket_needs_everything_anew(profile: str) -> None:
    ticket = given(*everything_done(profile), closed(), at("10:00", reopened(), day=4)).state()
    assert (ticket.status, ticket.engineer, ticket.solution) == (Status.ASSIGNED, "", "")
    assert (ticket.signed_by, ticket.callback_due, ticket.called_back) == ("", None, False)
    assert (ticket.handling_since, ticket.paused_seconds) == (clock("10:00", day=4), 0)


def test_a_ticket_reopened_before_it_had_a_team_waits_for_one() -> None:
    assert given(call_received(), cancelled(), reopened()).state().status is Status.REGISTERED


# --- who, where, when


def test_an_unknown_ticket_is_told_by_name() -> None:
    refusal = given().when(assign_ticket(ticket="T9")).then_refused("unknown_ticket", rule="R-001")
    assert (refusal.english, refusal.chinese) == ("there is no ticket T9; register it first", "没有工单 T9;请先登记")


def test_another_sites_ticket_is_out_of_reach() -> None:
    given(call_received(), site="BJ01").when(assign_ticket()).then_refused("other_site", rule="R-026")
    given(call_received(), site="BJ01").when(register_ticket()).then_refused("other_site", rule="R-026")


def test_events_that_mean_nothing_to_decisions_only_move_the_latest_time() -> None:
    before = given(call_received(), assigned()).state()
    after = given(call_received(), assigned(), at("11:00", noted())).state()
    assert after.latest_at == clock("11:00")
    assert (after.status, after.team) == (before.status, before.team)


def test_a_fact_told_late_does_not_move_the_latest_time_back() -> None:
    assert given(at("11:00", call_received()), at("10:00", noted())).state().latest_at == clock("11:00")


def test_the_status_follows_the_ticket_through_its_life() -> None:
    story = [
        (call_received(), Status.REGISTERED), (assigned(), Status.ASSIGNED), (engineer_dispatched(), Status.DISPATCHED),
        (engineer_arrived(), Status.ON_SITE), (work_started(), Status.WORKING), (work_paused(), Status.PAUSED),
        (work_resumed(), Status.WORKING), (work_completed(), Status.COMPLETED), (completion_signed(), Status.COMPLETED),
        (closed(), Status.CLOSED), (reopened(), Status.ASSIGNED), (cancelled(), Status.CANCELLED),
    ]  # fmt: skip
    events = [event for event, _ in story]
    for number, (_, status) in enumerate(story, start=1):
        assert given(*events[:number]).state().status is status


# --- who the customer is


@for_plain_profiles
def test_whoever_looks_at_the_customers_data_is_on_record_with_the_purpose(profile: str) -> None:
    given(call_received(profile)).when(open_customer_data("约上门时间")).then(customer_data_opened("约上门时间"))


@for_plain_profiles
def test_the_customers_data_are_only_for_an_open_case(profile: str) -> None:
    given(call_received(profile), cancelled()).when(open_customer_data()).then_refused("no_open_case", rule="R-026")
