"""The pre-check area of a site (预检区): its bays, and what happens when it is crowded (R-094 to R-098)."""

from typing import ClassVar, Literal

from events.event import Event

Place = Literal["temporary_parking", "waiting_bay", "waiting_for_repair"]


class VehicleEntered(Event, name="area.vehicle_entered"):
    """A vehicle for repair or maintenance stands in a bay; the site's profile says what is too many and too long."""

    plate: str
    bay: int
    profile: str
    policy_version: int


class AreaCrowded(Event, name="area.crowded"):
    """There are as many vehicles as the profile calls too many (R-097)."""

    count: int


class ManagerAlerted(Event, name="area.manager_alerted"):
    """The guard told the service manager (R-097, R-098)."""

    topic: ClassVar[str] = "cause"
    cause: Literal["crowded", "overstay"]
    plate: str = ""


class VehicleRelocated(Event, name="area.vehicle_relocated"):
    """The service manager had a vehicle moved out of the area; the customer holds a queue card."""

    plate: str
    to: Place
    queue_card: str = ""


class VehicleLeft(Event, name="area.vehicle_left"):
    """A vehicle went on into the workshop after so long."""

    plate: str
    dwell_seconds: int


class AreaMonthReviewed(Event, name="area.month_reviewed"):
    """The month's cases of crowding and overstaying, their causes and what is done about them (R-099)."""

    month: str
    causes: str
    measures: str
