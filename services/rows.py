"""The kinds of rows that a policy profile is made of; each cites the rules it keeps."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from events.form import SignatureKind
from services.calendar import Calendar, CalendarError
from services.span import Span, SpanError

BLANK = "____"  # the customer's document leaves it open: the network fills it
ALWAYS_DROPS, ALWAYS_PAUSES, ALWAYS_RESUMES = ("ticket.cancelled",), ("ticket.merged",), ("ticket.separated",)
ENDS_PAUSE_OF_WORK = ("work.resumed", "ticket.assigned", "ticket.handed_over", "work.engineer_dispatched")
SIMPLE_TYPES = ("text", "yes_no", "must", "number", "km", "percent", "money", "date", "moment", "list")

RuleId = Annotated[str, StringConstraints(pattern=r"^R-\d{3}$")]
Token = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)?(/[\w.-]+){0,2}$")]  # work.paused/rest_time


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _span(value: Any) -> Any:
    try:
        return Span.parse(value) if isinstance(value, str) else value
    except SpanError as error:
        raise ValueError(str(error)) from None


Tokens = Annotated[tuple[Token, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Length = Annotated[Span, BeforeValidator(_span)]


class Row(BaseModel):
    """What all rows have in common. `off = true` drops a row that the profile would inherit."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    rules: tuple[RuleId, ...] = ()
    off: bool = False

    @property
    def cited(self) -> set[str]:
        """The rules that the row cites."""
        return set(self.rules)


class Parameter(Row):
    """A number, flag, word or list, with its unit; `____` is a blank that the network has to fill."""

    value: Any
    unit: str = ""


class CalendarRow(Row):
    """When a site works: see `services.calendar`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @model_validator(mode="after")
    def _can_be_read(self) -> "CalendarRow":
        try:
            self.calendar("")
        except CalendarError as error:
            raise ValueError(str(error)) from None
        return self

    def calendar(self, name: str) -> Calendar:
        """The calendar that this row describes."""
        return Calendar.from_row(name, dict(self.__pydantic_extra__ or {}))


class SiteRow(Row):
    """Where a site lies, if not where its calendars say: zone (IANA name) and the region of its public holidays."""

    zone: str
    holidays: str = ""


class Role(Row):
    """Who may send which commands, and sees which boards and pages; `everywhere`: of every site, unless told less."""

    may: tuple[str, ...]
    sees: tuple[str, ...] = ()
    everywhere: bool = False


class Target(Row):
    """The goal of a key figure; `figure` as the KPI page names it."""

    figure: str
    goal: float | Literal["____"]
    at_most: bool = False


class EscalationRow(BaseModel):
    """Whom to tell when a deadline is overdue by so much."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    after: Length
    to: str = Field(max_length=100)


class DeadlineRow(Row):
    """Something is due `within` so long after an event, or `ahead` of a time that the event names in its field `at`.

    `within` may be a table: then `by` names the fact of the case (e.g. `fault_grade`) that picks its line. `____`
    starts nothing until the network fills it. `each` names a field of the starting event: one deadline runs for each
    of its values.
    """

    english: str
    chinese: str
    starts: Tokens
    met_by: Tokens = ()
    within: str | dict[str, str] = ""
    by: str = ""
    at: str = ""
    ahead: Length | None = None
    calendar: str = "always"
    warn: Length | None = None
    escalate: tuple[EscalationRow, ...] = Field((), max_length=9)
    paused_by: Tokens = ()
    resumed_by: Tokens = ()
    moved_by: str = ""  # form.field: a signed form that names the new moment
    dropped_by: Tokens = ()
    each: str = ""
    only_if: Token | None = None

    @model_validator(mode="after")
    def _says_when(self) -> "DeadlineRow":
        if bool(self.within) == bool(self.at):
            raise ValueError("expected either `within` (a length of time) or `at` (a field of the starting event)")
        if isinstance(self.within, dict) != bool(self.by):
            raise ValueError("expected `by` together with a table in `within`, and only then")
        for text in self.within.values() if isinstance(self.within, dict) else [self.within]:
            if text not in ("", BLANK):
                _span(text)
        return self

    @property
    def is_blank(self) -> bool:
        """Whether nothing starts until the network says how long."""
        lengths = self.within.values() if isinstance(self.within, dict) else [self.within]
        return set(lengths) == {BLANK}

    @property
    def drops(self) -> tuple[str, ...]:
        """What ends the deadline without meeting it."""
        return self.dropped_by + ALWAYS_DROPS

    @property
    def pauses(self) -> tuple[str, ...]:
        """What makes its clock stand still."""
        return self.paused_by + ALWAYS_PAUSES

    @property
    def ends_pause(self) -> tuple[str, ...]:
        """What ends a pause of its own: what `resumed_by` names, and whatever ends a pause of the work."""
        of_work = any(token.startswith("work.paused") for token in self.paused_by)
        return self.resumed_by + ENDS_PAUSE_OF_WORK if of_work else self.resumed_by

    @property
    def resumes(self) -> tuple[str, ...]:
        """What lets its clock run again."""
        return self.ends_pause + ALWAYS_RESUMES


