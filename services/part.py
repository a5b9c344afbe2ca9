"""Parts (配件): requested by a ticket, approved, and issued from the stock of one part number at one site.

Issuing reads the stock and the ticket together and writes to both or to neither: never below zero, never twice.
"""

from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from events.event import Context, Event
from events.part import PartApproved, PartIssued, PartRefused, PartRequested, StockIssued, StockReceived
from services.command import Command, Decided, Decisions, Name, On, TicketCommand, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import FINISHED, PartRequest, Ticket

Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class RequestPart(TicketCommand):
    """A ticket needs a part; `request` is the request's number within the ticket."""

    request: Name
    part_no: Name
    quantity: Quantity
    reason: Words


class ApprovePart(TicketCommand):
    """The service department approves a request."""

    request: Name


class RefusePart(TicketCommand):
    """The service department refuses a request."""

    request: Name
    reason: Words


class StockCommand(Command):
    """A command to the stock of one part number at the sender's site."""

    part_no: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"stock/{self.site}/{self.part_no}",)


class ReceiveStock(StockCommand):
    """Put parts into the store; `cause` names the delivery or count that brought them."""

    opens: ClassVar[bool] = True
    quantity: Quantity
    cause: Words


class IssuePart(StockCommand):
    """Hand a requested part out, against the taker's signature."""

    ticket: Name
    request: Name
    taker: Annotated[str, Field(min_length=1, max_length=100)]

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"stock/{self.site}/{self.part_no}", f"ticket/{self.ticket}")


class Stock(NamedTuple):
    """How many parts lie there; which requests they were issued for, the tickets know."""

    on_hand: int = 0

    def admit(self, command: Command) -> None:
        """A stock's name carries its site, so every command to it is in the right place."""


def evolve(stock: Stock, event: Event, context: Context) -> Stock:
    """The stock after an event."""
    match event:
        case StockReceived():
            return stock._replace(on_hand=stock.on_hand + event.quantity)
        case StockIssued():
            return stock._replace(on_hand=stock.on_hand - event.quantity)
        case _:
            return stock


def request_part(command: RequestPart, ticket: Ticket, policy: Policy) -> Decided:
    known = ticket.parts.get(command.request)
    if known and (known.part_no, known.quantity) == (command.part_no, command.quantity):
        return
    if known:
        raise Rejected("request_taken", request=command.request)
    must_be_open(command, ticket)
    yield PartRequested(
        request=command.request, part_no=command.part_no, quantity=command.quantity, reason=command.reason
    )


def approve_part(command: ApprovePart, ticket: Ticket, policy: Policy) -> Decided:
    request = _request(ticket, command.ticket, command.request)
    if request.status == "approved":
        return
    must_be_open(command, ticket)
    _must_be_undecided(command.request, request)
    yield PartApproved(request=command.request)


def refuse_part(command: RefusePart, ticket: Ticket, policy: Policy) -> Decided:
    request = _request(ticket, command.ticket, command.request)
    if request.status == "refused":
        return
    _must_be_undecided(command.request, request)
    yield PartRefused(request=command.request, reason=command.reason)


def receive_stock(command: ReceiveStock, stock: Stock, policy: Policy) -> Decided:
    yield StockReceived(quantity=command.quantity, cause=command.cause)


def issue_part(command: IssuePart, stock: Stock, ticket: Ticket, policy: Policy) -> Decided:
    ticket.admit(command)
    request = _request(ticket, command.ticket, command.request)
    if request.part_no != command.part_no:
        raise Rejected("other_part", request=command.request, wanted=request.part_no, part_no=command.part_no)
    if request.status == "issued":
        return
    if ticket.status in FINISHED:
        raise Rejected("not_open", ticket=command.ticket, status=ticket.status)
    if request.status != "approved":
        raise Rejected("not_approved", request=command.request, status=request.status)
    if stock.on_hand < request.quantity:
        raise Rejected("out_of_stock", on_hand=stock.on_hand, part_no=command.part_no, quantity=request.quantity)
    issued = {"request": command.request, "quantity": request.quantity}
    yield StockIssued(ticket=command.ticket, taker=command.taker, **issued)
    yield On(command.streams[1], PartIssued(part_no=command.part_no, **issued))


def _request(ticket: Ticket, name: str, request: str) -> PartRequest:
    if request not in ticket.parts:
        raise Rejected("unknown_request", ticket=name, request=request)
    return ticket.parts[request]


def _must_be_undecided(name: str, request: PartRequest) -> None:
    if request.status != "requested":
        raise Rejected("already_decided", request=name, status=request.status)


DECISIONS: Decisions = {
    RequestPart: request_part,
    ApprovePart: approve_part,
    RefusePart: refuse_part,
    ReceiveStock: receive_stock,
    IssuePart: issue_part,
}
