"""What Prometheus is told: the road's counts of this process, and the examination of the whole as gauges."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from events.store import DatabaseAway
from projections.catalog import PROJECTIONS
from services.doctor import Report, examine
from services.runtime import Runtime
from services.tally import COUNTED

Samples = Iterable[tuple[tuple[str, ...], float]]  # the labels' values, and the number


class Reading(NamedTuple):
    """A gauge: its words, its labels, and how its numbers are read off an examination."""

    words: str
    labels: tuple[str, ...]
    of: Callable[[Report], Samples]


def exposition(runtime: Runtime) -> tuple[bytes, str]:
    """All metrics in Prometheus's text format, and its content type.

    It asks the database and, in network mode, the broker, which may take some seconds: call it from a thread, never on
    an event loop. Where the database does not answer there are only the counts, and `aftersales_database_up` is 0.
    """
    return generate_latest(COUNTED) + generate_latest(_Gauges(_examined(runtime))), CONTENT_TYPE_LATEST


def _examined(runtime: Runtime) -> Report | None:
    try:
        return examine(runtime)
    except (psycopg.OperationalError, *DatabaseAway):
        return None


class _Gauges:
    """The examination as Prometheus collects it: made anew for every scrape, so nothing old is ever shown."""

    def __init__(self, report: Report | None) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        up = 0 if self._report is None else 1
        yield GaugeMetricFamily("aftersales_database_up", "1 if the database answers.", value=up)
        if self._report:
            yield from (_read(name, reading, self._report) for name, reading in GAUGES.items())


def _read(name: str, reading: Reading, report: Report) -> Metric:
    family = GaugeMetricFamily(name, reading.words, labels=reading.labels)
    for labels, value in reading.of(report):
        family.add_metric(labels, value)
    return family


def _parked(report: Report) -> Samples:
    """Every projection and follower, also those that have nothing parked: an alert needs its 0."""
    nothing = dict.fromkeys([*PROJECTIONS, *(each.name for each in report.followers)], 0)
    found = nothing | Counter(row["projection"] for row in report.parked)
    return [((name,), number) for name, number in found.items()]


def _queues(report: Report) -> Samples:
    return [((desk, state), count) for desk, depth in report.queues.items() for state, count in depth.items()]


def _broker(report: Report) -> Samples:
    return [((), float(report.broker == "connected"))] if report.mode == "network" else []


# All projections move together: they are the follower `live`.
GAUGES: dict[str, Reading] = {
    "aftersales_events": Reading("Events in the log.", (), lambda report: [((), report.events)]),
    "aftersales_follower_position": Reading(
        "Position up to which a follower has seen the log.",
        ("follower",),
        lambda report: [((each.name,), each.position) for each in report.followers],
    ),
    "aftersales_follower_lag_events": Reading(
        "Events that a follower has not seen yet.",
        ("follower",),
        lambda report: [((each.name,), each.behind) for each in report.followers],
    ),
    "aftersales_follower_lag_seconds": Reading(
        "Age of the oldest event that a follower has not seen yet; 0 if there is none.",
        ("follower",),
        lambda report: [((each.name,), each.lag_seconds) for each in report.followers],
    ),
    "aftersales_parked_streams": Reading(
        "Streams that wait for a person, by the projection or follower that cannot go on with them.",
        ("projection",),
        _parked,
    ),
    "aftersales_queue_messages": Reading("Messages in the desks' queues.", ("desk", "state"), _queues),
    "aftersales_broker_up": Reading("1 if RabbitMQ answers (network mode).", (), _broker),
    "aftersales_healthy": Reading(
        "1 if the examination found nothing wrong.", (), lambda report: [((), float(report.healthy))]
    ),
}
