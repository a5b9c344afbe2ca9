"""What another system's words mean here: one TOML file per log, checked before the first line is read.

log = "bpic2013_incidents"           # names the log, and is picked by a file of that name
profile = "imported"
ticket = "trace:concept:name"        # `trace:` is said of the whole trace, all else of the line
time = "time:timestamp"
status = ["concept:name", "lifecycle:transition"]
site = { attribute = "organization country", blank = ["0"], default = "unknown", upper = true }
actor = { attribute = "org:resource", blank = ["-"], default = "unknown" }
team = "org:group"

[does]
"Accepted/In Progress" = "StartWork"
"Accepted/Wait - User" = { command = "PauseWork", reason = "waiting_for_customer" }
"""

import codecs
import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from events.work import PauseReason
from services.command import Name
from services.log_line import Action
from services.policy import policies


class MappingError(ValueError):
    """A mapping cannot be used, or does not fit its file; the message names file, table and key."""


class UnreadableValue(ValueError):
    """One line says something that cannot be understood; the message names the attribute."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribute(_Row):
    """Where a word comes from: an attribute of the line, or, without one, always the `default`.

    A value that is empty or listed in `blank` becomes the default; without a default such a line is unreadable.
    `replace` mends letters that a name here may not have, e.g. `{ "/" = "-" }`.
    """

    attribute: str = ""
    blank: frozenset[str] = frozenset()
    default: str | None = None
    upper: bool = False
    replace: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.attribute and self.default is None:
            raise ValueError("needs an `attribute` or a `default`")
        return self

    def of(self, line: Mapping[str, str]) -> str:
        """The word of a line. Raises UnreadableValue."""
        found = line.get(self.attribute, "").strip()
        if not found or found in self.blank:
            return self._default()
        for old, new in self.replace.items():
            found = found.replace(old, new)
        return found.upper() if self.upper else found

    def _default(self) -> str:
        if self.default is None:
            raise UnreadableValue(f"attribute `{self.attribute}`: expected a value; found none")
        return self.default


class Time(_Row):
    """Where the time comes from: ISO 8601, or strptime's `format`; `zone` (a name or +08:00) if it tells no offset."""

    attribute: str
    format: str = ""
    zone: Annotated[tzinfo | None, BeforeValidator(lambda text: _zone(str(text)))] = None
    model_config = ConfigDict(arbitrary_types_allowed=True)

    def of(self, line: Mapping[str, str]) -> datetime:
        """The moment of a line, still naive if neither the line nor the mapping knows. Raises UnreadableValue."""
        text = line.get(self.attribute, "")
        try:
            moment = datetime.strptime(text, self.format) if self.format else datetime.fromisoformat(text)
        except ValueError as error:
            raise UnreadableValue(f"attribute `{self.attribute}`: expected a time; {error}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)


class Deed(_Row):
    """What a status means as a command; "" for a status that changes nothing here."""

    command: Action
    reason: PauseReason = "other"


def _zone(text: str) -> tzinfo | None:
    if text[:1] in "+-":
        return datetime.fromisoformat(f"2000-01-01T00:00{text}").tzinfo
    try:
        return ZoneInfo(text)
    except (LookupError, ValueError):
        raise ValueError(f"no time zone is named {text}; give its name or its offset, like +08:00") from None


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"no encoding is named {name}; e.g. utf-8, gb18030, windows-1252") from None


def _profile(name: str) -> str:
    if name not in policies():
        known = ", ".join(sorted(policies()))
        raise ValueError(f"no profile is named {name}; there are {known}{_perhaps(name, policies())}")
    return name


def _attribute(written: Any) -> dict[str, Any]:
    if isinstance(written, str):
        return {"attribute": written}
    if not isinstance(written, dict):
        raise ValueError(f"expected the name of an attribute, or a table; found {written!r}")
    return written


def _optional(written: Any) -> dict[str, Any]:
    return {"default": "", **_attribute(written)}


def _deeds(written: Any) -> Any:
    if not isinstance(written, dict):
        return written
    return {status: {"command": deed} if isinstance(deed, str) else deed for status, deed in written.items()}


Required = Annotated[Attribute, BeforeValidator(_attribute)]
Optional = Annotated[Attribute, BeforeValidator(_optional)]
NOTHING = Attribute(default="")


