"""The demo's world: what the people of a dealer network tell the system, day after day. Nothing here is measured.

Every ticket lives one of the lives of `lives.py`, told to its diary.
What reactions do (plan a callback, close, reopen, register a complaint) is left to them.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from services.appointment import BookAppointment
from services.area import EnterArea
from services.command import Command
from services.custody import TakeProductAway
from services.demo.dealer_network import Site, dealer_network
from services.demo.diary import SUNDAY, ZONE, Diary, command_of, morning
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

FIRST_DAY = date(2026, 3, 2)  # a Monday
MONDAY = 0
LAST_CALL = time(17, 10)
LAST_DAY_ENDS = time(15, 45)  # in the midst of work, so that the boards have something to show
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


def simulate(sites: int, tickets: int, seed: int) -> Iterator[list[Command]]:
    """The commands of one working day after another, each day in the order of `at` (+08:00, from 2026-03-02).

    After each day let the reactions settle: the next day counts on their callbacks and reopened tickets. The same
    arguments give the same commands, ids included; a few of them are meant to be refused.
    """
    network, dice = dealer_network(sites, seed), Random(seed)  # noqa: S311 - a stage, not a secret
    days = _working_days(max(LEAST_DAYS, -(-tickets // (sites * TICKETS_A_DAY))))
    stops = deque(STOPS)
    planned: defaultdict[date, list[Command]] = defaultdict(list)
    for number, day in enumerate(days):
        calls = tickets * (number + 1) // len(days) - tickets * number // len(days)
        end = LAST_DAY_ENDS if day == days[-1] else LAST_CALL
        is_recent = number >= len(days) - RECENT_DAYS
        lives = _lives(network, dice, _call_times(day, end, calls, dice), stops if is_recent else deque())
        for command in [*_deliveries(network, day), *lives]:
            planned[command.at.date()].append(command)
        told = (command for command in planned.pop(day, []) if day < days[-1] or command.at.time() < end)
        yield sorted(told, key=lambda command: command.at)


def _lives(network: list[Site], dice: Random, calls: list[datetime], stops: Stops) -> Iterator[Command]:
    """The lives of the tickets that begin on a day; where there are `stops`, of some only the beginning."""
    firsts: dict[str, Diary] = {}
    for at, letters in zip(calls, _letters(dice), strict=False):
        site = dice.choice(network)
        diary = Diary(site, f"{site.name}-{at:%y%m%d}-{letters}", dice, at)
        _live(diary, firsts)
        yield from _beginning(diary.commands, stops) if stops and diary.happens(STANDS_STILL) else diary.commands


def _beginning(told: list[Command], stops: Stops) -> list[Command]:
    """Up to a step after which nothing was done; the steps take turns, so that somebody waits in every queue."""
    kinds = [type(command) for command in told]
    stop = next(kind for kind in stops if kind in kinds)
    stops.remove(stop)
    stops.append(stop)
    return told[: kinds.index(stop) + 1]


def _live(diary: Diary, firsts: dict[str, Diary]) -> None:
    """`firsts` holds, for each site, today's last ticket that another call may turn out to be about."""
    if diary.happens(CALLS_TWICE) and (first := firsts.pop(diary.site.name, None)):
        return twice_called(diary, first)
    life = diary.dice.choices(list(LIVES), list(LIVES.values()))[0]
    if life is not cancelled:
        firsts[diary.site.name] = diary
    return life(diary)


def _deliveries(network: list[Site], day: date) -> Iterator[Command]:
    if day.weekday() != MONDAY:
        return
    for site in network:
        for number, part_no in enumerate(site.trade.parts):
            at, cause = morning(day) - timedelta(minutes=20), f"周一到货 {day:%m%d}-{site.name}"
            yield command_of(ReceiveStock, site, "parts_clerk", site.staff["parts_clerk"], at, number,
                           part_no=part_no, quantity=WEEKLY_DELIVERY, cause=cause)  # fmt: skip


def _working_days(number: int) -> list[date]:
    days = (FIRST_DAY + timedelta(days=each) for each in range(number * 7 // 6 + 1))
    return [day for day in days if day.weekday() != SUNDAY][:number]


def _call_times(day: date, end: time, calls: int, dice: Random) -> list[datetime]:
    opens = morning(day)
    seconds = int((datetime.combine(day, end, ZONE) - opens).total_seconds())
    return sorted(opens + timedelta(seconds=dice.randrange(seconds)) for _ in range(calls))


def _letters(dice: Random) -> Iterator[str]:
    """Four letters, never the same twice."""
    taken: set[str] = set()
    while True:
        letters = "".join(dice.choices(LETTERS, k=4))
        if letters not in taken:
            taken.add(letters)
            yield letters
