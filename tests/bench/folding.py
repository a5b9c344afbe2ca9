"""Rows from events: rebuilds, one projection at a time and all at once, beside one event a transaction and plain SQL.

Rates are events of the log per second, whether a projection folds them or not.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import psutil
import psycopg
from psycopg import sql

from events.store import Store
from projections import projector
from projections.catalog import PROJECTIONS, indexes_of
from projections.projection import Projection
from projections.rebuild import rebuild
from tests.bench.sql_folds import SQL_FOLDS
from tests.bench.stage import Measured, Stage, opened

ALL = tuple(PROJECTIONS.values())
TURNS = 3

CREATE_FOLD = "DROP TABLE IF EXISTS boards.sql_fold; CREATE TABLE boards.sql_fold (LIKE boards.{name}); "
FILL_FOLD = "INSERT INTO boards.sql_fold ({columns}) {fold}"
DIFFERENCE = """
SELECT count(*) FROM ((TABLE boards.sql_fold EXCEPT ALL TABLE boards.{name})
    UNION ALL (TABLE boards.{name} EXCEPT ALL TABLE boards.sql_fold)) AS differing
"""


def one_by_one(stage: Stage) -> Measured:
    """Each projection by a projector that takes one event a transaction, from the middle of the log on."""
    return {f"one by one, {each.name}": _stepped(stage, each) for each in ALL}


def single_passes(stage: Stage) -> Measured:
    """Each projection rebuilt by itself, comparison and swap included; and all of them so, one after another."""
    took = {each.name: _seconds(stage.lived, [each]) for each in ALL}
    events = _length(stage.lived)
    rates = {f"rebuild, {name}": events / seconds for name, seconds in took.items()}
    return {**rates, "rebuild, one projection after another": events / sum(took.values())}


def one_pass(stage: Stage) -> Measured:
    """All projections rebuilt in one pass over the log, by one process and by two, and how busy the machine was."""
    events = _length(stage.lived)
    (one, one_busy), (two, two_busy) = (_busy(partial(_seconds, stage.lived, ALL, count)) for count in (1, 2))
    return {
        "rebuild, all in one pass": events / one,
        "rebuild, two processes": events / two,
        "cores busy, one process, %": one_busy,
        "cores busy, two processes, %": two_busy,
    }


def sql_folds(stage: Stage) -> Measured:
    """A rebuild, and the same rows by one SQL statement into a table with the same indexes; other rows are an error.

    Both are short: they take turns, of which the median counts.
    """
    events, found = _length(stage.lived), dict[str, float]()
    for name, fold in SQL_FOLDS.items():
        turns = [_rebuilt_and_folded(stage.lived, PROJECTIONS[name], fold) for _ in range(TURNS)]
        rebuilt, folded = map(median, zip(*turns, strict=True))
        found |= {f"rebuild beside SQL, {name}": events / rebuilt, f"SQL fold, {name}": events / folded}
    return found


def _rebuilt_and_folded(url: str, projection: Projection, fold: str) -> tuple[float, float]:
    return _seconds(url, [projection]), _folded(url, projection, fold)


def _busy(work: Callable[[], float]) -> tuple[float, float]:
    """What the work answers, and how much of all cores was used meanwhile, by whomever, in percent."""
    psutil.cpu_percent()
    return work(), psutil.cpu_percent()


def _stepped(stage: Stage, projection: Projection) -> float:
    batch, projector.BATCH = projector.BATCH, 1
    try:
        with stage.copy(stage.halfway) as url, opened(url) as store:
            return _step(store, projection, stage.sizes.stepped)
    finally:
        projector.BATCH = batch


def _step(store: Store, projection: Projection, events: int) -> float:
    single = projector.Projector(store, [projection])
    began = time.perf_counter()
    counts = [single.step() for _ in range(events)]
    took = time.perf_counter() - began
    single.close()
    assert counts == [1] * events, "this baseline must take one event a transaction"
    return events / took


def _seconds(url: str, projections: Sequence[Projection], processes: int = 1) -> float:
    with opened(url) as store:
        began = time.perf_counter()
        rebuilt = rebuild(store, projections, processes=processes)
        took = time.perf_counter() - began
    assert not any(each.differing for each in rebuilt.projections), rebuilt
    return took


def _folded(url: str, projection: Projection, fold: str) -> float:
    name, columns = sql.Identifier(projection.name), sql.SQL(", ").join(map(sql.Identifier, projection.columns))
    key = ", ".join(projection.key)
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as connection:
        connection.execute(sql.SQL(CREATE_FOLD).format(name=name))
        began = time.perf_counter()
        connection.execute(sql.SQL(FILL_FOLD).format(columns=columns, fold=sql.SQL(fold)))
        for index in (f"({key})", *indexes_of(projection)):
            connection.execute(f"CREATE INDEX ON boards.sql_fold {index}".encode())
        took = time.perf_counter() - began
        row = connection.execute(sql.SQL(DIFFERENCE).format(name=name)).fetchone()
    assert row == (0,), f"the SQL fold of {projection.name} differs in {row} rows"
    return took


def _length(url: str) -> int:
    with opened(url) as store:
        return store.last_position()
