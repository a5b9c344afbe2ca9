"""The rule book is whole and true: every rule is there, cited rules exist, what is said to be kept has a test."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from events.catalog import EVENTS
from events.event import read_event
from services import rulebook
from services.policy import policies
from services.refusal import REFUSALS
from services.rulebook.book import Rule, rules, sections
from services.rulebook.keeping import BUILT, RULE, rule_book
from tests.decisions.scenario import EVENT_WORDS, given, record_audit_finding

HOME = Path(__file__).parents[2]
BOOK = rule_book(*policies().values())
OF_THIS_RELEASE = [f"R-{number:03}" for number in (*range(1, 193), *range(208, 240))]
ASKED = [rule for rule in rules().values() if rule.question]


def test_all_432_rules_are_there_in_both_languages() -> None:
    assert list(rules()) == [f"R-{number:03}" for number in range(1, 433)]
    for rule in rules().values():
        assert rule.english.isascii()
        assert not rule.chinese.isascii()
        assert rule.source
        assert rule.kinds


def test_a_rule_stands_in_a_section_that_there_is() -> None:
    assert {rule.section for rule in rules().values()} == set(sections())
    assert {rules()[number].section for number in OF_THIS_RELEASE} == BUILT


@pytest.mark.parametrize(
    "kept", [kept for kept in BOOK if kept.rule.number in OF_THIS_RELEASE], ids=lambda kept: kept.rule.number
)
def test_every_rule_of_this_release_is_kept_or_is_an_audit_question_and_has_a_test(kept: object) -> None:
    assert kept.by, kept.rule.english  # type: ignore[attr-defined]
    assert kept.tests, f"{kept.by} and no test"  # type: ignore[attr-defined]
    assert kept.status in ("kept", "audit question")  # type: ignore[attr-defined]


def test_a_rule_of_conduct_is_kept_or_asked_for() -> None:
    conduct = [kept for kept in BOOK if "conduct" in kept.rule.kinds and kept.rule.section in BUILT]
    assert all(kept.by for kept in conduct)


def test_nothing_cites_a_rule_that_there_is_not() -> None:
    in_code = {rule for rule, _, _ in REFUSALS.values() if rule}
    in_events = {rule for event in EVENTS.values() for rule in RULE.findall(event.__doc__ or "")}
    assert in_code | in_events <= rules().keys()


def test_the_proofs_are_those_that_the_tests_tell(tmp_path: Path) -> None:
    told = tmp_path / "proofs.json"
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "--proofs", str(told), "tests"]
    subprocess.run(command, cwd=HOME, check=True, capture_output=True)
    known = Path(rulebook.__file__).with_name("proofs.json")
    assert orjson.loads(told.read_bytes()) == orjson.loads(known.read_bytes()), "run `make proofs`"


# --- what is recorded, and what only a person can tell


@pytest.mark.parametrize(
    "word",
    [pytest.param(word, marks=pytest.mark.rule(*RULE.findall(type(word()).__doc__ or ""))) for word in EVENT_WORDS],
)
def test_an_event_is_read_back_as_it_was_recorded(word: object) -> None:
    event = word()  # type: ignore[operator]
    assert read_event(event.name, event.model_dump_json().encode()) == event


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.number, marks=pytest.mark.rule(rule.number)) for rule in ASKED]
)
def test_a_question_of_the_audit_checklist_can_be_answered_and_a_no_wants_a_measure(rule: Rule) -> None:
    assert not rule.question.chinese.isascii()  # type: ignore[union-attr]
    (found,) = given().when(record_audit_finding(rule.number, True)).decided
    assert (found.name, found.rule, found.passed) == ("audit.finding_recorded", rule.number, True)  # type: ignore[union-attr]
    given().when(record_audit_finding(rule.number, False)).then_refused("no_measure", rule="R-416")
    (found,) = given().when(record_audit_finding(rule.number, False, measure="培训")).decided
    assert found.measure == "培训"  # type: ignore[union-attr]


def test_only_questions_of_the_checklist_can_be_answered() -> None:
    without = next(rule.number for rule in rules().values() if not rule.question)
    given().when(record_audit_finding(without, True)).then_refused("unknown_rule", rule="")
