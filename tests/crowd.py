"""A crowd before one server: followers of the feed and open pages of several roles, sites and languages."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx2
import psutil

from services import embedded
from services.access import Person
from services.runtime import Runtime
from services.settings import Settings
from services.tokens import local_key
from tests.browser import Site
from tests.streams import Listener, connected

SITES = ("SH01", "BJ01", "GZ01", "CD01")
BOARDS = ("reception_queue", "workshop_board", "my", "paused")
QUIET_SECONDS = 1.0
PATIENCE_SECONDS = 60.0


@dataclass
class Heard:
    """What a crowd was told: `delays` are the seconds from sending a command to each follower's frame about it.

    `bytes_each` is what the server's memory grew by with each listener.
    """

    crowd: "Crowd"
    before: int
    feeds: dict[str, list[Listener]]
    pages: list[Listener]
    delays: list[float]
    seconds: float  # that sending took
    bytes_each: float

    def check(self) -> None:
        """Every follower got the events of his sites once and in order; every page ends with what a fresh one shows."""
        events = [each for each in self.crowd.log() if each.position > self.before]
        for site, listeners in self.feeds.items():
            expected = [each.position for each in events if site in ("", each.context.site)]
            for listener in listeners:
                assert [told.position for told in listener.told] == expected, (site, listener.status)
        for page in self.pages:
            positions = [told.position for told in page.told]
            assert positions == sorted(set(positions)), page.path
            self.crowd.check_page(page)


class Crowd:
    """Listeners of a server, and commands that flow meanwhile."""

    def __init__(self, runtime: Runtime, site: Site) -> None:
        self._runtime, self._site, self._sent = runtime, site, 0
        key = local_key(runtime.settings)
        assert key
        self._key = key

    def token(self, role: str, site: str, name: str) -> str:
        """A token for somebody of a role, of one site or ("") of all."""
        sites = frozenset({site} if site else SITES)
        return self._key.sign(Person(name, role, sites), timedelta(hours=1))

    def log(self) -> list[Any]:
        """Every event."""
        return self._runtime.store.follow(0, 10**6)

    def check_page(self, page: Listener) -> None:
        """What a page was told last of each row is so: the board shows it, or does not."""
        last: dict[str, str | None] = {}
        for told in page.told:
            for rows in told.data["boards"].values():  # type: ignore[index]
                last |= dict(rows)
        assert last, f"{page.path} was told nothing"
        shown = self._shown(page)
        assert {key for key, html in last.items() if html} <= shown
        assert not {key for key, html in last.items() if html is None} & shown

    def _shown(self, page: Listener) -> set[str]:
        asked = httpx2.QueryParams(httpx2.URL(page.path).query)
        board, site = asked["board"], {"site": asked["site"]} if asked["site"] else {}
        answer = httpx2.get(
            f"{self._site.address}/api/boards/{board}",
            params={"limit": 1000, **site},
            headers={"Authorization": f"Bearer {page.token}"},
        )
        return {f"{board}/{row['ticket']}" for row in answer.json()["rows"]}

    async def listen(self, *, feeds: int, pages: int, tickets: int, pause: float, workers: int) -> Heard:
        """Lets a crowd listen while `tickets` live; each of the workers sends a command every `pause` seconds."""
        before = self._runtime.store.last_position()
        followers, watchers = self._followers(feeds), self._watchers(pages)
        memory = self._memory()
        everybody = [listener for _, listener in followers] + watchers
        tasks = await connected(everybody)
        each = (self._memory() - memory) / len(everybody)
        began = time.monotonic()
        sent = await self.flow(tickets, pause, workers)
        seconds = time.monotonic() - began
        await self._until_heard(followers)
        await _ended(tasks)
        grouped: dict[str, list[Listener]] = {}
        for site, listener in followers:
            grouped.setdefault(site, []).append(listener)
        return Heard(
            self, before, grouped, watchers, _delays(sent, [listener for _, listener in followers]), seconds, each
        )

    async def join(self, *, followers: int, tickets: int) -> list[Listener]:
        """Lets followers of everything join one after another while `tickets` live; each begins at the first event."""
        flowing = asyncio.create_task(self.flow(tickets, 0.01, 3))
        path, token = "/api/events/stream?after=0", self.token("integrator", "", "late")
        joined = [Listener(self._site.address, path, token) for _ in range(followers)]
        tasks = await connected(joined, at_once=1)
        await flowing
        await self._until_heard([("", each) for each in joined])
        await _ended(tasks)
        return joined

    def _followers(self, number: int) -> list[tuple[str, Listener]]:
        """Followers of the feed, of all sites and of each single one in turn."""
        sites = islice(cycle(("", *SITES)), number)
        path, address = "/api/events/stream", self._site.address
        return [(site, Listener(address, path, self.token("integrator", site, "follower"))) for site in sites]

    def _watchers(self, number: int) -> list[Listener]:
        """Open pages of every board, site and language in turn."""
        token, address = self.token("manager", "", "watcher"), self._site.address
        return [Listener(address, path, token) for path in islice(cycle(_paths()), number)]

    async def flow(self, tickets: int, pause: float, workers: int) -> dict[int, float]:
        """Lets so many people at once send the beginnings of tickets' lives; position after each → when it was sent."""
        sent: dict[int, float] = {}
        numbers = iter(range(self._sent, self._sent + tickets))
        self._sent += tickets
        async with httpx2.AsyncClient(base_url=self._site.address, timeout=60) as client:
            await asyncio.gather(*(self._work(client, numbers, pause, sent) for _ in range(workers)))
        return sent

    async def _work(
        self, client: httpx2.AsyncClient, numbers: Iterator[int], pause: float, sent: dict[int, float]
    ) -> None:
        for number in numbers:
            site = SITES[number % len(SITES)]
            headers = {"Authorization": f"Bearer {self.token('manager', site, f'worker {number}')}"}
            for name, fields in _life(site, number):
                at = time.monotonic()
                answer = await client.post(f"/api/commands/{name}", json=fields, headers=headers)
                assert answer.status_code == 200, answer.text
                sent[answer.json()["position"]] = at
                await asyncio.sleep(max(0.0, pause - (time.monotonic() - at)))

    async def _until_heard(self, followers: list[tuple[str, Listener]]) -> None:
        last = self._runtime.store.last_position()
        whole = [listener for site, listener in followers if not site]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(not each.told or each.told[-1].position < last for each in whole) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await asyncio.sleep(QUIET_SECONDS)

    def _memory(self) -> int:
        return int(psutil.Process(self._site.pid).memory_info().rss)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _paths() -> list[str]:
    where = [(site, language) for site in ("", *SITES) for language in ("zh", "en")]
    return [f"/live?board={board}&site={site}&language={language}" for board in BOARDS for site, language in where]


def _life(site: str, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    ticket = f"{site}-CROWD-{number:05}"
    named = {"site": site, "ticket": ticket}
    call = {"problem": "异响", "product": "轿车", "channel": "phone", "customer": {"name": "李雷"}, "profile": "common"}
    yield "RegisterTicket", {**named, **call}
    yield "AssignTicket", {**named, "team": "A", "owner": "wang"}
    yield "DispatchEngineer", {**named, "engineer": "wang"}
    yield "StartWork", named
    yield "PauseWork", {**named, "reason": "waiting_for_part"}


def _delays(sent: dict[int, float], listeners: list[Listener]) -> list[float]:
    """From sending a command to the frame about its event, for each listener that was told of it."""
    return [told.at - sent[told.position] for listener in listeners for told in listener.told if told.position in sent]


@contextmanager
def crowded() -> Iterator[Crowd]:
    """A server of its own before an empty store, and tokens for its listeners."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-crowd-"))
    folder.chmod(0o711)
    with embedded.running(folder) as url:
        runtime, site = Runtime(Settings(folder), url), Site(folder)
        site.start()
        try:
            yield Crowd(runtime, site)
        finally:
            site.stop()
            runtime.close()
    shutil.rmtree(folder)
