"""Parts: what a ticket asks for, and the stock of one part number at one site."""

from events.event import Event


class PartRequested(Event, name="part.requested"):
    """A ticket needs a part (R-196, R-201)."""

    request: str
    part_no: str
    quantity: int
    reason: str


class PartApproved(Event, name="part.approved"):
    """The service department approved the request (R-195)."""

    request: str


class PartRefused(Event, name="part.refused"):
    """The service department refused the request."""

    request: str
    reason: str


class PartIssued(Event, name="part.issued"):
    """The ticket got its part (R-200)."""

    request: str
    part_no: str
    quantity: int


class StockReceived(Event, name="stock.received"):
    """Parts were put into the store; every movement has a cause (R-193, R-203)."""

    quantity: int
    cause: str


class StockIssued(Event, name="stock.issued"):
    """Parts left the store for a ticket's request, against `taker`'s signature (R-198, R-200)."""

    ticket: str
    request: str
    quantity: int
    taker: str
