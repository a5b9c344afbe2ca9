"""Both languages are complete: every message of the pages has its Chinese, and none is kept that nobody says."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract
from pydantic import BaseModel

from projections.headings import WORDS
from services.command import COMMANDS
from services.http.problems import TITLES
from services.policy import policies
from services.rulebook import keeping
from services.web import film, forms, operations, page
from services.web.language import language, spaced

WEB = Path(__file__).parent.parent / "services" / "web"
PO = WEB / "locale" / "zh" / "LC_MESSAGES" / "messages.po"
SPOKEN_BY = {"language", "spoken", "told"}  # what a Language is called where it speaks


def in_templates() -> Iterator[str]:
    """The messages of the templates."""
    for template in sorted((WEB / "templates").glob("*.html")):
        with template.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["_"], [], {"encoding": "utf-8"}):
                yield str(message[0] if isinstance(message, tuple) else message or "")


def in_code() -> Iterator[str]:
    """The messages that the pages' code speaks: `language("…")`."""
    for file in sorted(WEB.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf8"))):
            if isinstance(node, ast.Call) and _name(node.func) in SPOKEN_BY:
                yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def of_commands() -> Iterator[str]:
    """What forms are made of: the commands' names and descriptions, their fields, what may be chosen."""
    for name, command in COMMANDS.items():
        yield from (spaced(name), " ".join((command.__doc__ or "").split()))
        yield from of_model(command)


def of_model(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if name in forms.ENVELOPE:
            continue
        yield spaced(name)
        kind, plain = forms._kind(info)
        if kind == "choice":
            yield from (spaced(str(each)) for each in get_args(plain) if each and str(each) not in WORDS)
        if kind in ("group", "table"):
            yield from of_model(plain)


def of_tables() -> Iterator[str]:
    """What other tables are shown of: roles, parties, the menu, statuses."""
    for policy in policies().values():
        yield from map(spaced, policy.rows["role"])
        for form in policy.rows["form"].values():
            yield from map(spaced, (*form.signed_by, *form.filled_by))  # type: ignore[attr-defined]
            for field in form.fields.values():  # type: ignore[attr-defined]
                yield from (spaced(choice) for choice in field.choices if choice not in WORDS)
    yield from (title for title, _ in page.MENU)
    for headings in (operations.FOLLOWERS, operations.QUEUES, operations.DEAD, operations.WEBHOOKS):
        yield from headings
    yield from TITLES.values()
    yield from map(spaced, film.PLAIN)
    for kept in keeping.rule_book(*policies().values()):
        yield from (kept.status, *(each.kind for each in kept.by))


def messages() -> set[str]:
    """Every message that a page may show."""
    return {each for found in (in_templates(), in_code(), of_commands(), of_tables()) for each in found if each.strip()}


def chinese() -> dict[str, str]:
    """The Chinese of each message."""
    with PO.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale="zh") if each.id}


def test_every_message_has_its_chinese() -> None:
    assert sorted(messages() - {message for message, told in chinese().items() if told}) == []


def test_no_message_is_kept_that_nobody_says() -> None:
    assert sorted(chinese().keys() - messages()) == []


@pytest.mark.parametrize(("message", "told"), chinese().items())
def test_a_message_tells_the_same_facts_in_chinese(message: str, told: str) -> None:
    assert placeholders(message) == placeholders(told)


def placeholders(words: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(words)} - {None}


def test_a_word_is_said_in_the_language_that_is_asked_for() -> None:
    assert (language("zh")("Site"), language("en")("Site")) == ("网点", "Site")
    assert (language("zh").word("paused"), language("en").word("paused")) == ("暂停", "paused")
