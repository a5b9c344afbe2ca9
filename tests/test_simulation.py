"""The demo's network, carried through the real road with the smallest reactions that keep it going."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from events.callback import CallbackCompleted
from events.event import Recorded
from events.store import Store
from events.work import CompletionSigned, WorkCompleted
from services.callback import CompleteCallback, ScheduleCallback
from services.command import Command, Outcome, derived_id
from services.complaint import RegisterComplaint
from services.desk import noun_of
from services.handle import Road
from services.part import IssuePart, Stock
from services.simulation import CLOSES, SUNDAY, simulate
from services.ticket import CloseTicket, RegisterTicket, ReopenTicket
from services.ticket_state import Status, Ticket
from services.work import ArriveOnSite, SignCompletion

SITES, TICKETS, SEED = 3, 400, 7
MEANT = {
    (IssuePart, "out_of_stock"),
    (ArriveOnSite, "not_dispatched"),
    (SignCompletion, "not_finished"),
    (CompleteCallback, "identity_not_verified"),
}
RARE = {"ticket.merged", "ticket.separated", "ticket.reopened", "ticket.handed_over", "ticket.placed_on_follow_up",
        "ticket.noted", "part.refused", "stock.issued", "complaint.registered", "work.paused"}  # fmt: skip


@cache
def days(seed: int = SEED) -> list[list[Command]]:
    return list(simulate(SITES, TICKETS, seed))


def registered(network: list[list[Command]]) -> list[RegisterTicket]:
    return [command for day in network for command in day if isinstance(command, RegisterTicket)]


def test_the_same_seed_tells_the_same_story() -> None:
    assert list(simulate(SITES, TICKETS, SEED)) == days()


def test_another_seed_tells_another_story() -> None:
    assert days(SEED + 1) != days()


def test_no_command_id_is_used_twice() -> None:
    ids = [command.command_id for day in days() for command in day]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("sites", "tickets"), [(1, 5), (3, 60), (3, 400), (11, 50), (2, 1000)])
def test_as_many_tickets_are_registered_as_were_asked_for(sites: int, tickets: int) -> None:
    names = [command.ticket for command in registered(list(simulate(sites, tickets, SEED)))]
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
            commands = [command for recorded in self._news() for command in reactions(recorded, self.states)]

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


def reactions(recorded: Recorded, states: dict[str, Any]) -> Iterator[Command]:
    """What the system does by itself, in its shortest form."""
    match recorded.event:
        case WorkCompleted() if not states[recorded.stream].needs_signature:
            yield caused(recorded, ScheduleCallback)
        case CompletionSigned():
            yield caused(recorded, ScheduleCallback)
        case CallbackCompleted(outcome="unresolved"):
            yield caused(recorded, ReopenTicket, reason="unresolved")
        case CallbackCompleted(satisfied=False):
            ticket = recorded.stream.partition("/")[2]
            yield caused(
                recorded, RegisterComplaint, complaint=f"{ticket}-{recorded.version}", statement="dissatisfied"
            )
            yield caused(recorded, CloseTicket)
        case CallbackCompleted():
            yield caused(recorded, CloseTicket)


def caused(recorded: Recorded, kind: type[Command], **fields: str) -> Command:
    context, ticket = recorded.context, recorded.stream.partition("/")[2]
    command_id = derived_id(kind.__name__, recorded.stream, recorded.version)
    envelope = {"command_id": command_id, "site": context.site, "actor": "system", "role": "system"}
    return kind.model_validate({**envelope, "at": context.occurred_at, "ticket": ticket, **fields})


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
    assert refusals.keys() == MEANT
    assert sum(refusals.values()) < len(world.answers) * 0.02


def test_the_network_shows_the_rare_cases_too(world: World, store: Store) -> None:
    counts = store.counts()
    assert RARE - counts.keys() == set()
    assert any(state.signed_by and not state.called_back for state in tickets(world))
    assert any(
        state.status is Status.COMPLETED and not state.signed_by and state.needs_signature for state in tickets(world)
    )
    assert all(state.on_hand >= 0 for state in world.states.values() if isinstance(state, Stock))


def tickets(world: World) -> list[Ticket]:
    return [state for state in world.states.values() if isinstance(state, Ticket)]
