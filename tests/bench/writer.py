"""One writer of the append trials, as a process; whenever it reads a line it writes some batches.

`python -m tests.bench.writer URL NUMBER TURNS BATCHES SIZE`
"""

import sys
from datetime import UTC, datetime

from events.event import Context, Pending
from events.store import Receipt, Store
from events.ticket import TicketNoted

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
Batch = tuple[list[Receipt], list[Pending]]


def batch(writer: str, number: int, size: int) -> Batch:
    """The notes on a ticket of its own, and their outcomes."""
    stream = f"ticket/W{writer}-{number}"
    ids = [f"{stream}-{version}" for version in range(1, size + 1)]
    receipts = [Receipt(each, "AddNote", stream, version) for version, each in enumerate(ids, 1)]
    events = [
        Pending(
            stream, version, TicketNoted(text=f"note {version}"), Context(AT, "SH01", "li", "manager", each, stream)
        )
        for version, each in enumerate(ids, 1)
    ]
    return receipts, events


def write(url: str, writer: str, turns: int, batches: int, size: int) -> None:
    """Appends so many batches after each word to go."""
    store = Store(url)
    waiting = [[batch(writer, turn * batches + number, size) for number in range(batches)] for turn in range(turns)]
    store.append(*batch(writer, -1, 1))  # whoever connects first has to
    _tell("ready")
    for each in waiting:
        sys.stdin.readline()
        for receipts, events in each:
            store.append(receipts, events)
        _tell("done")
    store.close()


def _tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
