"""Complaints (投诉) that follow from a service."""

from events.event import Event


class ComplaintRegistered(Event, name="complaint.registered"):
    """A customer is dissatisfied with us (R-257)."""

    ticket: str
    statement: str


class ComplaintResolved(Event, name="complaint.resolved"):
    """The complaint was handled; the result is archived (R-261)."""

    result: str
