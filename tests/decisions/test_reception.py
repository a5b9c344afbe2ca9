"""The arrival of a vehicle: announced at the gate, received at the door."""

from tests.decisions.scenario import (
    arrive_vehicle,
    call_received,
    engineer_arrived,
    given,
    receive_vehicle,
    reopened,
    vehicle_arrived,
    vehicle_received,
    work_completed,
)


def test_the_guard_announces_a_car_and_an_advisor_receives_it() -> None:
    given(call_received()).when(arrive_vehicle()).then(vehicle_arrived())
    given(call_received(), vehicle_arrived()).when(receive_vehicle()).then(vehicle_received())


def test_nobody_is_received_who_has_not_arrived() -> None:
    given(call_received()).when(receive_vehicle()).then_refused("not_arrived", rule="R-073")


def test_a_customer_is_received_once_an_arrival() -> None:
    received = (call_received(), vehicle_arrived(), vehicle_received())
    given(*received).when(receive_vehicle()).then_nothing()
    given(*received, work_completed(), reopened(), vehicle_arrived()).when(receive_vehicle()).then(vehicle_received())


def test_a_car_that_was_helped_on_the_road_comes_in_on_a_ticket_of_its_own() -> None:
    given(call_received(), engineer_arrived()).when(arrive_vehicle()).then_refused("served_on_site", rule="R-111")


def test_no_car_arrives_for_a_job_that_is_done() -> None:
    given(call_received(), work_completed()).when(arrive_vehicle()).then_refused("not_open", rule="R-002")


def test_nobody_is_received_for_a_job_that_is_done() -> None:
    done = given(call_received(), vehicle_arrived(), work_completed())
    done.when(receive_vehicle()).then_refused("not_open", rule="R-002")


def test_who_comes_again_is_announced_and_received_again() -> None:
    here = given(call_received(), vehicle_arrived(), vehicle_received())
    here.when(arrive_vehicle(plate="沪B00001")).then(vehicle_arrived(plate="沪B00001"))
    here.and_given(vehicle_arrived()).when(receive_vehicle(advisor="qian")).then(vehicle_received(advisor="qian"))
