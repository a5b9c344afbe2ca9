"""A ticket as it was: at a version, at a time in the world, or as we knew it at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.event import Recorded
from events.store import EVERY_VERSION, Store
from services.desk import fold


@dataclass(frozen=True)
class Replay:
    """The state of a stream after some of its events, and those events."""

    stream: str
    state: Any
    events: list[Recorded]

    def document(self) -> dict[str, Any]:
        """The replay as JSON-able data: state, then the events with their envelopes."""
        events = [recorded.document() for recorded in self.events]
        return {"stream": self.stream, "version": self.version, "state": self.state._asdict(), "events": events}

    @property
    def version(self) -> int:
        """The last version that was folded, 0 if none."""
        return self.events[-1].version if self.events else 0


def replay(
    store: Store,
    stream: str,
    *,
    version: int = EVERY_VERSION,
    at: datetime | None = None,
    as_known: datetime | None = None,
) -> Replay:
    """The stream up to a version; only what had happened `at` that moment; only what was recorded `as_known` by then.

    The limits may be combined: what had happened on Monday, as far as we knew it on Tuesday. Both moments are aware.
    """
    events = [
        each
        for each in store.read(stream, version)
        if (at is None or each.context.occurred_at <= at) and (as_known is None or each.recorded_at <= as_known)
    ]
    return Replay(stream, fold(stream, events), events)
