"""How much memory a process takes, looked at again and again while it works."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import mean

import psutil

from tests.bench.stage import Measured

SECONDS = 0.2
MIB = 1024 * 1024


class Watch:
    """The memory of a process and its children, in MiB, from one look to the next."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.seen: list[float] = []

    def look(self) -> None:
        """Looks once; a process that is gone is not looked at."""
        try:
            family = [self._process, *self._process.children(recursive=True)]
            self.seen.append(sum(each.memory_info().rss for each in family) / MIB)
        except psutil.NoSuchProcess:
            return

    def measured(self, name: str) -> Measured:
        """The means of the second quarter and of the last one, and the most; the first quarter is still beginning."""
        size = max(1, len(self.seen) // 4)
        after, end = mean(self.seen[size : 2 * size] or self.seen), mean(self.seen[-size:])
        return {f"{name}, memory after a quarter, MiB": after, f"{name}, memory at the end, MiB": end,
                f"{name}, most memory, MiB": max(self.seen)}  # fmt: skip


@contextmanager
def watched(pid: int) -> Iterator[Watch]:
    """Looks until the end."""
    watch, stopping = Watch(pid), threading.Event()
    thread = threading.Thread(target=_watch, args=(watch, stopping))
    watch.look()
    thread.start()
    try:
        yield watch
    finally:
        stopping.set()
        thread.join()


def _watch(watch: Watch, stopping: threading.Event) -> None:
    while not stopping.wait(SECONDS):
        watch.look()
