"""Inspection after the work (检验), level by level (R-208)."""

from typing import ClassVar, Literal

from events.event import Event

Level = Literal["self", "team", "final", "director"]


class InspectionPassed(Event, name="inspection.passed"):
    """A level of inspection found nothing wrong."""

    topic: ClassVar[str] = "level"
    level: Level
    inspector: str
    remarks: str = ""


class ReworkOrdered(Event, name="inspection.rework_ordered"):
    """A level of inspection found something wrong: back to work (返修, R-213)."""

    topic: ClassVar[str] = "level"
    level: Level
    inspector: str
    reason: str
    responsible: str
