"""Imports the real logs of a folder, each way that matters, and checks the published counts.

    python -m tests.check_real LOGS_DIR

Prints what was measured; exits 1 if a count is wrong. Not a test: the logs are too large to be kept here.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from events.store import Store
from services import embedded
from services.command import Command, Outcome
from services.handle import Road
from services.logs.importer import Report, import_log
from services.logs.mapping import mapping_for

Wrong = list[str]

LINE, TICKET, HAND_OVER = "ticket.log_line_imported", "ticket.registered", "ticket.handed_over"


@contextmanager
def empty_store(server: embedded.Server, name: str) -> Iterator[Store]:
    """A new database of its own."""
    server.prepare(name)
    with closing(Store(server.url(embedded.APP, name))) as store:
        yield store


@contextmanager
def private_server() -> Iterator[embedded.Server]:
    """A PostgreSQL that nobody else uses, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-check-"))
    folder.chmod(0o711)  # the service account passes through to its own folder below
    server = embedded.Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def imported(store: Store, log: Path) -> Report:
    """Imports a log as a new process would, and prints what became of it."""
    road = Road(store)

    def send(commands: Sequence[Command]) -> Sequence[Outcome]:
        return road.handle(commands, datetime.now(UTC))

    report = import_log(log, mapping_for(log), send, lambda lines, share: None)
    print(report.model_dump_json(exclude={"refused"}), f"{report.lines / report.seconds:,.0f} lines/s")
    return report


def check(store: Store, logs: Sequence[Path], expected: dict[str, int]) -> Wrong:
    """Imports the logs one after the other, then all again, and compares the counts of the store."""
    for log in logs:
        imported(store, log)
    again = sum(imported(store, log).events for log in logs)
    counts = {**store.counts(), "events of the second import": again}
    print({name: counts.get(name, 0) for name in expected})
    return [
        f"{name}: expected {n}; found {counts.get(name, 0)}" for name, n in expected.items() if counts.get(name, 0) != n
    ]


def main(folder: Path) -> int:
    """Runs all checks; 0 if every count is right."""
    wrong: Wrong = []
    with private_server() as server:
        for name, (logs, expected) in CHECKS.items():
            print(f"--- {name}")
            paths = [folder / f"bpic2013_{log}.xes.gz" for log in logs]
            with empty_store(server, name) as store:
                wrong += [f"{name}: {each}" for each in check(store, paths, expected)]
    print(*wrong or ["all counts are right"], sep="\n")
    return 1 if wrong else 0


NOTHING_NEW = {"events of the second import": 0}
CHECKS: dict[str, tuple[Sequence[str], dict[str, int]]] = {
    "incidents": (["incidents"], {TICKET: 7554, LINE: 65533, HAND_OVER: 9454, **NOTHING_NEW}),
    "closed_then_open": (["closed_problems", "open_problems"], {TICKET: 1841, LINE: 7460, **NOTHING_NEW}),
    "open_then_closed": (["open_problems", "closed_problems"], {TICKET: 1841, LINE: 7460, **NOTHING_NEW}),
    "all_in_one": (
        ["incidents", "closed_problems", "open_problems"],
        {TICKET: 7554 + 1841, LINE: 65533 + 7460, **NOTHING_NEW},
    ),
}

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
