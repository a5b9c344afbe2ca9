"""What if: the deadlines that cases would have had under other rules, next to those they had (a simulation)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from events.deadline import DeadlineMet, DeadlineMissed, DeadlineStarted
from events.event import Recorded
from services.case import Case
from services.deadline import follow
from services.desk import noun_of
from services.policy import Policy

Verdicts = Counter[tuple[str, str]]  # (deadline, in_time | late | missed | running) → how many


def recorded_verdicts(events: Iterable[Recorded]) -> Verdicts:
    """How the deadlines of a case ended, as the log has it."""
    ends: dict[tuple[str, str, int], str] = {}
    rounds: Counter[tuple[str, str]] = Counter()
    for event in (each.event for each in events):
        if not isinstance(event, DeadlineStarted | DeadlineMet | DeadlineMissed):
            continue
        about = (event.deadline, event.about)
        rounds[about] += isinstance(event, DeadlineStarted)
        ends[(*about, rounds[about])] = _end(event, ends.get((*about, rounds[about])))
    return Counter((deadline, end) for (deadline, _, _), end in ends.items())


def verdicts_under(policy: Policy, events: Iterable[Recorded], now: datetime) -> Verdicts:
    """How they would have ended under `policy`, by `now`. Pauses, grades and signatures count as they happened."""
    found: Verdicts = Counter()
    state: Any = None
    for recorded in events:
        if recorded.event.name.startswith("deadline."):
            continue
        noun = noun_of(recorded.stream)
        state = noun.evolve(noun.empty if state is None else state, recorded.event, recorded.context)
        for consequence in follow(recorded.event, state.case, recorded.context, policy):
            if isinstance(consequence, DeadlineMet):
                found[consequence.deadline, "late" if consequence.late_seconds else "in_time"] += 1
            state = noun.evolve(state, consequence, recorded.context)
    return found + _unmet(state.case if state else Case(), now)


def _unmet(case: Case, now: datetime) -> Verdicts:
    ends = (
        (each.deadline, "missed" if each.due_at < now and not each.paused else "running")
        for each in case.deadlines.values()
    )
    return Counter(ends)


def _end(event: DeadlineStarted | DeadlineMet | DeadlineMissed, before: str | None) -> str:
    match event:
        case DeadlineStarted():
            return "running"
        case DeadlineMissed():
            return "missed"
        case DeadlineMet():
            return "late" if event.late_seconds or before == "missed" else "in_time"
