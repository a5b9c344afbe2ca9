"""The gap-safe append beside one without any lock, by one writer and by four.

The writers are processes: threads would wait for each other's Python, and the server would have less to do. Without a
lock means: the very function, whose positions come from a sequence instead of from under the lock, and which wakes no
listeners, for that is a lock until the commit as well.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg

from tests.bench.stage import Measured, Stage

FOUR = 4
SIZE = 64
DEFINITION = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE oid = 'aftersales.append'::regproc"
CREATE = "CREATE SEQUENCE aftersales.unordered INCREMENT 1000; GRANT USAGE ON aftersales.unordered TO PUBLIC"
LOCKS = re.compile(r"PERFORM pg_(advisory_xact_lock|notify)\([^;]*\);")
LAST = re.compile(r"SELECT coalesce\(max\(notification_id\), 0\) INTO (\w+) FROM events;")


def appends(stage: Stage) -> Measured:
    """Events per second in batches of 64, in their order and without one."""
    found = {}
    for writers in (1, FOUR):
        found[f"gap-safe append, {writers} writing"] = _rate(stage, writers, lambda owner_url: None)
        found[f"unordered append, {writers} writing"] = _rate(stage, writers, unorder)
    return found


def unorder(owner_url: str) -> None:
    """Takes the locks out of a database's append; an AssertionError if it is written otherwise than is known here."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        row = connection.execute(DEFINITION).fetchone()
        assert row is not None
        without, locks = LOCKS.subn("", row[0])
        changed, places = LAST.subn(r"\1 := nextval('aftersales.unordered');", without)
        assert (locks, places) == (2, 1), "the append was rewritten; write its unordered twin anew"
        connection.execute(CREATE)
        connection.execute(changed.encode())


def _rate(stage: Stage, writers: int, prepared: Callable[[str], None]) -> float:
    batches = stage.sizes.append_batches // writers
    with stage.fresh() as url:
        prepared(stage.owner(url))
        return writers * batches * SIZE / _together(url, writers, batches)


def _together(url: str, writers: int, batches: int) -> float:
    """Seconds from the moment when all writers stand ready to the end of the last."""
    command = [sys.executable, "-m", "tests.bench.writer", url]
    processes = [
        subprocess.Popen(
            [*command, str(number), str(batches), str(SIZE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for number in range(writers)
    ]
    try:
        return _run(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _run(processes: list[subprocess.Popen[bytes]]) -> float:
    assert [_line(process) for process in processes] == [b"ready\n"] * len(processes)
    began = time.perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    assert [_line(process) for process in processes] == [b"done\n"] * len(processes)
    return time.perf_counter() - began


def _line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    return process.stdout.readline()
