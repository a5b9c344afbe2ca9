"""What is a customer's own, on the pages of a ticket: masked, unless the reader just said what he needs it for."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from events.event import Recorded
from events.ticket import CustomerDataOpened
from services.privacy import masked

OPEN_FOR = timedelta(minutes=10)
SHORTEST = 2  # characters: a single one would be found all over the page


def is_open(events: Sequence[Recorded], reader: str) -> bool:
    """Whether this reader opened the customer's data in the last minutes (R-026)."""
    since = datetime.now(UTC) - OPEN_FOR
    return any(
        isinstance(each.event, CustomerDataOpened) and each.context.actor == reader and each.recorded_at > since
        for each in events
    )


def hiding(events: Sequence[Recorded]) -> Callable[[str], str]:
    """A function that masks, in any text, whatever of the customer stands in these events."""
    found = {old: new for each in events for old, new in _pairs(*_both(each)) if len(old) >= SHORTEST}
    ordered = sorted(found.items(), key=lambda pair: -len(pair[0]))

    def hide(text: str) -> str:
        for old, new in ordered:
            for written in WRITTEN:
                text = text.replace(written(old), written(new))
        return text

    return hide


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _both(recorded: Recorded) -> tuple[Any, Any]:
    plain = recorded.event.model_dump(mode="json")
    return plain, masked(plain)


def _pairs(plain: Any, hidden: Any) -> Iterator[tuple[str, str]]:
    """The texts that masking changed, with what became of them."""
    match plain:
        case dict():
            for key in plain:
                yield from _pairs(plain[key], hidden[key])
        case list():
            for one, other in zip(plain, hidden, strict=True):
                yield from _pairs(one, other)
        case str() if plain != hidden:
            yield plain, hidden


WRITTEN: tuple[Callable[[str], str], ...] = (str, escape, _in_json)  # how a text may stand on a page
