"""What advisors decide about the estimate and the items of a work order (施工单)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.order import EstimateGiven, EstimateLine, ItemApproved, ItemDeclined, ItemProposed
from events.support import Medium
from services.command import Decided, Decisions, Moment, TicketCommand
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import Ticket
from services.work import Person

Yuan = Annotated[float, Field(ge=0, le=10_000_000)]
Item = Annotated[str, Field(min_length=1, max_length=200)]


class Line(BaseModel):
    """One item of an estimate as a command gives it, in yuan."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item: Item
    labour: Yuan
    parts: Yuan


class GiveEstimate(TicketCommand):
    """Labour and parts per item; the bill will not be above `cap`, the work ready by `promised_at`."""

    lines: tuple[Line, ...] = Field(min_length=1, max_length=100)
    cap: Yuan
    promised_at: Moment


class ProposeItem(TicketCommand):
    """Something more was found; ask the customer."""

    item: Item
    fee: Yuan
    promised_at: Moment
    safety: bool = False


class ApproveItem(TicketCommand):
    """The customer agrees to an additional item, its fee and the new time."""

    item: Item
    by: Person
    medium: Medium


class DeclineItem(TicketCommand):
    """The customer does not want an additional item."""

    item: Item
    by: Person


def give_estimate(command: GiveEstimate, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    total = round(sum(line.labour + line.parts for line in command.lines), 2)
    if total > command.cap:
        raise Rejected("estimate_above_cap", total=total, cap=command.cap)
    if command.promised_at <= command.at:
        raise Rejected("promise_in_the_past", promised_at=f"{command.promised_at:%Y-%m-%d %H:%M}")
    lines = tuple(EstimateLine(**line.model_dump()) for line in command.lines)
    yield EstimateGiven(lines=lines, total=total, cap=command.cap, promised_at=command.promised_at)


def propose_item(command: ProposeItem, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if command.item in ticket.items:
        raise Rejected("item_known", item=command.item, status=ticket.items[command.item].status)
    if command.promised_at <= command.at:
        raise Rejected("promise_in_the_past", cites="R-114", promised_at=f"{command.promised_at:%Y-%m-%d %H:%M}")
    yield ItemProposed(item=command.item, fee=command.fee, promised_at=command.promised_at, safety=command.safety)


def approve_item(command: ApproveItem, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if _status(command, ticket) == "approved":
        return
    fee = ticket.items[command.item].fee
    yield ItemApproved(item=command.item, fee=fee, by=command.by, medium=command.medium)


def decline_item(command: DeclineItem, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if _status(command, ticket) == "declined":
        return
    weight = "safety" if ticket.items[command.item].safety else "other"
    yield ItemDeclined(item=command.item, weight=weight, by=command.by)


def _status(command: ApproveItem | DeclineItem, ticket: Ticket) -> str:
    if command.item not in ticket.items:
        raise Rejected("unknown_item", item=command.item, known=", ".join(ticket.items) or "-")
    return ticket.items[command.item].status


DECISIONS: Decisions = {
    GiveEstimate: give_estimate,
    ProposeItem: propose_item,
    ApproveItem: approve_item,
    DeclineItem: decline_item,
}
