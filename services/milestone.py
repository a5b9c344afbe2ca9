"""Commands whose decision is their event: a step of a ticket's way that only guards stand before."""

from collections.abc import Callable

from events.event import Event
from services.command import Decided, TicketCommand
from services.policy import Policy
from services.ticket import must_be_open
from services.ticket_state import Ticket


def told(event: type[Event], *, also_when_finished: bool = False) -> Callable[..., Decided]:
    """The decision that records `event` with the command's fields of the same names."""

    def decide(command: TicketCommand, ticket: Ticket, policy: Policy) -> Decided:
        if not also_when_finished:
            must_be_open(command, ticket)
        yield event.model_validate({name: getattr(command, name) for name in event.model_fields})

    return decide
