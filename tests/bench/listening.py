"""How soon, and for how much memory, those who listen are told: a thousand at once, and a few under load."""

import asyncio
from typing import NamedTuple

from tests.crowd import Crowd, Heard, crowded

THOUSAND = 500  # followers of the feed, and as many open pages
WORKERS = 16
COMMANDS_A_TICKET = 5


class Told(NamedTuple):
    """What a trial showed: commands a second, milliseconds from command to frame, KiB of the server a listener."""

    trial: str
    per_second: float
    p50: float
    p99: float
    kib_each: float


def listening() -> list[Told]:
    """All trials, each over an empty store, and the first page after a start; nobody is told anything wrong."""
    with crowded() as crowd:
        thousand = _trial(crowd, "1,000 listeners", THOUSAND, 60, 1 / 20, 1)
    with crowded() as crowd:
        most = _trial(crowd, "saturated", 5, 300, 0.0, WORKERS)
        half = _trial(crowd, "half of that", 5, 200, WORKERS / (most.per_second / 2), WORKERS)
        nearly = _trial(crowd, "nine tenths of it", 5, 300, WORKERS / (most.per_second * 0.9), WORKERS)
    return [thousand, half, nearly, most]


def _trial(crowd: Crowd, name: str, each: int, tickets: int, pause: float, workers: int) -> Told:
    heard = asyncio.run(crowd.listen(feeds=each, pages=each, tickets=tickets, pause=pause, workers=workers))
    heard.check()
    rate = tickets * COMMANDS_A_TICKET / heard.seconds
    return Told(name, rate, *_percentiles(heard), heard.bytes_each / 1024)


def _percentiles(heard: Heard) -> tuple[float, float]:
    delays = sorted(heard.delays)
    return delays[len(delays) // 2] * 1000, delays[int(len(delays) * 0.99)] * 1000
