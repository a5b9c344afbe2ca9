"""Replay: any ticket at any moment, as it was and as we knew it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from random import Random

import pytest

from events.event import Recorded
from events.store import EVERY_VERSION, Store
from events.ticket import TicketAssigned, TicketNoted
from events.work import EngineerDispatched
from services import embedded
from services.desk import noun_of
from services.replay import Replay, replay
from services.runtime import Runtime
from services.settings import Settings
from services.ticket_state import Status, Ticket
from tests.appended import MORNING, pending
from tests.conftest import clone
from tests.decisions.scenario import call_received

SAMPLES = 200


@pytest.fixture(scope="module")
def network(server: embedded.Server, lived_template: str) -> Iterator[Runtime]:
    """The simulated network, for tests that only read."""
    with clone(server, lived_template) as url:
        runtime = Runtime(Settings(Path()), url)
        yield runtime
        runtime.close()


@pytest.fixture(scope="module")
def streams(network: Runtime) -> dict[str, list[Recorded]]:
    """The whole log, by stream."""
    found = defaultdict[str, list[Recorded]](list)
    for recorded in network.store.follow(0, 100_000):
        found[recorded.stream].append(recorded)
    return dict(found)


def folded(stream: str, events: list[Recorded]) -> object:
    noun = noun_of(stream)
    return reduce(lambda state, each: noun.evolve(state, each.event, each.context), events, noun.empty)


def moment(dice: Random, times: list[datetime]) -> datetime:
    """Some time from before the first to after the last; often exactly one of them, or a blink off."""
    if dice.random() < 0.5:
        return dice.choice(times) + timedelta(microseconds=dice.choice([-1, 0, 1]))
    return min(times) + (max(times) - min(times)) * (dice.random() * 1.2 - 0.1)


def test_the_state_at_a_random_time_is_the_fold_of_what_had_happened(
    network: Runtime, streams: dict[str, list[Recorded]]
) -> None:
    dice, names, sizes = Random(7), sorted(streams), set[int]()
    for _ in range(SAMPLES):
        stream = dice.choice(names)
        at = moment(dice, [each.context.occurred_at for each in streams[stream]])
        expected = [each for each in streams[stream] if each.context.occurred_at <= at]
        found = replay(network.store, stream, at=at)
        assert (found.events, found.state) == (expected, folded(stream, expected))
        sizes.add(len(expected))
    assert len(sizes) > 5


def test_the_state_as_known_at_a_random_time_is_the_fold_of_what_was_recorded_by_then(
    network: Runtime, streams: dict[str, list[Recorded]]
) -> None:
    dice, names = Random(8), sorted(streams)
    for _ in range(SAMPLES):
        stream = dice.choice(names)
        known = moment(dice, [each.recorded_at for each in streams[stream]])
        expected = [each for each in streams[stream] if each.recorded_at <= known]
        found = replay(network.store, stream, as_known=known)
        assert (found.events, found.state) == (expected, folded(stream, expected))


def test_the_state_at_a_random_version_is_the_fold_up_to_it(
    network: Runtime, streams: dict[str, list[Recorded]]
) -> None:
    dice, names = Random(9), sorted(streams)
    for _ in range(SAMPLES):
        stream = dice.choice(names)
        version = dice.randint(0, len(streams[stream]) + 1)
        found = replay(network.store, stream, version=version)
        assert found.events == streams[stream][:version]
        assert found.version == min(version, len(streams[stream]))
        assert found.state == folded(stream, streams[stream][:version])


def test_the_limits_may_be_combined(network: Runtime, streams: dict[str, list[Recorded]]) -> None:
    dice, names = Random(10), sorted(streams)
    for _ in range(SAMPLES):
        stream = dice.choice(names)
        told = streams[stream]
        version = dice.choice([EVERY_VERSION, dice.randint(0, len(told))])
        at = dice.choice([None, moment(dice, [each.context.occurred_at for each in told])])
        known = dice.choice([None, moment(dice, [each.recorded_at for each in told])])
        expected = [
            each
            for each in told
            if each.version <= version
            and (at is None or each.context.occurred_at <= at)
            and (known is None or each.recorded_at <= known)
        ]
        found = replay(network.store, stream, version=version, at=at, as_known=known)
        assert (found.events, found.state) == (expected, folded(stream, expected))


def test_replaying_twice_gives_the_same_document(network: Runtime, streams: dict[str, list[Recorded]]) -> None:
    stream = max(streams, key=lambda name: len(streams[name]))
    assert replay(network.store, stream).document() == replay(network.store, stream).document()
    assert replay(network.store, stream).document()["version"] == len(streams[stream])


def test_a_ticket_that_nobody_registered_was_never_anything(store: Store) -> None:
    found = replay(store, "ticket/T1")
    assert (found.state, found.events, found.version) == (Ticket(), [], 0)


# --- told late


@pytest.fixture
def told_late(store: Store) -> Store:
    """At nine somebody called, at noon a note was taken; only then the engineer told that he had left at ten."""
    hours = {"ten": MORNING + timedelta(hours=1), "noon": MORNING + timedelta(hours=3)}
    for event in (
        pending("ticket/T1", 1, call_received()),
        pending("ticket/T1", 2, TicketAssigned(team="A")),
        pending("ticket/T1", 3, TicketNoted(text="客户催问"), occurred_at=hours["noon"]),
        pending("ticket/T1", 4, EngineerDispatched(engineer="wang"), occurred_at=hours["ten"]),
    ):
        store.append([], [event])
    return store


def versions(found: Replay) -> list[int]:
    return [each.version for each in found.events]


def test_what_was_told_late_had_happened_all_the_same(told_late: Store) -> None:
    half_past_ten = replay(told_late, "ticket/T1", at=MORNING + timedelta(hours=1, minutes=30))
    assert (half_past_ten.state.status, versions(half_past_ten)) == (Status.DISPATCHED, [1, 2, 4])


def test_what_was_told_late_was_not_known_before_it_was_told(told_late: Store) -> None:
    half_past_ten = MORNING + timedelta(hours=1, minutes=30)
    telling = told_late.read("ticket/T1")[3].recorded_at
    a_moment_before = telling - timedelta(microseconds=1)
    assert replay(told_late, "ticket/T1", as_known=a_moment_before).state.status is Status.ASSIGNED
    assert replay(told_late, "ticket/T1", as_known=telling).state.status is Status.DISPATCHED
    assert versions(replay(told_late, "ticket/T1", at=half_past_ten, as_known=a_moment_before)) == [1, 2]
    assert versions(replay(told_late, "ticket/T1", at=half_past_ten, as_known=telling)) == [1, 2, 4]


def test_the_same_moment_told_in_another_zone_gives_the_same_state(told_late: Store) -> None:
    at = MORNING + timedelta(hours=1)
    there = at.astimezone()
    assert replay(told_late, "ticket/T1", at=at) == replay(told_late, "ticket/T1", at=there)
