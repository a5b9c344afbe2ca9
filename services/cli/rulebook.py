"""The rule book on the command line: its rules, its stories."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding

from projections.projection import Row
from services import runtime as runtimes
from services.cli.console import out, print_json
from services.cli.opening import Json, Wrong
from services.cli.show import print_table
from services.policy import Policy, policies
from services.rulebook.keeping import Kept, rule_book, section_of
from services.runtime import Runtime
from services.settings import Settings, from_environment
from services.stories.catalog import STORIES
from services.stories.telling import Telling, Told, tell

STORY_COLUMNS = {
    "name": ("Story", "场景"),
    "system": ("System", "系统"),
    "profile": ("Profile", "策略档案"),
    "english": ("What happens", "英文"),
    "chinese": ("What happens", "中文"),
}
RULE_COLUMNS = {
    "number": ("Rule", "规则"),
    "status": ("Status", "状态"),
    "english": ("Text", "英文"),
    "chinese": ("Text", "中文"),
    "kept": ("Kept by", "由何保证"),
    "tests": ("Tests", "测试"),
}
STATUS_WORDS = {"kept": "kept 已保证", "audit question": "audit question 检查问题", "not yet": "not yet 尚未"}


def rules_(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="Only as kept in this policy profile.")] = "",
    as_json: Json = False,
) -> None:
    """The rule book: every rule, how it is kept under a profile, and what proves it. 规则手册。"""
    if profile and profile not in policies():
        raise Wrong(f"no profile is named {profile!r}; there are {', '.join(sorted(policies()))}")
    asked = [policies()[profile]] if profile else list(policies().values())
    book = rule_book(*asked)
    print_json([kept.document() for kept in book]) if as_json else print_rules(asked, book)


def print_rules(asked: Sequence[Policy], book: Sequence[Kept]) -> None:
    """The rules as a table, section by section, and how many are kept."""
    for section in dict.fromkeys(kept.rule.section for kept in book):
        own = [kept for kept in book if kept.rule.section == section]
        print_table(section_of(own[0].rule.number), RULE_COLUMNS, [_rule_row(kept) for kept in own])
    count = Counter(kept.status for kept in book)
    out.print("[bold]" + ", ".join(f"{count[status]} {STATUS_WORDS[status]}" for status in count) + "[/bold]")
    for policy in asked:
        if blanks := policy.blanks():
            out.print(f"[yellow]{policy.profile}, left blank, fill in 待填写:[/yellow] {', '.join(blanks)}")


def _rule_row(kept: Kept) -> Row:
    where = "\n".join(f"{each.profile} {each.where} {each.value[:60]}".strip() for each in kept.by)
    return {
        "number": kept.rule.number,
        "status": STATUS_WORDS[kept.status],
        "english": kept.rule.english,
        "chinese": kept.rule.chinese,
        "kept": where,
        "tests": len(kept.tests),
    }


def scenario_list(as_json: Json = False) -> None:
    """List the stories. 列出所有场景。"""
    rows = [{key: getattr(story, key) for key in STORY_COLUMNS} for story in STORIES.values()]
    print_json(rows) if as_json else print_table("Stories 场景", STORY_COLUMNS, rows)


def scenario_run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name from `aftersales scenario list`.")],
    as_json: Json = False,
) -> None:
    """Tell a story to an empty store and show what happened, with rule numbers. 运行场景。"""
    if name not in STORIES:
        raise Wrong(f"no story is named {name!r}; there are {', '.join(STORIES)}")
    with _stage(context) as runtime:
        telling = tell(STORIES[name], runtime)
    print_json(telling.document()) if as_json else print_story(telling)
    raise typer.Exit(0 if telling.went_well else 1)


def print_story(telling: Telling) -> None:
    """What happened, step by step, with what was refused and by which rule."""
    out.print(f"[bold]{telling.english}\n{telling.chinese}[/bold]")
    out.print(f"{telling.system} · {telling.profile}\n")
    for step in telling.steps:
        _print_step(step)
    out.print("[green]as told 与预期一致[/green]" if telling.went_well else "[red]not as told 与预期不符[/red]")


def _print_step(step: Told) -> None:
    """One line a step, with the rules it shows; what refused it, in both languages, beneath."""
    mark = "[green]✓[/green]" if step.as_told else "[red]✗[/red]"
    when = f"{step.at:%m-%d %H:%M}" if step.at else " " * 11
    said = (
        f"[yellow]refused by {' '.join(step.rules)}[/yellow]" if step.english else ", ".join(step.events) or step.status
    )
    rules = "" if step.english else f" [dim]{' '.join(step.rules)}[/dim]"
    out.print(f"{mark} {when}  {step.role:<14} {step.what:<36} {said}{rules}")
    for words in filter(None, (step.english, step.chinese)):
        out.print(Padding(escape(words), (0, 0, 0, 30)), style="dim", soft_wrap=False)


@contextmanager
def _stage(context: typer.Context) -> Iterator[Runtime]:
    """The network that the environment names, or an embedded store of the story's own that is gone afterwards."""
    settings = from_environment(context.obj)
    if settings.networked or context.obj:
        with runtimes.running(settings) as runtime:
            yield runtime
        return
    with tempfile.TemporaryDirectory(prefix="aftersales-story-") as folder:
        Path(folder).chmod(0o711)  # our own folder: the service account passes through to its own below
        with runtimes.running(Settings(Path(folder))) as runtime:
            yield runtime
