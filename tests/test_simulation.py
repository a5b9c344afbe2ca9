"""The demo's network, carried through the road and followed by the reactions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, pairwise
from typing import Any

import pytest

from events.event import Recorded
from events.store import Store
from services.area import EnterArea, LeaveArea
from services.callback import CompleteCallback
from services.command import Command, Outcome
from services.demo.diary import CLOSES, SUNDAY, ZONE
from services.demo.life import Life
from services.demo.simulation import simulate
from services.desk import noun_of
from services.handle import Road
from services.part import IssuePart, ReceiveStock, Stock
from services.reactions import react
from services.ticket import RegisterTicket
from services.ticket_state import Status, Ticket
from services.work import ArriveOnSite, SignCompletion
from tests.story import ENDS

SITES, TICKETS, SEED = 3, 400, 7
MEANT = {
    (IssuePart, "out_of_stock"),
    (ArriveOnSite, "not_dispatched"),
    (SignCompletion, "not_finished"),
    (ArriveOnSite, "guard_needs"),  # under a profile whose visits are prepared and recorded
    (SignCompletion, "guard_needs"),
    (CompleteCallback, "identity_not_verified"),
    (EnterArea, "bay_taken"),
    (LeaveArea, "not_in_area"),  # it stood beside the bays, for its bay was taken
}
RARE = {"ticket.merged", "ticket.separated", "ticket.reopened", "ticket.handed_over", "ticket.placed_on_follow_up",
        "ticket.noted", "part.refused", "stock.issued", "complaint.registered", "work.paused"}  # fmt: skip


@cache
def days(seed: int = SEED, ends: datetime = ENDS) -> list[list[Command]]:
    return simulate(SITES, TICKETS, seed, ends).days


def registered(network: list[list[Command]]) -> list[RegisterTicket]:
    return [command for day in network for command in day if isinstance(command, RegisterTicket)]


def test_the_same_seed_tells_the_same_story() -> None:
    assert simulate(SITES, TICKETS, SEED, ENDS).days == days()


def test_another_seed_tells_another_story() -> None:
    assert days(SEED + 1) != days()


def test_some_weeks_later_the_same_network_lives_the_same_days() -> None:
    weeks = timedelta(weeks=36)
    later = [command for day in days(ends=ENDS + weeks) for command in day]
    assert [told_without_dates(command) for command in later] == [told_without_dates(each) for each in chain(*days())]
    assert [command.at - weeks for command in later] == [command.at for command in chain(*days())]


def test_the_days_end_at_the_moment_asked_for_on_whatever_weekday() -> None:
    wednesday = datetime(2026, 11, 18, 11, 20, tzinfo=ZONE)
    lived = days(ends=wednesday)
    assert len(lived) == len(days())
    assert wednesday - timedelta(minutes=10) < lived[-1][-1].at < wednesday
    assert {command.at.weekday() for day in lived for command in day} == set(range(SUNDAY))
    assert any(isinstance(command, ReceiveStock) for command in lived[0]), "no store is empty on the first day"


def told_without_dates(command: Command) -> tuple[type[Command], str, str, str]:
    return type(command), command.site, command.actor, command.role


def test_what_is_not_done_in_the_end_is_the_rest_of_a_life() -> None:
    story = simulate(SITES, TICKETS, SEED, ENDS)
    rests = [command for life in story.rests for command in whole(life)]
    ids = {command.command_id for command in chain(*story.days, rests)}
    assert len(ids) == sum(map(len, story.days)) + len(rests)
    assert any(command.at > ENDS + timedelta(days=1) for command in rests), "callbacks of the next days"


def whole(life: Life) -> Iterator[Command]:
    while not life.is_over:
        yield life.tell(life.due)


def test_no_command_id_is_used_twice() -> None:
    ids = [command.command_id for day in days() for command in day]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("sites", "tickets"), [(1, 5), (3, 60), (3, 400), (11, 50), (2, 1000)])
def test_as_many_tickets_are_registered_as_were_asked_for(sites: int, tickets: int) -> None:
    names = [command.ticket for command in registered(simulate(sites, tickets, SEED, ENDS).days)]
    assert len(names) == len(set(names)) == tickets


def test_each_day_is_one_working_day_in_order() -> None:
    for day in days():
        assert len({command.at.date() for command in day}) == 1
        assert day[0].at.weekday() != SUNDAY
        assert all(earlier.at <= later.at for earlier, later in pairwise(day))
        assert all(command.at.time() < CLOSES for command in day)
    assert all(earlier[0].at < later[0].at for earlier, later in pairwise(days()))


def test_every_trade_of_the_network_has_customers() -> None:
    assert {command.profile for command in registered(days())} == {"auto-4s", "furniture", "software"}


# --- carried through the road


class World:
    """The network as it is lived: every answer with its command, and every stream's state."""

    def __init__(self, store: Store, road: Road) -> None:
        self.answers: list[tuple[Command, Outcome]] = []
        self.states: dict[str, Any] = {}
        self._store, self._road, self._position = store, road, 0

    def live(self, day: Sequence[Command]) -> None:
        commands = list(day)
        while commands:
            self.answers += zip(commands, self._road.handle(commands, day[-1].at), strict=True)
            commands = [command for recorded in self._news() for command in react(recorded)]

    def statuses(self) -> Counter[Status]:
        return Counter(state.status for state in self.states.values() if isinstance(state, Ticket))

    def refusals(self) -> Counter[tuple[type[Command], str]]:
        refused = ((command, outcome.refusal) for command, outcome in self.answers)
        return Counter((type(command), refusal.code) for command, refusal in refused if refusal)

    def _news(self) -> list[Recorded]:
        news = self._store.follow(self._position, 100_000)
        for recorded in news:
            noun, state = noun_of(recorded.stream), self.states.get(recorded.stream)
            self.states[recorded.stream] = noun.evolve(state or noun.empty, recorded.event, recorded.context)
            self._position = recorded.position
        return news


@pytest.fixture(params=[SEED, SEED + 1])
def world(request: pytest.FixtureRequest, store: Store, road: Road) -> World:
    world = World(store, road)
    for day in days(request.param):
        world.live(day)
    return world


def test_in_the_end_every_queue_has_something_to_show_and_next_to_nothing_was_refused(world: World) -> None:
    statuses, refusals = world.statuses(), world.refusals()
    assert statuses.keys() == set(Status) - {Status.UNKNOWN}
    assert sum(statuses.values()) == TICKETS
    assert statuses[Status.CLOSED] > TICKETS / 4
    assert set(refusals) <= MEANT
    assert {(IssuePart, "out_of_stock"), (CompleteCallback, "identity_not_verified")} <= set(refusals)
    assert sum(refusals.values()) < len(world.answers) * 0.02


def test_the_network_shows_the_rare_cases_too(world: World, store: Store) -> None:
    counts = store.counts()
    assert RARE - counts.keys() == set()
    assert any(ticket.callback_due for ticket in tickets(world))
    assert any(ticket.needs_signature and not ticket.signed_by for ticket in tickets(world, Status.COMPLETED))
    assert all(state.on_hand >= 0 for state in world.states.values() if isinstance(state, Stock))


def tickets(world: World, *statuses: Status) -> list[Ticket]:
    found = [state for state in world.states.values() if isinstance(state, Ticket)]
    return [ticket for ticket in found if not statuses or ticket.status in statuses]
