"""Commands as forms: the fields of a command's model as inputs, and what was typed as the command's document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from services.policy import zone_of
from services.web.language import Language, spaced

LONG = 1000  # a text that may be longer gets a box of several lines
TABLE_ROWS = 3


@dataclass(frozen=True)
class Input:
    """One input: its `name` in the form, what kind it is, its label, and what stands in it."""

    name: str
    kind: str
    label: str
    required: bool = False
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    parts: tuple["Input", ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)


def inputs_of(command: type[BaseModel], language: Language, given: Mapping[str, str], prefix: str = "") -> list[Input]:
    """The inputs of a command's own fields, in the model's order, filled with what is given."""
    return [
        _input(prefix + name, info, language, given)
        for name, info in command.model_fields.items()
        if name not in ENVELOPE
    ]


def document_of(command: type[BaseModel], typed: Mapping[str, str], site: str, prefix: str = "") -> dict[str, Any]:
    """What was typed as the command's fields; inputs left empty are left out. Times are the site's."""
    read = {name: _read(prefix + name, info, typed, site) for name, info in command.model_fields.items()}
    return {name: value for name, value in read.items() if name not in ENVELOPE and value is not None}


def _input(name: str, info: FieldInfo, language: Language, given: Mapping[str, str]) -> Input:
    kind, plain = _kind(info)
    facts: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "label": language(spaced(name.rpartition(".")[2])),
        "required": info.is_required(),
        "value": given.get(name, "" if info.is_required() else _default(info)),
        "limits": _limits(info),
    }
    if kind == "choice":
        facts["choices"] = _choices(plain, language)
    if kind == "group":
        facts["parts"] = tuple(inputs_of(plain, language, given, f"{name}."))
    if kind == "table":
        rows = range(TABLE_ROWS)
        facts["parts"] = tuple(each for row in rows for each in inputs_of(plain, language, given, f"{name}.{row}."))
    return Input(**facts)


def _kind(info: FieldInfo) -> tuple[str, Any]:
    """Which kind of input a field is, and its type without None."""
    plain = _without_none(info.annotation)
    if plain is str and any(isinstance(each, MaxLen) and each.max_length > LONG for each in _metadata(info)):
        return "long", plain
    if get_origin(plain) is Literal:
        return "choice", plain
    if get_origin(plain) is tuple:
        inner = get_args(plain)[0]
        return ("table", inner) if _is_model(inner) else ("lines", plain)
    if _is_model(plain):
        return "group", plain
    return KINDS.get(plain, "text"), plain


def _read(name: str, info: FieldInfo, typed: Mapping[str, str], site: str) -> Any:
    kind, plain = _kind(info)
    if kind == "group":
        return document_of(plain, typed, site, f"{name}.")
    if kind == "table":
        rows = [document_of(plain, typed, site, f"{name}.{row}.") for row in range(TABLE_ROWS)]
        return [row for row in rows if row]
    text = typed.get(name, "").strip()
    if kind == "yes":
        return text == "yes"
    return READ.get(kind, _as_typed)(text, site) if text else None


def _as_typed(text: str, site: str) -> Any:
    return text


def _as_moment(text: str, site: str) -> Any:
    """A time as the site's clocks show it, with its offset; what is none is left for the model to refuse."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone_of(site)).isoformat()
    except ValueError:
        return text


def _as_lines(text: str, site: str) -> Any:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _choices(plain: Any, language: Language) -> tuple[tuple[str, str], ...]:
    return tuple((str(each), language.word(str(each)) if each else "–") for each in get_args(plain))


def _limits(info: FieldInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in _metadata(info):
        if isinstance(each, MaxLen):
            found["maxlength"] = each.max_length
        if isinstance(each, Ge) and isinstance(each.ge, int | float):
            found["min"] = each.ge
        if isinstance(each, Le) and isinstance(each.le, int | float):
            found["max"] = each.le
    return found


def _metadata(info: FieldInfo) -> Iterable[Any]:
    for each in info.metadata:
        length = getattr(each, "max_length", None)
        yield MaxLen(length) if isinstance(length, int) else each


def _default(info: FieldInfo) -> str:
    default = info.get_default(call_default_factory=True, validated_data={})
    return default if isinstance(default, str) else ""


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    return getattr(annotation, "__origin__", annotation) if hasattr(annotation, "__metadata__") else annotation


def _is_model(plain: Any) -> bool:
    return isinstance(plain, type) and issubclass(plain, BaseModel)


ENVELOPE = {
    "command_id", "site", "actor", "role", "at", "correlation_id", "causation_id", "traceparent", "drawing",
}  # fmt: skip
KINDS: dict[Any, str] = {
    str: "text",
    int: "number",
    float: "amount",
    bool: "yes",
    date: "date",
    AwareDatetime: "moment",
}
READ = {
    "moment": _as_moment,
    "lines": _as_lines,
}
