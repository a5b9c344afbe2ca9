"""Guards: what a row wants before a command, from whom, and at what time of day."""

from datetime import datetime

import pytest

from events.event import Event
from services import guard
from services.case import Case
from services.command import Command
from services.policy import Policy, read_text
from services.refusal import Refusal, Rejected
from tests.decisions.scenario import (
    call_received,
    clock,
    complete_work,
    depart_for_customer,
    dispatch_engineer,
    engineer_arrived,
    engineer_dispatched,
    form_filled,
    form_signed,
    given,
    product_returned,
    product_taken_away,
    return_product,
    start_work,
    take_product_away,
    work_paused,
)

HEAD = 'profile = "small"\nextends = "common"\nversion = 1\n'
RECEIPT = """
[form.receipt]
english = "Receipt"
chinese = "收据"
rules = ["R-183", "R-163"]
signed_by = ["customer"]
before = ["TakeProductAway"]
since = "custody.product_returned"
fields.urgent = ["yes_no?", "Urgent", "加急"]
fields.text = ["text", "Text", "文字"]
"""


def small(rows: str) -> Policy:
    return read_text("small.toml", HEAD + rows)


def case_of(*history: Event) -> Case:
    case: Case = given(call_received(), *history).state().case
    return case


def passes(command: Command, policy: Policy, *history: Event) -> bool:
    guard.check(command, case_of(*history), policy)
    return True


def refusal_of(command: Command, policy: Policy, *history: Event) -> Refusal:
    with pytest.raises(Rejected) as rejected:
        guard.check(command, case_of(*history), policy)
    return rejected.value.refusal


def receipt_filled(**fields: bool) -> Event:
    return form_filled("receipt", {"text": "沙发", **fields})


SIGNED = form_signed("receipt", kind="custody")

# --- needs


def test_what_a_guard_does_not_name_goes_through() -> None:
    assert passes(complete_work(), small(""))


def test_a_command_waits_for_what_it_needs() -> None:
    policy = small('[guard.g]\ncommand = "StartWork"\nneeds = "work.engineer_arrived"\nrules = ["R-158"]')
    refusal = refusal_of(start_work(), policy)
    assert (refusal.code, refusal.rule) == ("guard_needs", "R-158")
    assert "StartWork needs the engineer with the customer: Ask politely for the service voucher" in refusal.english
    assert passes(start_work(), policy, engineer_arrived())


def test_all_that_is_needed_is_needed_and_the_first_that_misses_is_named() -> None:
    policy = small('[guard.g]\ncommand = "StartWork"\nneeds = ["work.engineer_arrived", "visit.engineer_departed"]')
    assert "needs the engineer with the customer" in refusal_of(start_work(), policy).english
    refusal = refusal_of(start_work(), policy, engineer_arrived())
    assert "needs the engineer on the way" in refusal.english
    assert refusal.rule == ""


def test_a_topic_tells_one_kind_of_an_event_from_another() -> None:
    policy = small('[guard.g]\ncommand = "CompleteWork"\nneeds = "work.paused/rest_time"')
    assert refusal_of(complete_work(), policy, work_paused("waiting_for_part"))
    assert passes(complete_work(), policy, work_paused("rest_time"))


def test_what_is_needed_since_something_must_be_newer_than_that() -> None:
    rows = '[guard.g]\ncommand = "ReturnProduct"\nneeds = "work.engineer_arrived"\nsince = "custody.product_taken_away"'
    policy = small(rows)
    assert passes(return_product(), policy, engineer_arrived())
    assert refusal_of(return_product(), policy, engineer_arrived(), product_taken_away())
    assert passes(return_product(), policy, engineer_arrived(), product_taken_away(), engineer_arrived())


def test_one_row_may_guard_several_commands() -> None:
    policy = small('[guard.g]\ncommand = ["StartWork", "CompleteWork"]\nneeds = "work.engineer_arrived"')
    assert refusal_of(start_work(), policy)
    assert refusal_of(complete_work(), policy)


def test_several_rows_may_guard_one_command() -> None:
    rows = '[guard.{0}]\ncommand = "StartWork"\nneeds = "{1}"\n'
    policy = small(rows.format("a", "work.engineer_arrived") + rows.format("b", "work.engineer_dispatched"))
    assert refusal_of(start_work(), policy, engineer_arrived())
    assert refusal_of(start_work(), policy, engineer_dispatched())
    assert passes(start_work(), policy, engineer_arrived(), engineer_dispatched())


# --- forms


def test_a_form_that_stands_before_a_command_is_named_with_its_rule_in_both_languages() -> None:
    refusal = refusal_of(take_product_away(), small(RECEIPT))
    assert (refusal.code, refusal.rule) == ("guard_needs", "R-183")
    assert refusal.english.startswith("TakeProductAway needs the form 'Receipt' signed: ")
    assert refusal.chinese.startswith("TakeProductAway 须先签署《收据》:产品带回修理的")


def test_filling_it_in_is_not_enough_where_it_has_to_be_signed() -> None:
    assert refusal_of(take_product_away(), small(RECEIPT), receipt_filled())
    assert passes(take_product_away(), small(RECEIPT), receipt_filled(), SIGNED)


