"""Imports the real logs of a folder, each way that matters, and checks the published counts.

    python -m tests.check_real LOGS_DIR

Prints what was measured; exits 1 if a count is wrong. Not a test: the logs are too large to be kept here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psycopg

from events.store import Store
from projections.catalog import PROJECTIONS
from projections.rebuild import rebuild
from services import embedded
from services.command import Command, Outcome
from services.desk import fold
from services.handle import Road
from services.logs.importer import Report, import_log
from services.logs.mapping import mapping_for
from services.replay import replay
from services.runtime import Runtime, spare_the_collector
from services.settings import Settings

Wrong = list[str]

SAMPLES = 300
READ_MODELS = {"incidents", "all_in_one"}
CONTENTS = """
SELECT originator_id, originator_version, topic, state, occurred_at, command_id FROM aftersales.events
ORDER BY originator_id, originator_version
"""

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


def check_read_models(store: Store) -> Wrong:
    """Projects the whole log, rebuilds every projection, and replays random tickets at random times."""
    runtime = Runtime(Settings(Path()), store.url)
    runtime.settle()
    rebuilt = rebuild(store, list(PROJECTIONS.values()))
    print(f"rebuilt {rebuilt.events} events at {rebuilt.events / rebuilt.seconds:,.0f}/s: {rebuilt.projections}")
    *_, network = runtime.reader.kpi()
    print("kpi:", {name: network[name] for name in ("received", "handovers", "reopened")})
    runtime.close()
    wrong = [f"{each.projection}: {each.differing} rows differ" for each in rebuilt.projections if each.differing]
    return wrong + _check_replays(store, Random(1))


def _check_replays(store: Store, dice: Random) -> Wrong:
    streams = sorted({recorded.stream for recorded in store.follow(0, 50_000, ["ticket.registered"])})
    wrong = []
    for stream in dice.sample(streams, SAMPLES):
        events = store.read(stream)
        at = dice.choice(events).context.occurred_at
        known = fold(stream, [each for each in events if each.context.occurred_at <= at])
        if replay(store, stream, at=at).state != known:
            wrong.append(f"{stream} at {at}")
    print(f"{SAMPLES} tickets replayed at random times, {len(wrong)} wrongly")
    return wrong


def check_kill(server: embedded.Server, log: Path) -> Wrong:
    """Kills an importing process half-way, imports again, and compares with the store of an uninterrupted import."""
    server.prepare("killed")
    url = server.url(embedded.APP, "killed")
    with closing(Store(url)) as store, closing(Store(server.url(embedded.APP, "incidents"))) as whole:
        command = [sys.executable, "-m", "services.cli", "import", str(log), "--json"]
        process = subprocess.Popen(
            command, env={**os.environ, "AFTERSALES_DATABASE_URL": url}, stderr=subprocess.DEVNULL
        )
        while store.last_position() < whole.last_position() // 2:
            time.sleep(0.02)
        process.kill()
        process.wait()
        print(f"killed at event {store.last_position()} of {whole.last_position()}")
        imported(store, log)
        same = _contents(store) == _contents(whole)
        print("the same store" if same else "another store")
    return [] if same else ["the store after a kill differs"]


def _contents(store: Store) -> list[tuple[object, ...]]:
    with psycopg.connect(store.url) as connection:
        return connection.execute(CONTENTS).fetchall()


def main(folder: Path) -> int:
    """Runs all checks; 0 if every count is right."""
    wrong: Wrong = []
    spare_the_collector()
    with private_server() as server:
        for name, (logs, expected) in CHECKS.items():
            print(f"--- {name}")
            paths = [folder / f"bpic2013_{log}.xes.gz" for log in logs]
            with empty_store(server, name) as store:
                wrong += [f"{name}: {each}" for each in check(store, paths, expected)]
                wrong += [f"{name}: {each}" for each in check_read_models(store)] if name in READ_MODELS else []
        print("--- killed half-way")
        wrong += check_kill(server, folder / "bpic2013_incidents.xes.gz")
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
