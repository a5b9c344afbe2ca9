"""Small logs, written as other systems write them."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from services.logs.mapping import LogMapping, read_mapping

Line = Mapping[str, str]

MAPPING = """
log = "desk"
profile = "imported"
ticket = "trace:concept:name"
time = "time:timestamp"
status = ["concept:name", "lifecycle:transition"]
site = { attribute = "country", blank = ["0"], default = "unknown", upper = true }
actor = { attribute = "org:resource", blank = ["-"], default = "unknown" }
team = "org:group"
product = "product"
impact = "impact"

[does]
"Queued/Awaiting Assignment" = "AssignTicket"
"Accepted/In Progress" = "StartWork"
"Accepted/Wait - User" = { command = "PauseWork", reason = "waiting_for_customer" }
"Completed/Resolved" = "CompleteWork"
"Completed/Closed" = "CloseTicket"
"Unmatched/Unmatched" = ""
"""


def mapping(*, log: str = "desk", family: str = "") -> LogMapping:
    """The mapping of the logs that `line` writes."""
    named = MAPPING.replace('"desk"', f'"{log}"').replace("profile", f'family = "{family}"\nprofile', 1)
    return read_mapping("desk.toml", named)


def line(minute: int, status: str = "Accepted/In Progress", team: str = "A", **more: str) -> Line:
    """A line so many minutes after eight on the first of March 2012, +01:00."""
    name, _, transition = status.partition("/")
    return {
        "org:group": team,
        "country": "se",
        "org:resource": "Anna",
        "concept:name": name,
        "lifecycle:transition": transition,
        "impact": "High",
        "product": "P1",
        "time:timestamp": f"2012-03-{1 + minute // 600:02}T{8 + minute // 60 % 10:02}:{minute % 60:02}:00+01:00",
        **more,
    }


def life(tickets: int, lines: int = 4) -> dict[str, list[Line]]:
    """So many tickets that go to and fro between two teams."""
    return {f"T{n}": [line(minute, team="AB"[minute % 2]) for minute in range(lines)] for n in range(1, tickets + 1)}


def xes(tickets: Mapping[str, Sequence[Line]]) -> str:
    """An XES log: a trace per ticket, with what real ones put before the traces."""
    traces = "".join(_element("trace", {"concept:name": name}, *map(_event, lines)) for name, lines in tickets.items())
    before = '<global scope="event"><string key="org:group" value="UNKNOWN"/></global><float key="mean" value="1.5"/>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="http://www.xes-standard.org/">\n{before}{traces}</log>\n'
    )


def write(path: Path, text: str) -> Path:
    """Writes a log, gzipped if its name says so; returns the path."""
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def _event(said: Line) -> str:
    return _element("event", said)


def _element(tag: str, said: Line, *inner: str) -> str:
    attributes = (f"<string key={quoteattr(key)} value={quoteattr(value)}/>" for key, value in said.items())
    return f"<{tag}>\n{''.join(attributes)}{''.join(inner)}</{tag}>\n"
