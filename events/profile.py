"""Versions of a policy profile: proposed, approved, published (R-423)."""

from datetime import datetime
from typing import Any

from events.event import Event


class ProfileProposed(Event, name="profile.proposed"):
    """Somebody wants other rules; `rows` are the whole profile with all it inherits, as decisions will read it."""

    version: int
    rows: dict[str, Any]
    digest: str


class ProfileShipped(Event, name="profile.shipped"):
    """The rules as this release brings them, when the first case began under them: kept, whatever a file says later."""

    version: int
    rows: dict[str, Any]
    digest: str


class ProfileApproved(Event, name="profile.approved"):
    """The general manager agrees to a version."""

    version: int


class ProfilePublished(Event, name="profile.published"):
    """A version holds for cases that begin at `effective_from` or later; what began before keeps its own."""

    version: int
    effective_from: datetime
