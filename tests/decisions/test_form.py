"""Forms: filled in as their row says, signed in their present edition, by the right party, not before its time."""

import hashlib
import json
from typing import Any, cast

import pytest

from events.event import Event
from events.form import FormFilled, FormSigned
from services.command import Command, parse
from services.form import FillForm, SignForm, digest_of, fill_form, sign_form
from services.policy import read_text
from services.refusal import Refusal, Rejected
from services.ticket_state import Ticket
from tests.decisions import scenario
from tests.decisions.scenario import (
    AUTHORISATION,
    DIGEST,
    TICKET,
    call_received,
    engineer_arrived,
    form_filled,
    form_signed,
    given,
    reopened,
    untitled,
    work_completed,
)

SUBJECT = f"ticket/{TICKET}"
ROWS = """
profile = "small"
extends = "common"
version = 1

[form.every]
english = "Every type"
chinese = "各类字段"
rules = ["R-006"]
fields.text = ["text?", "Text", "文字"]
fields.yes_no = ["yes_no?", "Yes or no", "是否"]
fields.must = ["must?", "Point", "检查点", "R-155"]
fields.number = ["number?", "Number", "数"]
fields.km = ["km?", "Mileage", "里程"]
fields.percent = ["percent?", "Fuel", "油量"]
fields.money = ["money?", "Amount", "金额"]
fields.date = ["date?", "Day", "日期"]
fields.moment = ["moment?", "Moment", "时刻"]
fields.list = ["list?", "List", "清单"]
fields.choice = ["voucher | barcode?", "Shown by", "依据", "R-159"]

[form.sheet]
english = "Repair sheet"
chinese = "维修单"
kind = "completion"
rules = ["R-238", "R-166"]
filled_by = ["engineer"]
signed_by = ["customer", "engineer"]
fields.repair = ["text", "What was done", "维修内容"]
fields.tested = ["must", "Tested", "已试机"]
fields.clean = ["must", "Rubbish taken away", "垃圾已带走", "R-165"]
fields.remark = ["text?", "Remark", "备注"]

[form.check]
english = "Check"
chinese = "检查"
since = "work.engineer_arrived"
fields.fine = ["must", "Fine", "完好"]

[form.slip]
english = "Slip"
chinese = "便条"
fields.text = ["text", "Text", "文字"]
"""
POLICY = read_text("small.toml", ROWS)
SHEET = {"repair": "换铰链", "tested": True, "clean": True}


def fill(form: str, fields: dict[str, Any], ticket: Ticket, role: str = "engineer") -> list[Any]:
    return list(fill_form(cast(FillForm, scenario.fill_form(form, fields, role=role)), ticket, POLICY))


def sign(form: str, ticket: Ticket, **signed: Any) -> list[Any]:
    told = {"digest": ticket.case.forms[form].digest if form in ticket.case.forms else DIGEST, **signed}
    return list(sign_form(cast(SignForm, scenario.sign_form(form, **told)), ticket, POLICY))


def no_to_filling(form: str, fields: dict[str, Any], ticket: Ticket | None = None, role: str = "engineer") -> Refusal:
    with pytest.raises(Rejected) as rejected:
        fill(form, fields, ticket or Ticket(), role)
    return rejected.value.refusal


def no_to_signing(form: str, ticket: Ticket, **signed: Any) -> Refusal:
    with pytest.raises(Rejected) as rejected:
        sign(form, ticket, **signed)
    return rejected.value.refusal


def after(*history: Event) -> Ticket:
    state: Ticket = given(call_received(), *history).state()
    return state


def filled(form: str = "sheet", edition: int = 1, **fields: Any) -> Event:
    written = {**SHEET, **fields}
    return form_filled(form, written, edition=edition, digest=digest_of(SUBJECT, form, edition, written))


