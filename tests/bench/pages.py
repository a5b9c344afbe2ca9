"""How quickly pages come: after a start, in a browser, and with a hundred times the tickets."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Page

from projections.catalog import BOARDS
from projections.query import Reader
from services import embedded
from services.demo.demonstration import play
from services.demo.simulation import simulate
from services.runtime import Runtime
from services.settings import Settings
from tests.browser import Site, chromium, signed_in
from tests.multiplied import multiply
from tests.story import ENDS

QUESTIONS = 40
STARTS = 3
SEEN = ("boards/reception_queue", "boards/workshop_board", "kpi", "network", "rules")
TIMING = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const all = [page, ...performance.getEntriesByType("resource")];
    return [page.domInteractive, all.reduce((sum, each) => sum + (each.transferSize || 0), 0)];
}"""


class Shown(NamedTuple):
    """A page in a browser that knows it not yet, and then again: milliseconds to interactive, KiB over the wire."""

    page: str
    first_ms: float
    first_kib: float
    again_ms: float
    again_kib: float


class Grown(NamedTuple):
    """The p95 of a board's page, in milliseconds, with few tickets and with many."""

    board: str
    few: float
    many: float


def starts() -> float:
    """Seconds from starting the server to its first page, the database being up; the median of some."""
    with _lived() as (_, folder):
        return median(_start(folder) for _ in range(STARTS))


def shown() -> list[Shown]:
    """Pages in a real browser, over a lived network."""
    with _lived() as (_, folder):
        site = Site(folder)
        site.start()
        try:
            return [_shown(site, path) for path in SEEN]
        finally:
            site.stop()


def grown() -> list[Grown]:
    """Every board with about 2,000 tickets, and with about 200,000."""
    with _lived() as (runtime, _):
        multiply(runtime.url, 33)
        few = _p95(runtime.reader)
        multiply(runtime.url, 99)
        many = _p95(runtime.reader)
        return [Grown(board, few[board], many[board]) for board in BOARDS]


def _start(folder: Path) -> float:
    site = Site(folder)
    seconds = site.start()
    site.stop()
    return seconds


def _shown(site: Site, path: str) -> Shown:
    with chromium() as browser:
        context = signed_in(browser, site, role="manager")
        page = context.new_page()
        first, again = _timed(page, site, path), _timed(page, site, path)
        return Shown(path, *first, *again)


def _timed(page: Page, site: Site, path: str) -> tuple[float, float]:
    page.goto(f"{site.address}/{path}")
    milliseconds, transferred = page.evaluate(TIMING)
    return float(milliseconds), float(transferred) / 1024


def _p95(reader: Reader) -> dict[str, float]:
    return {name: _p95_of(reader, name) for name in BOARDS}


def _p95_of(reader: Reader, name: str) -> float:
    took = []
    for _ in range(QUESTIONS):
        began = time.perf_counter()
        reader.board(BOARDS[name])
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[int(QUESTIONS * 0.95)]


@contextmanager
def _lived() -> Iterator[tuple[Runtime, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="aftersales-pages-"))
    folder.chmod(0o711)
    with embedded.running(folder) as url:
        runtime = Runtime(Settings(folder), url)
        play(runtime, simulate(3, 60, 5, ENDS).days, lambda done, total: None)
        yield runtime, folder
        runtime.close()
    shutil.rmtree(folder)
