"""The car workshop's promise: no work without a signed order, no car out without inspection, settlement, exit pass.

A whole way through the workshop is told; whatever single link is left out of it, the next gate stays shut.
"""

from typing import Any

import pytest

from events.event import Event
from services.command import Command
from services.refusal import Refusal
from tests.decisions.scenario import (
    advisor_informed,
    arrive_on_site,
    assigned,
    call_received,
    callback_scheduled,
    cancel_ticket,
    complete_callback,
    complete_work,
    completion_signed,
    customer_contacted,
    depart_for_customer,
    dispatch_engineer,
    engineer_arrived,
    engineer_dispatched,
    estimate_given,
    exit_pass_issued,
    form_filled,
    form_signed,
    give_guidance,
    given,
    handed_over,
    import_log_line,
    inspection_passed,
    payment_received,
    receive_payment,
    release_vehicle,
    reopened,
    resume_work,
    rework_ordered,
    sign_completion,
    start_work,
    vehicle_arrived,
    vehicle_received,
    vehicle_released,
    work_completed,
    work_paused,
    work_resumed,
    work_started,
)

ORDER: dict[str, Any] = {"overhaul": False, "stays": False}
IN = [vehicle_arrived(), vehicle_received(), form_signed("pre_check_sheet")]
ORDERED = [estimate_given(), form_filled("quote_sheet"), form_filled("work_order", ORDER), form_signed("work_order")]
HANDED = [form_signed("workshop_handover"), assigned("A")]
READY = [*IN, *ORDERED, *HANDED, engineer_dispatched("wang"), form_filled("work_preparation")]
INSPECTED = [
    form_filled("free_check_sheet"),
    inspection_passed("self"),
    inspection_passed("team", "li"),
    form_signed("team_leader_note"),
    inspection_passed("final", "sun"),
    form_filled("certificate"),
]
SHOWN = [
    form_filled("finished_notice"),
    form_filled("internal_check"),
    customer_contacted("delivery"),
    form_filled("handover_record"),
]
PAID = [form_filled("settlement_sheet", {"total": 680}), form_signed("settlement_sheet"), payment_received()]
OUT = [exit_pass_issued(), form_filled("papers_returned")]
WORKED = [*READY, work_started(), work_completed()]
SIGNED = [*WORKED, *INSPECTED, *SHOWN, completion_signed()]
GONE = [*SIGNED, *PAID, *OUT]
REGISTERED = call_received("auto-4s")
AGREED = [advisor_informed(), customer_contacted("consent"), form_signed("promise_change")]


def without(way: list[Event], link: Event) -> list[Event]:
    """The way with one link left out."""
    return [each for each in way if each is not link]


def named(link: Event) -> str:
    """How rules name it."""
    return link.token or link.name


def refuses(command: Command, *history: Event) -> bool:
    """Whether a rule of a row stands against it."""
    refusal = given(REGISTERED, *history).when(command).refusal
    assert refusal is None or refusal.code in ("guard_needs", "guard_sender", "guard_time"), refusal
    return refusal is not None


def test_with_every_link_the_gates_are_open() -> None:
    assert not refuses(start_work(), *READY)
    assert not refuses(sign_completion(role="advisor"), *WORKED, *INSPECTED, *SHOWN)
    assert not refuses(receive_payment(680, role="cashier"), *SIGNED, *PAID[:2])
    assert not refuses(release_vehicle(), *GONE)
    assert not refuses(complete_callback(), *GONE, callback_scheduled(), vehicle_released())


@pytest.mark.parametrize("link", [*IN[1:], ORDERED[0], ORDERED[1], ORDERED[3], HANDED[0], *READY[-2:]], ids=named)
def test_no_work_begins_without_any_one_of_its_papers(link: Event) -> None:
    assert refuses(start_work(), *without(READY, link))


@pytest.mark.parametrize("link", [INSPECTED[4], INSPECTED[5], *SHOWN], ids=named)
def test_nobody_signs_for_a_car_that_was_not_inspected_checked_and_shown(link: Event) -> None:
    assert refuses(sign_completion(role="advisor"), *without([*WORKED, *INSPECTED, *SHOWN], link))


