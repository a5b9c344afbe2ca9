"""The on-site visit (上门服务) beyond dispatch and arrival: departure, delay, leave."""

from datetime import datetime

from events.event import Event


class EngineerDeparted(Event, name="visit.engineer_departed"):
    """The engineer set out, prepared (R-149)."""

    engineer: str


class DelayNotified(Event, name="visit.delay_notified"):
    """Something happened on the way; the customer was told before the time and agreed to another (R-153)."""

    new_time: datetime
    reason: str


class EngineerLeft(Event, name="visit.engineer_left"):
    """The customer had no further problem and let the engineer go (R-169)."""

    permitted_by: str
