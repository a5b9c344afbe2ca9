"""Telling a story to a real store: every step is sent, and what comes of it is compared with what was foretold."""

import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from events.event import Recorded
from services.command import COMMANDS, Command, Outcome, derived_id, parse
from services.desk import fold
from services.form import SignForm
from services.runtime import Runtime
from services.stories.story import SITE, Following, Passing, Step, Story, moment

PATIENCE_SECONDS = 30.0  # how long the workers of a network may take until what must follow has followed


@dataclass(frozen=True)
class Told:
    """One step of a story as it went: `as_told` says whether it went as foretold; `rules` are those it shows."""

    at: datetime | None
    role: str
    what: str
    status: str
    rules: tuple[str, ...]
    english: str
    chinese: str
    events: tuple[str, ...]
    as_told: bool


@dataclass(frozen=True)
class Telling:
    """A whole story as it went."""

    story: str
    system: str
    profile: str
    english: str
    chinese: str
    steps: list[Told] = field(default_factory=list)

    @property
    def went_well(self) -> bool:
        """Whether every step went as foretold."""
        return all(step.as_told for step in self.steps)

    def document(self) -> dict[str, Any]:
        """The telling as JSON-able data."""
        return {**asdict(self), "went_well": self.went_well}


def tell(story: Story, runtime: Runtime) -> Telling:
    """Tells a story step by step. Names of cases get a number of the store's, so that it can be told again."""
    telling = Telling(story.name, story.system, story.profile, story.english, story.chinese)
    teller = _Teller(story, runtime)
    telling.steps.extend(teller.tell())
    return telling


class _Teller:
    def __init__(self, story: Story, runtime: Runtime) -> None:
        self.story, self.runtime = story, runtime
        self.number = runtime.store.last_position()
        self.site = f"{SITE}-{self.number}" if self.number else SITE  # its pre-check area is a stream of its own

    def tell(self) -> Iterator[Told]:
        for number, step in enumerate(self.story.steps):
            match step:
                case Step():
                    yield self._send(step, number)
                case Passing():
                    yield self._pass(step)
                case Following():
                    yield self._wait_for(step)

    def _send(self, step: Step, number: int) -> Told:
        command = self._command(step, number)
        before = self.runtime.store.last_position()
        (outcome,) = self.runtime.ask([command])
        self._let_boards_follow(outcome)
        new = [each for each in self._since(before) if each.context.command_id == command.command_id]
        refusal = outcome.refusal
        return Told(
            at=step.at,
            role=step.role,
            what=step.command + _form(step),
            status=outcome.status,
            rules=(refusal.rule,) if refusal else _rules_of(new),
            english=str(refusal) if refusal else "",
            chinese=f"{refusal.rule}:{refusal.chinese}" if refusal else "",
            events=tuple(each.event.name for each in new),
            as_told=_is_as_told(step, outcome),
        )

    def _pass(self, step: Passing) -> Told:
        now, before, sent = moment(step.time), self.runtime.store.last_position(), set[str]()
        while due := self.runtime.clock.due(now):
            sent |= {each.command_id for each in due}
            for outcome in self.runtime.ask(due):
                self._let_boards_follow(outcome)
        new = [each for each in self._since(before) if each.context.command_id in sent and self._is_ours(each)]
        names = tuple(each.event.name for each in new)
        as_told = sorted(names) == sorted(step.events)
        return Told(now, "clock", "(time passes)", "passed", _rules_of(new), "", "", names, as_told)

    def _is_ours(self, recorded: Recorded) -> bool:
        """Whether an event is of this story; the clock may find what other cases of the store left behind, too."""
        return recorded.stream.endswith(f"-{self.number}") or recorded.stream == f"area/{self.site}"

    def _wait_for(self, step: Following) -> Told:
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while not (found := self._has(step)) and clock.monotonic() < deadline:
            clock.sleep(0.05)
        return Told(None, "system", "(follows)", "followed" if found else "missing", (), "", "", (step.event,), found)

    def _has(self, step: Following) -> bool:
        self.runtime.catch_up()
        return any(each.event.name == step.event for each in self.runtime.store.read(self._stream(step.on)))

    def _command(self, step: Step, number: int) -> Command:
        kind = COMMANDS[step.command]
        document = {
            "command": step.command,
            "command_id": derived_id("story", self.story.name, self.number, number),
            "site": self.site,
            "actor": step.actor or step.role,
            "role": step.role,
            "at": step.at.isoformat(),
            **self._subject(kind, step),
            **{name: self._renamed(name, value) for name, value in step.fields.items()},
        }
        if kind is SignForm and "digest" not in document:
            document["digest"] = self._digest(document["subject"], step.fields["form"])
        return parse(document)

    def _subject(self, kind: type[Command], step: Step) -> dict[str, str]:
        stream = self._stream(step.on)
        noun, _, name = stream.partition("/")
        named = {"subject": stream, noun: name, "profile": self.story.profile}
        return {key: value for key, value in named.items() if key in kind.model_fields}

    def _stream(self, on: str) -> str:
        noun, _, name = (on or self.story.case).partition("/")
        return f"{noun}/{self.site}" if noun == "area" else f"{noun}/{self._case(name)}"

    def _case(self, name: str) -> str:
        return f"{self.story.name}-{name}-{self.number}"

    def _renamed(self, name: str, value: Any) -> Any:
        return self._case(value) if name in ("agreement", "into", "merged_into", "complaint") and value else value

    def _digest(self, stream: str, form: str) -> str:
        state = fold(stream, self.runtime.store.read(stream))
        filled = state.case.forms.get(form)
        return filled.digest if filled else "0" * 64

    def _since(self, position: int) -> Sequence[Recorded]:
        return self.runtime.store.follow(position, 500)

    def _let_boards_follow(self, outcome: Outcome) -> None:
        self.runtime.catch_up()
        if outcome.position:
            self.runtime.reader.wait_for(outcome.position, PATIENCE_SECONDS)


def _form(step: Step) -> str:
    form = step.fields.get("form", "")
    return f" {form}" if form else ""


def _is_as_told(step: Step, outcome: Outcome) -> bool:
    rule = outcome.refusal.rule if outcome.refusal else ""
    return (outcome.status == "rejected") == bool(step.refused_by) and rule == step.refused_by


def _rules_of(events: Sequence[Recorded]) -> tuple[str, ...]:
    found = [rule for each in events for rule in getattr(each.event, "rules", ())]
    return tuple(dict.fromkeys(found))
