"""What the road counts in this process: outcomes, the sizes of its batches, and how long they took."""

from collections import Counter as Numbers
from collections.abc import Sequence
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.command import Command, Outcome


def count(commands: Sequence[Command], outcomes: Sequence[Outcome], seconds: float) -> None:
    """Counts a batch: its commands with their outcomes, in the same order, and what it took from lookup to commit."""
    for kind, number in Numbers(map(_kind, commands, outcomes)).items():
        _counter(kind).inc(number)
    BATCH_COMMANDS.observe(len(commands))
    BATCH_SECONDS.observe(seconds)


def _kind(command: Command, outcome: Outcome) -> tuple[str, str, str, str]:
    status, refusal = "repeated" if outcome.repeated else outcome.status, outcome.refusal
    rule, code = (refusal.rule, refusal.code) if refusal else ("", "")
    return type(command).__name__, status, rule, code


@cache  # few: what there is of commands, rules and codes
def _counter(kind: tuple[str, str, str, str]) -> Counter:
    return OUTCOMES.labels(*kind)


SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
LENGTHS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

COUNTED = CollectorRegistry()
OUTCOMES = Counter(
    "aftersales_commands",
    "Commands by outcome; repeated are those that were answered from memory.",
    ("command", "status", "rule", "code"),
    registry=COUNTED,
)
BATCH_COMMANDS = Histogram(
    "aftersales_batch_commands", "Commands decided in one transaction.", registry=COUNTED, buckets=SIZES
)
BATCH_SECONDS = Histogram(
    "aftersales_batch_seconds", "Seconds to decide and record a batch.", registry=COUNTED, buckets=LENGTHS
)
