"""The service desk: contact, guidance by phone, remote sessions, escalation, another engineer."""

import pytest

from events.event import Event
from services.command import Command
from services.ticket_state import Status
from tests.decisions.scenario import (
    arrive_on_site,
    assigned,
    at,
    call_received,
    classified,
    clock,
    closed,
    contact_customer,
    customer_contacted,
    dispatch_engineer,
    end_remote_session,
    engineer_arrived,
    engineer_dispatched,
    engineer_replaced,
    escalate_ticket,
    form_filled,
    form_signed,
    give_guidance,
    given,
    guidance_given,
    item_declined,
    item_proposed,
    part_approved,
    part_requested,
    progress_reported,
    remote_session_ended,
    remote_session_started,
    replace_engineer,
    report_progress,
    start_remote_session,
    start_work,
    ticket_escalated,
    work_completed,
    work_paused,
    work_resumed,
    work_started,
)

AUTHORISED = (form_filled("remote_authorisation"), form_signed("remote_authorisation"))
ON_SITE = (call_received(), assigned(), engineer_dispatched("wang"), engineer_arrived("wang"))


def test_guidance_that_solves_it_is_the_work() -> None:
    decided = given(call_received()).when(give_guidance("solved", actor="chen", role="engineer")).decided
    assert [event.name for event in decided if isinstance(event, Event)] == [
        "support.guidance_given",
        "work.started",
        "work.completed",
    ]


def test_guidance_during_the_work_starts_it_no_second_time() -> None:
    decided = given(call_received(), assigned(), work_started()).when(give_guidance("solved")).decided
    assert [event.name for event in decided if isinstance(event, Event)] == ["support.guidance_given", "work.completed"]


def test_guidance_that_does_not_help_is_only_told() -> None:
    given(call_received()).when(give_guidance("unsolved")).then(guidance_given("unsolved"))


@pytest.mark.rule("R-025")
def test_nobody_is_sent_before_the_phone_was_tried() -> None:
    tried = (call_received("software"), classified(), assigned())
    given(*tried).when(dispatch_engineer()).then_refused("guard_needs", rule="R-025")
    assert given(*tried, guidance_given("unsolved")).when(dispatch_engineer()).refusal is None


@pytest.mark.rule("R-035")
def test_a_remote_session_needs_the_customers_signature() -> None:
    given(call_received()).when(start_remote_session()).then_refused("guard_needs", rule="R-035")
    filled = given(call_received(), form_filled("remote_authorisation"))
    filled.when(start_remote_session()).then_refused("guard_needs", rule="R-035")
    given(call_received(), *AUTHORISED).when(start_remote_session()).then(remote_session_started())


@pytest.mark.rule("R-035")
def test_a_session_ends_once() -> None:
    opened = (call_received(), *AUTHORISED, remote_session_started())
    given(*opened).when(start_remote_session()).then_refused("session_open", rule="R-035")
    given(*opened).when(end_remote_session()).then(remote_session_ended())
    given(*opened, remote_session_ended()).when(end_remote_session()).then_refused("no_session", rule="R-035")
    given(call_received()).when(end_remote_session()).then_refused("no_session", rule="R-035")


@pytest.mark.rule("R-036")
def test_on_site_the_system_is_entered_as_authorised() -> None:
    _, *visit = ON_SITE
    there = (call_received("software"), *visit)
    given(*there).when(start_work()).then_refused("guard_needs", rule="R-036")
    signed = given(*there, form_filled("system_entry"), form_signed("system_entry"))
    assert signed.when(start_work()).refusal is None


@pytest.mark.rule("R-040")
def test_headquarters_sends_another_engineer_who_keeps_the_promise() -> None:
    promised = engineer_dispatched("wang", promised_at=clock("15:00"))
    given(call_received(), assigned(), promised).when(replace_engineer("zhou")).then(
        engineer_replaced(engineer="zhou", instead_of="wang", reason="用户不满"),
        engineer_dispatched("zhou", promised_at=clock("15:00")),
    )


@pytest.mark.rule("R-040")
def test_only_another_engineer_can_replace_one() -> None:
    given(*ON_SITE).when(replace_engineer("wang")).then_refused("same_engineer", rule="R-040")
    given(call_received(), assigned()).when(replace_engineer("zhou")).then_refused("not_dispatched", rule="R-030")


@pytest.mark.rule("R-040")
def test_headquarters_alone_replaces_engineers_and_only_when_the_user_was_dissatisfied() -> None:
    given(*ON_SITE).when(replace_engineer("zhou", role="manager")).then_refused("role_not_permitted", rule="R-145")
    _, *visit = ON_SITE
    there = given(call_received("software"), *visit)
    there.when(replace_engineer("zhou")).then_refused("guard_needs", rule="R-040")
    there.and_given(form_filled("dissatisfaction"))
    assert there.when(replace_engineer("zhou")).refusal is None


