"""A policy profile: the rows that hold for the cases which name it. One TOML file each; see `services.rows`."""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError

from events.catalog import EVENTS
from projections.catalog import BOARDS
from services.calendar import Calendar
from services.refusal import Rejected
from services.rows import BLANK, KINDS, CalendarRow, DeadlineRow, FormRow, Guard, Parameter, Role, Row, SiteRow
from services.rulebook import book

COMMON = "common"
SITE_CALENDAR = "workshop"
PAGES = ("tickets", "kpi", "network", "rules", "feed", "operations")  # what a role may see besides the boards
SEEN = {*BOARDS, *PAGES}
SYSTEM, IMPORTER = "system", "importer"  # the two roles that are no people

Rows = Mapping[str, Mapping[str, Row]]
Tables = dict[str, Any]
CALENDARS: Mapping[type[Row], tuple[str, ...]] = {DeadlineRow: ("calendar",), Guard: ("within", "outside")}
TOKENS = ("needs", "since", "only_if", "unless", "starts", "met_by", "paused_by", "resumed_by", "dropped_by")


class PolicyError(ValueError):
    """A profile cannot be used; the message names file, table and key."""


class Policy:
    """One version of a profile: what holds for the cases that name it.

    `guards` are sorted by the command they guard, `deadlines` by the events (`event.name` or `event.name/topic`) they
    listen to, `roles` say who may send what.
    """

    def __init__(self, profile: str, version: int, rows: Rows) -> None:
        self.profile, self.version, self.rows = profile, version, rows
        self.roles = {name: frozenset(cast(Role, row).may) for name, row in rows["role"].items()}
        self.guards = _by_command(rows)
        self.deadlines = _by_event(rows)
        self._durations: dict[str, timedelta] = {}
        self._calendars = {name: cast(CalendarRow, row).calendar(name) for name, row in rows["calendar"].items()}

    def number(self, name: str) -> float:
        """A parameter that is a number, in the unit its row gives."""
        return float(self._value(name))

    def flag(self, name: str) -> bool:
        """A parameter that is yes or no."""
        return bool(self._value(name))

    def words(self, name: str) -> tuple[str, ...]:
        """A parameter that is a list of words."""
        return tuple(self._value(name))

    def duration(self, name: str) -> timedelta:
        """A parameter that is a length of time."""
        if name not in self._durations:
            self._durations[name] = timedelta(**{self._parameter(name).unit: self._value(name)})
        return self._durations[name]

    def form(self, name: str) -> FormRow:
        """The form of that name. Raises Rejected if the profile has none."""
        forms = self.rows["form"]
        if name not in forms:
            raise Rejected("unknown_form", form=name, profile=self.profile, known=", ".join(sorted(forms)))
        return cast(FormRow, forms[name])

    def calendar(self, name: str, site: str) -> Calendar:
        """A calendar as it holds at a site, in the site's own zone and with its holidays."""
        calendar, where = self._calendars[name], cast(SiteRow | None, self.rows["site"].get(site))
        return calendar.at_zone(where.zone, where.holidays or None) if where else calendar

    def permit(self, role: str, command: str) -> None:
        """Raises Rejected unless `role` may send `command`."""
        if command not in self.roles.get(role, ()):
            allowed = ", ".join(sorted(name for name, may in self.roles.items() if command in may))
            raise Rejected("role_not_permitted", role=role, command=command, allowed=allowed)

    def blanks(self) -> list[str]:
        """The rows that the customer's document leaves open and nobody has filled: `table.name`."""
        return [f"{kind}.{name}" for kind, name, row in self.every_row() if BLANK in _texts(row)]

    def every_row(self) -> Iterator[tuple[str, str, Row]]:
        """All rows with their kind and name."""
        return ((kind, name, row) for kind, rows in self.rows.items() for name, row in rows.items())

    def _parameter(self, name: str) -> Parameter:
        return cast(Parameter, self.rows["parameter"][name])

    def _value(self, name: str) -> Any:
        value = self._parameter(name).value
        if value == BLANK:
            raise Rejected("blank_parameter", parameter=name, profile=self.profile)
        return value


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """The profiles that ship with the project, by name. Raises PolicyError."""
    return {name: read_profile(f"{name}.toml", tables) for name, tables in _shipped().items()}


def policy_of(profile: str) -> Policy:
    """The shipped version of a profile. Raises Rejected if there is none."""
    known = policies()
    if profile not in known:
        raise Rejected("unknown_profile", profile=profile, known=", ".join(sorted(known)))
    return known[profile]


def read_text(file: str, text: str) -> Policy:
    """The profile written in this TOML; it may extend shipped ones. Raises PolicyError naming file, table and key."""
    try:
        return read_profile(file, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{file}: expected TOML; {error}") from None


def read_profile(file: str, tables: Tables) -> Policy:
    """The profile of these tables, with all it inherits. Raises PolicyError naming file, table and key."""
    known = {"profile", "extends", "version", *KINDS}
    if strange := tables.keys() - known:
        raise PolicyError(f"{file}: [{sorted(strange)[0]}] is no kind of row; there are {', '.join(sorted(KINDS))}")
    if not isinstance(tables.get("profile"), str) or not isinstance(tables.get("version"), int):
        raise PolicyError(f"{file}: expected `profile`, a name, and `version`, a whole number, at the top")
    return read_rows(file, tables["profile"], tables["version"], _inherited(file, tables))


def read_rows(file: str, profile: str, version: int, rows: Tables) -> Policy:
    """The profile of rows that inherit nothing more, as a published version keeps them. Raises PolicyError."""
    read = {kind: _rows(file, kind, rows.get(kind, {})) for kind in KINDS}
    policy = Policy(profile, version, MappingProxyType(read))
    _names_what_there_is(file, policy)
    return policy


def inherited(tables: Tables) -> Tables:
    """The rows of a profile's tables with all they inherit, as JSON knows them."""
    return dict(orjson.loads(orjson.dumps(_inherited("", tables))))


def shipped_rows(profile: str) -> Tables:
    """The rows of a shipped profile with all they inherit, as JSON knows them."""
    return inherited(_shipped()[profile])


@lru_cache(maxsize=10_000)
def zone_of(site: str) -> ZoneInfo:
    """The time zone of a site, from its row in `common`, else from the calendar that all sites have."""
    return policies()[COMMON].calendar(SITE_CALENDAR, site).zone


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Tables]:
    folder = files("services") / "policies"
    found = [tomllib.loads(file.read_text("utf8")) for file in folder.iterdir() if Path(file.name).suffix == ".toml"]
    return {tables["profile"]: tables for tables in found}