def test_a_form_of_which_one_party_has_not_signed_is_not_signed() -> None:
    half = form_signed("receipt", kind="custody", complete=False)
    assert refusal_of(take_product_away(), small(RECEIPT), receipt_filled(), half)


def test_a_new_edition_wants_new_signatures() -> None:
    history = receipt_filled(), SIGNED, form_filled("receipt", {"text": "沙发、坐垫"}, edition=2)
    assert refusal_of(take_product_away(), small(RECEIPT), *history)


def test_a_receipt_of_the_time_before_does_not_count() -> None:
    history = receipt_filled(), SIGNED, product_taken_away(), product_returned()
    assert refusal_of(take_product_away(), small(RECEIPT), *history)


def test_a_form_that_nobody_signs_only_has_to_be_filled_in() -> None:
    policy = small(RECEIPT.replace('signed_by = ["customer"]\n', ""))
    refusal = refusal_of(take_product_away(), policy)
    assert refusal.english.startswith("TakeProductAway needs the form 'Receipt' filled in: ")
    assert "须先填写《收据》" in refusal.chinese
    assert passes(take_product_away(), policy, receipt_filled())


# --- conditions


def test_a_guard_holds_only_if_something_happened() -> None:
    policy = small(
        '[guard.g]\ncommand = "CompleteWork"\nneeds = "work.engineer_arrived"\nonly_if = "work.paused/rest_time"'
    )
    assert passes(complete_work(), policy, work_paused("waiting_for_part"))
    assert refusal_of(complete_work(), policy, work_paused("rest_time"))


def test_a_guard_does_not_hold_once_something_happened() -> None:
    policy = small(
        '[guard.g]\ncommand = "StartWork"\nneeds = "work.engineer_arrived"\nunless = "custody.product_taken_away"'
    )
    assert refusal_of(start_work(), policy)
    assert passes(start_work(), policy, product_taken_away())


@pytest.mark.parametrize(
    ("condition", "urgent", "guarded"),
    [
        ("only_if", True, True),
        ("only_if", False, False),
        ("only_if", None, False),
        ("unless", True, False),
        ("unless", False, True),
        ("unless", None, True),
    ],
)
def test_a_form_may_say_whether_a_guard_holds(condition: str, urgent: bool | None, guarded: bool) -> None:
    row = f'[guard.g]\ncommand = "StartWork"\nneeds = "work.engineer_arrived"\n{condition} = "field/receipt/urgent"\n'
    history = () if urgent is None else (receipt_filled(urgent=urgent),)
    if guarded:
        assert refusal_of(start_work(), small(row + RECEIPT), *history)
    else:
        assert passes(start_work(), small(row + RECEIPT), *history)


# --- who and when


def test_a_guard_may_name_who_alone_sends_a_command() -> None:
    policy = small('[guard.g]\ncommand = "DispatchEngineer"\nby = ["director", "manager"]\nrules = ["R-146", "R-012"]')
    refusal = refusal_of(dispatch_engineer(role="dispatcher"), policy)
    assert (refusal.code, refusal.rule) == ("guard_sender", "R-146")
    assert refusal.english.startswith("DispatchEngineer is for director, manager, not for dispatcher: Dispatch is made")
    assert "由服务中心主任凭“服务凭证”派工" in refusal.chinese
    assert passes(dispatch_engineer(role="manager"), policy)


HOURS = '[calendar.meals]\nwindows = ["Mon-Sun 11:30-13:00"]\nzone = "Asia/Shanghai"\nrules = ["R-164"]\n'


@pytest.mark.parametrize(
    ("key", "at", "goes"),
    [
        ("outside", clock("11:29"), True),
        ("outside", clock("11:30"), False),
        ("outside", clock("13:00"), True),
        ("within", clock("11:29"), False),
        ("within", clock("11:30"), True),
        ("within", clock("13:00"), False),
    ],
)
def test_a_guard_may_keep_a_command_in_or_out_of_a_time_of_day(key: str, at: datetime, goes: bool) -> None:
    row = f'[guard.g]\ncommand = "DepartForCustomer"\n{key} = "meals"\nrules = ["R-164"]\n'
    command = depart_for_customer(at=at)
    if goes:
        assert passes(command, small(HOURS + row))
        return
    refusal = refusal_of(command, small(HOURS + row))
    assert (refusal.code, refusal.rule) == ("guard_time", "R-164")
    assert f"at {at:%H:%M} is not in order (calendar meals): Avoid the customer's rest" in refusal.english
    assert "避免在客户休息或用餐时上门" in refusal.chinese


def test_the_time_of_day_is_that_of_the_site() -> None:
    row = '[guard.g]\ncommand = "DepartForCustomer"\noutside = "meals"\n[site.SH01]\nzone = "Asia/Urumqi"\n'
    assert passes(depart_for_customer(at=clock("12:00")), small(HOURS + row))
    assert "at 12:30" in refusal_of(depart_for_customer(at=clock("14:30")), small(HOURS + row)).english
