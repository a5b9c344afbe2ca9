"""The gap-safe append beside two without its lock, by one writer and by four.

The writers are processes: threads would wait for each other's Python, and the server would have less to do. Unordered
means: the very function, whose positions come from a sequence instead of from under the lock. Telling listeners is a
lock until the commit as well, for writers that meet; so there is a third one, unordered and silent.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from statistics import median

import psycopg

from tests.bench.stage import Measured, Stage

FOUR = 4
SIZE = 64
TURNS = 24
WRITER = [sys.executable, "-m", "tests.bench.writer"]
DEFINITION = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE oid = 'aftersales.append'::regproc"
CREATE = "CREATE SEQUENCE aftersales.unordered INCREMENT 1000; GRANT USAGE ON aftersales.unordered TO PUBLIC"
LOCK = re.compile(r"PERFORM pg_advisory_xact_lock\([^;]*\);")
TELLING = re.compile(r"PERFORM pg_notify\([^;]*\);")
LAST = re.compile(r"SELECT coalesce\(max\(notification_id\), 0\) INTO (\w+) FROM events;")


def appends(stage: Stage) -> Measured:
    """Events per second in batches of 64: in their order, without one, and without one in silence."""
    return {**_by(stage, 1), **_by(stage, FOUR)}


def _by(stage: Stage, writers: int) -> Measured:
    """All three in turn, a little each time, and the median of the turns: the disk stands still now and then."""
    batches = max(1, stage.sizes.append_batches // writers // TURNS)
    took: dict[str, list[float]] = {name: [] for name in APPENDS}
    with ExitStack() as stack:
        groups = {name: stack.enter_context(_writers(stage, name, writers, batches)) for name in APPENDS}
        for _, (name, group) in product(range(TURNS), groups.items()):
            took[name].append(_turn(group))
    return {f"{name}, {writers} writing": writers * batches * SIZE / median(took[name]) for name in APPENDS}


@contextmanager
def _writers(stage: Stage, name: str, count: int, batches: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many writers who stand ready before a store of their own, whose append is the one with this name."""
    with stage.fresh() as url:
        APPENDS[name](stage.owner(url))
        commands = [[*WRITER, url, str(number), str(TURNS), str(batches), str(SIZE)] for number in range(count)]
        group = [subprocess.Popen(each, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for each in commands]
        try:
            assert [_line(process) for process in group] == [b"ready\n"] * count
            yield group
        finally:
            for process in group:
                process.kill()
                process.communicate()


def _turn(group: list[subprocess.Popen[bytes]]) -> float:
    """Seconds until the last of them has written its batches."""
    began = time.perf_counter()
    for process in group:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    assert [_line(process) for process in group] == [b"done\n"] * len(group)
    return time.perf_counter() - began


def _line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    return process.stdout.readline()


def as_it_is(owner_url: str) -> None:
    """Leaves a database's append alone."""


def unorder(owner_url: str) -> None:
    """Takes the order out of a database's append; an AssertionError if it is written otherwise than is known here."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(CREATE)
        _rewrite(connection, (LOCK, ""), (LAST, r"\1 := nextval('aftersales.unordered');"))


def silence(owner_url: str) -> None:
    """Takes its order and its notification out of a database's append."""
    unorder(owner_url)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        _rewrite(connection, (TELLING, ""))


def _rewrite(connection: psycopg.Connection, *changes: tuple[re.Pattern[str], str]) -> None:
    row = connection.execute(DEFINITION).fetchone()
    assert row is not None
    (definition,) = row
    for pattern, instead in changes:
        definition, places = pattern.subn(instead, definition)
        assert places == 1, f"the append was rewritten ({pattern.pattern}); write its unordered twin anew"
    connection.execute(definition.encode())


APPENDS = {
    "gap-safe append": as_it_is,
    "unordered append": unorder,
    "unordered, silent append": silence,
}
