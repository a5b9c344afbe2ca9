"""The two languages of the pages: messages from the `.po` file, words of the domain, numbers and times."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from projections.headings import WORDS
from services.policy import zone_of

CODES = ("zh", "en")


class Language:
    """One language: `code` is `zh` or `en`; English is what the messages are written in."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.is_chinese = code == "zh"
        self.locale = {"zh": "zh_Hans_CN", "en": "en_GB"}[code]
        self.tag = {"zh": "zh-CN", "en": "en"}[code]
        self.translations = _chinese() if self.is_chinese else NullTranslations()

    def __call__(self, message: str, **facts: Any) -> str:
        """A message in this language, with its facts filled in."""
        told = self.translations.gettext(message) if message else ""
        return told.format(**facts) if facts else told

    def pick(self, pair: tuple[str, str]) -> str:
        """The half of an (English, Chinese) pair that is in this language."""
        return pair[1] if self.is_chinese else pair[0]

    def word(self, value: str) -> str:
        """A word of the domain: a status, a reason, a choice."""
        return self.pick(WORDS[value]) if value in WORDS else self(spaced(value))

    def moment(self, at: datetime, site: str) -> str:
        """Day and time of day as the site's clocks show them."""
        return format_datetime(at, "MM-dd HH:mm", tzinfo=zone_of(site), locale=self.locale)

    def whole_moment(self, at: datetime, site: str) -> str:
        """Date, time and offset as the site's clocks show them."""
        return format_datetime(at, "yyyy-MM-dd HH:mm:ss xxx", tzinfo=zone_of(site), locale=self.locale)

    def day(self, day: Any) -> str:
        """A calendar day."""
        return format_date(day, "yyyy-MM-dd", locale=self.locale)

    def length(self, seconds: float) -> str:
        """A length of time in its largest unit: 3 minutes, 2 hours."""
        return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=self.locale)

    def from_now(self, seconds: float) -> str:
        """How far away a moment is: in 5 minutes, 2 hours ago."""
        return format_timedelta(timedelta(seconds=seconds), threshold=1.5, add_direction=True, locale=self.locale)

    def number(self, value: float) -> str:
        """A number with its thousands told apart."""
        return format_decimal(value, locale=self.locale)

    def share(self, value: float) -> str:
        """A share of 1 in per cent."""
        return format_percent(value, "#,##0.#%", locale=self.locale)


@lru_cache(maxsize=len(CODES))
def language(code: str) -> Language:
    """The language of that code."""
    return Language(code)


def spaced(name: str) -> str:
    """A name as words: `StartWork` → "Start work", `promised_at` → "Promised at"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").strip().lower()
    return words[:1].upper() + words[1:]


def _chinese() -> Translations:
    """The Chinese messages; compiled here, so that only the text is kept."""
    with (files("services.web") / "locale/zh/LC_MESSAGES/messages.po").open("rb") as file:
        catalog = read_po(file, locale="zh")
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
