"""What is under way now: the demo's boards show each trade in the midst of its work, at night as well."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from services.appointment import BookAppointment, MissAppointment, ReconfirmAppointment
from services.area import EnterArea
from services.command import Command
from services.custody import ArchivePapers, TakeProductAway
from services.demo.dealer_network import Site
from services.demo.diary import Diary, morning
from services.demo.life import Life
from services.demo.lives import not_come, ordinary, taken_away
from services.demo.present import end_of_days
from services.demo.simulation import Story, by_day, letters_of, working_days
from services.form import FillForm
from services.inspection import PassInspection
from services.part import ApprovePart, RequestPart
from services.reception import ArriveVehicle, ReceiveVehicle
from services.work import CompleteWork, DispatchEngineer, PauseWork

GOES_ON = 0.75  # the share of the tickets that stood still on earlier days and that somebody gets on with today
TRIES = 100  # lives told to find one that comes to the wanted step
CALLBACK_DUE = 3 * 24 * 60  # minutes after the work


class Scene(NamedTuple):
    """At a site of this trade the last thing told of a ticket is this step, so many minutes ago."""

    profile: str
    step: type[Command]
    minutes: tuple[int, int]
    facts: Mapping[str, Any] = MappingProxyType({})
    life: Callable[[Diary], None] = ordinary


def lived_on(story: Story, network: Sequence[Site], seed: int, now: datetime) -> Story:
    """The story with a last day on which tickets that stood still are got on with, and with all scenes as of `now`."""
    dice = Random(f"{seed}/{now.isoformat()}")  # noqa: S311 - a stage, not a secret
    told = [*chain(*story.days), *_got_on_with(story.rests, dice, end_of_days(now))]
    rests = [life for life in story.rests if not life.is_over]
    for scene, letters in zip(SCENES, letters_of(dice), strict=False):
        if diary := _found(scene, network, dice, letters, now):
            life = Life(diary.commands)
            told += _told_to(scene, life, diary.commands, now - timedelta(minutes=dice.uniform(*scene.minutes)))
            rests.append(life)
    return Story(by_day(told), rests)


def _got_on_with(rests: Iterable[Life], dice: Random, ends: datetime) -> Iterator[Command]:
    """Nobody stands in the pre-check area for days; of what else stood still, most is taken up again today."""
    opened = morning(ends.date())
    for life in rests:
        if not isinstance(life.coming, ReceiveVehicle):
            if life.due >= opened or dice.random() >= GOES_ON:
                continue
            yield life.tell(opened + (ends - opened) * dice.random())
        while not life.is_over and life.due < ends:
            yield life.tell(life.due)


def _found(scene: Scene, network: Sequence[Site], dice: Random, letters: str, now: datetime) -> Diary | None:
    """A diary, begun on the working day before the last, in which the step comes and is not the end."""
    sites = [site for site in network if site.trade.profile == scene.profile]
    at = morning(working_days(now.date(), 2)[0]) + timedelta(minutes=dice.randint(10, 50))
    for _ in range(TRIES if sites else 0):
        diary = Diary(sites[0], f"{sites[0].name}-{at:%y%m%d}-{letters}", dice, at)
        diary.washes = True
        scene.life(diary)
        if any(_is(scene, command) for command in diary.commands[:-1]):
            return diary
    return None


def _told_to(scene: Scene, life: Life, commands: Sequence[Command], at: datetime) -> Iterator[Command]:
    """Up to the step, which is told at `at`; what came before on the same day was never before the opening."""
    step = next(command for command in commands if _is(scene, command))
    opened = morning(at.date())
    for command in commands[: commands.index(step) + 1]:
        told = command.at + (at - step.at)
        is_early = command.at.date() == step.at.date() and told < opened < at
        yield life.tell(opened if is_early else told)


def _is(scene: Scene, command: Command) -> bool:
    return isinstance(command, scene.step) and all(getattr(command, name) == fact for name, fact in scene.facts.items())


CAR, FURNITURE, SOFTWARE = "auto-4s", "furniture", "software"
SCENES = (
    Scene(CAR, EnterArea, (9, 14), {"bay": 1}),
    Scene(CAR, EnterArea, (1, 4), {"bay": 2}),
    Scene(CAR, EnterArea, (4, 9), {"bay": 3}),
    Scene(CAR, ArriveVehicle, (0, 2)),
    Scene(CAR, BookAppointment, (10, 60)),
    Scene(CAR, BookAppointment, (60, 240)),
    Scene(CAR, FillForm, (3, 15), {"form": "appointment_preparation"}),
    Scene(CAR, FillForm, (15, 25), {"form": "appointment_preparation"}),
    Scene(CAR, ReconfirmAppointment, (1, 10)),
    Scene(CAR, ReconfirmAppointment, (10, 25)),
    Scene(CAR, MissAppointment, (20, 120), life=not_come),
    Scene(CAR, CompleteWork, (5, 25)),
    Scene(CAR, PassInspection, (2, 15), {"level": "self"}),
    Scene(CAR, PassInspection, (2, 25), {"level": "self"}),
    Scene(CAR, PassInspection, (5, 30), {"level": "team"}),
    Scene(CAR, PassInspection, (5, 25), {"level": "final"}),
    Scene(CAR, FillForm, (2, 20), {"form": "wash_record"}),
    Scene(CAR, FillForm, (10, 40), {"form": "wash_record"}),
    Scene(CAR, PauseWork, (5, 40)),
    Scene(CAR, RequestPart, (5, 20)),
    Scene(CAR, ApprovePart, (5, 30)),
    Scene(CAR, ArchivePapers, (CALLBACK_DUE - 120, CALLBACK_DUE - 60)),
    Scene(FURNITURE, DispatchEngineer, (5, 40)),
    Scene(FURNITURE, TakeProductAway, (20, 120), life=taken_away),
    Scene(FURNITURE, TakeProductAway, (120, 240), life=taken_away),
    Scene(FURNITURE, PauseWork, (5, 60)),
    Scene(FURNITURE, FillForm, (CALLBACK_DUE - 120, CALLBACK_DUE - 30), {"form": "result_report"}),
    Scene(FURNITURE, FillForm, (CALLBACK_DUE + 20, CALLBACK_DUE + 60), {"form": "result_report"}),
    Scene(SOFTWARE, PauseWork, (5, 60)),
    Scene(SOFTWARE, CompleteWork, (CALLBACK_DUE - 90, CALLBACK_DUE - 30)),
)