@pytest.mark.parametrize("link", [completion_signed(), PAID[1]], ids=named)
def test_nobody_pays_before_he_signed_for_work_and_charges(link: Event) -> None:
    way = [each for each in [*SIGNED, *PAID[:2]] if each != link]
    assert refuses(receive_payment(680, role="cashier"), *way)


@pytest.mark.parametrize("link", [IN[1], INSPECTED[4], SIGNED[-1], *OUT], ids=named)
def test_no_car_leaves_without_any_one_of_its_papers(link: Event) -> None:
    assert refuses(release_vehicle(), *without(GONE, link))


@pytest.mark.parametrize("done", range(len(READY)))
def test_papers_of_the_first_visit_say_nothing_about_the_second(done: int) -> None:
    again = [*GONE, vehicle_released(), reopened()]
    assert refuses(start_work(), *again, *READY[:done])
    assert not refuses(start_work(), *again, *READY)
    assert refuses(release_vehicle(), *again, *READY[:done])


def test_a_car_that_goes_back_to_work_is_inspected_again_before_it_leaves() -> None:
    assert refuses(release_vehicle(), *GONE, rework_ordered())
    assert refuses(release_vehicle(), *GONE, rework_ordered(), work_completed())
    assert refuses(sign_completion(role="advisor"), *SIGNED[:-1], rework_ordered(), work_completed())


@pytest.mark.parametrize("command", [resume_work(), start_work(), give_guidance("solved")])
@pytest.mark.parametrize("interlude", [[], [handed_over("A", "B")], [engineer_dispatched("zhou")]])
def test_no_way_leads_around_the_customers_consent_to_a_pause(command: Command, interlude: list[Event]) -> None:
    paused = [*READY, work_started(), work_paused(), *interlude]
    for missing in AGREED:
        assert refuses(command, *paused, *without(AGREED, missing))


def test_consent_to_one_pause_is_no_consent_to_the_next() -> None:
    first = [*READY, work_started(), work_paused(), *AGREED]
    assert not refuses(resume_work(), *first)
    assert refuses(resume_work(), *first, work_resumed(), work_paused())


def test_a_new_estimate_wants_a_new_signed_order() -> None:
    assert refuses(complete_work(), *READY, work_started(), estimate_given(5000, 6000))


def test_begun_work_is_not_called_void() -> None:
    assert not refuses(cancel_ticket(), *READY)
    assert refuses(cancel_ticket(), *READY, work_started())


def test_who_wants_nothing_done_pays_what_he_signed_for_and_leaves_with_an_exit_pass() -> None:
    void = [*IN, estimate_given()]
    assert refuses(release_vehicle(), *void)
    assert not refuses(release_vehicle(), *void, *PAID, *OUT)


def test_a_call_that_is_solved_by_phone_needs_no_papers() -> None:
    assert not refuses(give_guidance("solved"))
    assert refuses(give_guidance("solved"), *IN)


def test_help_on_the_road_needs_an_order_signed_there() -> None:
    there = [assigned("A"), engineer_dispatched("wang"), engineer_arrived("wang")]
    assert refuses(start_work(), *there)
    assert not refuses(start_work(), *there, form_signed("on_site_order"))
    assert not refuses(sign_completion(), *there, form_signed("on_site_order"), work_started(), work_completed())


@pytest.mark.parametrize("command", [depart_for_customer(), arrive_on_site()])
def test_nobody_drives_out_to_a_car_that_stands_in_the_workshop(command: Command) -> None:
    assert refuses(command, *IN, assigned("A"), engineer_dispatched("wang"))


def test_what_another_systems_log_tells_leads_around_nothing() -> None:
    line = import_log_line(action="StartWork")
    kept = given(REGISTERED, *IN).when(line).decided[-1]
    assert isinstance(kept, Refusal)
    assert (kept.rule, kept.kept) == ("R-121", True)


def test_dispatch_follows_the_signed_order_and_the_handover() -> None:
    ready = dispatch_engineer(role="dispatcher")
    assert refuses(ready, *IN, *without(ORDERED, ORDERED[3]), *HANDED)
    assert refuses(ready, *IN, *ORDERED, assigned("A"))
    assert not refuses(ready, *IN, *ORDERED, *HANDED)


def test_the_callback_waits_for_the_car_to_leave() -> None:
    assert refuses(complete_callback(), *SIGNED)
