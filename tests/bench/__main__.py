"""`make bench`: every trial, several rounds of them; medians and spreads of the ratios within each.

Ends with an error only if a trial breaks, never because something was slow.
"""

from tests.bench.figures import FIGURES
from tests.bench.running import answer, arguments, machine, only_answer, stage, tell
from tests.bench.trials import TRIALS, measure

RUNS = 5


def main() -> None:
    """Runs and answers."""
    options = arguments("make bench", runs=RUNS)
    with only_answer() as out, stage() as place:
        rounds = measure(place, TRIALS, options.runs, tell)
        answer(FIGURES, rounds, machine(place), options.json, out)


if __name__ == "__main__":
    main()
