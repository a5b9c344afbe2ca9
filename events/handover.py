"""Handing over (交车): payment, exit pass, departure."""

from typing import Literal

from events.event import Event

PaymentMethod = Literal["cash", "card", "transfer", "mobile", "warranty", "free"]


class PaymentReceived(Event, name="handover.payment_received"):
    """The settlement sheet was paid, in yuan (R-234)."""

    amount: float
    method: PaymentMethod
    invoice: str


class ExitPassIssued(Event, name="handover.exit_pass_issued"):
    """The exit pass (出门证) was handed over after payment (R-233)."""

    number: str


class VehicleReleased(Event, name="handover.vehicle_released"):
    """The vehicle left through the gate, the customer escorted (R-239)."""

    exit_pass: str
    escorted_by: str
