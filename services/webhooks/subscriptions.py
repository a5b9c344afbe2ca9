"""Who is called about which events, and how far each of them has got. Settings of operations, not business events."""

import secrets
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, LiteralString, Self
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import class_row

from events.catalog import EVENTS
from events.event import Recorded
from projections.setup import SETUP_LOCK
from services.api.cloudevents import name_of
from services.follower import TAKE_TURN
from services.webhooks.signature import key_of, new_secret

SCHEMES = ("http", "https")
TURN = {"name": zlib.crc32(b"deliver") >> 1}

CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS boards.webhooks (
    id text PRIMARY KEY, url text NOT NULL, secret text NOT NULL, events text[] NOT NULL, sites text[],
    position bigint NOT NULL, state text NOT NULL DEFAULT 'active', failures integer NOT NULL DEFAULT 0,
    next_try_at timestamptz, last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp())
"""
ADD = """
INSERT INTO boards.webhooks (id, url, secret, events, sites, position)
VALUES (%(id)s, %(url)s, %(secret)s, %(events)s, %(sites)s, %(position)s) RETURNING *
"""
ALL = "SELECT * FROM boards.webhooks ORDER BY created_at, id"
DUE = """
SELECT * FROM boards.webhooks
WHERE state <> 'dead' AND (next_try_at IS NULL OR next_try_at <= %(now)s)
    AND position < (SELECT max(notification_id) FROM aftersales.events)
ORDER BY id
"""
DELIVERED = """
UPDATE boards.webhooks SET position = %(position)s, state = 'active', failures = 0, next_try_at = NULL, last_error = ''
WHERE id = %(id)s RETURNING *
"""
FAILED = """
UPDATE boards.webhooks
SET state = %(state)s, failures = failures + 1, next_try_at = %(next_try_at)s, last_error = %(last_error)s
WHERE id = %(id)s RETURNING *
"""
REVIVE = """
UPDATE boards.webhooks SET state = 'active', failures = 0, next_try_at = NULL, last_error = ''
WHERE id = %(id)s RETURNING *
"""
REMOVE = "DELETE FROM boards.webhooks WHERE id = %(id)s RETURNING *"


class WrongWebhook(ValueError):
    """A subscription cannot be as it was asked for; the message says what was expected."""


class NoWebhook(LookupError):
    """There is no subscription with this id."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is called: about events whose names match a pattern, of some sites (None: of all).

    `position` is the last event that was delivered or was none of theirs. `state` is active, failing (tried again at
    `next_try_at`) or dead (waits for a person).
    """

    id: str
    url: str
    secret: str = field(repr=False)
    events: list[str]
    sites: list[str] | None
    position: int
    state: str
    failures: int
    next_try_at: datetime | None
    last_error: str
    created_at: datetime

    def wants(self, recorded: Recorded) -> bool:
        """Whether an event is for this receiver."""
        of_their_sites = self.sites is None or recorded.context.site in self.sites
        return of_their_sites and any(fnmatchcase(name_of(recorded), pattern) for pattern in self.events)

    def document(self) -> dict[str, Any]:
        """The subscription as JSON-able data, without its secret."""
        return {name: value for name, value in asdict(self).items() if name != "secret"}


class Subscriptions:
    """The table of subscriptions, over one connection that any thread may use."""

    def __init__(self, url: str) -> None:
        """`url` is the database's; the table is made if it is missing."""
        self._connection = psycopg.connect(url, autocommit=True)
        self._my_turn = False
        with self._connection.transaction():
            self._connection.execute(SETUP_LOCK)
            self._connection.execute(CREATE_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def add(
        self, url: str, *, events: Sequence[str], sites: Sequence[str], position: int, secret: str = ""
    ) -> Subscription:
        """A new subscription to what comes after `position`; no sites means all, no secret a new one.

        Raises WrongWebhook or SecretError.
        """
        _check(url, events)
        key_of(secret := secret or new_secret())
        facts = {"url": url, "secret": secret, "events": list(events), "sites": list(sites) or None}
        return self._one(ADD, id=f"wh_{secrets.token_hex(6)}", position=position, **facts)

    def all(self) -> list[Subscription]:
        """All subscriptions, the oldest first."""
        return self._rows(ALL)

    def due(self, now: datetime) -> list[Subscription]:
        """Those who have not seen the whole log and may be called now; the dead are not."""
        return self._rows(DUE, now=now)

    def delivered(self, id_: str, position: int) -> Subscription | None:
        """Notes that all is delivered up to a position; None if the subscription was removed meanwhile."""
        return next(iter(self._rows(DELIVERED, id=id_, position=position)), None)

    def failed(self, id_: str, why: str, next_try_at: datetime | None) -> None:
        """Notes a failed call; without a next try the subscription is dead."""
        state = "failing" if next_try_at else "dead"
        self._rows(FAILED, id=id_, state=state, last_error=why, next_try_at=next_try_at)

    def retry(self, id_: str) -> Subscription:
        """Calls a failing or dead receiver again at once, from where it stood. Raises NoWebhook."""
        return self._one(REVIVE, id=id_)

    def remove(self, id_: str) -> Subscription:
        """Ends a subscription. Raises NoWebhook."""
        return self._one(REMOVE, id=id_)

    def take_turn(self) -> bool:
        """Whether no other process delivers; once ours, the turn is ours until the connection ends."""
        if not self._my_turn:
            row = self._connection.execute(TAKE_TURN, TURN).fetchone()
            self._my_turn = bool(row and row[0])
        return self._my_turn

    def _one(self, query: LiteralString, **arguments: Any) -> Subscription:
        for row in self._rows(query, **arguments):
            return row
        raise NoWebhook(f"no webhook has the id {arguments['id']!r}; `aftersales webhook list` names them")

    def _rows(self, query: LiteralString, **arguments: Any) -> list[Subscription]:
        with self._connection.cursor(row_factory=class_row(Subscription)) as cursor:
            return cursor.execute(query, arguments).fetchall()


def _check(url: str, events: Sequence[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.username is not None:
        raise WrongWebhook("url: expected http:// or https:// with a host and without a password")
    for pattern in events:
        if not any(fnmatchcase(name, pattern) for name in EVENTS):
            raise WrongWebhook(f"events: no event has a name like {pattern!r}; expected for instance 'work.*' or '*'")
