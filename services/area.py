"""What gate and service manager decide about a site's pre-check area (预检区): one stream a site."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

from pydantic import Field

from events.area import (
    AreaCrowded,
    AreaMonthReviewed,
    ManagerAlerted,
    Place,
    VehicleEntered,
    VehicleLeft,
    VehicleRelocated,
)
from events.event import Context, Event
from services import case as cases
from services.case import Case
from services.command import Command, Decided, Decisions, Name, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import seconds_between

Plate = Field(min_length=1, max_length=20)
Held = TypeVar("Held", datetime, int)  # what is known of each plate


class AreaCommand(Command):
    """A command to the pre-check area of the sender's site."""

    opens: ClassVar[bool] = True

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"area/{self.site}",)


class EnterArea(AreaCommand):
    """The guard guides a vehicle to a bay; only those for repair or maintenance may stop there."""

    profile: Name
    plate: str = Plate
    bay: int = Field(ge=0, le=99, description="0: beside the bays")
    purpose: Literal["repair", "maintenance", "other"]


class AlertManager(AreaCommand):
    """The guard tells the service manager that the area is crowded or a vehicle stays too long."""

    cause: Literal["crowded", "overstay"]
    plate: str = Field("", max_length=20)


class RelocateVehicle(AreaCommand):
    """The service manager has a vehicle moved; its customer waits in the lounge with a queue card."""

    plate: str = Plate
    to: Place
    queue_card: str = Field("", max_length=50)


class LeaveArea(AreaCommand):
    """A vehicle goes into the workshop."""

    plate: str = Plate


class ReviewAreaMonth(AreaCommand):
    """Sum the month up: causes of crowding and overstaying, and what is done about them."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    causes: Words
    measures: Words


class Area(NamedTuple):
    """Which vehicles stand in the area since when, and who has which bay."""

    profile: str = ""
    policy_version: int = 0
    vehicles: Mapping[str, datetime] = MappingProxyType({})
    bays: Mapping[str, int] = MappingProxyType({})
    case: Case = Case()
    is_finished: bool = False

    def admit(self, command: Command) -> None:
        """An area's name carries its site, so every command to it is in the right place."""


def evolve(area: Area, event: Event, context: Context) -> Area:
    """The area after an event."""
    area = area._replace(case=cases.evolve(area.case, event, context))
    match event:
        case VehicleEntered():
            vehicles = {**area.vehicles, event.plate: context.occurred_at}
            bays = {**area.bays, event.plate: event.bay} if event.bay else area.bays
            area = area._replace(profile=event.profile, policy_version=event.policy_version)
            return area._replace(vehicles=vehicles, bays=bays)
        case VehicleLeft() | VehicleRelocated():
            return _emptied(area, event.plate)
        case _:
            return area


def _emptied(area: Area, plate: str) -> Area:
    """Without a vehicle; whoever comes first into an empty area comes under the rules then in force."""
    vehicles, bays = _without(area.vehicles, plate), _without(area.bays, plate)
    return area._replace(vehicles=vehicles, bays=bays, policy_version=area.policy_version if vehicles else 0)


def enter_area(command: EnterArea, area: Area, policy: Policy) -> Decided:
    if command.plate in area.vehicles:
        return
    if command.purpose == "other":
        raise Rejected("not_for_pre_check", plate=command.plate)
    if command.bay > policy.number("area_bays"):
        raise Rejected("no_such_bay", bay=command.bay, bays=int(policy.number("area_bays")))
    if taken := [plate for plate, bay in area.bays.items() if bay == command.bay]:
        raise Rejected("bay_taken", bay=command.bay, plate=taken[0])
    yield VehicleEntered(plate=command.plate, bay=command.bay, profile=policy.profile, policy_version=policy.version)
    if len(area.vehicles) + 1 >= policy.number("area_crowded_from"):
        yield AreaCrowded(count=len(area.vehicles) + 1)


def alert_manager(command: AlertManager, area: Area, policy: Policy) -> Decided:
    if command.cause == "overstay":
        _inside(area, command.plate)
    yield ManagerAlerted(cause=command.cause, plate=command.plate)


def relocate_vehicle(command: RelocateVehicle, area: Area, policy: Policy) -> Decided:
    _inside(area, command.plate)
    if command.to == "temporary_parking" and not command.queue_card:
        raise Rejected("no_queue_card", plate=command.plate)
    yield VehicleRelocated(plate=command.plate, to=command.to, queue_card=command.queue_card)


def leave_area(command: LeaveArea, area: Area, policy: Policy) -> Decided:
    since = _inside(area, command.plate)
    yield VehicleLeft(plate=command.plate, dwell_seconds=seconds_between(since, command.at))


def review_area_month(command: ReviewAreaMonth, area: Any, policy: Policy) -> Decided:
    yield AreaMonthReviewed(month=command.month, causes=command.causes, measures=command.measures)


def _without(held: Mapping[str, Held], plate: str) -> dict[str, Held]:
    return {each: what for each, what in held.items() if each != plate}


def _inside(area: Area, plate: str) -> datetime:
    if plate not in area.vehicles:
        raise Rejected("not_in_area", plate=plate, inside=", ".join(area.vehicles) or "-")
    return area.vehicles[plate]


DECISIONS: Decisions = {
    EnterArea: enter_area,
    AlertManager: alert_manager,
    RelocateVehicle: relocate_vehicle,
    LeaveArea: leave_area,
    ReviewAreaMonth: review_area_month,
}
