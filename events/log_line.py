"""A line of another system's log: kept whole, whatever we make of it."""

from events.event import Event


class LogLineImported(Event, name="ticket.log_line_imported"):
    """One line of a real log, with all its attributes as they stood.

    `action` is the command it was mapped to ("" for none); `refused` is the rule or code that kept the ticket from
    following it, "" if the ticket did.
    """

    log: str
    line: int
    action: str
    refused: str
    attributes: dict[str, str]
