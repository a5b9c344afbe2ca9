"""Whatever is sent in whatever order: an answer, and never a state that the rules forbid."""

from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import Any

from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from events.event import EVENTS, Context, Event, Unreadable
from events.part import PartIssued, StockIssued
from events.ticket import TicketClosed
from services.command import COMMANDS, Command, On
from services.desk import NOUNS, decide, noun_of
from services.part import Stock
from services.refusal import Refusal, Rejected
from services.ticket_state import Ticket
from tests.decisions.scenario import (
    COMMAND_WORDS,
    EVENT_WORDS,
    PROFILES,
    approve_part,
    arrive_on_site,
    assign_ticket,
    clock,
    close_ticket,
    complete_callback,
    complete_work,
    dispatch_engineer,
    issue_part,
    merge_ticket,
    pause_work,
    receive_stock,
    register_ticket,
    reopen_ticket,
    request_part,
    resume_work,
    schedule_callback,
    separate_ticket,
    sign_completion,
    start_work,
)

TICKETS = ("T1", "T2")
STORY = (
    assign_ticket, dispatch_engineer, arrive_on_site, start_work, request_part, approve_part, receive_stock, issue_part,
    pause_work, resume_work, complete_work, sign_completion, schedule_callback, complete_callback, close_ticket,
    merge_ticket, separate_ticket, reopen_ticket,
)  # fmt: skip
FIELDS: dict[str, list[Any]] = {
    "ticket": [*TICKETS, "T3"],
    "into": list(TICKETS),
    "merged_into": list(TICKETS),
    "site": ["SH01", "SH01", "SH01", "BJ01"],
    "profile": PROFILES,
    "request": ["P1", "P2"],
    "quantity": [1, 2],
    "engineer": ["wang", "li"],
    "actor": ["wang", "li", "chen"],
    "team": ["A", "B"],
    "to_team": ["A", "B"],
    "identity_verified": [True, False],
}


@st.composite
def commands(draw: st.DrawFn) -> Command:
    word: Callable[..., Command] = draw(st.sampled_from(COMMAND_WORDS))
    varied = [name for name in FIELDS if name in type(word()).model_fields]
    return word(**{name: draw(st.sampled_from(FIELDS[name])) for name in varied})


NEXT = st.none()  # stands for the next step of the ordinary story, so that the disorder reaches its end too


class World:
    """All streams, and what was decided about them; the log as it would be."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.log: list[On] = []

    def send(self, command: Command) -> None:
        try:
            decided = list(decide(command, [self.state(stream) for stream in command.streams], command.at))
        except Rejected:
            return
        for each in decided:
            if not isinstance(each, Refusal):
                self._record(each if isinstance(each, On) else On(command.streams[0], each), command.context())

    def state(self, stream: str) -> Any:
        return self.states.get(stream, noun_of(stream).empty)

    def _record(self, on: On, context: Context) -> None:
        if isinstance(on.event, TicketClosed):
            may_close(self.state(on.stream))
        self.states[on.stream] = noun_of(on.stream).evolve(self.state(on.stream), on.event, context)
        self.log.append(on)


def may_close(ticket: Ticket) -> None:
    assert ticket.signed_by or not ticket.needs_signature
    assert ticket.called_back or not ticket.needs_callback


@settings(max_examples=300, deadline=None)
@for_any(st.lists(NEXT | commands(), max_size=60))
def test_any_commands_in_any_order_are_answered_and_break_no_rule(sent: list[Command | None]) -> None:
    world, story = World(), cycle(STORY)
    for ticket in TICKETS:
        world.send(register_ticket(ticket=ticket))
    for command in sent:
        world.send(command or next(story)())
    stocks = [state for state in world.states.values() if isinstance(state, Stock)]
    assert all(stock.on_hand >= 0 for stock in stocks)
    to_tickets = Counter((on.stream, on.event.request) for on in world.log if isinstance(on.event, PartIssued))
    from_stock = Counter(
        (f"ticket/{on.event.ticket}", on.event.request) for on in world.log if isinstance(on.event, StockIssued)
    )
    assert to_tickets == from_stock
    assert set(to_tickets.values()) <= {1}


@settings(max_examples=200, deadline=None)
@for_any(st.lists(st.sampled_from(EVENT_WORDS), max_size=30), st.sampled_from(sorted(NOUNS)))
def test_any_events_in_any_order_can_be_folded(words: list[Callable[..., Event]], noun: str) -> None:
    state = NOUNS[noun].empty
    for word in words:
        state = NOUNS[noun].evolve(state, word(), Context(clock("09:00"), "SH01", "a", "b", "c"))
    assert type(state) is type(NOUNS[noun].empty)


def test_the_scenarios_have_a_word_for_every_event_and_every_command() -> None:
    assert {type(word()) for word in EVENT_WORDS} == set(EVENTS.values()) - {Unreadable}
    assert {type(word()).__name__ for word in COMMAND_WORDS} == COMMANDS.keys()
