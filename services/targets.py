"""The goals that a profile sets for the figures of the KPI page."""

from typing import NamedTuple, cast

from services.policy import Policy
from services.rows import BLANK, Target


class Goal(NamedTuple):
    """What a figure should reach at least (or stay below, `at_most`); None where the network has to say how much."""

    goal: float | None
    at_most: bool
    rules: tuple[str, ...]

    def is_reached(self, value: float) -> bool:
        """Whether a value is good enough; where there is no goal yet, every value is."""
        if self.goal is None:
            return True
        return value <= self.goal if self.at_most else value >= self.goal


def targets(policy: Policy) -> dict[str, Goal]:
    """The goals of a profile by the names of their figures, in the figures' own units (shares of 1, hours)."""
    rows = [cast(Target, row) for row in policy.rows["target"].values()]
    return {row.figure: Goal(None if row.goal == BLANK else float(row.goal), row.at_most, row.rules) for row in rows}
