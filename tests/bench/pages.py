"""How quickly pages come: after a start, and in a browser."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from services import embedded
from services.demo.simulation import simulate
from tests.bench import history
from tests.bench.stage import Measured, Stage
from tests.browser import Site, chromium, signed_in
from tests.story import ENDS

SITES, TICKETS, SEED = 3, 60, 5
STARTS = 3
SEEN = ("boards/reception_queue", "boards/workshop_board", "kpi", "network", "rules")
TIMING = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const all = [page, ...performance.getEntriesByType("resource")];
    return [page.domInteractive, all.reduce((sum, each) => sum + (each.transferSize || 0), 0)];
}"""


def seen(stage: Stage) -> Measured:
    """Seconds from a server's start to its first page, and pages in a browser that knows them not yet, and again."""
    with _lived() as folder:
        found = {"first page after a start, s": median(_start(folder) for _ in range(STARTS))}
        site = Site(folder)
        site.start()
        try:
            for path in SEEN:
                found |= _shown(site, path)
        finally:
            site.stop()
    return found


def _start(folder: Path) -> float:
    site = Site(folder)
    try:
        return site.start()
    finally:
        site.stop()


def _shown(site: Site, path: str) -> Measured:
    with chromium() as browser:
        page = signed_in(browser, site, role="manager").new_page()
        first, again = _timed(page, site, path), _timed(page, site, path)
    times = {f"page {path}, interactive, ms": first[0], f"page {path}, interactive again, ms": again[0]}
    return {**times, f"page {path}, weight, KiB": first[1], f"page {path}, weight again, KiB": again[1]}


def _timed(page: Page, site: Site, path: str) -> tuple[float, float]:
    page.goto(f"{site.address}/{path}")
    milliseconds, transferred = page.evaluate(TIMING)
    return float(milliseconds), float(transferred) / 1024


@contextmanager
def _lived() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="aftersales-pages-"))
    folder.chmod(0o711)
    try:
        with embedded.running(folder) as url:
            history.live(url, simulate(SITES, TICKETS, SEED, ENDS).days)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
