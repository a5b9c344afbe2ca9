"""Every system of the customer's documents is told as a story, embedded and in a network of processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime import Runtime
from services.settings import Settings
from services.stories.catalog import STORIES
from services.stories.story import Passing, Step, Story
from services.stories.telling import Telling, tell
from tests.network import Network

SYSTEMS = {"S-01", "S-03", "S-09", "S-10", *(f"S-{number}" for number in (*range(14, 24), *range(26, 30)))}
ROLES = ("work reception workshop callback office", "react", "project")


def shown_by(story: Story) -> list[str]:
    """The rules that refuse something in a story."""
    return sorted({step.refused_by for step in story.steps if isinstance(step, Step) and step.refused_by})


every_story = pytest.mark.parametrize(
    "story", [pytest.param(story, id=name, marks=pytest.mark.rule(*shown_by(story))) for name, story in STORIES.items()]
)


def complaints(telling: Telling) -> list[str]:
    return [
        f"{step.at} {step.role} {step.what}: {step.status} {step.english} {step.events}"
        for step in telling.steps
        if not step.as_told
    ]


@every_story
def test_a_story_goes_as_it_is_told(story: Story, database_url: str) -> None:
    runtime = Runtime(Settings(Path()), database_url)
    try:
        assert complaints(tell(story, runtime)) == []
    finally:
        runtime.close()


@every_story
def test_a_story_refuses_at_least_two_things_and_ends_well(story: Story) -> None:
    assert len([step for step in story.steps if isinstance(step, Step) and step.refused_by]) >= 2
    assert len(shown_by(story)) >= 2
    assert not isinstance(story.steps[-1], Step) or not story.steps[-1].refused_by


def test_every_system_of_this_release_has_its_story() -> None:
    assert {story.system for story in STORIES.values()} >= SYSTEMS


def test_somewhere_time_passes_and_a_deadline_is_missed() -> None:
    passed = [step for story in STORIES.values() for step in story.steps if isinstance(step, Passing)]
    assert any("deadline.missed" in step.events for step in passed)
    assert any("deadline.escalated" in step.events for step in passed)


@pytest.fixture
def networked(database_url: str, amqp_url: str) -> Iterator[Runtime]:
    """A runtime whose commands go over RabbitMQ to workers that are processes of their own."""
    network = Network(database_url, amqp_url)
    network.start(*ROLES)
    runtime = Runtime(Settings(Path(), database_url, "", amqp_url), database_url)
    yield runtime
    runtime.close()
    network.end()


@pytest.mark.rabbit
def test_the_stories_go_the_same_way_through_a_network(networked: Runtime) -> None:
    told = {name: complaints(tell(story, networked)) for name, story in STORIES.items()}
    assert {name: wrong for name, wrong in told.items() if wrong} == {}