# --- filling in


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "门板下垂"),
        ("yes_no", False),
        ("must", True),
        ("number", 1.5),
        ("km", 42_000),
        ("percent", 100),
        ("money", 0),
        ("date", "2026-03-05"),
        ("moment", "2026-03-05T10:00:00+08:00"),
        ("list", []),
        ("list", ["左前门划痕"]),
        ("choice", "barcode"),
    ],
)
def test_a_field_takes_what_its_type_says(field: str, value: Any) -> None:
    (event,) = fill("every", {field: value}, Ticket())
    assert event.fields == {field: value}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("text", "  ", "words"),
        ("text", 7, "words"),
        ("yes_no", "yes", "true or false"),
        ("number", -1, "a number from 0"),
        ("number", True, "a number from 0"),
        ("number", float("nan"), "a number from 0"),
        ("km", "42000", "kilometres from 0"),
        ("percent", 101, "0 to 100"),
        ("money", float("inf"), "an amount from 0"),
        ("date", "5 March", "a day like 2026-11-21"),
        ("moment", "2026-03-05T10:00:00", "a time with its offset like 2026-11-21T09:30:00+08:00"),
        ("moment", 5, "a time with its offset like 2026-11-21T09:30:00+08:00"),
        ("list", "划痕", "a list of words, perhaps empty"),
        ("list", [""], "a list of words, perhaps empty"),
    ],
)
def test_a_field_refuses_anything_else_and_says_what_it_takes(field: str, value: Any, expected: str) -> None:
    refusal = no_to_filling("every", {field: value})
    assert (refusal.code, refusal.rule) == ("form_field", "R-006")
    assert f"field `{field}`: expected {expected}; found " in refusal.english
    assert "各类字段" in refusal.chinese


def test_a_choice_names_what_may_be_chosen_and_the_rule_of_the_field() -> None:
    refusal = no_to_filling("every", {"choice": "receipt"})
    assert (refusal.code, refusal.rule) == ("form_field", "R-159")
    assert "voucher | barcode" in refusal.english


def test_a_missing_field_is_named() -> None:
    refusal = no_to_filling("sheet", {"tested": True, "clean": True})
    assert refusal.english == "form Repair sheet: field `repair`: expected words; found nothing"


def test_a_field_that_the_form_does_not_have_is_named() -> None:
    refusal = no_to_filling("sheet", {**SHEET, "repare": "换铰链"})
    assert refusal.english.startswith("form Repair sheet: field `repare`: expected repair, tested, clean, remark")


def test_an_optional_field_that_is_nothing_is_left_out_and_the_form_keeps_its_own_order() -> None:
    (event,) = fill("sheet", {"remark": None, "clean": True, "tested": True, "repair": "换铰链"}, Ticket())
    assert list(event.fields) == ["repair", "tested", "clean"]


def test_a_point_that_has_to_be_yes_is_refused_by_the_rule_of_the_form() -> None:
    refusal = no_to_filling("sheet", {**SHEET, "tested": False})
    assert (refusal.code, refusal.rule) == ("form_point", "R-238")
    assert "Tested has to be yes: A uniform repair sheet" in refusal.english
    assert "已试机必须为是" in refusal.chinese


def test_a_point_with_a_rule_of_its_own_is_refused_by_that() -> None:
    refusal = no_to_filling("sheet", {**SHEET, "clean": None})
    assert (refusal.code, refusal.rule) == ("form_point", "R-165")
    assert "take the rubbish away" in refusal.english


def test_only_the_roles_of_the_row_fill_a_form_in() -> None:
    refusal = no_to_filling("sheet", SHEET, role="receptionist")
    assert (refusal.code, refusal.rule) == ("form_filler", "R-238")
    assert refusal.english == "form Repair sheet is filled in by engineer, not by receptionist"


def test_a_form_without_a_rule_is_refused_without_one() -> None:
    refusal = no_to_filling("slip", {})
    assert (refusal.code, refusal.rule) == ("form_field", "")


def test_there_is_no_filling_in_a_form_that_the_profile_does_not_have() -> None:
    refusal = no_to_filling("delivery_note", {})
    assert (refusal.code, refusal.rule) == ("unknown_form", "")
    assert refusal.english.startswith("profile small has no form delivery_note; there are articles_left_behind, ")


# --- editions


def test_the_first_filling_in_is_edition_one_with_a_digest_that_anybody_can_compute() -> None:
    (event,) = fill("sheet", SHEET, Ticket())
    document = {"subject": SUBJECT, "form": "sheet", "edition": 1, "fields": SHEET}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert untitled(event) == FormFilled(form="sheet", edition=1, fields=SHEET, digest=digest, voids=())
    assert event.english
    assert event.chinese


def test_a_digest_depends_on_the_case_the_form_the_edition_and_every_field() -> None:
    digests = {
        digest_of(SUBJECT, "sheet", 1, SHEET),
        digest_of("ticket/T2", "sheet", 1, SHEET),
        digest_of(SUBJECT, "slip", 1, SHEET),
        digest_of(SUBJECT, "sheet", 2, SHEET),
        digest_of(SUBJECT, "sheet", 1, {**SHEET, "repair": "换门板"}),
    }
    assert len(digests) == 5


def test_the_same_content_again_is_nothing_new() -> None:
    assert fill("sheet", SHEET, after(filled())) == []


