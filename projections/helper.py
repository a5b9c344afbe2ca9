"""A process that helps to fill the tables of a rebuild: `python -m projections.helper`.

It is told on standard input what to do, and says on standard output what went wrong. It is started as a program of its
own, and imports only this: a child of `multiprocessing` would first import all of whoever rebuilds.
"""

import gc
import os
import sys
from typing import Literal

import psycopg
from pydantic import BaseModel

from events.store import Share, Store
from projections.catalog import PROJECTIONS
from projections.filling import filling
from projections.quarantine import Poisoned
from projections.table import UNWRITABLE


class Task(BaseModel):
    """What to fill: a share of these projections up to a position, for as long as the process `parent` lives."""

    url: str
    projections: list[str]
    share: Share
    up_to: int
    parent: int


class Mistake(BaseModel):
    """What stands in the way of a rebuild."""

    kind: Literal["poisoned", "unwritable"]
    message: str

    def error(self) -> Exception:
        """As it would have been raised by whoever fills alone."""
        return Poisoned(self.message) if self.kind == "poisoned" else psycopg.DataError(self.message)


def carry_out(task: Task) -> Mistake | None:
    """Fills the share."""
    store = Store(task.url)
    try:
        _fill(store, task)
    except Poisoned as error:
        return Mistake(kind="poisoned", message=str(error))
    except UNWRITABLE as error:
        return Mistake(kind="unwritable", message=str(error))
    finally:
        store.close()
    return None


def _fill(store: Store, task: Task) -> None:
    projections = [PROJECTIONS[name] for name in task.projections]
    for _ in filling(store, projections, task.share, task.up_to):
        if os.getppid() != task.parent:  # the next rebuild may begin any moment, with tables of the same names
            sys.exit("the rebuild that this process helped is gone")


def main() -> None:
    """Reads the task, and answers with the mistake, or with nothing."""
    gc.disable()
    mistake = carry_out(Task.model_validate_json(sys.stdin.buffer.read()))
    if mistake:
        sys.stdout.write(mistake.model_dump_json())


if __name__ == "__main__":
    main()
