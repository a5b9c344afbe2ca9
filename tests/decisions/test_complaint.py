"""Complaints: registered once, resolved once, by their own site."""

from services.command import On
from tests.decisions.scenario import (
    call_received,
    complaint_registered,
    complaint_resolved,
    given,
    register_complaint,
    resolve_complaint,
)

COMPLAINT = "complaint/K1"


def test_a_customer_who_is_dissatisfied_is_written_down() -> None:
    given(call_received()).when(register_complaint()).then(complaint_registered())


def test_a_complaint_is_about_a_ticket_that_is_known_and_ours() -> None:
    given().when(register_complaint()).then_refused("unknown_ticket", rule="R-001")
    given(call_received(), site="BJ01").when(register_complaint()).then_refused("other_site", rule="R-026")


def test_a_complaint_s_name_is_not_used_for_another_complaint() -> None:
    history = given(call_received(), On(COMPLAINT, complaint_registered()))
    history.when(register_complaint(statement="又坏了")).then_refused("complaint_taken", rule="R-257")


def test_the_same_complaint_is_written_down_once() -> None:
    given(On(COMPLAINT, complaint_registered())).when(register_complaint()).then_nothing()


def test_a_complaint_is_resolved_once_with_its_result() -> None:
    given(On(COMPLAINT, complaint_registered())).when(resolve_complaint("已道歉")).then(complaint_resolved("已道歉"))
    history = (On(COMPLAINT, complaint_registered()), On(COMPLAINT, complaint_resolved()))
    given(*history).when(resolve_complaint("已退款")).then_nothing()


def test_an_unknown_complaint_is_told_by_name() -> None:
    refusal = given().when(resolve_complaint()).then_refused("unknown_complaint", rule="R-257")
    assert refusal.english == "there is no complaint K1"


def test_another_sites_complaint_is_out_of_reach() -> None:
    history = given(On(COMPLAINT, complaint_registered()), site="BJ01")
    history.when(resolve_complaint()).then_refused("other_site", rule="R-026")
