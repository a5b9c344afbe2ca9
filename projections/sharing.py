"""Who fills what of a rebuild: this process a share of the streams and of the sites, helping processes one each."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from subprocess import PIPE, Popen

from events.store import Share, Store
from projections import helper
from projections.filling import filling
from projections.projection import Projection

HELPER = [sys.executable, "-P", "-m", helper.__name__]

Progress = Callable[[int, int], None]


def fill(store: Store, projections: Sequence[Projection], up_to: int, processes: int, progress: Progress) -> None:
    """Fills the empty tables of these projections up to a position.

    `progress` is told the position that this process has reached, and the one to reach. Only projections of the catalog
    can be filled by several processes. Raises quarantine.Poisoned, table.UNWRITABLE, or ChildProcessError if another
    process is lost.
    """
    names = [projection.name for projection in projections]
    facts = {"url": store.url, "projections": names, "up_to": up_to, "parent": os.getpid()}
    own, *others = (Share(number, processes) for number in range(processes))
    with _helped([helper.Task(share=share, **facts) for share in others]) as helping:
        for reached in filling(store, projections, own, up_to):
            progress(reached, up_to)
            _must_be_well(each for each in helping if each.done())
        _must_be_well(as_completed(helping))


@contextmanager
def _helped(tasks: Sequence[helper.Task]) -> Iterator[list["Future[None]"]]:
    """A process for each task; whatever happens they end with the block."""
    # In sessions of their own: whoever interrupts us need not interrupt them.
    helpers = [Popen(HELPER, stdin=PIPE, stdout=PIPE, start_new_session=True) for _ in tasks]
    with ThreadPoolExecutor(max(1, len(tasks))) as pool:
        try:
            yield [pool.submit(_carried_out, *each) for each in zip(helpers, tasks, strict=True)]
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


def _must_be_well(helping: Iterable["Future[None]"]) -> None:
    """Raises what went wrong in one of them; waits for those that it is given."""
    for each in helping:
        each.result()
