"""Service agreements with customers: period, scope, grade, phase, periodic visits."""

from datetime import date
from typing import ClassVar, Literal

from events.event import Event

Phase = Literal["installation", "trial_run", "free_maintenance", "paid_maintenance"]


class AgreementSigned(Event, name="agreement.signed"):
    """What we owe a customer, from when to when (R-056), how well (R-004, R-028), and for what (R-054)."""

    facts: ClassVar[tuple[str, ...]] = ("grade",)
    customer: str
    profile: str
    policy_version: int
    first_day: date
    last_day: date
    grade: str
    scope: tuple[str, ...]


class PhaseEntered(Event, name="agreement.phase_entered"):
    """The installation entered a phase of its life (R-045)."""

    topic: ClassVar[str] = "phase"
    phase: Phase


class PeriodicVisitHeld(Event, name="agreement.periodic_visit_held"):
    """An engineer (or the management, on tour) was there without being called (R-037, R-038)."""

    topic: ClassVar[str] = "occasion"
    occasion: Literal["quarterly", "tour", "health_check"]
    findings: str