def _inherited(file: str, tables: Tables) -> Tables:
    parent = tables.get("extends", "")
    if parent and parent not in _shipped():
        raise PolicyError(f"{file}: `extends`: expected one of {', '.join(sorted(_shipped()))}; found {parent!r}")
    rows = _inherited(f"{parent}.toml", _shipped()[parent]) if parent else {}
    return {kind: {**rows.get(kind, {}), **tables.get(kind, {})} for kind in KINDS}


def _rows(file: str, kind: str, tables: Tables) -> Mapping[str, Row]:
    read = {name: _row(file, kind, name, table) for name, table in tables.items()}
    return MappingProxyType({name: row for name, row in read.items() if not row.off})


def _row(file: str, kind: str, name: str, table: Any) -> Row:
    if isinstance(table, dict) and table.get("off"):
        return Row(off=True)
    try:
        return KINDS[kind].model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "(whole)"
        raise PolicyError(f"{file}: [{kind}.{name}] `{key}`: {first['msg']}; found {first['input']!r}") from None


def _names_what_there_is(file: str, policy: Policy) -> None:
    """Raises PolicyError where a row names an event, command, form, calendar or rule that there is not."""
    for kind, name, row in policy.every_row():
        if unknown := sorted(row.cited - book.rules().keys()):
            raise PolicyError(f"{file}: [{kind}.{name}] `rules`: expected rules of the rule book; found {unknown[0]!r}")
        for key, wanted, there in _references(row, policy.rows):
            if wanted not in there:
                known = ", ".join(sorted(there))
                raise PolicyError(f"{file}: [{kind}.{name}] `{key}`: expected one of {known}; found {wanted!r}")


def _references(row: Row, rows: Rows) -> Iterator[tuple[str, str, Collection[str]]]:
    """What a row names: under which key, the name, and the names there are."""
    from services.desk import DECISIONS  # not before: the decisions themselves ask policies

    commands = {command.__name__ for command in DECISIONS}
    for key in TOKENS:
        for token in _listed(getattr(row, key, None)):
            head, _, topic = token.partition("/")
            if head != "field":
                yield key, head, EVENTS
            if head in ("form.filled", "form.signed", "field"):
                yield key, topic.partition("/")[0], rows["form"]
    for key in ("command", "before", "may"):
        yield from ((key, command, commands) for command in getattr(row, key, ()))
    yield from (("sees", page, SEEN) for page in getattr(row, "sees", ()))
    for key in CALENDARS.get(type(row), ()):
        if wanted := getattr(row, key):
            yield key, wanted, rows["calendar"]
    if isinstance(row, DeadlineRow):
        yield from _of_deadline(row, rows)


def _of_deadline(row: DeadlineRow, rows: Rows) -> Iterator[tuple[str, str, Collection[str]]]:
    if row.by:
        yield "by", row.by, {fact for event in EVENTS.values() for fact in event.facts}
    if row.moved_by:
        form, _, field = row.moved_by.partition(".")
        yield "moved_by", form, rows["form"]
        fields = cast(FormRow, rows["form"][form]).fields
        yield "moved_by", field, [name for name, each in fields.items() if each.plain == "moment"]


def _listed(found: str | tuple[str, ...] | None) -> Iterable[str]:
    return (found,) if isinstance(found, str) else found or ()


def _texts(row: Row) -> list[Any]:
    within = getattr(row, "within", "")
    values = within.values() if isinstance(within, dict) else [within]
    return [getattr(row, "value", None), getattr(row, "goal", None), *values]


def _by_command(rows: Rows) -> Mapping[str, tuple[tuple[str, Guard], ...]]:
    forms = {name: cast(FormRow, row).guard(name) for name, row in rows["form"].items()}
    guards = {**rows["guard"], **{name: guard for name, guard in forms.items() if guard}}
    found: dict[str, tuple[tuple[str, Guard], ...]] = {}
    for name, row in cast(Mapping[str, Guard], guards).items():
        for command in row.command:
            found[command] = (*found.get(command, ()), (name, row))
    return found


def _by_event(rows: Rows) -> Mapping[str, tuple[tuple[str, DeadlineRow], ...]]:
    found: dict[str, tuple[tuple[str, DeadlineRow], ...]] = {}
    rows_in_use = {name: row for name, row in rows["deadline"].items() if not cast(DeadlineRow, row).is_blank}
    for name, row in cast(Mapping[str, DeadlineRow], rows_in_use).items():
        moved = (f"form.signed/{row.moved_by.partition('.')[0]}",) if row.moved_by else ()
        regraded = [name for name, event in EVENTS.items() if row.by in event.facts]
        heard = (*row.starts, *row.met_by, *row.pauses, *row.resumes, *row.drops, *moved, *regraded)
        for token in dict.fromkeys(heard):
            found[token] = (*found.get(token, ()), (name, row))
    return found
