"""The house keeps its order: who may import whom, how long a file may be, and that nothing goes untold."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any

import pytest

from events.event import EVENTS, Event, Titled, Unreadable
from events.part import StockIssued, StockReceived
from projections.catalog import BOARDS, PROJECTIONS
from projections.headings import HEADINGS
from projections.sentences import SENTENCES
from services.command import COMMANDS
from services.desk import DECISIONS, DESKS
from services.policy import policies
from services.reactions import REACTIONS
from services.refusal import REFUSALS

HOME = Path(__file__).parent.parent
ROOMS = ("events", "projections", "services")
FILES = sorted(file.relative_to(HOME) for room in ROOMS for file in (HOME / room).rglob("*.py"))
MAY_IMPORT = {"events": {"events"}, "projections": {"events", "projections"}, "services": set(ROOMS)}
KNOW_EVENTSOURCING = {Path("events/store.py")}
LONGEST = 350
NOT_OF_A_TICKET = {StockReceived, StockIssued}

every_file = pytest.mark.parametrize("file", FILES, ids=str)


def imports(file: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    found = set[str]()
    for node in ast.walk(ast.parse((HOME / file).read_text("utf8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            found.add(str(node.module).partition(".")[0])
    return found


# --- rooms


@every_file
def test_a_room_imports_only_the_rooms_it_may(file: Path) -> None:
    assert imports(file) & {*ROOMS, "tests"} <= MAY_IMPORT[file.parts[0]]


@every_file
def test_only_the_store_knows_the_event_sourcing_library(file: Path) -> None:
    assert "eventsourcing" not in imports(file) or file in KNOW_EVENTSOURCING


@every_file
def test_no_file_is_too_long_to_read(file: Path) -> None:
    assert len((HOME / file).read_text("utf8").splitlines()) <= LONGEST


# --- words for the reader


def module_of(file: Path) -> ModuleType:
    return importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The public classes and functions of a module, and the public methods of those classes."""
    for name, found in vars(module).items():
        if name.startswith("_") or getattr(found, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(found):
            yield name, found
        elif inspect.isclass(found):
            yield name, found
            yield from ((f"{name}.{each}", method) for each, method in vars(found).items() if is_public(each, method))


def is_public(name: str, method: object) -> bool:
    return not name.startswith("_") and isinstance(method, property | classmethod | staticmethod | type(is_public))


def told_by_its_table(found: object) -> bool:
    """Whether it stands in a table whose rows explain it: a decision, a fold or a reaction."""
    folds = [fold for projection in PROJECTIONS.values() for fold in projection.folds.values()]
    return any(found is each for each in (*DECISIONS.values(), *folds, *REACTIONS.values()))


@every_file
def test_everything_public_says_what_it_is(file: Path) -> None:
    module = module_of(file)
    assert module.__doc__, file
    dumb = [name for name, found in public(module) if not (documented(module, name, found) or told_by_its_table(found))]
    assert dumb == []


def documented(module: ModuleType, name: str, found: object) -> bool:
    """Whether it has words of its own; a method may have them from the class it comes from."""
    if inspect.isclass(found):
        words = str(found.__dict__.get("__doc__") or "")
        return bool(words) and not words.startswith(f"{name}(")  # a dataclass writes its own
    owner, _, method = name.partition(".")
    return bool(inspect.getdoc(getattr(getattr(module, owner), method) if method else found))


# --- nothing goes untold


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


@pytest.mark.parametrize(
    "kind", [kind for kind in EVENTS.values() if kind is not Unreadable], ids=lambda kind: kind.name
)
def test_every_event_is_told_in_the_history_or_counted_in_the_parts_store(kind: type[Event]) -> None:
    if kind in NOT_OF_A_TICKET:
        assert kind in PROJECTIONS["parts_stock"].folds
    else:
        assert kind in SENTENCES


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.name)
def test_a_sentence_tells_the_same_facts_in_both_languages_and_only_facts_there_are(kind: type[Event]) -> None:
    english, chinese = SENTENCES[kind]
    titled = {"title"} if issubclass(kind, Titled) else set[str]()
    assert placeholders(english) == placeholders(chinese) <= kind.model_fields.keys() | titled
    assert not chinese.isascii()


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_says_the_same_in_both_languages(code: str) -> None:
    rule, english, chinese = REFUSALS[code]
    assert placeholders(english) == placeholders(chinese)
    assert english.isascii()
    assert not chinese.isascii()
    assert rule == "" or rule.startswith("R-")


def test_every_refusal_is_raised_somewhere() -> None:
    raised = set[str]()
    for file in FILES:
        for node in ast.walk(ast.parse((HOME / file).read_text("utf8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rejected":
                raised |= {str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant)}
    assert raised == REFUSALS.keys()


def test_every_command_has_one_desk_and_somebody_who_may_send_it() -> None:
    assert set(COMMANDS.values()) == DECISIONS.keys()
    assert sum(map(len, DESKS.values())) == len(DECISIONS)
    for policy in policies().values():
        assert set[str]().union(*policy.roles.values()) == COMMANDS.keys()


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_shows_columns_that_its_projection_has_with_headings_in_both_languages(board: str) -> None:
    shown = BOARDS[board]
    assert shown.columns.keys() <= shown.projection.columns.keys()
    assert shown.columns.items() <= HEADINGS.items()
    assert shown.owner == "" or shown.owner in shown.projection.columns
    assert shown.projection is PROJECTIONS[shown.projection.name]
    assert all(title.strip() for title in shown.title)


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_a_projection_begins_its_columns_with_its_key(projection: str) -> None:
    declared = PROJECTIONS[projection]
    assert tuple(declared.columns)[: len(declared.key)] == declared.key
