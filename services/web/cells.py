"""What stands in a cell of a board: values as people read them, in their language and in the site's time."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from projections.projection import Board, Row
from services.privacy import mask_name, mask_phone
from services.web.language import Language

DASH = Markup('<span class="none">–</span>')
SOON_SECONDS = 1800


def cell(language: Language, board: Board, column: str, row: Row) -> Markup:
    """The cell of a column in a row of a board."""
    value = row[column]
    if value is None or value == "" or (value == 0 and column in UNKNOWN_IF_ZERO):
        return DASH
    show = CELLS.get(column) or BY_TYPE[board.projection.columns[column]]
    return show(language, value, row)


def due(language: Language, at: datetime, row: Row) -> Markup:
    """A moment that something has to happen by: it says in words, too, whether it is near or past."""
    seconds = (at - datetime.now(UTC)).total_seconds()
    state = "over" if seconds < 0 else "soon" if seconds < SOON_SECONDS else "far"
    away = language("{length} overdue", length=language.length(-seconds)) if seconds < 0 else language.from_now(seconds)
    return Markup('<time class="due {}" datetime="{}" data-due>{} <b>{}</b></time>').format(
        state, at.isoformat(), language.moment(at, row["site"]), away
    )


def moment(language: Language, at: datetime, row: Row) -> Markup:
    """A moment that has passed."""
    title, told = language.whole_moment(at, row["site"]), language.moment(at, row["site"])
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), title, told)


def day(language: Language, value: date, row: Row) -> Markup:
    """A calendar day."""
    return Markup('<time datetime="{0}">{0}</time>').format(value.isoformat())


def word(language: Language, value: str, row: Row) -> Markup:
    """A word of the domain, as a badge."""
    return Markup('<span class="badge {}">{}</span>').format(value, language.word(value))


def yes_no(language: Language, value: bool, row: Row) -> Markup:
    """Yes or no."""
    return escape(language("yes") if value else language("no"))


def text(language: Language, value: Any, row: Row) -> Markup:
    """Words of somebody."""
    return escape(value)


def number(language: Language, value: float, row: Row) -> Markup:
    """A number."""
    return escape(language.number(value))


def ticket(language: Language, value: str, row: Row) -> Markup:
    """The way to a ticket's film."""
    return Markup('<a class="ticket" href="/tickets/{}">{}</a>').format(quote(value), value)


def stream(language: Language, value: str, row: Row) -> Markup:
    """What a deadline is about: a ticket, an agreement, a site's pre-check area."""
    noun, _, name = value.partition("/")
    return (
        ticket(language, name, row)
        if noun == "ticket"
        else escape(f"{language.pick(NOUNS.get(noun, (noun, noun)))} {name}")
    )


def rules(language: Language, value: str, row: Row) -> Markup:
    """The way to rules of the rule book."""
    link = Markup('<a class="rule" href="/rules/{0}">{0}</a>')
    return Markup(", ").join(link.format(rule) for rule in value.split(", "))


def title(language: Language, value: str, row: Row) -> Markup:
    """A deadline's title in one language; it is kept in both, English first."""
    english, _, chinese = value.rpartition(" ")
    return escape((chinese if language.is_chinese else english) or value)


NOUNS = {"agreement": ("agreement", "协议"), "area": ("pre-check area", "预检区")}  # what has deadlines besides tickets
UNKNOWN_IF_ZERO = {"fault_grade", "rating", "open_parts", "reopenings", "reception_seconds"}
Show = Callable[[Language, Any, Row], Markup]
CELLS: dict[str, Show] = {
    "ticket": ticket,
    "stream": stream,
    "rules": rules,
    "title": title,
    "customer": lambda language, value, row: escape(mask_name(value)),
    "phone": lambda language, value, row: escape(mask_phone(value)),
    **dict.fromkeys(("due_at", "callback_due", "promised_at", "forecast_at", "expected_at"), due),
    **dict.fromkeys(("status", "stage", "booking", "pre_check", "pause_reason"), word),
}
BY_TYPE: dict[str, Show] = {
    "text": text,
    "bigint": number,
    "boolean": yes_no,
    "timestamptz": moment,
    "date": day,
}
