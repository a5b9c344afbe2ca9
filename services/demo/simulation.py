"""The demo's world: what the people of a dealer network tell the system, day after day. Nothing here is measured.

Every ticket lives one of the lives of `lives.py`, told to its diary.
What reactions do (plan a callback, close, reopen, register a complaint) is left to them.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count, groupby, islice
from random import Random
from typing import NamedTuple

from services.appointment import BookAppointment
from services.area import EnterArea
from services.command import Command
from services.custody import TakeProductAway
from services.demo.dealer_network import Site, dealer_network
from services.demo.diary import SUNDAY, ZONE, Diary, command_of, morning
from services.demo.life import Life
from services.demo.lives import LIVES, cancelled, twice_called
from services.part import ReceiveStock
from services.ticket import (
    AssignTicket,
    RegisterTicket,
)
from services.work import (
    ArriveOnSite,
    CompleteWork,
    DispatchEngineer,
    PauseWork,
    SignCompletion,
    StartWork,
)

MONDAY = 0
LAST_CALL = time(17, 10)
LEAST_DAYS = 12
TICKETS_A_DAY = 15  # of one site, on average; more tickets take more days
WEEKLY_DELIVERY = 40  # of each part: enough, so that only special orders are ever missing
RECENT_DAYS = 3
STANDS_STILL = 0.5  # the share of the recent days' tickets that nobody gets on with
CALLS_TWICE = 0.08
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that looks like another

Stops = deque[type[Command]]
STOPS: tuple[type[Command], ...] = (
    EnterArea,
    BookAppointment,
    TakeProductAway,
    ArriveOnSite,
    DispatchEngineer,
    PauseWork,
    CompleteWork,
    StartWork,
    SignCompletion,
    AssignTicket,
    RegisterTicket,
)


class Story(NamedTuple):
    """What is told: `days`, each in the order of `at`, and the rest of the life of every ticket that is not done."""

    days: list[list[Command]]
    rests: list[Life]


def simulate(sites: int, tickets: int, seed: int, ends: datetime) -> Story:
    """The commands of one working day after another (+08:00), the last one up to the moment `ends` in it.

    After each day let the reactions settle: the next day counts on their callbacks and reopened tickets. The same
    arguments give the same commands, ids included; a few of them are meant to be refused.
    """
    network, dice = dealer_network(sites, seed), Random(seed)  # noqa: S311 - a stage, not a secret
    days = working_days(ends.date(), max(LEAST_DAYS, -(-tickets // (sites * TICKETS_A_DAY))))
    stops, told, rests = deque(STOPS), list[Command](), list[Life]()
    for number, day in enumerate(days):
        calls = tickets * (number + 1) // len(days) - tickets * number // len(days)
        end = ends.time() if day == days[-1] else LAST_CALL
        is_recent = number >= len(days) - RECENT_DAYS
        told += _deliveries(network, day, is_first=number == 0)
        for commands in _lives(network, dice, _call_times(day, end, calls, dice)):
            stands_still = is_recent and dice.random() < STANDS_STILL
            life = Life(commands)
            told += _told(life, _stop(commands, stops) if stands_still else len(commands), ends)
            rests += [] if life.is_over else [life]
    return Story(by_day(told), rests)


def by_day(told: Iterable[Command]) -> list[list[Command]]:
    """The commands of each day on which something was told, in the order of `at`."""
    in_order = sorted(told, key=lambda command: command.at)
    return [list(day) for _, day in groupby(in_order, key=lambda command: command.at.date())]


def _told(life: Life, steps: int, ends: datetime) -> Iterator[Command]:
    for _ in range(steps):
        if life.due >= ends:
            return
        yield life.tell(life.due)


def _lives(network: list[Site], dice: Random, calls: list[datetime]) -> Iterator[list[Command]]:
    """The lives of the tickets that begin on a day."""
    firsts: dict[str, Diary] = {}
    for at, letters in zip(calls, letters_of(dice), strict=False):
        site = dice.choice(network)
        diary = Diary(site, f"{site.name}-{at:%y%m%d}-{letters}", dice, at)
        live(diary, firsts)
        yield diary.commands


def _stop(told: list[Command], stops: Stops) -> int:
    """How many steps were done before nothing more was; the last ones take turns, so that every queue has somebody."""
    kinds = [type(command) for command in told]
    stop = next(kind for kind in stops if kind in kinds)
    stops.remove(stop)
    stops.append(stop)
    return kinds.index(stop) + 1


def live(diary: Diary, firsts: dict[str, Diary]) -> None:
    """Tells one life to a diary; `firsts` holds, for each site, the last ticket that another call may be about."""
    if diary.happens(CALLS_TWICE) and (first := firsts.pop(diary.site.name, None)):
        return twice_called(diary, first)
    life = diary.dice.choices(list(LIVES), list(LIVES.values()))[0]
    if life is not cancelled:
        firsts[diary.site.name] = diary
    return life(diary)


def _deliveries(network: list[Site], day: date, is_first: bool) -> Iterator[Command]:
    if day.weekday() != MONDAY and not is_first:
        return
    for site in network:
        for number, part_no in enumerate(site.trade.parts):
            at, cause = morning(day) - timedelta(minutes=20), f"周一到货 {day:%m%d}-{site.name}"
            yield command_of(ReceiveStock, site, "parts_clerk", site.staff["parts_clerk"], at, number,
                           part_no=part_no, quantity=WEEKLY_DELIVERY, cause=cause)  # fmt: skip


def working_days(last: date, number: int) -> list[date]:
    """So many days up to the last one, without the Sundays."""
    days = (last - timedelta(days=each) for each in count())
    return [*islice((day for day in days if day.weekday() != SUNDAY), number)][::-1]


def _call_times(day: date, end: time, calls: int, dice: Random) -> list[datetime]:
    opens = morning(day)
    seconds = int((datetime.combine(day, end, ZONE) - opens).total_seconds())
    return sorted(opens + timedelta(seconds=dice.randrange(seconds)) for _ in range(calls))


def letters_of(dice: Random) -> Iterator[str]:
    """The ends of tickets' names: four letters, never the same twice."""
    taken: set[str] = set()
    while True:
        letters = "".join(dice.choices(LETTERS, k=4))
        if letters not in taken:
            taken.add(letters)
            yield letters
