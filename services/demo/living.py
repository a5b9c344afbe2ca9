"""Life goes on: while the demo's pages are open, its people get on with their tickets, one step every few seconds."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from services.appointment import BookAppointment
from services.command import Command, Outcome
from services.demo.dealer_network import Site
from services.demo.diary import ZONE, Diary
from services.demo.life import Life
from services.demo.simulation import letters_of, live
from services.handle import Road
from services.runtime import Runtime

PACE_SECONDS = 3.0  # between two steps, on average
AT_ONCE = 16  # tickets that somebody is busy with; one more begins when one is done
NEW_CALLS = 0.5  # the share of those that begin with a call; the others lay about
LYING_ABOUT, LAID_ASIDE = 100, 0.07  # below so many, a ticket is laid aside after a step in this share of all cases
LONGEST_WAIT = timedelta(minutes=45)  # of a ticket while others move: the lives go on as if there were no nights
SOON = timedelta(minutes=4)  # who books while the pages are open comes while they are open

log = logging.getLogger(__name__)


class Living:
    """Lives side by side in a time of their own, without nights and long waits; whose turn comes first is next.

    `rests` are the lives that the simulated days left unfinished; what was nearly due at `until` goes on first. The
    real clock only dates the steps.
    """

    def __init__(self, network: Sequence[Site], rests: Sequence[Life], until: datetime, dice: Random) -> None:
        self._network, self._dice = network, dice
        self._rests = deque(sorted(rests, key=lambda life: abs(life.due - until)))
        self._letters, self._firsts = letters_of(dice), dict[str, Diary]()
        self._turns: list[tuple[timedelta, int, Life]] = []
        self._number = count()
        for _ in range(min(AT_ONCE, len(rests))):
            self._take_turn(self._rests.popleft(), timedelta())

    def pause(self, pace: float) -> float:
        """How many seconds to wait before the next step, on average `pace`."""
        return pace * self._dice.uniform(0.4, 1.6)

    def step(self, road: Road, now: datetime) -> list[Outcome]:
        """Tells the next step through the road; what an earlier run has told already is passed over."""
        while True:
            outcomes = road.handle(self.next(now), now)
            if not all(outcome.repeated for outcome in outcomes):
                return outcomes

    def next(self, now: datetime) -> list[Command]:
        """What somebody tells next, in one breath, dated `now`."""
        while len(self._turns) < AT_ONCE:
            self._take_turn(self._begin(now), self._turns[0][0] if self._turns else timedelta())
        turn, _, life = heappop(self._turns)
        at = now.astimezone(ZONE)
        told = [_soon(life.tell(at))]
        while not life.is_over and life.due == at:
            told.append(_soon(life.tell(at)))
        if not life.is_over:
            self._go_on(life, turn + min(life.due - at, LONGEST_WAIT))
        return told

    def _go_on(self, life: Life, turn: timedelta) -> None:
        """Later; now and then something comes between, and the ticket lies about so that the boards stay full."""
        if len(self._rests) < LYING_ABOUT and self._dice.random() < LAID_ASIDE:
            self._rests.append(life)
        else:
            self._take_turn(life, turn)

    def _take_turn(self, life: Life, turn: timedelta) -> None:
        heappush(self._turns, (turn, next(self._number), life))

    def _begin(self, now: datetime) -> Life:
        if self._rests and self._dice.random() >= NEW_CALLS:
            return self._rests.popleft()
        site, at = self._dice.choice(self._network), now.astimezone(ZONE)
        diary = Diary(site, f"{site.name}-{at:%y%m%d}-{next(self._letters)}", self._dice, at)
        live(diary, self._firsts)
        return Life(diary.commands)


def _soon(command: Command) -> Command:
    """Whoever books an appointment comes while the pages are open."""
    if isinstance(command, BookAppointment):
        return command.model_copy(update={"expected_at": command.at + SOON})
    return command


async def keep_alive(runtime: Runtime, stopping: asyncio.Event, living: Living, pace: float) -> None:
    """Takes a step every `pace` seconds on average until told to stop; a refusal is an answer like any other."""
    road = Road(runtime.store)
    while not stopping.is_set():
        try:
            await asyncio.to_thread(living.step, road, datetime.now(UTC))
        except Exception as error:
            log.error("the living network: %s; going on", error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), living.pause(pace))
