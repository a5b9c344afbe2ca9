"""The history of each ticket: one line per event, in words of both languages, also for its parts and complaints."""

from typing import Any

from events.event import Context, Event, Recorded, Titled
from projections.projection import Projection, Row
from projections.sentences import CHINESE, SENTENCES


def told(row: Row, event: Event, context: Context) -> None:
    english, chinese = SENTENCES[type(event)]
    facts = {name: getattr(event, name) for name in type(event).model_fields}
    title = _title(event)
    row.update(
        occurred_at=context.occurred_at,
        actor=context.actor,
        role=context.role,
        site=context.site,
        english=english.format(
            **{name: _in_english(fact) for name, fact in facts.items()}, title=title.english
        ).strip(),
        chinese=chinese.format(
            **{name: _in_chinese(fact) for name, fact in facts.items()}, title=title.chinese
        ).strip(),
    )


def _title(event: Event) -> Titled:
    """The title of a form or deadline; its name where nobody gave it one."""
    name = getattr(event, "form", "") or getattr(event, "deadline", "") if isinstance(event, Titled) else ""
    return event if isinstance(event, Titled) and event.english else Titled(english=name, chinese=name)


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
