"""Who listens is told everything that he may see, exactly once and in order: many at a time, while commands flow."""

from collections.abc import Iterator

import pytest

from tests.crowd import Crowd, crowded


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with crowded() as crowd:
        yield crowd


async def test_a_hundred_listeners_are_told_every_change_they_may_see_once_and_in_order(crowd: Crowd) -> None:
    result = await crowd.listen(feeds=50, pages=50, tickets=30, pause=0.01, workers=3)
    result.check()
    assert result.delays


async def test_whoever_joins_while_commands_flow_misses_nothing_and_hears_nothing_twice(crowd: Crowd) -> None:
    joined = await crowd.join(followers=150, tickets=60)
    expected = [recorded.position for recorded in crowd.log()]
    for listener in joined:
        assert [told.position for told in listener.told] == expected
