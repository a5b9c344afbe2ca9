"""Who fills what of a rebuild: this process alone, or several, each a share of the streams and of the sites."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from subprocess import PIPE, Popen

import psycopg

from events.store import WHOLE, Share, Store
from projections import helper
from projections.filling import filling
from projections.projection import Projection

HELPER = [sys.executable, "-P", "-m", helper.__name__]
LOOK_SECONDS = 0.5  # how often the progress of other processes is looked at

REACHED = """
SELECT coalesce(sum(position) / %(shares)s, 0)::bigint FROM boards.checkpoints WHERE follower LIKE 'rebuild %%'
"""

Progress = Callable[[int, int], None]


def fill(store: Store, projections: Sequence[Projection], up_to: int, processes: int, progress: Progress) -> None:
    """Fills the empty tables of these projections up to a position.

    `progress` is told the position reached and the one to reach. Only projections of the catalog can be filled by
    several processes. Raises quarantine.Poisoned, table.UNWRITABLE, or ChildProcessError if another process is lost.
    """
    if processes == 1:
        for reached in filling(store, projections, WHOLE, up_to):
            progress(reached, up_to)
    else:
        names = [projection.name for projection in projections]
        shares = [Share(number, processes) for number in range(processes)]
        facts = {"url": store.url, "projections": names, "up_to": up_to, "parent": os.getpid()}
        _fill_together([helper.Task(share=share, **facts) for share in shares], progress)


def _fill_together(tasks: Sequence[helper.Task], progress: Progress) -> None:
    with (
        psycopg.connect(tasks[0].url, autocommit=True) as connection,
        ThreadPoolExecutor(len(tasks)) as pool,
        _helpers(len(tasks)) as helpers,
    ):
        working = {pool.submit(_carried_out, *each) for each in zip(helpers, tasks, strict=True)}
        while working:
            working = _look(working)
            row = connection.execute(REACHED, {"shares": len(tasks)}).fetchone()
            progress(int(row[0]) if row else 0, tasks[0].up_to)


@contextmanager
def _helpers(count: int) -> Iterator[list[Popen[bytes]]]:
    """So many processes, which end with the block whatever happens."""
    # In sessions of their own: whoever interrupts us need not interrupt them.
    helpers = [Popen(HELPER, stdin=PIPE, stdout=PIPE, start_new_session=True) for _ in range(count)]
    try:
        yield helpers
    finally:
        for each in helpers:
            each.kill()
            each.wait()


def _carried_out(process: Popen[bytes], task: helper.Task) -> None:
    """Waits until a process has carried out its task; raises what went wrong in it."""
    answer, _ = process.communicate(task.model_dump_json().encode())
    if process.returncode:
        raise ChildProcessError(f"a helping process ended with {process.returncode}; what it said stands above")
    if answer:
        raise helper.Mistake.model_validate_json(answer).error()


def _look(working: set["Future[None]"]) -> set["Future[None]"]:
    """Those that still work after a while; raises what went wrong in one that does not."""
    done, still = wait(working, LOOK_SECONDS, FIRST_EXCEPTION)
    for each in done:
        each.result()
    return still
