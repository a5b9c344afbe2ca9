"""Sending a command from a page: its form, and what becomes of it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.access import Access
from services.command import COMMANDS, Command, Malformed, Outcome, parse
from services.http.gate import asking
from services.policy import policies, zone_of
from services.refusal import Refusal, Rejected
from services.rulebook.book import text_of
from services.web.boards import sites_of
from services.web.forms import Input, document_of, inputs_of
from services.web.language import Language
from services.web.page import Page, language_of, own_address, shown

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that looks like another


@router.get("/do/{name}")
def form(request: Request, access: Asking, name: str) -> Response:
    """The form of a command, filled with what the page it was opened from knows."""
    command = _permitted(name, access)
    return _form(request, access, command, dict(request.query_params), 200)


@router.post("/do/{name}")
async def send(request: Request, access: Asking, name: str) -> Response:
    """Sends the command; an accepted one leads back, a refused one shows the form again with the rule."""
    command = _permitted(name, access)
    typed = {key: str(value) for key, value in (await request.form()).items()}
    try:
        access.reach(typed.get("site", ""))
        parsed = parse(_document(command, typed, access))
    except Malformed as error:
        return _form(request, access, command, typed, 422, mistake=str(error))
    except Rejected as rejected:
        return _form(request, access, command, typed, 403, refusal=rejected.refusal)
    outcome: Outcome = (await request.app.state.web.door.ask([parsed]))[0]
    if outcome.status != "accepted":
        return _form(request, access, command, typed, 409, refusal=outcome.refusal)
    return _back(typed.get("back", "/"), name, outcome)


def _permitted(name: str, access: Access) -> type[Command]:
    if name not in COMMANDS:
        raise Rejected("unknown_page", page=name)
    if name not in access.may:
        raise Rejected("role_not_permitted", role=access.person.role, command=name, allowed="")
    return COMMANDS[name]


def _document(command: type[Command], typed: Mapping[str, str], access: Access) -> dict[str, Any]:
    """What was typed, and what nobody types: who, where, when; the id came with the form, so that twice is once."""
    site = typed.get("site", "")
    envelope = {
        "command": command.__name__,
        "command_id": typed.get("command_id") or str(uuid.uuid4()),
        "site": site,
        "actor": access.person.name,
        "role": access.person.role,
        "at": _at(typed.get("at", ""), site),
    }
    drawn = {"drawing": typed["drawing"]} if typed.get("drawing") and "drawing" in command.model_fields else {}
    return {**document_of(command, typed, site), **drawn, **envelope}


def _at(text: str, site: str) -> str:
    moment = datetime.fromisoformat(text).replace(tzinfo=zone_of(site)) if text else datetime.now(zone_of(site))
    return moment.isoformat()


def _form(
    request: Request,
    access: Access,
    command: type[Command],
    given: Mapping[str, str],
    status: int,
    refusal: Refusal | None = None,
    mistake: str = "",
) -> Response:
    page = Page(request, language_of(request), access)
    sites = sites_of(request.app.state.web.runtime.reader, access)
    site = given.get("site") or (sites[0] if sites else "")
    return shown(
        page,
        "do.html",
        status,
        command=command.__name__,
        help=" ".join((command.__doc__ or "").split()),
        inputs=_inputs(command, page.language, {**_suggested(command, site), **given}),
        draws="drawing" in command.model_fields,
        refusal=refusal,
        rule_text=page.language.pick(tuple(text_of(refusal.rule))) if refusal and refusal.rule else "",  # type: ignore[arg-type]
        mistake=mistake,
        command_id=given.get("command_id") or str(uuid.uuid4()),
        back=own_address(given.get("back", "/")),
        site=site,
        sites=sites,
    )


def _inputs(command: type[Command], language: Language, given: Mapping[str, str]) -> list[Input]:
    inputs = inputs_of(command, language, given)
    choices = tuple((name, name) for name in sorted(policies()))
    return [
        Input(**{**vars(each), "kind": "choice", "choices": choices}) if each.name == "profile" else each
        for each in inputs
    ]


def _suggested(command: type[Command], site: str) -> dict[str, str]:
    """What a new thing may be called: site, day, four letters."""
    if not command.opens or "ticket" not in command.model_fields:
        return {}
    letters = "".join(LETTERS[byte % len(LETTERS)] for byte in uuid.uuid4().bytes[:4])
    return {"ticket": f"{site}-{datetime.now(zone_of(site)):%y%m%d}-{letters}", "profile": "auto-4s"}


def _back(where: str, command: str, outcome: Outcome) -> Response:
    facts = {"after": outcome.position or 0, "done": command}
    address = own_address(where)
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(facts)}", 303)
