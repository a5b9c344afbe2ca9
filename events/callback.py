"""The call after the service (回访): was the fault solved, and how were we?"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from events.event import Event

CallbackOutcome = Literal["resolved", "unresolved", "new_problem"]


class Ratings(BaseModel):
    """The three ratings of R-240, each 1 (bad) to 5 (very good)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    attitude: int = Field(ge=1, le=5)
    quality: int = Field(ge=1, le=5)
    result: int = Field(ge=1, le=5)

    @property
    def lowest(self) -> int:
        """The worst of the three."""
        return min(self.attitude, self.quality, self.result)

    def __str__(self) -> str:
        return f"{self.attitude}/{self.quality}/{self.result}"


class CallbackScheduled(Event, name="callback.scheduled"):
    """The customer is to be called by `due_at` (R-242)."""

    due_at: datetime


class CallbackCompleted(Event, name="callback.completed"):
    """The customer told us (R-240, R-245, R-246). `satisfied` was decided by the profile of that day.

    `engineer` and `team` did the work that was rated ("": unknown).
    """

    ratings: Ratings
    outcome: CallbackOutcome
    satisfied: bool
    comment: str = ""
    engineer: str = ""
    team: str = ""
