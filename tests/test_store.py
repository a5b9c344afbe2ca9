"""The log on a real PostgreSQL: nothing is skipped, nothing is changed, nothing is half written."""

import asyncio
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from events import schema
from events.callback import CallbackScheduled
from events.event import Context, Pending, Recorded, Unreadable
from events.listener import Listener, News
from events.store import Conflict, Store
from events.ticket import Customer, TicketAssigned, TicketNoted, TicketRegistered
from services import embedded, roles
from services.runtime import Runtime
from services.settings import Settings
from tests.appended import MORNING, LaterNote, TicketTeleported, append_in, pending, receipt

STREAMS = [f"ticket/T{number}" for number in range(12)]


@pytest.fixture
def owner_url(server: embedded.Server, database_url: str) -> str:
    """The same store as the role that owns its tables."""
    return server.url(embedded.OWNER, str(conninfo_to_dict(database_url)["dbname"]))


def one(url: str, statement: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def refused(url: str, statement: str) -> str:
    """What the database says when it refuses a statement."""
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    return str(caught.value)


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


# --- followers beside writers


@dataclass
class Network:
    """Writers that stall and fail, and what was acknowledged to them: command id → (stream, version)."""

    url: str
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    finished: threading.Event = field(default_factory=threading.Event)

    def write(self, writer: int) -> None:
        dice, store = Random(writer), Store(self.url, connections=1)
        with psycopg.connect(self.url, autocommit=True) as connection:
            for number in range(40):
                attempt = dice.choice((self._append, self._append, self._append_slowly, self._roll_back))
                attempt(dice, store, connection, f"w{writer}-{number}")
        store.close()

    def _append(self, dice: Random, store: Store, connection: psycopg.Connection, command_id: str) -> None:
        stream, version = self._next(dice, store)
        known = list(self.acknowledged)
        taken = dice.choice(known) if known and dice.random() < 0.2 else command_id
        try:
            store.append([receipt(taken, stream, version)], _two(stream, version, command_id))
        except Conflict:
            self.failed["conflict"] += 1
        else:
            self.acknowledged[command_id] = stream, version

    def _append_slowly(self, dice: Random, store: Store, connection: psycopg.Connection, command_id: str) -> None:
        """Has taken its transaction id long before it appends, and commits late."""
        stream, version = self._next(dice, store)
        with suppress(psycopg.errors.UniqueViolation), connection.transaction():
            connection.execute("SELECT pg_current_xact_id()")
            time.sleep(dice.random() * 0.02)
            append_in(connection, [receipt(command_id, stream, version)], _two(stream, version, command_id))
            time.sleep(dice.random() * 0.01)
            self.acknowledged[command_id] = stream, version
            return
        self.failed["late conflict"] += 1

    def _roll_back(self, dice: Random, store: Store, connection: psycopg.Connection, command_id: str) -> None:
        stream, version = self._next(dice, store)
        with suppress(psycopg.errors.UniqueViolation), connection.transaction():
            append_in(connection, [receipt(command_id, stream, version)], _two(stream, version, command_id))
            time.sleep(dice.random() * 0.01)
            raise psycopg.Rollback
        self.failed["rolled back"] += 1

    def _next(self, dice: Random, store: Store) -> tuple[str, int]:
        stream = dice.choice(STREAMS)
        events = store.read(stream)
        return stream, len(events) + 1

    def follow(self, seed: int, names: Sequence[str] = ()) -> list[Recorded]:
        """Everything that a follower saw, who remembers nothing but its last position."""
        dice, store, seen = Random(seed), Store(self.url, connections=1), list[Recorded]()
        while True:
            was_finished = self.finished.is_set()
            batch = store.follow(seen[-1].position if seen else 0, dice.randint(1, 50), names)
            seen += batch
            if not batch and was_finished:
                store.close()
                return seen
            time.sleep(dice.random() * 0.002)


def _two(stream: str, version: int, command_id: str) -> list[Pending]:
    assigned = TicketAssigned(team="A")
    return [
        pending(stream, version, command_id=command_id),
        pending(stream, version + 1, assigned, command_id=command_id),
    ]


def test_followers_next_to_eight_writers_that_stall_and_fail_see_every_event_once_and_in_order(
    database_url: str, store: Store
) -> None:
    network = Network(database_url)
    with ThreadPoolExecutor(max_workers=12) as threads:
        all_of_it = [threads.submit(network.follow, seed) for seed in range(3)]
        assignments = threads.submit(network.follow, 3, ["ticket.assigned"])
        for writing in [threads.submit(network.write, writer) for writer in range(8)]:
            writing.result()
        network.finished.set()
    log = store.follow(0, 10_000)
    assert min(network.failed[way] for way in ("conflict", "late conflict", "rolled back")) > 0
    assert all(following.result() == log for following in all_of_it)
    assert [recorded.position for recorded in log] == list(range(1, 2 * len(network.acknowledged) + 1))
    assert assignments.result() == [each for each in log if each.event.name == "ticket.assigned"]
    assert_every_stream_counts_its_versions(log)
    kept = {each.context.command_id: (each.stream, each.version - 1) for each in log if each.version % 2 == 0}
    known = store.receipts(network.acknowledged)
    assert kept == {name: (known[name].stream, known[name].version) for name in known} == network.acknowledged


def assert_every_stream_counts_its_versions(log: Sequence[Recorded]) -> None:
    versions = defaultdict[str, list[int]](list)
    for recorded in log:
        versions[recorded.stream].append(recorded.version)
    assert all(seen == list(range(1, len(seen) + 1)) for seen in versions.values())


def test_a_follower_of_one_kind_of_event_skips_nothing_of_its_kind(store: Store) -> None:
    dice = Random(7)
    kinds = [dice.choice([TicketNoted(text="客户催问"), TicketAssigned(team="A")]) for _ in range(300)]
    store.append([], [pending("ticket/T1", number, event) for number, event in enumerate(kinds, 1)])
    seen, position = [], 0
    while batch := store.follow(position, dice.randint(1, 20), ["ticket.assigned"]):
        position = batch[-1].position
        seen += [recorded.position for recorded in batch]
    assert seen == [position for position, event in enumerate(kinds, 1) if isinstance(event, TicketAssigned)]


def test_the_recorded_time_grows_with_the_position(store: Store) -> None:
    for version in range(1, 20):
        store.append([], [pending("ticket/T1", 2 * version - 1), pending("ticket/T1", 2 * version)])
    times = [recorded.recorded_at for recorded in store.follow(0, 100)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert {moment.utcoffset() for moment in times} == {timedelta(0)}


# --- immutable

CHANGES = {
    "UPDATE": "UPDATE aftersales.events SET actor = 'nobody'",
    "DELETE": "DELETE FROM aftersales.events",
    "TRUNCATE": "TRUNCATE aftersales.events",
}
WAYS_AROUND = (
    "INSERT INTO aftersales.events SELECT * FROM aftersales.events",
    "ALTER TABLE aftersales.events DISABLE TRIGGER events_are_immutable",
    "ALTER TABLE aftersales.events DISABLE TRIGGER ALL",
    "DROP TRIGGER events_are_immutable ON aftersales.events",
    "DROP TABLE aftersales.events CASCADE",
    "ALTER TABLE aftersales.events RENAME TO forgotten",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION aftersales.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TABLE aftersales.mine (id int)",
    "CREATE RULE no_trace AS ON INSERT TO aftersales.events DO INSTEAD NOTHING",
    f"SET ROLE {embedded.OWNER}",
    "INSERT INTO aftersales.inbox (command_id) VALUES ('mine')",
    "UPDATE aftersales.inbox SET refusal = NULL",
    "DELETE FROM aftersales.inbox",
    "TRUNCATE aftersales.inbox",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_of_the_log_cannot_change_it_and_is_told_why(store: Store, owner_url: str, change: str) -> None:
    store.append([], [pending("ticket/T1", 1)])
    before = store.follow(0, 10)
    assert refused(owner_url, CHANGES[change]).startswith(
        f"events are immutable: {change} on events is refused; a correction is a new event"
    )
    assert store.follow(0, 10) == before


@pytest.mark.parametrize("statement", [*CHANGES.values(), *WAYS_AROUND])
def test_the_application_has_no_way_to_change_the_log_or_the_inbox(
    store: Store, database_url: str, statement: str
) -> None:
    store.append([receipt("c1", "ticket/T1", 1)], [pending("ticket/T1", 1)])
    assert any(words in refused(database_url, statement) for words in ("permission denied", "must be owner"))


def test_the_application_cannot_replace_the_function_that_appends(database_url: str, owner_url: str) -> None:
    definition = one(owner_url, "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'append'")
    assert "permission denied for schema aftersales" in refused(database_url, definition)


def test_a_table_of_the_applications_own_does_not_lead_the_function_astray(database_url: str, store: Store) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE events (LIKE aftersales.events)")
        connection.execute("CREATE TEMP TABLE inbox (LIKE aftersales.inbox)")
        append_in(connection, [receipt("c1", "ticket/T1", 1)], [pending("ticket/T1", 1)])
    assert store.last_position() == 1
    assert "c1" in store.receipts(["c1"])


def test_a_role_that_is_nobody_of_ours_can_neither_read_nor_append(server: embedded.Server, database_url: str) -> None:
    name = str(conninfo_to_dict(database_url)["dbname"])
    with psycopg.connect(server.url("postgres", name), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS stranger")
        connection.execute("CREATE ROLE stranger LOGIN")
    stranger = server.url("stranger", name)
    assert "permission denied" in refused(stranger, "SELECT * FROM aftersales.events")
    assert "permission denied" in refused(stranger, "SELECT aftersales.attempt(ARRAY['c1'])")


def test_installing_again_changes_nothing(store: Store, owner_url: str) -> None:
    store.append([receipt("c1", "ticket/T1", 1)], [pending("ticket/T1", 1)])
    before = store.follow(0, 10), store.receipts(["c1"])
    schema.install(owner_url, embedded.APP)
    assert (store.follow(0, 10), store.receipts(["c1"])) == before
    assert "immutable" in refused(owner_url, CHANGES["DELETE"])


def test_processes_that_install_at_the_same_time_do_not_trip_over_each_other(store: Store, owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA aftersales, boards, boards_next CASCADE")
    with ThreadPoolExecutor(max_workers=6) as threads:
        installing = [threads.submit(schema.install, owner_url, embedded.APP) for _ in range(12)]
        assert [each.result() for each in installing] == [None] * 12
    store.append([], [pending("ticket/T1", 1)])


# --- together or not at all


def test_a_taken_version_is_a_conflict_and_leaves_no_receipt(store: Store) -> None:
    store.append([receipt("c1", "ticket/T1", 1)], [pending("ticket/T1", 1)])
    with pytest.raises(Conflict):
        store.append([receipt("c2", "ticket/T1", 1)], [pending("ticket/T2", 1), pending("ticket/T1", 1)])
    assert store.receipts(["c1", "c2"]).keys() == {"c1"}
    assert [recorded.stream for recorded in store.follow(0, 10)] == ["ticket/T1"]


def test_a_taken_command_id_is_a_conflict_and_leaves_no_event(store: Store) -> None:
    store.append([receipt("c1", "ticket/T1", 1)], [pending("ticket/T1", 1)])
    with pytest.raises(Conflict, match="inbox_pkey"):
        store.append([receipt("c0", "ticket/T2", 1), receipt("c1", "ticket/T2", 1)], [pending("ticket/T2", 1)])
    assert store.read("ticket/T2") == []
    assert store.receipts(["c0", "c1"]) == {"c1": receipt("c1", "ticket/T1", 1)}


def test_a_refusal_is_remembered_without_any_event(store: Store) -> None:
    refusal = {"code": "unsigned", "chinese": "客户尚未签字"}
    assert store.append([receipt("c1", "ticket/T1", 0, refusal=refusal)], []) == 0
    assert store.receipts(["c1"])["c1"].refusal == refusal
    assert store.last_position() == 0


def test_append_tells_the_position_before_its_first_event(store: Store) -> None:
    assert store.append([], [pending("ticket/T1", 1), pending("ticket/T1", 2)]) == 0
    assert store.append([], [pending("ticket/T2", 1)]) == 2


def test_of_writers_who_want_the_same_version_one_wins(database_url: str, store: Store) -> None:
    def write(writer: int) -> bool:
        try:
            store.append([receipt(f"c{writer}", "ticket/T1", 1)], [pending("ticket/T1", 1)])
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(max_workers=8) as threads:
        won = list(threads.map(write, range(8)))
    assert won.count(True) == 1
    assert store.receipts([f"c{writer}" for writer in range(8)]).keys() == {f"c{won.index(True)}"}


def test_batches_that_name_the_same_commands_in_opposite_order_end_in_a_conflict_and_not_in_a_deadlock(
    store: Store,
) -> None:
    def write(writer: int) -> str:
        ids = [f"c{number}" for number in range(200)]
        batch = [receipt(name, f"ticket/W{writer}", 1) for name in (ids if writer % 2 else reversed(ids))]
        try:
            store.append(batch, [pending(f"ticket/W{writer}", 1)])
        except Conflict as conflict:
            return str(conflict)
        return "won"

    with ThreadPoolExecutor(max_workers=4) as threads:
        ends = Counter(threads.map(write, range(4)))
    assert ends == {"won": 1, 'duplicate key value violates unique constraint "inbox_pkey"': 3}
    assert store.last_position() == 1


# --- reading


def test_a_stream_is_read_up_to_a_version(store: Store) -> None:
    store.append([], [pending("ticket/T1", version) for version in range(1, 6)])
    assert [recorded.version for recorded in store.read("ticket/T1", 3)] == [1, 2, 3]
    assert [recorded.version for recorded in store.read("ticket/T1")] == [1, 2, 3, 4, 5]
    assert store.read("ticket/T1", 0) == store.read("ticket/T2") == []


def test_the_tails_of_many_streams_are_read_at_once(store: Store) -> None:
    for stream in STREAMS:
        store.append([], [pending(stream, version) for version in range(1, 5)])
    known = {stream: number % 6 for number, stream in enumerate(STREAMS)} | {"ticket/T99": 0}
    tails = defaultdict[str, list[int]](list)
    for recorded in store.read_tails(known):
        tails[recorded.stream].append(recorded.version)
    assert tails == {
        stream: list(range(after + 1, 5)) for stream, after in known.items() if after < 4 and "99" not in stream
    }
    assert store.read_tails({}) == []


@pytest.mark.parametrize(
    ("versions", "wrong"),
    [
        ((1, 2, 3), {}),
        ((2, 3), {0: "expected version 1, found 2"}),
        ((1, 3, 4), {1: "expected version 2, found 3"}),
        ((1, 3, 2, 4), {1: "expected version 2, found 3"}),
        ((2, 1), {0: "expected version 1, found 2"}),
    ],
)
def test_a_stream_that_does_not_count_one_two_three_in_the_order_of_the_log_is_found(
    store: Store, versions: tuple[int, ...], wrong: dict[int, str]
) -> None:
    for name in ("ticket/A", "ticket/Z"):  # whole, before and behind it
        store.append([], [pending(name, version) for version in (1, 2)])
    places = [store.append([], [pending("ticket/T", version)]) + 1 for version in versions]
    assert store.breaks(store.last_position()) == {places[at]: what for at, what in wrong.items()}
    assert store.breaks(places[0] - 1) == {}


def test_a_receipt_tells_where_its_events_stand(store: Store) -> None:
    store.append([receipt("c1", "ticket/T1", 2)], [pending("ticket/T1", 1), pending("ticket/T1", 2)])
    store.append([receipt("c2", "ticket/T2", 0), receipt("c3", "ticket/T1", 2)], [])
    known = store.receipts(["c1", "c2", "c3", "c4"])
    assert {name: each.position for name, each in known.items()} == {"c1": 2, "c2": None, "c3": 2}


def test_attempts_are_counted_and_never_change_a_decided_receipt(store: Store) -> None:
    assert store.attempt(["c1", "c2"]) == {"c1": 1, "c2": 1}
    assert store.attempt(["c2"]) == {"c2": 2}
    assert store.receipts(["c1", "c2"]) == {}
    store.append([receipt("c2", "ticket/T1", 1)], [pending("ticket/T1", 1)])
    before = store.receipts(["c2"])
    assert store.attempt(["c2", "c2"]) == {"c2": 3}
    assert store.receipts(["c2"]) == before == {"c2": receipt("c2", "ticket/T1", 1)}
    with pytest.raises(Conflict):
        store.append([receipt("c2", "ticket/T1", 2)], [pending("ticket/T1", 2)])


def test_the_log_counts_its_events_by_name(store: Store) -> None:
    assert (store.counts(), store.last_position()) == ({}, 0)
    store.append(
        [], [pending("ticket/T1", 1), pending("ticket/T1", 2), pending("ticket/T1", 3, TicketAssigned(team="A"))]
    )
    assert (store.counts(), store.last_position()) == ({"ticket.assigned": 1, "ticket.noted": 2}, 3)


def test_the_librarys_own_recorder_reads_our_log(store: Store, database_url: str) -> None:
    store.append([], [pending("ticket/T1", 1), pending("ticket/T2", 1), pending("ticket/T1", 2)])
    where = {name: str(value) for name, value in conninfo_to_dict(database_url).items()}
    datastore = PostgresDatastore(
        where["dbname"], where["host"], "5432", where["user"], "", schema=schema.SCHEMA, originator_id_type="text"
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="events")
    stored = recorder.select_events("ticket/T1")
    notifications = recorder.select_notifications(2, 10)
    datastore.close()
    assert [(each.originator_version, each.topic, each.state) for each in stored] == [
        (1, "ticket.noted", b'{"text":"ticket/T1 1"}'),
        (2, "ticket.noted", b'{"text":"ticket/T1 2"}'),
    ]
    assert [(each.id, each.originator_id) for each in notifications] == [(2, "ticket/T2"), (3, "ticket/T1")]


# --- the envelope

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OFFSETS = (timedelta(0), timedelta(hours=8), timedelta(hours=-10), timedelta(hours=14), timedelta(hours=5, minutes=45),
           timedelta(hours=-3, minutes=-30))  # fmt: skip


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_an_event_happened_at_its_own_places_time_and_day(store: Store, offset: timedelta) -> None:
    happened = datetime(2026, 3, 2, 23, 59, 59, 123456, tzinfo=timezone(offset))
    store.append([], [pending("ticket/T1", 1, occurred_at=happened)])
    (read,) = store.read("ticket/T1")
    assert read.context.occurred_at.isoformat() == happened.isoformat()


def test_the_envelope_comes_back_as_it_was(store: Store) -> None:
    told = Context(MORNING, "上海01", "李芳 👩‍🔧", "receptionist", "编号-1", "ticket/T1", "ticket/T1@3", TRACE)
    event = pending("ticket/沪A·12345", 1)
    before = datetime.now(UTC)
    store.append([], [type(event)(event.stream, 1, event.event, told)])
    (read,) = store.read("ticket/沪A·12345")
    assert (read.context, read.stream, read.version, read.position) == (told, event.stream, 1, 1)
    assert before - timedelta(seconds=1) < read.recorded_at < datetime.now(UTC) + timedelta(seconds=1)
    assert (read.document()["name"], read.document()["traceparent"]) == ("ticket.noted", TRACE)


@pytest.mark.parametrize(
    "text",
    ["刹车异响,已更换前片", "🔧🚗👨‍👩‍👧 \u202eاب", "'; DROP TABLE events; --", "a\\u0000b {x} %s", "长" * 20_000],
)
def test_words_come_back_as_they_were_and_are_never_cut(store: Store, text: str) -> None:
    customer = Customer(name=text, address=text)
    event = TicketRegistered(problem=text, product=text, channel="phone", customer=customer, profile="auto-4s",
                             policy_version=1, needs_signature=True, needs_callback=False)  # fmt: skip
    store.append([], [pending("ticket/T1", 1, event)])
    assert store.read("ticket/T1")[0].event == event


def test_an_event_that_a_later_release_wrote_is_unreadable_and_its_neighbours_are_not(store: Store) -> None:
    store.append(
        [], [pending("ticket/T1", 1), pending("ticket/T1", 2, TicketTeleported(planet="Mars")), pending("ticket/T1", 3)]
    )
    first, unknown, last = store.read("ticket/T1")
    assert isinstance(unknown.event, Unreadable)
    assert unknown.event.unread_name == "ticket.teleported"
    assert "upgrade" in unknown.event.why
    assert (first.event, last.event) == (TicketNoted(text="ticket/T1 1"), TicketNoted(text="ticket/T1 3"))
    assert store.follow(0, 10) == [first, unknown, last]


@pytest.mark.parametrize("fields", [{}, {"due_at": None}])
def test_an_event_with_broken_fields_is_unreadable_and_names_the_field(store: Store, fields: dict[str, Any]) -> None:
    store.append([], [pending("ticket/T1", 1, CallbackScheduled.model_construct(**fields))])
    (read,) = store.read("ticket/T1")
    assert isinstance(read.event, Unreadable)
    assert "due_at" in read.event.why


def test_a_field_that_only_a_later_release_knows_is_no_hindrance(store: Store) -> None:
    store.append([], [pending("ticket/T1", 1, LaterNote(text="x"))])
    assert store.read("ticket/T1")[0].event == TicketNoted(text="x")


# --- news


@contextmanager
def listening(url: str, superuser: str) -> Iterator[Listener]:
    listener = Listener(url).start()
    until(lambda: listeners(superuser) > 0)
    yield listener
    listener.close()


def listeners(superuser: str) -> int:
    """How many connections to this database have said LISTEN last."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    return int(one(superuser, question))


async def woken_at(news: News, heard: int) -> float:
    await news.wait(heard, 30)
    return time.monotonic()


@pytest.fixture
def superuser(server: embedded.Server, database_url: str) -> str:
    return server.url("postgres", str(conninfo_to_dict(database_url)["dbname"]))


async def test_news_wakes_everybody_who_waits_within_a_moment_over_one_connection(
    store: Store, database_url: str, superuser: str
) -> None:
    with listening(database_url, superuser) as listener:
        heard = listener.appended.heard()
        waiting = [asyncio.create_task(woken_at(listener.appended, heard)) for _ in range(10)]
        await asyncio.sleep(0.1)
        assert not any(each.done() for each in waiting)
        assert listeners(superuser) == 1
        began = time.monotonic()
        store.append([], [pending("ticket/T1", 1)])
        woken = [await each - began for each in waiting]
    assert max(woken) < 0.5


async def test_what_is_appended_does_not_wake_who_waits_for_the_boards(
    store: Store, database_url: str, superuser: str
) -> None:
    with listening(database_url, superuser) as listener:
        appended, projected = listener.appended.heard(), listener.projected.heard()
        store.append([], [pending("ticket/T1", 1)])
        await listener.appended.wait(appended, 30)
        assert (listener.appended.heard() > appended, listener.projected.heard()) == (True, projected)


async def test_a_process_with_every_role_listens_over_one_connection(database_url: str, superuser: str) -> None:
    runtime, stopping = Runtime(Settings(Path()), database_url), asyncio.Event()
    running = asyncio.create_task(roles.up(runtime, stopping, ()))
    try:
        await asyncio.to_thread(until, lambda: listeners(superuser) > 0)
        await asyncio.sleep(0.3)
        assert listeners(superuser) == 1
    finally:
        stopping.set()
        await running
        runtime.close()


async def test_news_between_looking_and_waiting_is_not_missed(store: Store, database_url: str, superuser: str) -> None:
    with listening(database_url, superuser) as listener:
        heard = listener.appended.heard()
        store.append([], [pending("ticket/T1", 1)])
        until(lambda: listener.appended.heard() > heard)
        began = time.monotonic()
        await listener.appended.wait(heard, 30)
        assert time.monotonic() - began < 0.5


async def test_a_refused_command_is_no_news(store: Store, database_url: str, superuser: str) -> None:
    with listening(database_url, superuser) as listener:
        heard = listener.appended.heard()
        store.append([receipt("c1", "ticket/T1", 0)], [])
        await listener.appended.wait(heard, 0.2)
        assert listener.appended.heard() == heard


async def test_a_listener_whose_connection_was_cut_listens_again(
    store: Store, database_url: str, superuser: str
) -> None:
    with listening(database_url, superuser) as listener:
        one(superuser, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                       " AND datname = current_database()")  # fmt: skip
        until(lambda: listeners(superuser) == 0)
        until(lambda: listeners(superuser) == 1)
        heard = listener.appended.heard()
        store.append([], [pending("ticket/T1", 1)])
        await listener.appended.wait(heard, 5)
        assert listener.appended.heard() > heard


async def test_who_waits_for_nothing_is_let_go_when_the_listener_is_stopped(database_url: str, superuser: str) -> None:
    with listening(database_url, superuser) as listener:
        waiting = asyncio.create_task(listener.appended.wait(listener.appended.heard(), 30))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(listener.close)
        async with asyncio.timeout(1):
            await waiting
    until(lambda: listeners(superuser) == 0)
