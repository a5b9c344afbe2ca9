"""Every row of every profile does what it says: guards refuse, forms want fields and signatures, deadlines run.

The rows come from the TOML files, so a new row is tested as soon as it is written; each test proves the row's rules.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest

from events.catalog import EVENTS
from events.event import Context, Event
from events.form import FormFilled, FormSigned
from services import case as cases
from services import guard as guards
from services.case import Case
from services.command import Command
from services.deadline import follow
from services.form import FillForm, SignForm, fill_form, sign_form
from services.policy import COMMON, Policy, policies
from services.refusal import Rejected
from services.rows import BLANK, DeadlineRow, FormField, FormRow, Guard, Row
from services.rulebook.book import rules
from services.ticket_state import Status, Ticket
from tests.decisions.scenario import COMMAND_WORDS, EVENT_WORDS, SITE, clock
from tests.decisions.scenario import fill_form as filling
from tests.decisions.scenario import sign_form as signing

COMMANDS = {type(word()).__name__: word for word in COMMAND_WORDS}
HAPPENED = {type(word()): word for word in EVENT_WORDS}
CONTEXT = Context(clock("12:00"), SITE, "somebody", "somebody", "c-0")
VALUES: dict[str, Any] = {
    "text": "如实填写", "yes_no": True, "must": True, "number": 3, "km": 42_000, "percent": 50, "money": 680,
    "date": "2026-03-05", "moment": "2026-03-05T10:00:00+08:00", "list": ["左前门划痕"],
}  # fmt: skip
WRONG: dict[str, Any] = {
    "text": "", "yes_no": "yes", "must": False, "number": -1, "km": "far", "percent": 101, "money": -1,
    "date": "tomorrow", "moment": "2026-03-05T10:00:00", "list": "one",
}  # fmt: skip


def rows(kind: type[Row]) -> list[Any]:
    """The rows of a kind, once where they are first said, with the rules that they cite."""
    return list(_rows(kind))


def _rows(kind: type[Row]) -> Iterator[Any]:
    common = policies()[COMMON]
    for policy in policies().values():
        for table, name, row in policy.every_row():
            said_elsewhere = policy is not common and common.rows[table].get(name) == row
            if isinstance(row, kind) and not said_elsewhere:
                marks = pytest.mark.rule(*sorted(row.cited))
                yield pytest.param(policy, name, row, id=f"{policy.profile}-{name}", marks=marks)


# --- citations


@pytest.mark.parametrize("profile", policies())
def test_every_row_cites_rules_that_there_are(profile: str) -> None:
    for kind, name, row in policies()[profile].every_row():
        assert row.cited <= rules().keys(), f"{profile}: [{kind}.{name}]"
        assert row.rules or kind in ("calendar", "parameter", "site"), f"{profile}: [{kind}.{name}] cites no rule"


# --- guards


@pytest.mark.parametrize(("policy", "name", "row"), rows(Guard))
def test_a_guard_stands_before_its_commands_until_its_needs_are_met(policy: Policy, name: str, row: Guard) -> None:
    for command in row.command:
        _must_refuse(policy, row, command)
        guards._check_needs(row, COMMANDS[command](), _with(row.needs, row.since), policy)


@pytest.mark.parametrize(("policy", "name", "row"), rows(Guard))
def test_what_a_guard_asks_for_has_words_in_both_languages(policy: Policy, name: str, row: Guard) -> None:
    for token in row.needs:
        english, chinese = guards.need_in_words(token, policy)
        assert english.isascii()
        assert not chinese.isascii(), token


def _must_refuse(policy: Policy, row: Guard, name: str) -> None:
    command = COMMANDS[name]()
    if row.needs:
        with pytest.raises(Rejected) as refused:
            guards._check_needs(row, command, _with((row.since,) if row.since else ()), policy)
        assert refused.value.refusal.rule == row.rules[0]
    if row.by:
        with pytest.raises(Rejected) as refused:
            guards._check_sender(row, command.model_copy(update={"role": "stranger"}))
        assert refused.value.refusal.rule == row.rules[0]
    if row.within or row.outside:
        with pytest.raises(Rejected) as refused:
            guards._check_time(row, _at_a_wrong_time(policy, row, command), policy)
        assert refused.value.refusal.rule == row.rules[0]


def _at_a_wrong_time(policy: Policy, row: Guard, command: Command) -> Command:
    calendar = policy.calendar(row.within or row.outside, SITE)
    hours = (clock("00:00") + timedelta(minutes=15 * quarter) for quarter in range(7 * 96))
    wrong = next(at for at in hours if calendar.is_open(at) != bool(row.within))
    return command.model_copy(update={"at": wrong})


def _with(tokens: tuple[str, ...], since: str | None = None) -> Case:
    order = [*([since] if since else []), *tokens]
    return Case(length=len(order), seen={token: number for number, token in enumerate(order, 1)})


# --- forms


@pytest.mark.parametrize(("policy", "name", "row"), rows(FormRow))
def test_a_form_wants_every_field_and_every_signature(policy: Policy, name: str, row: FormRow) -> None:
    for field_name, field in row.fields.items():
        if not field.is_optional:
            _must_miss(policy, name, row, field_name)
        _must_mind(policy, name, row, field_name)
    filled = _fill(policy, name, row, complete(row))
    ticket = _fold(Ticket(status=Status.COMPLETED), filled)
    for number, party in enumerate(row.signed_by, 1):
        signed = _sign(policy, name, ticket, party, filled.digest)
        assert (signed.kind, signed.complete) == (row.kind, number == len(row.signed_by))
        ticket = _fold(ticket, signed)
    assert ticket.case.holds(f"form.signed/{name}") == bool(row.signed_by)


def _must_miss(policy: Policy, name: str, row: FormRow, missing: str) -> None:
    fields = {key: value for key, value in complete(row).items() if key != missing}
    with pytest.raises(Rejected) as refused:
        _fill(policy, name, row, fields)
    assert refused.value.refusal.rule == (row.fields[missing].rule or row.rules[0])


def _must_mind(policy: Policy, name: str, row: FormRow, field_name: str) -> None:
    field = row.fields[field_name]
    wrong = "none of these" if field.choices else WRONG[field.plain]
    with pytest.raises(Rejected):
        _fill(policy, name, row, {**complete(row), field_name: wrong})


def complete(row: FormRow) -> dict[str, Any]:
    return {name: _value(field) for name, field in row.fields.items()}


def _value(field: FormField) -> Any:
    return field.choices[0] if field.choices else VALUES[field.plain]


def _fill(policy: Policy, name: str, row: FormRow, fields: dict[str, Any]) -> FormFilled:
    role = row.filled_by[0] if row.filled_by else "receptionist"
    (filled,) = fill_form(cast(FillForm, filling(name, fields, role=role)), Ticket(), policy)
    return cast(FormFilled, filled)


def _sign(policy: Policy, name: str, ticket: Ticket, party: str, digest: str) -> FormSigned:
    (signed,) = sign_form(cast(SignForm, signing(name, digest, party=party)), ticket, policy)
    return cast(FormSigned, signed)


def _fold(ticket: Ticket, event: Event) -> Ticket:
    return ticket._replace(case=cases.evolve(ticket.case, event, CONTEXT))


# --- deadlines


@pytest.mark.parametrize(("policy", "name", "row"), rows(DeadlineRow))
def test_a_deadline_starts_with_its_event_and_is_met_by_what_it_waits_for(
    policy: Policy, name: str, row: DeadlineRow
) -> None:
    start = _event(row.starts[0], row)
    case = _seen(Case(), start, row)
    started = [each for each in follow(start, case, CONTEXT, policy) if getattr(each, "deadline", "") == name]
    if _is_blank(row):
        assert started == []
        return
    (deadline,) = started
    assert deadline.rules == row.rules  # type: ignore[attr-defined]
    case = cases.evolve(case, deadline, CONTEXT)
    for token in row.met_by:
        met = _event(token, row)
        after = follow(met, _seen(case, met, row), CONTEXT, policy)
        names = [each.name for each in after if getattr(each, "deadline", "") == name]
        assert names[0] == "deadline.met", token


def _is_blank(row: DeadlineRow) -> bool:
    return row.within == BLANK or (isinstance(row.within, dict) and BLANK in row.within.values())


def _event(token: str, row: DeadlineRow) -> Event:
    name, _, topic = token.partition("/")
    kind = EVENTS[name]
    word = HAPPENED[kind]
    fields: dict[str, Any] = {kind.topic: topic} if topic else {}
    if row.at and row.at in kind.model_fields:
        fields[row.at] = clock("18:00", day=4)
    if row.each in kind.model_fields:
        fields[row.each] = "沪A12345"
    return word(**fields)


def _seen(case: Case, event: Event, row: DeadlineRow) -> Case:
    facts = {row.by: next(iter(row.within))} if isinstance(row.within, dict) else {}
    known = cases.evolve(case._replace(seen={**case.seen, **_condition(row)}), event, CONTEXT)
    known = known._replace(facts={**known.facts, **facts})
    return known._replace(forms={**known.forms, **_form(row.only_if or "")})


def _condition(row: DeadlineRow) -> dict[str, int]:
    return {row.only_if: 1} if row.only_if and not row.only_if.startswith("field/") else {}


def _form(token: str) -> dict[str, cases.Filled]:
    if not token.startswith("field/"):
        return {}
    _, form, field = token.split("/")
    return {form: cases.Filled(1, "", {field: True})}


def test_the_values_of_the_forms_are_of_every_type() -> None:
    assert VALUES.keys() == WRONG.keys()
    assert datetime.fromisoformat(VALUES["moment"]).date() == date.fromisoformat(VALUES["date"])
