"""Who fills what of a rebuild: this process alone, or several, each a share of the streams and a share of the sites."""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import NamedTuple

import psycopg

from events.store import WHOLE, Share, Store
from projections.catalog import PROJECTIONS
from projections.filling import Filler
from projections.projection import Projection

LOOK_SECONDS = 0.5  # how often the progress of other processes is looked at

REACHED = "SELECT coalesce(avg(position), 0)::bigint FROM boards.checkpoints WHERE follower LIKE 'rebuild %%'"
BEGIN = "INSERT INTO boards.checkpoints (follower, position) VALUES (%(follower)s, 0)"
NOTE = (
    "UPDATE boards.checkpoints SET position = %(position)s, moved_at = clock_timestamp() WHERE follower = %(follower)s"
)

Progress = Callable[[int, int], None]


class Part(NamedTuple):
    """What one process fills at a time: projections by their names, and the share of the log that it reads."""

    projections: tuple[str, ...]
    share: Share

    @property
    def follower(self) -> str:
        """Under which name it says how far it is."""
        return f"rebuild {'sites' if self.share.by_site else 'streams'} {self.share.number}"


def fill(store: Store, projections: Sequence[Projection], up_to: int, processes: int, progress: Progress) -> None:
    """Fills the empty tables of these projections up to a position.

    `progress` is told the position reached and the one to reach. Only projections of the catalog can be filled by
    several processes. Raises quarantine.Poisoned, or table.UNWRITABLE.
    """
    if processes == 1:
        for reached in _filling(store, projections, WHOLE, up_to):
            progress(reached, up_to)
    else:
        _fill_together(store, projections, up_to, processes, progress)


def _filling(store: Store, projections: Sequence[Projection], share: Share, up_to: int) -> Iterator[int]:
    filler = Filler(store, projections, share)
    try:
        yield from filler.fill(up_to)
    finally:
        filler.close()


def _fill_together(
    store: Store, projections: Sequence[Projection], up_to: int, processes: int, progress: Progress
) -> None:
    parts = list(_parts(projections, processes))
    with psycopg.connect(store.url, autocommit=True) as connection:
        for part in parts:
            connection.execute(BEGIN, {"follower": part.follower})
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
            filling = {pool.submit(fill_part, store.url, part, up_to) for part in parts}
            while filling:
                filling = _look(filling)
                row = connection.execute(REACHED).fetchone()
                progress(int(row[0]) if row else 0, up_to)


def _look(filling: set["Future[None]"]) -> set["Future[None]"]:
    """Those that still work after a while; raises what went wrong in one that does not."""
    done, working = wait(filling, LOOK_SECONDS, FIRST_EXCEPTION)
    for each in done:
        each.result()
    return working


def fill_part(url: str, part: Part, up_to: int) -> None:
    """What one of several processes does."""
    store = Store(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for reached in _filling(store, [PROJECTIONS[name] for name in part.projections], part.share, up_to):
            connection.execute(NOTE, {"position": reached, "follower": part.follower})
    store.close()


def _parts(projections: Sequence[Projection], processes: int) -> Iterator[Part]:
    for by_site in (False, True):
        names = tuple(each.name for each in projections if each.by_site is by_site)
        yield from [Part(names, Share(number, processes, by_site)) for number in range(processes) if names]
