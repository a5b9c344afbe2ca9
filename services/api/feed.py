"""The event feed in server-sent events: what a follower asked for, each event once, in the order of the log."""

from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

import orjson

from events.event import Recorded
from services.api.cloudevents import envelope, name_of
from services.http.hub import Change


class Feed(NamedTuple):
    """What a follower of the feed may and wants to see: names like `work.*`, sites (None: every site)."""

    names: tuple[str, ...]
    sites: frozenset[str] | None

    def wants(self, recorded: Recorded) -> bool:
        """Whether the event is for this follower."""
        named = not self.names or any(fnmatchcase(name_of(recorded), name) for name in self.names)
        return named and (self.sites is None or recorded.context.site in self.sites)

    @property
    def most_missed(self) -> int:
        """However long a follower was away, it gets every event."""
        return 2**62

    def frame(self, change: Change) -> bytes:
        """The events of a change that are for this follower, one message each; the position is its id."""
        wanted = [recorded for recorded in change.events if self.wants(recorded)]
        return b"".join(change.once(recorded.position, partial(_message, recorded)) for recorded in wanted)


def _message(recorded: Recorded) -> bytes:
    return b"id: %d\nevent: event\ndata: %s\n\n" % (recorded.position, orjson.dumps(envelope(recorded)))