class LogMapping(_Row):
    """How the lines of one kind of log are read. Logs of one `family` tell of the same tickets in the same words."""

    file: str
    log: Name
    family: str = ""
    profile: Annotated[str, AfterValidator(_profile)]
    ticket: Required
    time: Annotated[Time, BeforeValidator(_attribute)]
    status: Annotated[
        tuple[str, ...], Field(min_length=1), BeforeValidator(lambda row: [row] if isinstance(row, str) else row)
    ]
    site: Required
    actor: Required
    team: Optional = NOTHING
    product: Optional = NOTHING
    impact: Optional = NOTHING
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8-sig"
    does: Annotated[dict[str, Deed], BeforeValidator(_deeds)]

    @cached_property
    def kin(self) -> str:
        """What makes the same line in two logs the same."""
        return self.family or self.log

    def status_of(self, line: Mapping[str, str]) -> str:
        """The status of a line, its parts joined by a slash."""
        return "/".join([line.get(attribute, "") for attribute in self.status])

    def moment_of(self, line: Mapping[str, str]) -> datetime:
        """The aware moment of a line. Raises UnreadableValue, and MappingError if nobody tells the offset."""
        moment = self.time.of(line)
        if moment.tzinfo is None:
            found = f"the times in attribute `{self.time.attribute}` tell no offset (found {moment.isoformat()})"
            raise MappingError(f"{self.file}: key `time`: {found}; {ZONE_WANTED.format(self.time.attribute)}")
        return moment

    def named(self) -> dict[str, str]:
        """Each attribute that the mapping names, with the key that names it."""
        single = {key: getattr(self, key).attribute for key in SINGLE}
        return {attribute: key for key, attribute in single.items() if attribute} | dict.fromkeys(self.status, "status")

    def must_fit(self, log: Path, found: Collection[str]) -> None:
        """Raises MappingError if the mapping names an attribute that no line of the file has."""
        for attribute, key in self.named().items():
            if attribute not in found:
                wrong = f"{self.file}: key `{key}` names the attribute `{attribute}`, which no line of {log.name} has"
                raise MappingError(f"{wrong}{_perhaps(attribute, found)}; it has {', '.join(sorted(found))}")


def mapping_for(log: Path, file: Path | None = None) -> LogMapping:
    """The mapping in `file`, or the one that ships for logs of this name. Raises MappingError."""
    if file:
        return read_mapping(file.name, _text(file))
    shipped = {name.stem: name for each in (files("services.logs") / "mappings").iterdir() if (name := Path(str(each)))}
    stem = log.name.partition(".")[0]
    if stem not in shipped:
        known = ", ".join(sorted(shipped))
        raise MappingError(f"no mapping is known for {log.name}; write one and give it (known by name: {known})")
    return read_mapping(shipped[stem].name, _text(shipped[stem]))


def read_mapping(file: str, text: str) -> LogMapping:
    """The mapping that a TOML text describes; `file` is its name in messages. Raises MappingError."""
    try:
        return LogMapping.model_validate({**tomllib.loads(text), "file": file})
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file} is no TOML: {error}") from None
    except ValidationError as error:
        raise MappingError("\n".join(f"{file}: {_explain(each)}" for each in error.errors())) from None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf8")
    except (OSError, UnicodeError) as error:
        raise MappingError(f"{file.name} cannot be read: {error}") from None


def _explain(error: Any) -> str:
    where, found = _place(error["loc"]), error["input"]
    match error["type"]:
        case "missing":
            return f"{where} expected a value; found none"
        case "extra_forbidden":
            return f"{where} means nothing here{_perhaps(error['loc'][-1], KEYS)}"
        case "literal_error":
            choice = get_args(Action if error["loc"][-1] == "command" else PauseReason)
            return (
                f"{where} expected one of {', '.join(filter(None, choice))}; found {found!r}{_perhaps(found, choice)}"
            )
        case "value_error":
            return f"{where} {error['ctx']['error']}"
        case _:
            return f"{where} {error['msg']}; found {found!r}"


def _place(location: tuple[str | int, ...]) -> str:
    if not location:
        return "the mapping:"
    first, *rest = map(str, location)
    if first == "does" and rest:
        return f"[does] key `{rest[0]}`:"
    return f"key `{'.'.join([first, *rest])}`:"


def _perhaps(word: object, choice: Collection[str]) -> str:
    near = get_close_matches(str(word), choice, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


ZONE_WANTED = 'say where they were taken, e.g. time = {{ attribute = "{}", zone = "Asia/Shanghai" }}'
KEYS = {key for row in (LogMapping, Attribute, Time, Deed) for key in row.model_fields} - {"file"}
SINGLE = ("ticket", "time", "site", "actor", "team", "product", "impact")
