"""A ticket's documents: what its profile wants, what is filled in and signed; to fill in, to sign, to print."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from events.event import Recorded
from events.form import FormFilled, FormSigned
from services.access import Access
from services.command import Malformed, parse
from services.desk import fold
from services.http.gate import asking
from services.personal import hiding, is_open
from services.policy import Policy, zone_of
from services.printing import print_blank, print_filled
from services.profile import Profile
from services.refusal import Refusal, Rejected
from services.rows import FormField, FormRow
from services.rulebook.book import text_of
from services.runtime import Runtime
from services.ticket_state import Ticket
from services.web.forms import Input
from services.web.language import Language
from services.web.page import Page, language_of, shown

router = APIRouter(prefix="/tickets/{name}/papers", include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
Typed = Mapping[str, Any]
PRINTED = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"}


@dataclass(frozen=True)
class Case:
    """A ticket with the profile that it began under."""

    name: str
    events: list[Recorded]
    state: Ticket
    policy: Policy

    @property
    def forms(self) -> Mapping[str, FormRow]:
        """The forms of its profile."""
        return cast(Mapping[str, FormRow], self.policy.rows["form"])


def case_of(request: Request, access: Access, name: str) -> Case:
    """The case of a ticket. Raises Rejected if there is none, or it is not this person's."""
    access.see("tickets")
    runtime: Runtime = request.app.state.web.runtime
    events = runtime.store.read(f"ticket/{name}")
    if not events:
        raise Rejected("unknown_ticket", ticket=name)
    access.reach(events[0].context.site)
    state: Ticket = fold(f"ticket/{name}", events)
    versions: Profile = fold(f"profile/{state.profile}", runtime.store.read(f"profile/{state.profile}"))
    return Case(name, events, state, versions.version(state.profile, state.policy_version))


@router.get("")
def papers(request: Request, access: Asking, name: str) -> HTMLResponse:
    """All documents of the ticket's profile, those that are filled in first."""
    case = case_of(request, access, name)
    page = Page(request, language_of(request), access)
    order = sorted(case.forms, key=lambda form: form not in case.state.case.forms)
    return shown(
        page,
        "papers.html",
        case=case,
        forms=[(form, case.forms[form], case.state.case.forms.get(form)) for form in order],
    )


@router.get("/{form}")
def paper(request: Request, access: Asking, name: str, form: str) -> HTMLResponse:
    """One document as it stands: its fields, who signed, whether what they signed is what it says now."""
    case = case_of(request, access, name)
    row = case.policy.form(form)
    return _paper(Page(request, language_of(request), access), access, case, form, row, 200, {})


@router.get("/{form}/print")
def printed(request: Request, access: Asking, name: str, form: str, edition: int | None = None) -> HTMLResponse:
    """The document as a sheet of paper; blank if nobody has filled it in."""
    case = case_of(request, access, name)
    row = case.policy.form(form)
    filled = form in case.state.case.forms
    return HTMLResponse(
        print_filled(form, row, case.events, edition) if filled else print_blank(form, row), headers=PRINTED
    )


@router.post("/{form}/fill")
async def fill(request: Request, access: Asking, name: str, form: str) -> Response:
    """Fills the document in, or anew; earlier signatures do not hold for a new edition."""
    case = case_of(request, access, name)
    row = case.policy.form(form)
    typed = {key: str(value) for key, value in (await request.form()).items()}
    fields = {key: _read(field, typed.get(key, ""), case.state.site) for key, field in row.fields.items()}
    given = {"fields": {key: value for key, value in fields.items() if value is not None}}
    return await _send(request, access, case, form, "FillForm", given, typed)


@router.post("/{form}/sign")
async def sign(request: Request, access: Asking, name: str, form: str) -> Response:
    """Signs exactly the edition that was on the page."""
    case = case_of(request, access, name)
    typed = {key: str(value) for key, value in (await request.form()).items()}
    wanted = ("digest", "party", "signer", "method", "place", "drawing")
    given = {key: typed[key] for key in wanted if typed.get(key)}
    return await _send(request, access, case, form, "SignForm", given, typed)


