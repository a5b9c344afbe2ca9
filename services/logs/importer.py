"""The door for other systems' logs: a file's lines become commands, are sent in batches, and are accounted for.

A line's command has the same id whenever it is seen, so an import may be stopped, killed and repeated at will, and two
files that tell of the same lines tell them once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import cast

from pydantic import BaseModel, Field

from services.command import Command, Malformed, Outcome, derived_id, parse
from services.log_line import ImportLogLine
from services.logs.mapping import Deed, LogMapping, UnreadableValue
from services.logs.reader import LogBroken, RawLine, read_log
from services.policy import IMPORTER
from services.refusal import Refusal, Rejected

BATCH = 500
LISTED = 1000  # refused lines told one by one; the others are only counted
NO_DEED = Deed(command="")

Send = Callable[[Sequence[Command]], Sequence[Outcome]]
Progress = Callable[[int, float], None]


class RefusedLine(BaseModel):
    """A line that its ticket did not follow. `kept` tells whether it stands in the ticket's history all the same."""

    line: int
    ticket: str
    status: str
    action: str
    code: str
    rule: str
    english: str
    chinese: str
    kept: bool


class Report(BaseModel):
    """What became of a file. Every line is counted once as new, repeated or lost; lost lines are listed as refused.

    `refused` lists the first of them, `refused_by_code` counts them all; `unmapped` counts the lines per status that
    the mapping does not know, which are kept without changing their ticket. `broken` says why a file ended too early.
    """

    log: str
    tickets: int = 0
    lines: int = 0
    new_lines: int = 0
    repeated_lines: int = 0
    lost_lines: int = 0
    events: int = 0
    refused: list[RefusedLine] = Field(default_factory=list)
    refused_by_code: Counter[str] = Field(default_factory=Counter)
    unmapped: Counter[str] = Field(default_factory=Counter)
    broken: str | None = None
    seconds: float = 0


def import_log(path: Path, mapping: LogMapping, send: Send, progress: Progress) -> Report:
    """Imports what the file holds and is not known yet; `progress` hears the lines so far and the share of the file.

    Raises MappingError if the mapping does not fit the file. A broken file is imported up to the break.
    """
    started = perf_counter()
    mapping.must_fit(path, _found(path, mapping))
    importer = _Import(path, mapping, send, progress)
    importer.run()
    importer.report.seconds = round(perf_counter() - started, 3)
    return importer.report


def _found(path: Path, mapping: LogMapping) -> set[str]:
    """The attributes of the file, as far as one must read to have seen all that the mapping names."""
    wanted, found = mapping.named().keys(), set[str]()
    try:
        for line in read_log(path, mapping.delimiter, mapping.encoding):
            found |= line.attributes.keys()
            if wanted <= found:
                break
    except LogBroken:
        return found or set(wanted)  # the import itself will tell
    return found


class _Import:
    """One run over one file."""

    def __init__(self, path: Path, mapping: LogMapping, send: Send, progress: Progress) -> None:
        self.report = Report(log=mapping.log)
        self._path, self._mapping, self._send, self._progress = path, mapping, send, progress
        self._sites: dict[str, str] = {}  # a ticket belongs to the site of its first line, wherever it is worked on

    def run(self) -> None:
        lines = self._readable()
        while batch := list(islice(lines, BATCH)):
            self._import(batch)
            self._progress(self.report.lines, batch[-1].share)

    def _readable(self) -> Iterator[RawLine]:
        try:
            yield from read_log(self._path, self._mapping.delimiter, self._mapping.encoding)
        except LogBroken as broken:
            self.report.broken = str(broken)

    def _import(self, lines: list[RawLine]) -> None:
        commands = [command for line in lines if (command := self._understand(line))]
        outcomes = self._send(commands) if commands else []
        for command, outcome in zip(commands, outcomes, strict=True):
            self._account(command, outcome)
        self.report.lines += len(lines)
        self.report.tickets = len(self._sites)

    def _understand(self, line: RawLine) -> ImportLogLine | None:
        try:
            command = self._command(line)
        except (UnreadableValue, Malformed) as error:
            self._lose_unreadable(line, str(error))
            return None
        self._sites.setdefault(command.ticket, command.site)
        return command

    def _command(self, line: RawLine) -> ImportLogLine:
        mapping, said = self._mapping, line.attributes
        at, ticket, status = mapping.moment_of(said), mapping.ticket.of(said), mapping.status_of(said)
        deed = mapping.does.get(status, NO_DEED)
        document = {
            "command": ImportLogLine.__name__,
            "command_id": derived_id(mapping.kin, ticket, at.timestamp(), status),
            "ticket": ticket,
            "site": self._sites.get(ticket) or mapping.site.of(said),
            "actor": mapping.actor.of(said),
            "role": IMPORTER,
            "at": at,
            "log": mapping.log,
            "line": line.line,
            "profile": mapping.profile,
            "team": mapping.team.of(said),
            "product": mapping.product.of(said),
            "impact": mapping.impact.of(said),
            "action": deed.command,
            "reason": deed.reason,
            "status": status,
            "attributes": said,
        }
        return cast(ImportLogLine, parse(document))

    def _account(self, command: ImportLogLine, outcome: Outcome) -> None:
        report = self.report
        report.events += outcome.events
        report.lost_lines += outcome.status != "accepted"
        report.repeated_lines += outcome.repeated and outcome.status == "accepted"
        report.new_lines += not outcome.repeated and outcome.status == "accepted"
        if command.status not in self._mapping.does:
            report.unmapped[command.status] += 1
        if outcome.refusal:
            self._tell(outcome.refusal, command.line, command.ticket, command.status, command.action)

    def _lose_unreadable(self, line: RawLine, why: str) -> None:
        self.report.lost_lines += 1
        ticket, status = (
            line.attributes.get(self._mapping.ticket.attribute, ""),
            self._mapping.status_of(line.attributes),
        )
        self._tell(Rejected("unreadable_line", why=why).refusal, line.line, ticket, status, "")

    def _tell(self, refusal: Refusal, line: int, ticket: str, status: str, action: str) -> None:
        self.report.refused_by_code[refusal.code] += 1
        if len(self.report.refused) < LISTED:
            row = RefusedLine(line=line, ticket=ticket, status=status, action=action, **refusal.model_dump())
            self.report.refused.append(row)
