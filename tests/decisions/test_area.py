"""The pre-check area: three bays, four cars are too many."""

import pytest

from events.event import Event
from services.command import Command, On
from tests.decisions.scenario import (
    SITE,
    alert_manager,
    area_crowded,
    area_month_reviewed,
    clock,
    enter_area,
    given,
    leave_area,
    manager_alerted,
    relocate_vehicle,
    review_area_month,
    vehicle_entered,
    vehicle_left,
    vehicle_relocated,
)

ONE, OTHER = "沪A12345", "沪B00001"


def inside(*events: Event) -> list[On]:
    """What happened in the area of the site."""
    return [On(f"area/{SITE}", event) for event in events]


THREE = inside(vehicle_entered(ONE, bay=1), vehicle_entered("沪A2", bay=2), vehicle_entered("沪A3", bay=3))


def test_a_car_for_repair_is_guided_to_a_bay_and_goes_on_into_the_workshop() -> None:
    given().when(enter_area(ONE)).then(vehicle_entered(ONE))
    given(*inside(vehicle_entered(ONE))).when(leave_area(ONE)).then(vehicle_left(ONE, 3 * 3600))


def test_a_car_that_stands_there_already_does_not_enter_again() -> None:
    given(*inside(vehicle_entered(ONE))).when(enter_area(ONE, bay=2)).then_nothing()


def test_other_cars_do_not_stop_there() -> None:
    given().when(enter_area(ONE, "other")).then_refused("not_for_pre_check", rule="R-094")


def test_a_bay_has_room_for_one_car() -> None:
    given(*inside(vehicle_entered(ONE, bay=1))).when(enter_area(OTHER, bay=1)).then_refused("bay_taken", rule="R-094")
    left = inside(vehicle_entered(ONE, bay=1), vehicle_left(ONE))
    given(*left).when(enter_area(OTHER, bay=1)).then(vehicle_entered(OTHER, bay=1))


def test_there_are_three_bays() -> None:
    given().when(enter_area(ONE, bay=4)).then_refused("no_such_bay", rule="R-094")


def test_the_fourth_car_stands_beside_the_bays_and_makes_a_crowd() -> None:
    given(*THREE).when(enter_area(OTHER, bay=0)).then(vehicle_entered(OTHER, bay=0), area_crowded(4))


def test_the_guard_tells_the_manager() -> None:
    given(*THREE).when(alert_manager()).then(manager_alerted())
    given(*THREE).when(alert_manager("overstay", ONE)).then(manager_alerted("overstay", plate=ONE))


def test_the_manager_has_a_car_moved() -> None:
    given(*THREE).when(relocate_vehicle(ONE)).then(vehicle_relocated())
    parked = {"to": "temporary_parking", "queue_card": "7"}
    given(*THREE).when(relocate_vehicle(ONE, **parked)).then(vehicle_relocated(**parked))


def test_who_parks_elsewhere_gets_a_queue_card() -> None:
    given(*THREE).when(relocate_vehicle(ONE, "temporary_parking")).then_refused("no_queue_card", rule="R-097")


@pytest.mark.parametrize("command", [leave_area(OTHER), relocate_vehicle(OTHER), alert_manager("overstay", OTHER)])
def test_a_car_that_is_not_there_cannot_be_moved(command: Command) -> None:
    given(*THREE).when(command).then_refused("not_in_area", rule="R-096")


def test_the_month_is_reviewed() -> None:
    given(*THREE).when(review_area_month()).then(area_month_reviewed())


def test_a_car_beside_the_bays_takes_nobodys_bay() -> None:
    beside = given(*inside(vehicle_entered(ONE, bay=0)))
    beside.when(enter_area(OTHER, bay=0)).then(vehicle_entered(OTHER, bay=0))
    beside.when(enter_area(OTHER, bay=1)).then(vehicle_entered(OTHER, bay=1))


@pytest.mark.rule("R-097")
def test_a_crowd_is_told_with_every_car_that_comes_to_it_until_one_is_moved() -> None:
    crowd = given(*THREE, *inside(vehicle_entered("沪A4", bay=0), area_crowded(4)))
    crowd.when(enter_area(OTHER, bay=0)).then(vehicle_entered(OTHER, bay=0), area_crowded(5))
    moved = crowd.and_given(*inside(vehicle_relocated(plate="沪A4"), vehicle_relocated(plate="沪A3")))
    moved.when(enter_area(OTHER, bay=3)).then(vehicle_entered(OTHER, bay=3))


def test_the_area_knows_who_stands_there_since_when_and_in_which_bay() -> None:
    area = given(*inside(vehicle_entered(ONE, bay=2), vehicle_entered(OTHER, bay=0), manager_alerted()))
    here = area.state(f"area/{SITE}")
    assert here.vehicles == {ONE: clock("09:00"), OTHER: clock("09:01")}
    assert here.bays == {ONE: 2}
    gone = area.and_given(*inside(vehicle_relocated(plate=OTHER), vehicle_left(ONE))).state(f"area/{SITE}")
    assert (gone.vehicles, gone.bays) == ({}, {})


def test_each_site_has_an_area_of_its_own() -> None:
    given(*THREE).when(enter_area(ONE, site="BJ01")).then(vehicle_entered(ONE))
    given(*THREE).when(leave_area(ONE, site="BJ01")).then_refused("not_in_area", rule="R-096")


def test_a_departure_told_before_the_arrival_counts_as_no_time() -> None:
    given(*inside(vehicle_entered(ONE))).when(leave_area(ONE, at=clock("08:00"))).then(vehicle_left(ONE, 0))


def test_only_the_service_manager_has_cars_moved() -> None:
    given(*THREE).when(relocate_vehicle(ONE, role="guard")).then_refused("role_not_permitted", rule="R-145")
