"""How often somebody may ask: a moving window of a minute, in this process's memory."""

from collections import defaultdict, deque
from collections.abc import Hashable
from time import monotonic

WINDOW_SECONDS = 60.0


class Window:
    """Remembers when each caller asked within the last minute, at most as often as he may."""

    def __init__(self) -> None:
        self._times: defaultdict[Hashable, deque[float]] = defaultdict(deque)
        self._swept_at = monotonic()

    def hit(self, caller: Hashable, most: int) -> bool:
        """Whether this caller may ask once more: no more than `most` times in any minute; if so it counts."""
        now = monotonic()
        self._sweep(now)
        times = self._times[caller]
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
        if len(times) >= most:
            return False
        times.append(now)
        return True

    def _sweep(self, now: float) -> None:
        """Forgets, once a minute, who has not asked for one."""
        if now - self._swept_at > WINDOW_SECONDS:
            gone = [caller for caller, times in self._times.items() if not times or times[-1] <= self._swept_at]
            for caller in gone:
                del self._times[caller]
            self._swept_at = now
