"""The arrival of a vehicle at the workshop (接车)."""

from events.event import Event


class VehicleArrived(Event, name="reception.vehicle_arrived"):
    """The guard let a vehicle in and announced it (R-074); the envelope's time is when it stopped."""

    plate: str
    purpose: str
    announced_to: str


class VehicleReceived(Event, name="reception.vehicle_received"):
    """An advisor greeted the customer (R-073)."""

    advisor: str