class Guard(Row):
    """A command needs something first, or a certain sender, or a certain time of day.

    `needs` are events (with their topic, e.g. `form.signed/work_order`) that must have happened, after the event
    `since` if it is given. `only_if` and `unless` ask whether something happened, or `field/FORM/FIELD` whether a
    form says yes.
    """

    command: Names
    needs: Tokens = ()
    since: Token | None = None
    by: Names = ()
    within: str = ""  # a calendar: only in its open time
    outside: str = ""  # a calendar: never in its open time
    only_if: Token | None = None
    unless: Token | None = None


class FormField(BaseModel):
    """A field of a form: its type, its names in both languages, and perhaps its own rule.

    `must` is a point of a checklist: it has to be yes. A type like `cash | card` is a choice; `?` at the end of any
    type makes the field optional.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str
    english: str
    chinese: str
    rule: RuleId | Literal[""] = ""

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if not 3 <= len(value) <= 4:
            raise ValueError('expected ["type", "English", "中文"] or the same with a rule at the end')
        return dict(zip(("type", "english", "chinese", "rule"), value, strict=False))

    @model_validator(mode="after")
    def _has_a_type(self) -> "FormField":
        if self.plain not in SIMPLE_TYPES and not self.choices:
            raise ValueError(f"expected a type of {', '.join(SIMPLE_TYPES)} or a choice `a | b`; found {self.type!r}")
        return self

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out."""
        return self.type.endswith("?")

    @property
    def plain(self) -> str:
        """The type without its question mark."""
        return self.type.removesuffix("?")

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be chosen; nothing if it is no choice."""
        return tuple(each.strip() for each in self.plain.split("|")) if "|" in self.plain else ()


class FormRow(Row):
    """A document or register of the trade: what is filled in, by whom, who signs, how many copies, before which step.

    A form that is needed `before` commands is a guard of theirs: filled in, and signed by all of `signed_by`, after
    the event `since` if it is given.
    """

    english: str
    chinese: str
    kind: SignatureKind = "condition"
    fields: dict[str, FormField] = Field(min_length=1)
    filled_by: Names = ()
    signed_by: Names = ()
    copies: int = Field(1, ge=1, le=9)
    before: Names = ()
    since: Token | None = None
    only_if: Token | None = None
    unless: Token | None = None

    @property
    def cited(self) -> set[str]:
        """The rules that the form cites, also in its fields."""
        return {*self.rules, *(field.rule for field in self.fields.values() if field.rule)}

    def guard(self, name: str) -> Guard | None:
        """The guard that this form is, if it is one."""
        token = f"form.{'signed' if self.signed_by else 'filled'}/{name}"
        conditions = {key: getattr(self, key) for key in ("rules", "since", "only_if", "unless")}
        return Guard(command=self.before, needs=token, **conditions) if self.before else None


KINDS: dict[str, type[Row]] = {
    "parameter": Parameter,
    "calendar": CalendarRow,
    "site": SiteRow,
    "role": Role,
    "target": Target,
    "deadline": DeadlineRow,
    "guard": Guard,
    "form": FormRow,
}
