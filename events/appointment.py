"""Appointments (预约): booked, moved, reconfirmed half an hour before, missed."""

from datetime import datetime
from typing import ClassVar, Literal

from events.event import Event


class AppointmentBooked(Event, name="appointment.booked"):
    """The customer will come (R-059); advisor and technician are his from now on (R-063)."""

    topic: ClassVar[str] = "source"
    expected_at: datetime
    advisor: str
    technician: str
    source: Literal["inbound", "outbound"]
    wish: str


class AppointmentMoved(Event, name="appointment.moved"):
    """The customer comes at another time."""

    expected_at: datetime
    reason: str


class AppointmentReconfirmed(Event, name="appointment.reconfirmed"):
    """The customer was called half an hour before (R-060)."""

    topic: ClassVar[str] = "answer"
    answer: Literal["coming", "late", "not_coming", "not_reached"]
    note: str = ""


class AppointmentMissed(Event, name="appointment.missed"):
    """The customer did not come."""

    note: str = ""
