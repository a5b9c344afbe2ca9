"""The demo's network lives up to now, and goes on living while its pages are open."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random

import psycopg
import pytest

from projections.catalog import BOARDS
from services import embedded
from services.command import Command, Outcome
from services.demo.afternoon import SCENES, lived_on
from services.demo.dealer_network import dealer_network
from services.demo.demonstration import play
from services.demo.diary import ZONE
from services.demo.living import AT_ONCE, Living, keep_alive
from services.demo.present import KEPT, end_of_days, lived_until, put_aside_if_old
from services.demo.simulation import Story, simulate
from services.handle import Road
from services.runtime import Runtime
from services.settings import Settings
from services.ticket import RegisterTicket
from tests.story import ENDS

SITES, TICKETS, SEED, STEPS = 3, 60, 5, 150
NETWORK = dealer_network(SITES, SEED)
OPEN = "SELECT count(*) AS number FROM boards.tickets WHERE status NOT IN ('closed', 'cancelled', 'merged')"
FULL = ("reception_queue", "appointments", "arrivals", "pre_check_area", "workshop_board", "callback_queue",
        "to_follow", "paused", "deadlines", "customers_goods", "parts")  # fmt: skip


def story(now: datetime = ENDS) -> Story:
    """A fresh one: living uses its rests up."""
    return lived_on(simulate(SITES, TICKETS, SEED, end_of_days(now)), NETWORK, SEED, now)


# --- when the days end


def here(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of November 2026 at the sites; the 22nd is a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (here(20, 11, 7), here(20, 11, 7)),  # in full swing: now
        (here(20, 17, 10), here(20, 17, 10)),
        (here(20, 23), here(20, 15, 45)),  # at night: this day's afternoon
        (here(20, 8, 45), here(19, 15, 45)),  # hardly begun: the afternoon of the day before
        (here(22, 12), here(21, 15, 45)),  # Sunday
        (here(23, 6), here(21, 15, 45)),  # before Monday's opening
        (here(20, 11).astimezone(UTC), here(20, 11)),
    ],
)
def test_the_days_end_now_while_the_sites_work_and_else_in_the_last_afternoon(now: datetime, end: datetime) -> None:
    assert end_of_days(now) == end


def test_a_folder_keeps_the_moment_until_which_its_network_lived(tmp_path: Path) -> None:
    assert lived_until(tmp_path, here(20, 23).astimezone(UTC)) == here(20, 23)
    assert lived_until(tmp_path, here(21, 14)) == here(20, 23)


def test_a_network_that_is_more_than_a_day_old_is_put_aside_unless_somebody_uses_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    (tmp_path / KEPT).write_text(here(18, 11).isoformat())
    with embedded.running(tmp_path) as url:
        assert not put_aside_if_old(tmp_path, here(19, 11))
        with psycopg.connect(url):
            assert not put_aside_if_old(tmp_path, here(20, 11))
        assert put_aside_if_old(tmp_path, here(20, 11))
        assert lived_until(tmp_path, here(20, 11)) == here(20, 11)
        with psycopg.connect(embedded.Server(tmp_path).url(embedded.APP, "aftersales_20261118_1100")) as connection:
            assert connection.execute("SELECT count(*) FROM aftersales.log").fetchone() == (0,)


# --- the last afternoon


@pytest.mark.parametrize("now", [ENDS, here(20, 11, 7), here(22, 3)], ids=["afternoon", "morning", "Sunday night"])
def test_something_is_on_every_board_and_in_every_lane_now(database_url: str, now: datetime) -> None:
    runtime = Runtime(Settings(Path()), database_url)
    played = play(runtime, story(now).days, lambda done, total: None)
    assert played.refused < played.commands * 0.02
    for name in FULL:
        board = BOARDS[name]
        assert runtime.reader.board(board, limit=1).rows, name
        for lane in board.lanes:
            assert runtime.reader.board(board, lane=lane, limit=1).rows, (name, lane)
    entered = [row["since"] for row in runtime.reader.board(BOARDS["pre_check_area"], limit=9).rows]
    assert 1 <= sum(now - timedelta(minutes=15) < since < now for since in entered) <= 4
    runtime.close()


def test_the_last_afternoon_adds_its_scenes_to_the_tickets_asked_for() -> None:
    told = [command for day in story().days for command in day]
    assert sum(isinstance(command, RegisterTicket) for command in told) == TICKETS + len(SCENES)
    assert all(command.at < ENDS for command in told)


# --- living on


class Watched:
    """A network in a database of its own that has lived, and lives on so many steps."""

    def __init__(self, url: str) -> None:
        self.runtime = Runtime(Settings(Path()), url)
        play(self.runtime, story().days, lambda done, total: None)
        self.road = Road(self.runtime.store)

    def live(self, living: Living, steps: int) -> list[list[Outcome]]:
        """The answers to each step. The last one is now, for nobody tells what lies ahead."""
        began, answers = datetime.now(UTC) - timedelta(seconds=3 * steps), []
        for number in range(steps):
            answers.append(living.step(self.road, began + timedelta(seconds=3 * number)))
            self.runtime.settle()
        return answers

    def open(self) -> int:
        return int(self.runtime.reader.rows(OPEN)[0]["number"])

    def board(self, name: str) -> list[dict[str, object]]:
        return self.runtime.reader.board(BOARDS[name], limit=500).rows


def test_the_boards_move_nothing_fails_and_no_more_is_begun_than_can_be_done(database_url: str) -> None:
    watched = Watched(database_url)
    boards = ("reception_queue", "workshop_board", "callback_queue")
    before, opened = {name: watched.board(name) for name in boards}, watched.open()
    answers = watched.live(Living(NETWORK, story().rests, ENDS, Random(SEED)), STEPS)
    counted = Counter(outcome.status for outcome in chain(*answers))
    assert set(counted) <= {"accepted", "rejected"}
    assert counted["rejected"] < counted["accepted"] * 0.1
    assert all(watched.board(name) != before[name] for name in boards)
    assert watched.open() <= opened + AT_ONCE
    watched.runtime.close()


def test_a_second_run_goes_on_where_the_first_one_stopped(database_url: str) -> None:
    watched = Watched(database_url)
    told = {command.command_id for command in _next_of(Living(NETWORK, story().rests, ENDS, Random(SEED)))}
    watched.live(Living(NETWORK, story().rests, ENDS, Random(SEED)), 60)
    known = watched.runtime.store.receipts(told)
    assert known, "the first run told some of it"
    for answers in watched.live(Living(NETWORK, story().rests, ENDS, Random(SEED)), 20):
        assert not all(outcome.repeated for outcome in answers)
    watched.runtime.close()


def _next_of(living: Living) -> list[Command]:
    return [command for _ in range(60) for command in living.next(datetime.now(UTC))]


async def test_the_network_lives_until_it_is_told_to_stop(database_url: str) -> None:
    runtime, stopping = Runtime(Settings(Path()), database_url), asyncio.Event()
    living = asyncio.create_task(keep_alive(runtime, stopping, Living(NETWORK, [], ENDS, Random(SEED)), pace=0.01))
    while runtime.store.last_position() < 30:
        await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.wait_for(living, 5)
    runtime.close()
