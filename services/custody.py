"""What is decided about the customer's property in our hands: taken away, repaired, returned, papers archived."""

from datetime import date

from pydantic import Field

from events.custody import PapersArchived, ProductReturned, ProductTakenAway, ReturnDateSet
from services.command import Decided, Decisions, Name, TicketCommand, Words
from services.milestone import told
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import Ticket


class TakeProductAway(TicketCommand):
    """Take the product to the workshop, against a receipt that the customer keeps."""

    item: Words
    receipt: Name


class SetReturnDate(TicketCommand):
    """Enter the day on which the product goes back."""

    return_on: date


class ReturnProduct(TicketCommand):
    """Bring the product back; the receipt is taken back and voided."""

    receipt: Name


class ArchivePapers(TicketCommand):
    """Put the papers away and cancel the line in the register."""

    papers: tuple[str, ...] = Field(min_length=1, max_length=50)


def take_product_away(command: TakeProductAway, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if ticket.receipt:
        raise Rejected("taken_already", ticket=command.ticket, receipt=ticket.receipt)
    yield ProductTakenAway(item=command.item, receipt=command.receipt)


def set_return_date(command: SetReturnDate, ticket: Ticket, policy: Policy) -> Decided:
    _must_be_ours(command, ticket)
    yield ReturnDateSet(return_on=command.return_on)


def return_product(command: ReturnProduct, ticket: Ticket, policy: Policy) -> Decided:
    _must_be_ours(command, ticket)
    if command.receipt != ticket.receipt:
        raise Rejected("other_receipt", receipt=ticket.receipt, found=command.receipt)
    yield ProductReturned(receipt=command.receipt)


def _must_be_ours(command: TicketCommand, ticket: Ticket) -> None:
    if not ticket.receipt:
        raise Rejected("not_taken", ticket=command.ticket)


DECISIONS: Decisions = {
    TakeProductAway: take_product_away,
    SetReturnDate: set_return_date,
    ReturnProduct: return_product,
    ArchivePapers: told(PapersArchived, also_when_finished=True),
}
