"""Every trial of `make bench`, and in how many of its rounds it takes part."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.bench import (
    appending,
    beside,
    folding,
    importing,
    library,
    listening,
    outage,
    pages,
    path,
    replaying,
)
from tests.bench.stage import Measured, Stage

Tell = Callable[[str], None]
ALWAYS = 1_000


class Trial(NamedTuple):
    """What to do, and in how many rounds at most: what is slow and no ratio is not done in every one.

    `is_short` says whether it has a short form; those without are tried by tests of their own.
    """

    run: Callable[[Stage], Measured]
    rounds: int = ALWAYS
    is_short: bool = True


def measure(stage: Stage, trials: Sequence[Trial], runs: int, tell: Tell) -> list[Measured]:
    """The trials in turn, so many rounds; each round's figures by name."""
    return [_round(stage, trials, number, tell) for number in range(runs)]


def _round(stage: Stage, trials: Sequence[Trial], number: int, tell: Tell) -> Measured:
    found: Measured = {}
    for trial in trials:
        if number < trial.rounds:
            tell(f"round {number + 1}: {trial.run.__module__.rpartition('.')[2]}, {trial.run.__name__}")
            found |= trial.run(stage)
    return found


TRIALS = (
    Trial(library.naive_path),
    Trial(path.one_a_message),
    Trial(path.hundred_a_message),
    Trial(path.several_workers, 1),
    Trial(library.library_save),
    Trial(appending.appends),
    Trial(importing.imported),
    Trial(folding.one_by_one),
    Trial(folding.single_passes),
    Trial(folding.one_pass),
    Trial(folding.sql_folds),
    Trial(beside.lost),
    Trial(outage.caught_up),
    Trial(outage.on_the_road, 2),
    Trial(replaying.replays),
    Trial(listening.under_load, 2),
    Trial(listening.thousand, 1, is_short=False),
    Trial(pages.seen, 1, is_short=False),
)
