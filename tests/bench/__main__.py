"""`make bench`: runs every trial several times and prints medians, spreads and ratios. Exits non-zero if one breaks."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from projections.catalog import PROJECTIONS
from projections.kpi_daily import KPI_DAILY
from services import embedded
from services.runtime import spare_the_collector
from tests.bench import trials
from tests.bench.listening import listening
from tests.bench.pages import grown, shown, starts
from tests.broker import Broker

LINES = 27_000
COMMANDS = 9_000
NAIVE = 3_000
SINGLE = 1_500


class Bench:
    """A private server, a private broker, and a fresh database for every trial."""

    def __init__(self, folder: Path, server: embedded.Server, broker: Broker) -> None:
        self._folder, self._server, self._broker, self._made = folder, server, broker, 0

    def run(self, runs: int) -> dict[str, list[float]]:
        """All trials, `runs` times, in turn."""
        rates: dict[str, list[float]] = {name: [] for name in self._trials()}
        for _ in range(runs):
            for name, trial in self._trials().items():
                rates[name].append(trial())
        return rates

    def _trials(self) -> dict[str, Callable[[], float]]:
        amqp = self._broker.url
        return {
            "naive path": lambda: trials.naive_path(self._owner(self._fresh()), amqp, NAIVE),
            "full path, 1 a message": lambda: trials.full_path(self._fresh(), amqp, COMMANDS, 1),
            "full path, 100 a message": lambda: trials.full_path(self._fresh(), amqp, 5 * COMMANDS, 100),
            "import": lambda: trials.import_lines(self._fresh(), self._folder, LINES),
            "one transaction per event": lambda: trials.one_by_one(self._latest(), KPI_DAILY, SINGLE),
            "rebuild kpi_daily": lambda: trials.rebuild_rate(self._latest(), [KPI_DAILY]),
            "rebuild all": lambda: trials.rebuild_rate(self._latest(), list(PROJECTIONS.values())),
            "SQL fold": lambda: trials.sql_fold(self._latest()),
        }

    def _fresh(self) -> str:
        self._made += 1
        self._server.prepare(f"bench{self._made}")
        return self._latest()

    def _latest(self) -> str:
        return self._server.url(embedded.APP, f"bench{self._made}")

    def _owner(self, url: str) -> str:
        return url.replace(f"//{embedded.APP}@", f"//{embedded.OWNER}@")


# what, of which, and what this release promises at least
RATIOS = (
    ("full path, 1 a message", "naive path", 5.0),
    ("full path, 100 a message", "naive path", 20.0),
    ("import", "naive path", 20.0),
    ("rebuild kpi_daily", "one transaction per event", 20.0),
    ("rebuild kpi_daily", "SQL fold", None),
    ("rebuild all", "one transaction per event", None),
)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make bench")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    spare_the_collector()  # as every process of ours does
    folder = Path(tempfile.mkdtemp(prefix="aftersales-bench-"))
    folder.chmod(0o711)
    broker, server = Broker(), embedded.Server(folder)
    try:
        broker.start()
        server.start()
        rates = Bench(folder, server, broker).run(options.runs)
        seen = {"listening": listening(), "start": starts(), "pages": shown(), "boards": grown()}
    finally:
        server.stop()
        broker.stop()
        shutil.rmtree(folder)
    whole = {**facts(rates), **{name: _plain(each) for name, each in seen.items()}}
    sys.stdout.write(orjson.dumps(whole).decode() + "\n") if options.json else show(rates, seen)
    return 0


def _plain(found: Any) -> Any:
    return [each._asdict() for each in found] if isinstance(found, list) else found


def facts(rates: dict[str, list[float]]) -> dict[str, Any]:
    """The medians and ratios as JSON-able data."""
    ratios = [{"of": of, "to": to, "ratio": median(rates[of]) / median(rates[to]), "at_least": least}
              for of, to, least in RATIOS]  # fmt: skip
    return {
        "per_second": {name: {"median": median(all_), "runs": all_} for name, all_ in rates.items()},
        "ratios": ratios,
    }


def show(rates: dict[str, list[float]], seen: dict[str, Any]) -> None:
    """The same as tables."""
    console, absolute, relative = Console(width=110), Table(title="Per second"), Table(title="Ratios in this run")
    for column in ("trial", "median", "lowest", "highest"):
        absolute.add_column(column, justify="left" if column == "trial" else "right")
    for name, all_ in rates.items():
        absolute.add_row(name, f"{median(all_):,.0f}", f"{min(all_):,.0f}", f"{max(all_):,.0f}")
    for column in ("what", "of what", "ratio", "at least"):
        relative.add_column(column)
    for row in facts(rates)["ratios"]:
        relative.add_row(
            row["of"], row["to"], f"{row['ratio']:.2f}", "" if row["at_least"] is None else f"{row['at_least']:g}"
        )
    console.print(absolute, relative)
    console.print(_table("Command to frame, ms", seen["listening"]), _table("Pages in a browser", seen["pages"]))
    console.print(_table("A board's page, p95 in ms, with 2,000 and 200,000 tickets", seen["boards"]))
    console.print(f"first page {seen['start']:.2f} s after the server's start")


def _table(title: str, rows: list[Any]) -> Table:
    table = Table(title=title)
    for name in rows[0]._fields:
        table.add_column(name.replace("_", " "), justify="left" if name == rows[0]._fields[0] else "right")
    for row in rows:
        table.add_row(*(f"{value:,.2f}" if isinstance(value, float) else str(value) for value in row))
    return table


if __name__ == "__main__":
    sys.exit(main())
