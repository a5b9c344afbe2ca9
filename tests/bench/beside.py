"""What a rebuild that runs beside costs the commands: the full path without one, and with one after another."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.path import flow
from tests.bench.stage import Measured, Stage
from tests.network import Network

COMMAND = "rebuild --json"


def lost(stage: Stage) -> Measured:
    """Commands per second into a lived store, alone and beside rebuilds, and the share that is lost."""
    alone = _rate(stage, with_rebuilds=False)
    beside = _rate(stage, with_rebuilds=True)
    return {"full path, lived store": alone, "full path, lived store, beside a rebuild": beside,
            "throughput lost beside a rebuild, %": (1 - beside / alone) * 100}  # fmt: skip


def _rate(stage: Stage, *, with_rebuilds: bool) -> float:
    with stage.copy(stage.lived) as url, _rebuilding(stage, url, 1 if with_rebuilds else 0):
        return flow(stage, url, stage.sizes.single, stage.sizes.tickets, 1, 1)


@contextmanager
def _rebuilding(stage: Stage, url: str, processes: int) -> Iterator[None]:
    """So many processes that rebuild all projections from their command line, again as soon as they are done."""
    stopping, codes = threading.Event(), list[int]()
    threads = [
        threading.Thread(target=_again, args=(Network(url, stage.amqp_url), stopping, codes)) for _ in range(processes)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert not any(codes), "a rebuild broke, or made other rows"


def _again(network: Network, stopping: threading.Event, codes: list[int]) -> None:
    """Notes how each ended that was not interrupted by us."""
    while not stopping.is_set():
        network.start(COMMAND)
        while not stopping.is_set() and network.processes[COMMAND].poll() is None:
            stopping.wait(0.02)
        codes += [] if (code := network.processes[COMMAND].poll()) is None else [code]
    network.end()
