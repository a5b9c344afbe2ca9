"""Every rule in words, English and Chinese, with its source; read from one TOML file per section."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.refusal import Both


class Words(BaseModel):
    """The same in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    english: str
    chinese: str


class Rule(Words):
    """One rule; `question` is what an auditor asks where the system alone cannot tell."""

    number: str
    section: str
    kinds: tuple[str, ...]
    source: str
    question: Words | None = None


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """All rules by number, R-001 first."""
    found = [rule for text in _sections() for rule in _read(text)]
    return {rule.number: rule for rule in sorted(found, key=lambda rule: rule.number)}


@lru_cache(maxsize=1)
def sections() -> Mapping[str, Words]:
    """The titles of the sections by letter."""
    heads = [tomllib.loads(text)["section"] for text in _sections()]
    return {head["letter"]: Words(english=head["english"], chinese=head["chinese"]) for head in heads}


def text_of(number: str) -> Both:
    """A rule in words; nothing for no rule."""
    return Both(rules()[number].english, rules()[number].chinese) if number else Both("", "")


def _sections() -> list[str]:
    folder = files("services.rulebook")
    names = sorted(file.name for file in folder.iterdir() if Path(file.name).suffix == ".toml")
    return [(folder / name).read_text("utf8") for name in names]


def _read(text: str) -> list[Rule]:
    tables = tomllib.loads(text)
    letter = tables.pop("section")["letter"]
    return [Rule(number=number, section=letter, **table) for number, table in tables.items()]
