"""The files of a server: brought into memory, as they are when it has run for some days, or put out of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.bench.stage import Stage

BLOCK = 2**20


def warm(stage: Stage) -> int:
    """Reads every file of every database, so that nobody waits for the disk who need not; returns their bytes."""
    buffer = bytearray(BLOCK)
    return sum(_read(path, buffer) for path in _files(stage))


def cool(stage: Stage) -> None:
    """Lets the system forget every file of every database. What the server itself keeps it keeps: 256 MB."""
    with psycopg.connect(stage.server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")  # what is not on the disk yet cannot be forgotten
    for path in _files(stage):
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _files(stage: Stage) -> Iterator[Path]:
    return (path for path in (stage.server.cluster / "base").rglob("*") if path.is_file())


def _read(path: Path, buffer: bytearray) -> int:
    with open(path, "rb", buffering=0) as file:
        return sum(iter(lambda: file.readinto(buffer), 0))
