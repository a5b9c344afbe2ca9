"""Lines of another system's log, from a CSV file through the road to the store."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.handle import Road
from services.logs.importer import import_log
from services.logs.mapping import read_mapping
from tests.bench.stage import Measured, Stage, opened

MAPPING = """
log = "bench"
profile = "imported"
ticket = "case"
time = "when"
status = "state"
site = "shop"
actor = "who"
team = "team"
[does]
open = "AssignTicket"
start = "StartWork"
wait = { command = "PauseWork", reason = "waiting_for_customer" }
done = "CompleteWork"
closed = "CloseTicket"
"""
STATES = ("open", "start", "wait", "start", "done", "closed", "start", "done", "closed")
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)


def imported(stage: Stage) -> Measured:
    """Log lines per second."""
    log, lines = stage.folder / "bench.csv", stage.sizes.lines
    write_log(log, lines)
    with stage.fresh() as url, opened(url) as store:
        road, mapping = Road(store), read_mapping("bench.toml", MAPPING)
        began = time.perf_counter()
        import_log(log, mapping, lambda commands: road.handle(commands, datetime.now(UTC)), lambda done, share: None)
        return {"import of log lines": lines / (time.perf_counter() - began)}


def write_log(log: Path, lines: int) -> None:
    """A log of tickets that are opened, paused, closed, reopened and handed about."""
    with log.open("w") as file:
        file.write("case,when,state,shop,who,team\n")
        file.writelines(_line(number) for number in range(lines))


def _line(number: int) -> str:
    ticket, step = divmod(number, len(STATES))
    at = (BEGINS + timedelta(minutes=ticket, hours=step)).isoformat()
    return f"C{ticket},{at},{STATES[step]},S{ticket % 20},P{ticket % 50},G{(ticket + step // 3) % 9}\n"
