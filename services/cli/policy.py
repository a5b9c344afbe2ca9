"""The versions of the rule book on the command line: check, propose, approve, publish, simulate; print a form."""

import getpass
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from projections.projection import Row
from services.cli.console import out, print_json
from services.cli.opening import FoundWrong, Json, Wrong, moment_of, opened
from services.cli.show import print_outcome, print_table
from services.command import Command
from services.desk import fold
from services.policy import Policy, policies, read_text
from services.printing import print_blank, print_filled
from services.profile import ApproveProfile, Profile, Proposal, ProposeProfile, PublishProfile
from services.runtime import Runtime
from services.whatif import recorded_verdicts, verdicts_under

Actor = Annotated[str, typer.Option(help="Who does it; you, if nobody is named.")]
File = Annotated[Path, typer.Argument(help="A profile: one TOML file.", exists=True, dir_okay=False)]
Name = Annotated[str, typer.Argument(help="A profile, e.g. auto-4s.")]
Version = Annotated[int, typer.Argument(min=1, help="Its version.")]

VERSION_COLUMNS = {
    "profile": ("Profile", "策略档案"),
    "version": ("Version", "版本"),
    "status": ("Status", "状态"),
    "from": ("In force from", "生效时间"),
    "rows": ("Rows", "行数"),
    "blanks": ("Blanks", "待填写"),
}
VERDICT_COLUMNS = {
    "deadline": ("Deadline", "期限"),
    "verdict": ("Verdict", "结果"),
    "recorded": ("As recorded", "原规则"),
    "simulated": ("Under this file", "新规则"),
}


def policy_list(context: typer.Context, as_json: Json = False) -> None:
    """The profiles and their versions. 策略档案及版本。"""
    with opened(context) as runtime:
        published = {stream.removeprefix("profile/") for stream in runtime.store.streams("profile/")}
        rows = [row for name in sorted({*policies(), *published}) for row in _versions(name, runtime)]
    print_json(rows) if as_json else print_table("Profiles 策略档案", VERSION_COLUMNS, rows)


def policy_check(file: File, as_json: Json = False) -> None:
    """Is this file a usable profile? 检查策略档案文件。"""
    policy = read_text(file.name, file.read_text("utf8"))
    facts = {**_shape(policy), "status": "usable", "blanks": policy.blanks()}
    print_json(facts) if as_json else out.print(f"[green]usable 可用[/green]: {policy.profile}, {facts['rows']} rows")


def policy_propose(context: typer.Context, file: File, actor: Actor = "", as_json: Json = False) -> None:
    """Propose the rules of a file as the profile's next version. 提出新版本。"""
    policy = read_text(file.name, file.read_text("utf8"))
    text = file.read_text("utf8")
    _send(context, ProposeProfile(**_envelope(actor, "manager"), profile=policy.profile, text=text), as_json)


def policy_approve(
    context: typer.Context, name: Name, version: Version, actor: Actor = "", as_json: Json = False
) -> None:
    """Agree to a proposed version, as the general manager. 批准版本。"""
    _send(context, ApproveProfile(**_envelope(actor, "general_manager"), profile=name, version=version), as_json)


def policy_publish(
    context: typer.Context,
    name: Name,
    version: Version,
    effective: Annotated[str | None, typer.Option("--from", help="When it begins to hold; now if not given.")] = None,
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Put an approved version in force for what begins from then on. 发布版本。"""
    envelope = _envelope(actor, "general_manager")
    moment = moment_of("--from", effective) or envelope["at"]
    _send(context, PublishProfile(**envelope, profile=name, version=version, effective_from=moment), as_json)


def policy_simulate(context: typer.Context, file: File, as_json: Json = False) -> None:
    """What the deadlines of all recorded cases would have become under the rules of a file. 模拟规则。"""
    policy, now = read_text(file.name, file.read_text("utf8")), datetime.now(UTC)
    recorded: Counter[tuple[str, str]] = Counter()
    simulated: Counter[tuple[str, str]] = Counter()
    with opened(context) as runtime:
        for stream in runtime.store.streams("ticket/"):
            events = list(runtime.store.read(stream))
            if getattr(events[0].event, "profile", "") == policy.profile:
                recorded += recorded_verdicts(events)
                simulated += verdicts_under(policy, events, now)
    rows = [_verdict_row(key, recorded[key], simulated[key]) for key in sorted({*recorded, *simulated})]
    print_json(rows) if as_json else print_table(f"What if · {file.name}", VERDICT_COLUMNS, rows)


def form(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A form, e.g. pre_check_sheet.")],
    ticket: Annotated[str | None, typer.Option(help="As it was filled in and signed on this ticket.")] = None,
    profile: Annotated[str | None, typer.Option(help="Blank, as this profile has it.")] = None,
    edition: Annotated[int | None, typer.Option(min=1, help="An edition; the last one if not given.")] = None,
) -> None:
    """Print a form as an HTML page in both languages, blank or filled in. 打印表单。"""
    if (ticket is None) == (profile is None):
        raise Wrong("expected either --ticket (a form filled in) or --profile (a blank one)")
    if profile is not None:
        if profile not in policies():
            raise Wrong(f"no profile is named {profile!r}; there are {', '.join(sorted(policies()))}")
        out.file.write(print_blank(name, policies()[profile].form(name)))
        return
    with opened(context) as runtime:
        events = list(runtime.store.read(f"ticket/{ticket}"))
        if not events:
            raise FoundWrong(f"ticket {ticket}: nothing is recorded under this name")
        out.file.write(print_filled(name, _policy_of(runtime, events).form(name), events, edition))


def _policy_of(runtime: Runtime, events: list[Any]) -> Policy:
    """The version of the profile that a case began with."""
    first = events[0].event
    stream = f"profile/{first.profile}"
    versions: Profile = fold(stream, runtime.store.read(stream))
    return versions.version(first.profile, first.policy_version)


def _versions(name: str, runtime: Runtime) -> list[Row]:
    versions: Profile = fold(f"profile/{name}", runtime.store.read(f"profile/{name}"))
    shipped = [{**_shape(policies()[name]), "status": "shipped", "from": ""}] if name in policies() else []
    return shipped + [_version_row(name, number, versions) for number, _ in versions.proposals]


def _version_row(name: str, number: int, versions: Profile) -> Row:
    proposal = dict(versions.proposals)[number]
    return {**_shape(versions.version(name, number)), "status": _status(proposal), "from": proposal.effective_from}


def _status(proposal: Proposal) -> str:
    if not proposal.proposer:
        return "shipped, on record"
    return "published" if proposal.effective_from else "approved" if proposal.approved else "proposed"


def _shape(policy: Policy) -> Row:
    rows = len(list(policy.every_row()))
    return {"profile": policy.profile, "version": policy.version, "rows": rows, "blanks": len(policy.blanks())}


def _verdict_row(key: tuple[str, str], recorded: int, simulated: int) -> Row:
    return {"deadline": key[0], "verdict": key[1], "recorded": recorded, "simulated": simulated}


def _envelope(actor: str, role: str) -> dict[str, Any]:
    named = {"command_id": uuid.uuid4().hex, "site": "network", "role": role}
    return {**named, "actor": actor or getpass.getuser(), "at": datetime.now().astimezone()}


def _send(context: typer.Context, command: Command, as_json: bool) -> None:
    with opened(context) as runtime:
        (outcome,) = runtime.ask([command])
    print_json(outcome) if as_json else print_outcome(outcome)
    raise typer.Exit(0 if outcome.status == "accepted" else 1)
