"""Filling in and signing the forms of a case, as the profile's rows describe them."""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any, Protocol

import orjson
from pydantic import AfterValidator, Field, ValidationInfo

from events.form import FormFilled, FormSigned, SignatureMethod
from services.case import Case, Filled
from services.command import Command, Decided, Decisions, Name, Words
from services.policy import Policy
from services.refusal import Both, Rejected
from services.rows import FormField, FormRow
from services.rulebook.book import text_of


def only_on_screen(drawing: str, info: ValidationInfo) -> str:
    """Refuses a drawing of a signature that was not given on a screen."""
    if drawing and info.data.get("method", "on_screen") != "on_screen":
        raise ValueError("be empty unless `method` is on_screen")
    return drawing


# SVG path data in a box 600 wide and 200 high: strokes, and nothing that a page would load or run.
Drawing = Annotated[str, Field(max_length=20_000, pattern=r"^[MLZ0-9 .,\-]*$"), AfterValidator(only_on_screen)]


class HasCase(Protocol):
    """A state that forms may belong to. `is_finished` says that the service is done and may be signed for."""

    @property
    def case(self) -> Case:
        """What rows may ask about it."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether the service is done."""
        ...


class FormCommand(Command):
    """A command about a form of a case: `subject` is the case's stream, e.g. `ticket/SH01-261121-7F3K`."""

    subject: str = Field(pattern=r"^(ticket|agreement|area)/[\w.\-]{1,64}$")
    form: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (self.subject,)


class FillForm(FormCommand):
    """Fill a form in, or anew; `fields` as the form's row names them. Times carry their offset."""

    fields: dict[str, Any]


class SignForm(FormCommand):
    """Sign the edition with this digest, as one of the parties the form wants; `drawing` only on a screen."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    party: Name
    signer: Words
    method: SignatureMethod
    place: Words
    drawing: Drawing = ""


def fill_form(command: FillForm, state: HasCase, policy: Policy) -> Decided:
    row = policy.form(command.form)
    if row.filled_by and command.role not in row.filled_by:
        raise Rejected(
            "form_filler", cites=_rule(row), form=_title(row), role=command.role, allowed=", ".join(row.filled_by)
        )
    fields = _checked(row, command.fields)
    before = state.case.forms.get(command.form)
    if before and before.fields == fields and _is_new_enough(row, command.form, state.case):
        return
    edition = before.edition + 1 if before else 1
    digest = digest_of(command.subject, command.form, edition, fields)
    voids = tuple(sorted(before.signed_by)) if before else ()
    title = {"english": row.english, "chinese": row.chinese}
    yield FormFilled(form=command.form, edition=edition, fields=fields, digest=digest, voids=voids, **title)


def sign_form(command: SignForm, state: HasCase, policy: Policy) -> Decided:
    row = policy.form(command.form)
    filled = _filled(row, state.case.forms.get(command.form))
    if command.party not in row.signed_by:
        allowed = ", ".join(row.signed_by) or "-"
        raise Rejected("form_signer", cites=_rule(row), form=_title(row), party=command.party, allowed=allowed)
    if command.digest != filled.digest:
        raise Rejected("form_other_edition", form=_title(row), digest=filled.digest)
    if row.kind == "completion" and not state.is_finished:
        raise Rejected("signed_before_service", form=_title(row))
    if command.party in filled.signed_by:
        return
    yield FormSigned(
        form=command.form,
        english=row.english,
        chinese=row.chinese,
        edition=filled.edition,
        digest=filled.digest,
        kind=row.kind,
        party=command.party,
        signer=command.signer,
        method=command.method,
        place=command.place,
        drawing=command.drawing,
        complete=filled.signed_by | {command.party} >= set(row.signed_by),
    )


def digest_of(subject: str, form: str, edition: int, fields: dict[str, Any]) -> str:
    """The SHA-256 (hex) of a filled form: of its JSON with sorted keys, so anybody can compute it again."""
    document = {"subject": subject, "form": form, "edition": edition, "fields": fields}
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _is_new_enough(row: FormRow, form: str, case: Case) -> bool:
    """Whether it was filled in since the event that it has to be newer than; if not, the same again is an edition."""
    return row.since is None or case.holds(f"{FormFilled.name}/{form}", row.since)


def _filled(row: FormRow, filled: Filled | None) -> Filled:
    if filled is None:
        raise Rejected("form_not_filled", cites=_rule(row), form=_title(row))
    return filled


def _checked(row: FormRow, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields in the form's order. Raises Rejected at the first that is missing, strange or wrong."""
    for name in fields.keys() - row.fields.keys():
        expected = ", ".join(row.fields)
        raise Rejected("form_field", cites=_rule(row), form=_title(row), field=name, expected=expected, found=name)
    return {
        name: _value(row, name, field, fields.get(name))
        for name, field in row.fields.items()
        if fields.get(name) is not None or not field.is_optional
    }


def _value(row: FormRow, name: str, field: FormField, value: Any) -> Any:
    if field.plain == "must" and value is not True:
        rule = field.rule or _rule(row)
        point = Both(field.english, field.chinese)
        raise Rejected("form_point", cites=rule, form=_title(row), point=point, text=text_of(rule))
    if not _fits(field, value):
        expected = " | ".join(field.choices) or EXPECTED[field.plain]
        found = "nothing" if value is None else repr(value)[:80]
        rule = field.rule or _rule(row)
        raise Rejected("form_field", cites=rule, form=_title(row), field=name, expected=expected, found=found)
    return value


def _fits(field: FormField, value: Any) -> bool:
    if field.choices:
        return value in field.choices
    return FITS[field.plain](value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 4000


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 200 and all(map(_is_text, value))


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and _parses(date.fromisoformat, value) is not None


def _is_moment(value: Any) -> bool:
    moment = _parses(datetime.fromisoformat, value) if isinstance(value, str) else None
    return moment is not None and moment.tzinfo is not None


def _parses(read: Any, value: str) -> Any:
    try:
        return read(value)
    except ValueError:
        return None


def _rule(row: FormRow) -> str:
    return row.rules[0] if row.rules else ""


def _title(row: FormRow) -> Both:
    return Both(row.english, row.chinese)


FITS = {
    "text": _is_text,
    "yes_no": lambda value: isinstance(value, bool),
    "must": lambda value: value is True,
    "number": _is_number,
    "km": _is_number,
    "percent": lambda value: _is_number(value) and value <= 100,
    "money": _is_number,
    "date": _is_date,
    "moment": _is_moment,
    "list": _is_list,
}
EXPECTED = {
    "text": "words",
    "yes_no": "true or false",
    "must": "true",
    "number": "a number from 0",
    "km": "kilometres from 0",
    "percent": "0 to 100",
    "money": "an amount from 0",
    "date": "a day like 2026-11-21",
    "moment": "a time with its offset like 2026-11-21T09:30:00+08:00",
    "list": "a list of words, perhaps empty",
}

DECISIONS: Decisions = {FillForm: fill_form, SignForm: sign_form}
