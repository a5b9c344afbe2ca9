"""Who wants to know: which rows of which projections some events have changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from events.event import Recorded
from projections.catalog import PROJECTIONS
from projections.projection import Key

Touched = Mapping[str, frozenset[Key]]


def touched(events: Iterable[Recorded]) -> Touched:
    """The keys of the rows that these events change, by projection."""
    found: dict[str, set[Key]] = defaultdict(set)
    for recorded in events:
        for name in _FOLDED_BY.get(recorded.event.name, ()):
            found[name].add(PROJECTIONS[name].key_of(recorded))
    return {name: frozenset(keys) for name, keys in found.items()}


_FOLDED_BY: dict[str, list[str]] = defaultdict(list)
for _projection in PROJECTIONS.values():
    for _event in _projection.folds:
        _FOLDED_BY[_event.name].append(_projection.name)
