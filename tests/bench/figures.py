"""What is to be shown: each row of the customer's table, made of two trials of the same round."""

from typing import NamedTuple

from projections.catalog import PROJECTIONS
from tests.bench.questions import QUESTIONS, REPLAY
from tests.bench.sql_folds import SQL_FOLDS


class Figure(NamedTuple):
    """A figure in words: what was measured (`of`), divided by a baseline (`to`; "": it stands for itself).

    `least` is what is promised at least, `aim` what is aimed at; both are upper limits where `smaller` is better, None
    where nothing is promised. Rows with the same `group` are shown as one: the worst of them.
    """

    name: str
    of: str
    to: str = ""
    least: float | None = None
    aim: float | None = None
    smaller: bool = False
    group: str = ""


def _each_rebuild(name: str) -> Figure:
    group = "rebuild of each projection ÷ one transaction per event"
    return Figure(f"rebuild of {name} ÷ one by one", f"rebuild, {name}", f"one by one, {name}", 25, 60, group=group)


def _each_fold(name: str) -> Figure:
    group = "rebuild ÷ pure SQL fold"
    return Figure(
        f"rebuild of {name} ÷ SQL fold", f"rebuild beside SQL, {name}", f"SQL fold, {name}", 0.4, 0.8, group=group
    )


def _each_question(name: str) -> Figure:
    group = "every board, KPI page and ticket replay: p95 with all tickets ÷ with a hundredth"
    of, to = f"{name}, large, p95, ms", f"{name}, small, p95, ms"
    return Figure(f"{name}: large ÷ small", of, to, 1.5, 1.1, True, group)


def _write(name: str, title: str) -> Figure:
    of, to = f"{name}, large, p95, ms", f"{name}, small, p95, ms"
    return Figure(f"{title}: p95 with all tickets ÷ with a hundredth", of, to, 1.2, 1.05, True)


FIGURES: tuple[Figure, ...] = (
    Figure("full command path, one command a message ÷ naive path", "full path, 1 a message", "naive path", 6, 12),
    Figure("full command path, one command a message ÷ library save", "full path, 1 a message", "library save"),
    Figure("batch feed, 100 commands a message ÷ raw append at 100",
           "full path, 100 a message", "raw append, 100 a statement", 0.2, 0.5),
    Figure("gap-safe append ÷ unordered, silent append, batch 64, four writers",
           "gap-safe append, 4 writing", "unordered, silent append, 4 writing", 0.7, 0.9),
    Figure("gap-safe append ÷ unordered append, batch 64, one writer",
           "gap-safe append, 1 writing", "unordered append, 1 writing", 0.95, 1.0),
    Figure("gap-safe append ÷ unordered append, batch 64, four writers",
           "gap-safe append, 4 writing", "unordered append, 4 writing"),
    Figure("gap-safe append ÷ unordered, silent append, batch 64, one writer",
           "gap-safe append, 1 writing", "unordered, silent append, 1 writing"),
    *(_each_rebuild(name) for name in PROJECTIONS),
    *(_each_fold(name) for name in SQL_FOLDS),
    Figure("all projections in one pass ÷ sum of single passes",
           "rebuild, all in one pass", "rebuild, one projection after another", 2, 4),
    Figure("two rebuild processes ÷ one", "rebuild, two processes", "rebuild, all in one pass", 1.6, 1.9),
    Figure("all cores busy while one process rebuilds", "cores busy, one process, %"),
    Figure("all cores busy while two processes rebuild", "cores busy, two processes, %"),
    Figure("command accepted → row visible and frame sent, half of saturation, p99",
           "accepted to row, half load, p99, ms", "", 100, 25, True),
    Figure("command accepted → row visible and frame sent, 90 % of saturation, p99",
           "accepted to row, 90 % load, p99, ms", "", 500, 100, True),
    Figure("command sent → frame of the feed, half of saturation, p99",
           "sent to frame, half load, p99, ms", "", smaller=True),
    Figure("command sent → frame of the feed, 90 % of saturation, p99",
           "sent to frame, 90 % load, p99, ms", "", smaller=True),
    Figure("live throughput lost while a rebuild runs", "throughput lost beside a rebuild, %", "", 30, 10, True),
    Figure("catch-up after a projector's outage ÷ ingest rate",
           "catch-up of the projector", "ingest of mixed lives", 5, 20),
    Figure("catch-up after a projector's outage ÷ ingest without a broker, batches of 250",
           "catch-up of the projector", "ingest of mixed lives, no broker"),
    Figure("replay of a 100-event ticket to any moment, p95", "replay of 100 events, p95, ms", "", 10, 3, True),
    Figure("import of log lines ÷ naive path", "import of log lines", "naive path", 20),
)  # fmt: skip

LARGE: tuple[Figure, ...] = (
    *(_each_question(name) for name in QUESTIONS),
    _write("register", "register a ticket"),
    _write("advance", "advance a ticket"),
    Figure("replay of a ticket that only the disk has, p95", f"{REPLAY}, from the disk, p95, ms", "", smaller=True),
    Figure("memory of a rebuild of the whole log, last quarter ÷ second",
           "rebuild, memory at the end, MiB", "rebuild, memory after a quarter, MiB", 1.5, 1.1, True),
    Figure("memory of a worker while commands flow, last quarter ÷ second",
           "worker, memory at the end, MiB", "worker, memory after a quarter, MiB", 1.5, 1.1, True),
)  # fmt: skip
