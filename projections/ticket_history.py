"""The history of each ticket: which events belong to it, also of its parts and complaints; told when somebody asks.

The rows only say where the events are: the log has the rest. Words are found when they are read, so a better sentence
needs no rebuild, and what people wrote stands in one place.
"""

import re
from collections.abc import Callable
from datetime import UTC
from typing import Any, NamedTuple

from events.event import Context, Event, Recorded
from projections.projection import Projection, Row
from projections.sentences import CHINESE, SENTENCES

FIELD = re.compile(r"\{(\w+)")


class Sentence(NamedTuple):
    """A sentence taken apart: its pattern, whose gaps have no names any more, and the fields that fill them."""

    pattern: str
    fields: tuple[str, ...]

    def of(self, event: Event, words: Callable[[Event, str], Any]) -> str:
        """The sentence about this event, without a gap where a field is empty; `words` says what a field reads like."""
        facts = [words(event, field) for field in self.fields]
        sentence = self.pattern.format(*facts).strip()
        return sentence.replace("  ", " ") if "" in facts else sentence


def _taken_apart(sentence: str) -> Sentence:
    return Sentence(FIELD.sub("{", sentence), tuple(FIELD.findall(sentence)))


# Taken apart once, since every line of every history asks for it.
TOLD = {kind: (_taken_apart(english), _taken_apart(chinese)) for kind, (english, chinese) in SENTENCES.items()}


def words(event: Event) -> tuple[str, str]:
    """What an event says in English and in Chinese; its name if it has no sentence."""
    if type(event) not in TOLD:
        return event.name, event.name
    english, chinese = TOLD[type(event)]
    return english.of(event, _in_english), chinese.of(event, _in_chinese)


def told(recorded: Recorded) -> Row:
    """An event's line in the history of its ticket; `occurred_at` is UTC."""
    english, chinese = words(recorded.event)
    context = recorded.context
    return {
        "position": recorded.position,
        "occurred_at": context.occurred_at.astimezone(UTC),
        "actor": context.actor,
        "role": context.role,
        "site": context.site,
        "ticket": _ticket(recorded),
        "english": english,
        "chinese": chinese,
    }


def belongs(row: Row, event: Event, context: Context) -> None:
    """The event belongs to the ticket's history: its key says that already."""


def _in_english(event: Any, field: str) -> Any:
    if field == "title":
        return event.english or _name(event)
    fact = getattr(event, field)
    return ", ".join(fact) if isinstance(fact, tuple) and _all_text(fact) else fact


def _in_chinese(event: Any, field: str) -> Any:
    if field == "title":
        return event.chinese if event.english else _name(event)
    fact = getattr(event, field)
    if isinstance(fact, str):
        return CHINESE.get(fact, fact)
    return "、".join(fact) if isinstance(fact, tuple) and _all_text(fact) else fact


def _name(event: Event) -> str:
    """What a form or deadline is called to which nobody gave a title."""
    return getattr(event, "form", "") or getattr(event, "deadline", "")


def _all_text(facts: tuple[Any, ...]) -> bool:
    return all(isinstance(each, str) for each in facts)


def _key(recorded: Recorded) -> tuple[str, int]:
    return _ticket(recorded), recorded.position


def _ticket(recorded: Recorded) -> Any:
    noun, _, name = recorded.stream.partition("/")
    if noun == "ticket":
        return name
    story = recorded.context.correlation_id
    told_there = noun != "profile" and story.startswith("ticket/")
    return story.removeprefix("ticket/") if told_there else recorded.stream


TICKET_HISTORY = Projection(
    name="ticket_history",
    key=("ticket", "position"),
    key_of=_key,
    columns={"ticket": "text", "position": "bigint"},
    folds=dict.fromkeys(SENTENCES, belongs),
    grows=True,
)