async def _send(
    request: Request,
    access: Access,
    case: Case,
    form: str,
    command: str,
    given: Mapping[str, Any],
    typed: Mapping[str, str],
) -> Response:
    page = Page(request, language_of(request), access)
    row = case.policy.form(form)
    try:
        parsed = parse({**_envelope(access, case, typed), **given, "command": command, "form": form})
    except Malformed as error:
        return _paper(page, access, case, form, row, 422, typed, mistake=str(error))
    outcome = (await request.app.state.web.door.ask([parsed]))[0]
    if outcome.status != "accepted":
        return _paper(page, access, case, form, row, 409, typed, refusal=outcome.refusal)
    return RedirectResponse(f"/tickets/{quote(case.name)}/papers/{quote(form)}?done={command}", 303)


def _envelope(access: Access, case: Case, typed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "command_id": typed.get("command_id") or str(uuid.uuid4()),
        "site": case.state.site,
        "actor": access.person.name,
        "role": access.person.role,
        "at": datetime.now(zone_of(case.state.site)).isoformat(),
        "subject": f"ticket/{case.name}",
    }


def _paper(
    page: Page,
    access: Access,
    case: Case,
    form: str,
    row: FormRow,
    status: int,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
    mistake: str = "",
) -> HTMLResponse:
    own = [each for each in case.events if getattr(each.event, "form", "") == form]
    editions = [each for each in own if isinstance(each.event, FormFilled)]
    latest = cast(FormFilled | None, editions[-1].event if editions else None)
    signed = [each for each in own if isinstance(each.event, FormSigned)]
    known: Typed = latest.fields if latest else {}
    opened, hide = is_open(case.events, access.person.name), _hide(case, access)
    may = access.may
    return shown(
        page,
        "paper.html",
        status,
        case=case,
        form=form,
        row=row,
        latest=latest,
        editions=editions,
        signatures=[(each, latest is not None and _digest(each) == latest.digest) for each in signed],
        secret=hide,
        told=_inputs(row, page.language, known, {}, case.state.site),
        inputs=_inputs(row, page.language, known if opened else {}, typed, case.state.site),
        fills="FillForm" in may and (opened or not latest),
        opens="FillForm" in may and not opened and latest is not None,
        signs="SignForm" in may and latest is not None,
        refusal=refusal,
        rule_text=page.language.pick(tuple(text_of(refusal.rule))) if refusal else "",  # type: ignore[arg-type]
        mistake=mistake,
        command_ids=(str(uuid.uuid4()), str(uuid.uuid4())),
    )


def _digest(signed: Recorded) -> str:
    return cast(FormSigned, signed.event).digest


def _hide(case: Case, access: Access) -> Callable[[str], str]:
    return str if is_open(case.events, access.person.name) else hiding(case.events)


def _inputs(row: FormRow, language: Language, known: Typed, typed: Typed, site: str) -> list[Input]:
    return [
        Input(
            name=key,
            kind="choice" if field.choices else KINDS[field.plain],
            label=language.pick((field.english, field.chinese)),
            required=not field.is_optional and field.plain not in ("yes_no", "must"),
            value=typed.get(key, _typed(known.get(key), site)),
            choices=tuple((each, language.word(each)) for each in field.choices),
        )
        for key, field in row.fields.items()
    ]


def _typed(value: Any, site: str) -> str:
    """A field's value as somebody would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case list() | tuple():
            return "\n".join(map(str, value))
        case str() if len(value) > 18 and value[10:11] == "T":
            return datetime.fromisoformat(value).astimezone(zone_of(site)).strftime("%Y-%m-%dT%H:%M")
        case _:
            return str(value)


def _read(field: FormField, text: str, site: str) -> Any:
    """What was typed as the field's value; what is none of its type is left for the decision to refuse."""
    if field.plain in ("yes_no", "must"):
        return text == "yes"
    if not text.strip():
        return None
    if field.choices:
        return text
    return READ.get(field.plain, lambda typed, where: typed)(text, site)


def _number(text: str, site: str) -> Any:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


def _moment(text: str, site: str) -> Any:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone_of(site)).isoformat()
    except ValueError:
        return text


def _list(text: str, site: str) -> Any:
    return [line.strip() for line in text.splitlines() if line.strip()]


KINDS = {
    "text": "text",
    "yes_no": "yes",
    "must": "yes",
    "number": "amount",
    "km": "amount",
    "percent": "amount",
    "money": "amount",
    "date": "date",
    "moment": "moment",
    "list": "lines",
}
READ = {**dict.fromkeys(("number", "km", "percent", "money"), _number), "moment": _moment, "list": _list}
