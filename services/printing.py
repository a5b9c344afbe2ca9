"""Forms as HTML pages in both languages: blank, or as they were filled in and signed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from events.event import Recorded
from events.form import FormFilled, FormSigned
from services.form import digest_of
from services.refusal import Rejected
from services.rows import FormRow

PAGES = Environment(loader=PackageLoader("services"), autoescape=True, undefined=StrictUndefined)
KINDS = {
    "condition": "状况确认",
    "authorisation": "授权",
    "promise": "承诺",
    "custody": "保管",
    "charge": "费用",
    "completion": "完工",
}
PARTIES = {
    "customer": "客户",
    "advisor": "服务顾问",
    "engineer": "工程师",
    "foreman": "车间主管",
    "manager": "服务经理",
    "provider": "服务方",
}


@dataclass(frozen=True)
class Signature:
    """Who signed, and whether what he signed is the edition on the page."""

    recorded: Recorded
    holds: bool

    @property
    def event(self) -> FormSigned:
        """The signature itself."""
        event: FormSigned = self.recorded.event  # type: ignore[assignment]
        return event


def print_blank(name: str, row: FormRow) -> str:
    """The empty form, to be filled in by hand."""
    return _page(name, row, subject="", filled=None, signatures=[], latest=0)


def print_filled(name: str, row: FormRow, events: Iterable[Recorded], edition: int | None = None) -> str:
    """An edition of the form with its signatures; it says if the form was changed afterwards. Raises Rejected."""
    own = [each for each in events if getattr(each.event, "form", "") == name]
    editions = [each for each in own if isinstance(each.event, FormFilled)]
    shown = next((each for each in reversed(editions) if edition in (None, each.event.edition)), None)  # type: ignore[attr-defined]
    if shown is None:
        raise Rejected("form_not_filled", form=name)
    digest = shown.event.digest  # type: ignore[attr-defined]
    signed = [Signature(each, each.event.digest == digest) for each in own if isinstance(each.event, FormSigned)]
    return _page(name, row, subject=shown.stream, filled=shown, signatures=signed, latest=len(editions))


def _page(
    name: str, row: FormRow, *, subject: str, filled: Recorded | None, signatures: list[Signature], latest: int
) -> str:
    event: Any = filled.event if filled else None
    intact = event is None or event.digest == digest_of(subject, name, event.edition, event.fields)
    facts = {"name": name, "row": row, "subject": subject, "filled": filled, "event": event, "intact": intact}
    words = {"kinds": KINDS, "parties": PARTIES}
    return PAGES.get_template("form.html").render(**facts, **words, signatures=signatures, latest=latest)
