"""The benchmark's trials in their shortest form, so that they still run when somebody wants to know."""

import io
import re
from itertools import pairwise

import orjson
import pytest
from rich.console import Console

from services import embedded
from tests.bench import files, large, table
from tests.bench.figures import FIGURES, LARGE, Figure
from tests.bench.history import TICKET
from tests.bench.questions import WRITES
from tests.bench.sizes import SHORT
from tests.bench.stage import Measured, Stage, opened
from tests.bench.trials import TRIALS, measure
from tests.broker import Broker

ROUNDS = [{"fast": 30.0, "slow": 3.0, "delay, ms": 20.0}, {"fast": 30.0, "slow": 2.0, "delay, ms": 8.0}]
KEPT = Figure("fast ÷ slow", "fast", "slow", least=5, aim=20)
MISSED = Figure("a delay", "delay, ms", least=10, aim=5, smaller=True)
ABSENT = Figure("what nobody measured", "nothing", "slow", least=1, aim=1)
OF_ONE_GROUP = (
    Figure("the better one", "fast", "slow", least=5, aim=5, group="both ways"),
    Figure("the worse one", "slow", "fast", least=5, aim=5, group="both ways"),
)


@pytest.fixture(scope="module")
def place(server: embedded.Server, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("bench"), server, broker.url, SHORT)


@pytest.fixture(scope="module")
def found(place: Stage) -> Measured:
    """What all trials found that have a short form; a trial that breaks breaks whoever asks for this."""
    (measured,) = measure(place, [trial for trial in TRIALS if trial.is_short], 1, print)
    return measured


@pytest.mark.rabbit
def test_every_trial_runs_and_finds_something(found: Measured) -> None:
    assert {name: value for name, value in found.items() if value <= 0 and not name.endswith("%")} == {}


@pytest.mark.rabbit
def test_the_trials_give_every_figure_of_the_table(found: Measured) -> None:
    results = table.results(FIGURES, [found])
    assert [each.figure.name for each in results if not each.is_there] == []
    told = orjson.loads(orjson.dumps(table.document(results, [found])))
    assert [each["name"] for each in told["figures"]] == [figure.name for figure in FIGURES]
    assert set(told["measured"]) == found.keys()


@pytest.mark.rabbit
def test_a_history_many_times_over_is_one_log_that_every_projection_folds(place: Stage) -> None:
    with opened(place.pattern) as store:
        once, tickets = store.last_position(), store.streams("ticket/")
    with opened(place.lived) as store:
        events = store.follow(0, 10**6)
        assert len(store.streams("ticket/")) == len(tickets) * SHORT.copies
    assert len(events) == pytest.approx(once * SHORT.copies, rel=0.01)
    assert [each.position for each in events] == list(range(1, len(events) + 1))
    assert all(one.recorded_at <= next_.recorded_at for one, next_ in pairwise(events))
    assert not [each for each in events if _names_of_another_copy(each.document())]


def _names_of_another_copy(document: dict[str, object]) -> bool:
    """Whether an event names tickets of two copies, or one of none."""
    endings = re.findall(f"{TICKET}(\\.[0-9]+)?", repr(document))
    return len(set(endings)) > 1 or "" in endings


@pytest.mark.rabbit
def test_two_stores_are_asked_and_written_to_in_turn(place: Stage) -> None:
    once = large.from_disk(place, place.lived)
    assert files.warm(place) > 10**7, "read the stores as they lie in their files"
    rounds = [{**once, **each} for each in large.ask(place.lived, place.lived, 1, large.Times(2, 2))]
    results = [each for each in table.results(LARGE, rounds) if each.is_there]
    assert len(results) == len(LARGE) - 2  # the two of memory are measured by the processes that were watched
    assert all(f"{name}, large, p95, ms" in rounds[0] for name in WRITES)


def test_the_table_shows_median_spread_and_verdict_and_of_a_group_the_worst() -> None:
    results = table.results((KEPT, MISSED, ABSENT, *OF_ONE_GROUP), ROUNDS)
    assert [each.verdict() for each in results] == ["kept", "missed", "not measured", "aim", "missed"]
    assert results[0].values == [10.0, 15.0]
    assert [each.figure.name for each in table.shown(results)][-1] == "the worse one"
    console = Console(file=io.StringIO(), width=table.WIDTH)
    table.show(results, ROUNDS, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("12.5", "10.0", "15.0", "≥ 5.00", "14.0 ms", "≤ 10.0 ms", "not measured", "both ways; the worst"):
        assert words in shown
