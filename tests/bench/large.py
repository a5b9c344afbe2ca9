"""`make bench-large`: a store of very many tickets beside one of a hundredth: the same network with a shorter past.

The log of a simulated network is copied into the past until there are so many tickets; the boards of both stores are
rebuilt from it, both are read into memory, as they would be after some days, and then asked and written to in turn.
Ends with an error only if something breaks.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from services.demo.dealer_network import dealer_network
from services.demo.simulation import simulate
from tests.bench import files, flowing, history
from tests.bench.figures import LARGE
from tests.bench.memory import watched
from tests.bench.questions import QUESTIONS, REPLAY, WRITES, Question, Side, p95
from tests.bench.running import answer, arguments, machine, only_answer, stage, tell
from tests.bench.stage import Measured, Stage, opened
from tests.story import ENDS

RUNS, TICKETS, HUNDREDTH = 5, 1_000_000, 100
ONCE = 200  # tickets are replayed from the disk
SITES, SEED = 30, 5
SHORT_LIVES = "software"  # all sites of this trade, and one of each other: some 17 events a ticket instead of 28
TICKETS_A_SITE = 180  # in the twelve days that are lived


class Times(NamedTuple):
    """How often, in each round, everything is asked of both stores, and written to both."""

    asked: int
    written: int


class Grown(NamedTuple):
    """A store with its boards, how long its log is, and what its rebuild showed."""

    url: str
    events: int
    measured: Measured


def main() -> None:
    """Makes both stores, asks them, and answers."""
    options = arguments("make bench-large", tickets=TICKETS, runs=RUNS)
    with only_answer() as out, stage() as place:
        rounds = measure(place, options.tickets, options.runs)
        answer(LARGE, rounds, machine(place), options.json, out)


def measure(place: Stage, tickets: int, runs: int) -> list[Measured]:
    """Everything; what was measured once is in the first round."""
    pattern, each = live(place)
    small = grow(place, "small", pattern, max(1, round(tickets / HUNDREDTH / each)))
    large = grow(place, "large", pattern, max(2, round(tickets / each)))
    once = {"events in the small store, rows": small.events, "events in the large store, rows": large.events,
            **large.measured, **flowing.memory(place, large.url, tickets), **from_disk(place, large.url)}  # fmt: skip
    tell(f"{files.warm(place) / 2**30:.1f} GiB read into memory")
    rounds = ask(small.url, large.url, runs, Times(100, 200))
    return [{**once, **rounds[0]}, *rounds[1:]]


def live(place: Stage) -> tuple[str, int]:
    """A network that lived its twelve days, and how many tickets it had."""
    tell("a network lives its days")
    url, sites = place.create("pattern"), _sites()
    days = simulate(SITES, SITES * TICKETS_A_SITE, SEED, ENDS).days
    history.live(url, [[command for command in day if command.site in sites] for day in days])
    with opened(url) as store:
        return url, len(store.streams("ticket/"))


def _sites() -> set[str]:
    """Those whose days are lived."""
    first = {site.trade.profile: site.name for site in reversed(dealer_network(SITES, SEED))}
    return {site.name for site in dealer_network(SITES, SEED) if site.trade.profile == SHORT_LIVES} | {*first.values()}


def grow(place: Stage, name: str, pattern: str, copies: int) -> Grown:
    """A store with so many copies of the pattern, and its boards made by a process that is watched."""
    url, began = place.create(name), time.monotonic()
    history.multiply(pattern, place.owner(url), copies, _told_sometimes("copying the log"))
    with opened(url) as store:
        events = store.last_position()
    tell(f"{events:,} events written in {time.monotonic() - began:.0f} s; rebuilding all boards")
    began = time.monotonic()
    with _process("tests.bench.rebuilding", url) as process, watched(process.pid) as watch:
        assert process.wait() == 0, "the rebuild broke"
    seconds = time.monotonic() - began
    tell(f"rebuilt in {seconds:.0f} s, {events / seconds:,.0f} events/s, at most {max(watch.seen):.0f} MiB")
    return Grown(url, events, {"rebuild of the large log": events / seconds, **watch.measured("rebuild")})


@contextmanager
def _process(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", module, *arguments])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def from_disk(place: Stage, url: str) -> Measured:
    """Milliseconds to replay tickets that nobody has asked for since the server began."""
    tell("tickets from the disk")
    files.cool(place)
    side = Side(url)
    took = p95({f"{REPLAY}, from the disk, p95, ms": partial(QUESTIONS[REPLAY], side)}, ONCE)
    side.close()
    return took


def _told_sometimes(what: str) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        if done == total or done % 25 == 0:
            tell(f"{what}: {done} of {total}")

    return told


def ask(small: str, large: str, runs: int, times: Times) -> list[Measured]:
    """The p95 of every question, asked of the one and of the other in turn; each round's by name."""
    sides = {"small": Side(small), "large": Side(large)}
    try:
        _round(sides, Times(1, 1))  # so that no question is the first of its kind
        return [_round(sides, times) for _ in range(runs)]
    finally:
        for side in sides.values():
            side.close()


def _round(sides: dict[str, Side], times: Times) -> Measured:
    tell("a round of questions")
    found: Measured = {}
    for often, questions in ((times.asked, QUESTIONS), (times.written, WRITES)):
        for name, question in questions.items():
            found |= _asked(sides, name, question, often)
    return found


def _asked(sides: dict[str, Side], name: str, question: Question, times: int) -> Measured:
    took = p95({size: partial(question, side) for size, side in sides.items()}, times)
    return {f"{name}, {size}, p95, ms": milliseconds for size, milliseconds in took.items()}


if __name__ == "__main__":
    main()
