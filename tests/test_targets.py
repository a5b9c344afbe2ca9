"""The goals that profiles set for the figures of the KPI page."""

import pytest

from projections.figures import FIGURES
from services.policy import policies, policy_of, read_text
from services.targets import Goal, targets

SET = """
profile = "mine"
version = 1
extends = "auto-4s"

[target.satisfaction]
figure = "satisfaction"
goal = 0.98
rules = ["R-371"]

[target.handling]
figure = "handling_hours"
goal = 8
at_most = true
"""


def test_a_profile_says_the_goal_of_a_figure_and_the_rule_that_wants_it() -> None:
    assert targets(read_text("mine.toml", SET)) == {
        "reopen_rate": Goal(None, True, ("R-213",)),
        "satisfaction": Goal(0.98, False, ("R-371",)),
        "handling_hours": Goal(8, True, ()),
    }


@pytest.mark.rule("R-213")
def test_a_goal_that_the_document_leaves_open_is_told_as_open() -> None:
    (goal,) = targets(policy_of("auto-4s")).values()
    assert (goal.goal, goal.at_most, goal.rules) == (None, True, ("R-213",))
    assert goal.is_reached(1.0)


@pytest.mark.parametrize("profile", policies())
def test_every_goal_is_one_of_a_figure_that_the_page_shows(profile: str) -> None:
    assert targets(policy_of(profile)).keys() <= FIGURES.keys()


@pytest.mark.parametrize(
    ("value", "at_least", "at_most"), [(0.97, False, True), (0.98, True, True), (1.0, True, False)]
)
def test_a_goal_is_reached_from_its_own_side_and_at_its_very_value(value: float, at_least: bool, at_most: bool) -> None:
    assert Goal(0.98, False, ()).is_reached(value) is at_least
    assert Goal(0.98, True, ()).is_reached(value) is at_most
