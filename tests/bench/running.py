"""What `make bench` and `make bench-large` have in common: their options, their place, and how they end."""

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson
import psycopg
from rich.console import Console

from services import embedded
from services.runtime import spare_the_collector
from tests.bench import table
from tests.bench.figures import Figure
from tests.bench.sizes import FULL
from tests.bench.stage import Measured, Stage
from tests.broker import Broker

Tell = Callable[[str], None]
FACTS = "SELECT current_setting('server_version') AS postgresql, current_setting('fsync') AS fsync"


def arguments(prog: str, **numbers: int) -> argparse.Namespace:
    """The options: some numbers, and --json."""
    parser = argparse.ArgumentParser(prog=prog)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true", help="one document on standard output")
    return parser.parse_args()


def tell(what: str) -> None:
    """Progress, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


@contextmanager
def stage() -> Iterator[Stage]:
    """A private server and a private broker; nothing of them stays, however it ends."""
    spare_the_collector()  # as every process of ours does
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that being told to end is an end as well
    folder = Path(tempfile.mkdtemp(prefix="aftersales-bench-"))
    folder.chmod(0o711)
    broker, server = Broker(), embedded.Server(folder)
    try:
        broker.start()
        server.start()
        yield Stage(folder, server, broker.url, FULL)
    finally:
        if server.is_running():
            server.stop("immediate")
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def only_answer() -> Iterator[IO[str]]:
    """Standard output for us alone: what the processes that we start print there is thrown away."""
    with os.fdopen(os.dup(1), "w") as answer, open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        yield answer


def machine(stage: Stage) -> dict[str, Any]:
    """On what it ran."""
    with psycopg.connect(stage.server.url("postgres", "postgres")) as connection:
        version, fsync = connection.execute(FACTS).fetchone() or ("", "")
    return {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version(),
            "postgresql": version, "fsync": fsync}  # fmt: skip


def answer(
    figures: Sequence[Figure], rounds: Sequence[Measured], facts: dict[str, Any], as_json: bool, out: IO[str]
) -> None:
    """Writes the results, as one document or as tables."""
    found = table.results(figures, rounds)
    if as_json:
        out.write(orjson.dumps({"machine": facts, **table.document(found, rounds)}).decode() + "\n")
        return
    console = Console(file=out, width=table.WIDTH)
    table.show(found, rounds, console)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()))