def test_the_customer_may_be_spoken_to_at_any_time() -> None:
    over = (call_received(), assigned(), work_started(), work_completed(), closed())
    given(*over).when(contact_customer("follow_up")).then(customer_contacted("follow_up"))
    assert given(*over).when(report_progress()).refusal is None


@pytest.mark.parametrize("command", [give_guidance(), escalate_ticket(), start_remote_session(), replace_engineer()])
def test_help_is_for_cases_that_go_on(command: Command) -> None:
    over = (call_received(), *AUTHORISED, assigned(), work_started(), work_completed(), closed())
    given(*over).when(command).then_refused("not_open", rule="R-002")


@pytest.mark.rule("R-010", "R-041", "R-043")
def test_a_case_is_told_to_somebody_who_can_do_more() -> None:
    wanted = escalate_ticket("leading_group", reason="系统瘫痪", urgent=True)
    given(call_received()).when(wanted).then(ticket_escalated("leading_group", reason="系统瘫痪", urgent=True))


def test_who_is_helped_by_phone_is_helped_at_once_and_the_time_is_counted() -> None:
    given(at("11:45", call_received())).when(give_guidance("solved", actor="chen")).then(
        guidance_given("solved"),
        work_started("chen"),
        work_completed("重启服务", handling_seconds=15 * 60, paused_seconds=0, engineer="chen", team=""),
    )


def test_who_helped_by_phone_did_the_work_even_if_somebody_else_was_on_the_way() -> None:
    history = (at("11:45", call_received()), assigned(), engineer_dispatched("wang"))
    given(*history).when(give_guidance("solved", actor="chen")).then(
        guidance_given("solved"),
        work_started("chen"),
        work_completed("重启服务", handling_seconds=15 * 60, paused_seconds=0, engineer="chen"),
    )


def test_help_by_phone_ends_a_pause_and_leaves_it_out_of_the_handling_time() -> None:
    history = (
        at("09:00", call_received()),
        assigned(),
        work_started(),
        at("10:00", work_paused("waiting_for_customer")),
    )
    given(*history).when(give_guidance("solved")).then(
        guidance_given("solved"),
        work_resumed("waiting_for_customer", 2 * 3600),
        work_completed("重启服务", handling_seconds=3600, paused_seconds=2 * 3600, to_be_signed=True),
    )


@pytest.mark.rule("R-114")
def test_the_phone_is_no_way_around_an_item_that_the_customer_was_asked_about() -> None:
    asked = given(call_received(), assigned(), work_started(), item_proposed())
    asked.when(give_guidance("solved")).then_refused("open_item", rule="R-114")
    asked.when(give_guidance("unsolved")).then(guidance_given("unsolved"))
    assert asked.and_given(item_declined()).when(give_guidance("solved")).refusal is None


def test_the_phone_is_no_way_around_a_part_that_lies_in_the_store() -> None:
    history = (call_received(), assigned(), work_started(), part_requested(), part_approved())
    given(*history).when(give_guidance("solved")).then_refused("open_part", rule="R-200")


@pytest.mark.rule("R-035")
def test_after_one_session_there_may_be_another() -> None:
    once = (call_received(), *AUTHORISED, remote_session_started(), remote_session_ended())
    given(*once).when(start_remote_session()).then(remote_session_started())
    given(*once, remote_session_started()).when(end_remote_session()).then(remote_session_ended())


@pytest.mark.rule("R-040")
def test_the_other_engineer_is_on_the_way_and_only_he_arrives() -> None:
    paused = given(*ON_SITE, work_started("wang"), work_paused())
    paused.when(replace_engineer("zhou")).then(
        engineer_replaced(engineer="zhou", instead_of="wang"), engineer_dispatched("zhou")
    )
    sent = paused.and_given(engineer_replaced(), engineer_dispatched("zhou"))
    assert (sent.state().engineer, sent.state().status) == ("zhou", Status.DISPATCHED)
    sent.when(arrive_on_site(actor="wang")).then_refused("other_engineer", rule="R-145")
    sent.when(arrive_on_site(actor="zhou")).then(engineer_arrived("zhou"))


@pytest.mark.rule("R-040")
@pytest.mark.parametrize("role", ["dispatcher", "foreman", "director", "engineer", "receptionist"])
def test_nobody_else_than_headquarters_replaces_an_engineer(role: str) -> None:
    given(*ON_SITE).when(replace_engineer(role=role)).then_refused("role_not_permitted", rule="R-145")


def test_the_customer_is_told_how_far_we_are() -> None:
    given(*ON_SITE).when(report_progress()).then(progress_reported())


def test_what_was_agreed_with_the_customer_is_kept() -> None:
    both = {"agreed_at": clock("15:00"), "result": "三点上门"}
    given(call_received()).when(contact_customer(**both)).then(customer_contacted(**both))
