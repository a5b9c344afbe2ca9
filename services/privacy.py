"""What tells who a customer is, where he lives and how to reach him never leaves in a feed (R-026).

Words that somebody wrote freely (a problem, a comment, a note) lose the telephone numbers in them; a name or an address
in them goes out as it was written, and so does a plate.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

HIDDEN = "***"
KEPT_OF_ADDRESS = 6
KEPT_AT_FRONT, KEPT_AT_END = 3, 4
WHOLE_PHONE = 11  # of a shorter number seven digits would tell it
FIRST_PHONE = 10_000  # a smaller number is a count
PHONE = re.compile(r"(?<![0-9A-Za-z])(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?![0-9A-Za-z])", re.ASCII)  # of China

Mask = Callable[[str], str]


def mask_name(name: str) -> str:
    """The family name, the rest as stars: `王小明` → `王**`; a name of one character becomes a star."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def mask_phone(phone: str) -> str:
    """The first three and the last four digits: `13812345678` → `138****5678`; of a short number the last two."""
    front, end = (KEPT_AT_FRONT, KEPT_AT_END) if len(phone) >= WHOLE_PHONE else (0, 2)
    hidden = len(phone) - front - end
    return phone[:front] + "*" * hidden + phone[-end:] if hidden > 0 else "*" * len(phone)


def mask_address(address: str) -> str:
    """The first six characters, about the district: `上海市浦东新区…`; of a shorter address nothing."""
    kept = address[:KEPT_OF_ADDRESS] if len(address) > KEPT_OF_ADDRESS else ""
    return f"{kept}…" if address else ""


def mask_all(text: str) -> str:
    """Nothing of a text that may hold a name, a phone number and an address in one."""
    return HIDDEN if text else ""


def mask_phones_in(text: str) -> str:
    """A free text with the telephone numbers in it masked: `请打13812345678` → `请打138****5678`."""
    return PHONE.sub(lambda found: mask_phone(found[0]), text)


def masked(document: dict[str, Any]) -> dict[str, Any]:
    """A JSON-able document with all that is personal of a customer masked; a document masked before stays as it is."""
    return _masked_in(document, FIELDS)


def _masked_in(document: Mapping[str, Any], fields: Mapping[str, Mask]) -> dict[str, Any]:
    return {key: _masked(key, value, document, fields) for key, value in document.items()}


def _masked(key: str, value: Any, beside: Mapping[str, Any], fields: Mapping[str, Mask]) -> Any:
    if key in NOT_OF_PEOPLE:
        return value
    field = key.lower()  # an imported log writes its attributes as it likes
    mask = fields.get(field)
    if mask and ONLY_WHERE.get(field, _always)(beside):
        return _with(mask, value)
    return _within(value)


def _with(mask: Mask, value: Any) -> Any:
    """A masked text, the masked texts of a list, or a customer's card with its own fields masked."""
    match value:
        case str():
            return mask(value)
        case list() | tuple():
            return [_with(mask, each) for each in value]
        case dict():
            return _masked_in(value, OF_A_CUSTOMER)
        case int() if value >= FIRST_PHONE:
            return mask(str(value))
        case _:
            return value


def _within(value: Any) -> Any:
    match value:
        case dict():
            return masked(value)
        case list() | tuple():
            return [_within(each) for each in value]
        case _:
            return value


def _always(beside: Mapping[str, Any]) -> bool:
    return True


NOT_OF_PEOPLE = frozenset({"rows"})  # a profile's own rows: they name the fields, they do not hold them

# Whom or what a field names decides: our own staff (engineer, advisor, inspector, taker, caller …) is not masked.
FIELDS: dict[str, Mask] = {
    "customer": mask_name,
    "customer_name": mask_name,
    "customers": mask_name,
    "contact": mask_name,
    "contact_person": mask_name,
    "user": mask_all,  # name, phone and address in one
    "users": mask_all,
    "from": mask_all,  # who called, wrote or came
    "told_to": mask_name,
    "visitor": mask_name,
    "attended": mask_name,
    "permitted_by": mask_name,
    "signer": mask_name,
    "drawing": mask_all,  # a signature as drawn
    "by": mask_name,
    "phone": mask_phone,
    "telephone": mask_phone,
    "mobile": mask_phone,
    "reach_during_work": mask_all,
    "email": mask_all,
    "address": mask_address,
    "place": mask_address,
    "room": mask_all,
    "route": mask_all,  # to where he lives
    "fault_as_told": mask_all,  # or where to install
    "actor": mask_name,
    "why": mask_all,
}
FREE_WORDS = (
    "advice", "arranged", "asked", "callback_slot", "callback_time", "causes", "changes", "comment", "complaint",
    "correction", "customer_hours", "customer_part", "customer_says", "customers_words", "delay_told", "findings",
    "item", "matter", "message", "need", "note", "notes", "problem", "reaction", "reason", "remarks", "result",
    "solution", "statement", "suggestions", "summary", "text", "told_face_to_face", "wish",
)  # fmt: skip
FIELDS |= dict.fromkeys(FREE_WORDS, mask_phones_in)
OF_A_CUSTOMER: dict[str, Mask] = {**FIELDS, "name": mask_name}
ONLY_WHERE: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "signer": lambda beside: beside.get("party", "customer") == "customer",
    "actor": lambda beside: beside.get("role") == "customer",
    "why": lambda beside: "unread_name" in beside,  # an event we cannot read: the reason quotes what stands in it
    "by": lambda beside: "item" in beside,  # who agreed to an item, or declined it
}
