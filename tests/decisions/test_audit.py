"""Audits: the questions that only a person can answer, and what is done about what was found."""

import pytest

from tests.decisions.scenario import SITE, audit_finding_recorded, given, record_audit_finding


def test_an_auditor_answers_a_question_of_the_checklist_for_his_site() -> None:
    answer = record_audit_finding("R-058", True, note="预约电话已公布")
    assert answer.streams == (f"audit/{SITE}",)
    given().when(answer).then(audit_finding_recorded("R-058", True, note="预约电话已公布"))


@pytest.mark.rule("R-416")
def test_a_finding_comes_with_what_is_done_about_it() -> None:
    given().when(record_audit_finding(passed=False)).then_refused("no_measure", rule="R-416")
    measured = record_audit_finding(passed=False, measure="三日内张贴")
    given().when(measured).then(audit_finding_recorded(passed=False, measure="三日内张贴"))


@pytest.mark.parametrize("rule", ["R-104", "R-999"], ids=["not asked", "no such rule"])
def test_nobody_answers_what_the_checklist_does_not_ask(rule: str) -> None:
    refusal = given().when(record_audit_finding(rule)).then_refused("unknown_rule", rule="")
    assert refusal.english == f"there is no rule {rule} with an audit question"


def test_only_an_auditor_audits() -> None:
    given().when(record_audit_finding(role="manager")).then_refused("role_not_permitted", rule="R-145")
