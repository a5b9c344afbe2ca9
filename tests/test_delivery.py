"""Acknowledging many deliveries at once, against a model of what a broker keeps."""

import asyncio
import random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.amqp.delivery import Delivery, Done, acknowledge


class Channel:
    """What a broker keeps of a channel: deliveries that it has not been told of. It refuses to be told twice."""

    def __init__(self, deliveries: int) -> None:
        self.open = set(range(1, deliveries + 1))
        self.acknowledged: set[int] = set()

    def acknowledge(self, tag: int, *, multiple: bool = False) -> None:
        assert tag in self.open, "a broker closes the channel over a tag that it does not know"
        told = {each for each in self.open if each <= tag} if multiple else {tag}
        self.acknowledged |= told
        self.open -= told


class Message:
    """A message of aio-pika's, whose broker hears of it after a while."""

    redelivered = False

    def __init__(self, channel: Channel, tag: int) -> None:
        self.channel, self.delivery_tag = channel, tag

    async def ack(self, multiple: bool = False) -> None:
        await turns()
        self.channel.acknowledge(self.delivery_tag, multiple=multiple)

    async def nack(self, requeue: bool) -> None:
        await turns()
        self.channel.open.remove(self.delivery_tag)


async def turns() -> None:
    for _ in range(random.randrange(8)):
        await asyncio.sleep(0)


def delivered(channel: Channel, done: Done, tag: int) -> Delivery:
    return Delivery("reception", cast(Any, Message(channel, tag)), done)


def finish(done: Done, channel: Channel, tags: list[int]) -> None:
    last, alone = done.add(tags)
    if last:
        channel.acknowledge(last, multiple=True)
    for tag in alone:
        channel.acknowledge(tag)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.randoms())
def test_whatever_the_order_exactly_what_is_done_is_acknowledged(sizes: list[int], chance: random.Random) -> None:
    tags = list(range(1, sum(sizes) + 1))
    chance.shuffle(tags)
    done, channel = Done(), Channel(len(tags))
    for size in sizes:
        batch, tags = tags[:size], tags[size:]
        finish(done, channel, batch)
        assert channel.open == set(tags)


def test_what_is_done_in_order_takes_one_acknowledgement() -> None:
    done = Done()
    assert done.add([1, 2, 3]) == (3, [])
    assert done.add([4]) == (4, [])


def test_a_delivery_that_is_not_done_is_never_spoken_for() -> None:
    done = Done()
    assert done.add([1, 3, 4]) == (1, [3, 4])
    assert done.add([5]) == (0, [5])
    assert done.add([2]) == (2, [])
    assert done.add([6, 7]) == (7, [])


@pytest.mark.parametrize("given_back", [[1], [2], [1, 2]])
def test_what_was_given_back_stands_in_nobodys_way(given_back: list[int]) -> None:
    done, channel = Done(), Channel(5)
    done.add(given_back)
    channel.open -= set(given_back)
    finish(done, channel, [tag for tag in range(1, 6) if tag not in given_back])
    assert not channel.open


@pytest.mark.parametrize("seed", range(30))
async def test_what_is_given_back_is_never_acknowledged_by_what_is_told_at_the_same_time(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    random.seed(seed)
    done, channel = Done(), Channel(40)
    deliveries = [delivered(channel, done, tag) for tag in range(1, 41)]
    back = set(random.sample(range(1, 41), 8))
    forward = [each for each in deliveries if each.tag not in back]
    tellings = [each.give_back() for each in deliveries if each.tag in back]
    tellings += [acknowledge(forward[at : at + 4]) for at in range(0, len(forward), 4)]
    random.shuffle(tellings)
    await asyncio.gather(*tellings)
    assert channel.acknowledged == {each.tag for each in forward}
    assert not channel.open
    assert not caplog.records, "the broker was told of nothing that it did not know"
