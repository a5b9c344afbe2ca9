"""How each rule is kept in a profile: by which row, which refusal or record in code, or by which audit question."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import orjson

from events.catalog import EVENTS
from projections.catalog import BOARDS
from services.policy import Policy
from services.refusal import REFUSALS
from services.rows import BLANK, DeadlineRow, FormRow, Guard, Parameter, Role, Row, Target
from services.rulebook.book import Rule, rules, sections

BUILT = frozenset("ABCDEFGHIKL")  # the sections that this release keeps, with their audit questions
RULE = re.compile(r"R-\d{3}")
NOT_YET = "not yet"


@dataclass(frozen=True)
class Keeping:
    """One thing that keeps a rule: its kind, where it stands, its value, and in which profile ("" in all)."""

    kind: str
    where: str
    value: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Kept:
    """A rule, and all that keeps it in one profile; `tests` prove it. `status` is kept, audit question or not yet."""

    rule: Rule
    by: tuple[Keeping, ...]
    tests: tuple[str, ...]

    @property
    def status(self) -> str:
        """`kept` if something keeps it and a test proves that; else `audit question`, else `not yet`."""
        if not self.tests:
            return NOT_YET
        if any(each.kind != "audit question" for each in self.by):
            return "kept"
        return "audit question" if self.by else NOT_YET

    def document(self) -> dict[str, Any]:
        """The rule as JSON-able data."""
        kept = self.status != NOT_YET
        return {
            "number": self.rule.number,
            "section": self.rule.section,
            "english": self.rule.english,
            "chinese": self.rule.chinese,
            "kinds": self.rule.kinds,
            "source": self.rule.source,
            "question": self.rule.question and self.rule.question.model_dump(),
            "status": self.status,
            "kept_by": [asdict(each) for each in self.by] if kept else [],
            "tests": self.tests if kept else (),
        }


def rule_book(*policies: Policy) -> list[Kept]:
    """Every rule, R-001 first, with what keeps it under any of these policies."""
    by_rule = _sorted(_keepings(policies))
    return [Kept(rule, tuple(by_rule.get(number, ())), proofs().get(number, ())) for number, rule in rules().items()]


@lru_cache(maxsize=1)
def proofs() -> Mapping[str, tuple[str, ...]]:
    """The tests that prove each rule, as the test suite told them last (`make proofs`)."""
    text = (files("services.rulebook") / "proofs.json").read_text("utf8")
    return {rule: tuple(tests) for rule, tests in orjson.loads(text).items()}


def value_of(row: Row) -> str:
    """What a row says, in short."""
    match row:
        case Parameter():
            return f"{row.value} {row.unit}".strip()
        case DeadlineRow():
            return _due(row)
        case Guard():
            return f"{', '.join(row.command)}: {', '.join((*row.needs, *row.by, row.within, row.outside)).strip(', ')}"
        case FormRow():
            return f"{row.english} {row.chinese}" + (f", signed by {', '.join(row.signed_by)}" if row.signed_by else "")
        case Role():
            return ", ".join(row.may)
        case Target():
            return f"{row.figure} {'≤' if row.at_most else '≥'} {row.goal}"
        case _:
            return ""


def section_of(number: str) -> str:
    """The section of a rule with its titles."""
    letter = rules()[number].section
    return f"{letter} {sections()[letter].english} {sections()[letter].chinese}"


def _due(row: DeadlineRow) -> str:
    if isinstance(row.within, dict):
        return ", ".join(f"{key}: {within}" for key, within in row.within.items())
    return row.within or f"{row.ahead or ''} {'before' if row.ahead else ''} {row.at}".strip()


def _keepings(policies: Iterable[Policy]) -> Iterator[tuple[str, Keeping]]:
    for policy in policies:
        yield from _in_rows(policy)
    yield from _in_code()
    for number, rule in rules().items():
        if rule.question and rule.section in BUILT:
            yield number, Keeping("audit question", f"question {number}", rule.question.english)


def _in_rows(policy: Policy) -> Iterator[tuple[str, Keeping]]:
    for kind, name, row in policy.every_row():
        value = value_of(row) + (" (blank: the network fills it)" if BLANK in value_of(row) else "")
        keeping = Keeping(kind, f"{kind}.{name}", value, policy.profile)
        yield from ((rule, keeping) for rule in sorted(row.cited))


def _in_code() -> Iterator[tuple[str, Keeping]]:
    for code, (rule, english, _) in REFUSALS.items():
        if rule:
            yield rule, Keeping("code", f"refusal {code}", english)
    for name, event in EVENTS.items():
        yield from ((rule, Keeping("code", f"event {name}")) for rule in RULE.findall(event.__doc__ or ""))
    for board in BOARDS.values():
        english, chinese = board.title
        yield from ((rule, Keeping("board", f"board {board.name}", f"{english} {chinese}")) for rule in board.rules)


def _sorted(keepings: Iterable[tuple[str, Keeping]]) -> dict[str, list[Keeping]]:
    found: dict[str, list[Keeping]] = defaultdict(list)
    for rule, keeping in dict.fromkeys(keepings):
        found[rule].append(keeping)
    return found