def test_the_same_content_for_another_visit_is_a_new_edition() -> None:
    first = form_filled("check", {"fine": True}, digest=digest_of(SUBJECT, "check", 1, {"fine": True}))
    assert fill("check", {"fine": True}, after(engineer_arrived(), first)) == []
    (event,) = fill("check", {"fine": True}, after(engineer_arrived(), first, engineer_arrived()))
    assert event.edition == 2


def test_other_content_is_a_new_edition_and_says_whose_signatures_it_voids() -> None:
    ticket = after(work_completed(), filled(), _signed("engineer"), _signed("customer", complete=True))
    (event,) = fill("sheet", {**SHEET, "repair": "换门板"}, ticket)
    assert (event.edition, event.voids) == (2, ("customer", "engineer"))


def test_no_signature_outlives_its_edition() -> None:
    history = (work_completed(), filled(), _signed("engineer"), _signed("customer", complete=True))
    assert after(*history).case.holds("form.signed/sheet")
    ticket = after(*history, filled(edition=2, repair="换门板"))
    assert not ticket.case.holds("form.signed/sheet")
    assert ticket.case.forms["sheet"].signed_by == frozenset()


# --- signing


def test_a_customer_signs_an_authorisation() -> None:
    command = scenario.sign_form()
    given(call_received(), form_filled()).when(command).then(form_signed())


def test_nothing_can_be_signed_that_was_not_filled_in() -> None:
    given(call_received()).when(scenario.sign_form()).then_refused("form_not_filled", rule="R-035")


def test_who_is_no_party_of_the_form_cannot_sign_it() -> None:
    refusal = no_to_signing("sheet", after(work_completed(), filled()), party="manager")
    assert (refusal.code, refusal.rule) == ("form_signer", "R-238")
    assert refusal.english == "form Repair sheet is signed by customer, engineer, not by manager"


def test_a_form_that_nobody_signs_cannot_be_signed() -> None:
    ticket = after(form_filled("slip", {"text": "x"}))
    assert no_to_signing("slip", ticket).english == "form Slip is signed by -, not by customer"


def test_another_edition_than_the_present_one_cannot_be_signed() -> None:
    first, second = filled(), filled(edition=2, repair="换门板")
    ticket = after(work_completed(), first, second)
    refusal = no_to_signing("sheet", ticket, digest=digest_of(SUBJECT, "sheet", 1, SHEET))
    assert (refusal.code, refusal.rule) == ("form_other_edition", "R-180")
    assert ticket.case.forms["sheet"].digest in refusal.english


def test_nobody_signs_that_the_service_is_done_before_it_is() -> None:
    refusal = no_to_signing("sheet", after(filled()))
    assert (refusal.code, refusal.rule) == ("signed_before_service", "R-179")


def test_nor_after_the_case_was_reopened() -> None:
    refusal = no_to_signing("sheet", after(work_completed(), filled(), reopened()))
    assert (refusal.code, refusal.rule) == ("signed_before_service", "R-179")


def test_a_form_is_complete_when_its_last_party_has_signed() -> None:
    ticket = after(work_completed(), filled())
    (first,) = sign("sheet", ticket, party="engineer", signer="王工")
    assert not first.complete
    ticket = after(work_completed(), filled(), first)
    assert not ticket.case.holds("form.signed/sheet")
    (last,) = sign("sheet", ticket, party="customer")
    assert last.complete
    assert after(work_completed(), filled(), first, last).case.holds("form.signed/sheet")


def test_what_is_signed_says_which_kind_of_signature_it_is() -> None:
    (event,) = sign("sheet", after(work_completed(), filled()))
    assert (event.kind, event.edition, event.party, event.signer) == ("completion", 1, "customer", "李芳")


def test_signing_twice_is_signing_once() -> None:
    assert sign("sheet", after(work_completed(), filled(), _signed("customer"))) == []


def test_a_form_of_a_case_that_there_is_not_is_refused() -> None:
    given().when(scenario.fill_form("remote_authorisation", AUTHORISATION)).then_refused("unknown_ticket", rule="R-001")


@pytest.mark.parametrize("command", [scenario.fill_form(), scenario.sign_form()])
def test_a_command_about_a_form_goes_to_the_stream_of_its_case(command: Command) -> None:
    assert command.streams == (SUBJECT,)
    assert parse({"command": type(command).__name__, **command.model_dump(mode="json")}) == command


def _signed(party: str, *, complete: bool = False) -> FormSigned:
    event = form_signed("sheet", kind="completion", party=party, complete=complete)
    assert isinstance(event, FormSigned)
    return event
