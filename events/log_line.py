"""A line of another system's log: kept whole, whatever we make of it."""

from events.event import Event


class LogLineImported(Event, name="ticket.log_line_imported"):
    """One line of a real log, with all its attributes as they stood; `line` is its number in the file it came from.

    `status` is what the log calls it, `action` the command that was mapped to ("" for none); `refused` is the code of
    what kept the ticket from following it, "" if the ticket did.
    """

    log: str
    line: int
    status: str
    action: str
    refused: str
    attributes: dict[str, str]
