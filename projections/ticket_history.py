"""The history of each ticket: one line per event, in words of both languages, also for its parts and complaints."""

from collections.abc import Callable
from functools import cache
from string import Formatter
from typing import Any

from events.event import Context, Event, Recorded, Titled
from projections.projection import Projection, Row
from projections.sentences import CHINESE, SENTENCES

UNTITLED = Titled()


def told(row: Row, event: Event, context: Context) -> None:
    english, chinese = SENTENCES[type(event)]
    title = _title(event)
    row.update(
        occurred_at=context.occurred_at,
        actor=context.actor,
        role=context.role,
        site=context.site,
        english=english.format(**_facts(english, event, _in_english), title=title.english).strip(),
        chinese=chinese.format(**_facts(chinese, event, _in_chinese), title=title.chinese).strip(),
    )


def _facts(sentence: str, event: Event, words: Callable[[Any], Any]) -> dict[str, Any]:
    """What a sentence tells of an event, which has more fields than it asks for."""
    return {name: words(getattr(event, name)) for name in _asked(sentence)}


@cache
def _asked(sentence: str) -> tuple[str, ...]:
    return tuple({name for _, name, *_ in Formatter().parse(sentence) if name} - {"title"})


def _title(event: Event) -> Titled:
    """The title of a form or deadline; its name where nobody gave it one."""
    if not isinstance(event, Titled):
        return UNTITLED
    if event.english:
        return event
    name = getattr(event, "form", "") or getattr(event, "deadline", "")
    return Titled(english=name, chinese=name)


def _in_english(fact: Any) -> Any:
    return ", ".join(fact) if isinstance(fact, tuple) and _all_text(fact) else fact


def _in_chinese(fact: Any) -> Any:
    if isinstance(fact, tuple) and _all_text(fact):
        return "、".join(fact)
    return CHINESE.get(fact, fact) if isinstance(fact, str) else fact


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
    columns={
        "ticket": "text",
        "position": "bigint",
        "occurred_at": "timestamptz",
        "actor": "text",
        "role": "text",
        "site": "text",
        "english": "text",
        "chinese": "text",
    },
    folds=dict.fromkeys(SENTENCES, told),
    grows=True,
)
