"""What Prometheus and whoever runs us are told, read off real stores."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from projections.catalog import PROJECTIONS
from services import embedded
from services.amqp.messenger import Messenger
from services.health import alive, ready
from services.metrics import exposition
from services.runtime import Runtime
from services.settings import Settings
from tests.test_rabbit import _purge, raw
from tests.test_reactions import CALL, command, finished

STAND_STILL = "UPDATE boards.checkpoints SET moved_at = now() - interval '61 seconds' WHERE follower = 'live'"
PARK = "INSERT INTO boards.parked VALUES ('live', 'tickets', 'ticket/T1', 1, 1, 'ValueError: x')"

Numbers = dict[tuple[str, ...], float]


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """The embedded mode over an empty store."""
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


@pytest.fixture
def networked(database_url: str) -> Iterator[Runtime]:
    """A door in network mode whose broker does not answer."""
    runtime = Runtime(Settings(Path(), database_url, amqp_url="amqp://guest:guest@127.0.0.1:1/"), database_url)
    yield runtime
    runtime.close()


def scraped(runtime: Runtime) -> Numbers:
    """(name, label values … in the order of the labels' names) → number, as Prometheus reads it."""
    content, kind = exposition(runtime)
    assert kind.startswith("text/plain; version=")
    families = list(text_string_to_metric_families(content.decode()))
    assert len({family.name for family in families}) == len(families)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def grown(before: Numbers, after: Numbers) -> Numbers:
    """By how much the counts have grown that have."""
    counts = {key for key in after if key[0].endswith(("_total", "_count", "_sum"))}
    return {key: after[key] - before.get(key, 0) for key in counts if after[key] != before.get(key, 0)}


def run(runtime: Runtime, statement: str) -> None:
    with psycopg.connect(runtime.url, autocommit=True) as connection:
        connection.execute(statement.encode())


# --- what the road counts


def test_commands_are_counted_once_by_name_outcome_rule_and_code(runtime: Runtime) -> None:
    before = scraped(runtime)
    registered, assigned, *_ = finished("T1")
    runtime.handle([registered, assigned, command("StartWork", "T9")])
    runtime.handle([registered])
    found = grown(before, scraped(runtime))
    took = found.pop(("aftersales_batch_seconds_sum",))
    assert 0 < took < 60
    assert found == {
        ("aftersales_commands_total", "", "RegisterTicket", "", "accepted"): 1,
        ("aftersales_commands_total", "", "RegisterTicket", "", "repeated"): 1,
        ("aftersales_commands_total", "", "AssignTicket", "", "accepted"): 1,
        ("aftersales_commands_total", "unknown_ticket", "StartWork", "R-001", "rejected"): 1,
        ("aftersales_batch_commands_count",): 2,
        ("aftersales_batch_commands_sum",): 4,
        ("aftersales_batch_seconds_count",): 2,
    }


def test_a_batch_that_goes_one_by_one_after_conflicts_is_counted_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(runtime.url, autocommit=True) as connection:
        poisoned = """SELECT aftersales.append('{}', '{}', '{}', '{}', '{}', '{ticket/T2}', '{1}', '{ticket.unheard}',
            ARRAY['{}'::bytea], ARRAY[now()], '{0}', '{SH01}', '{x}', '{x}', '{x}', '{x}', ARRAY[''], ARRAY[''])"""
        connection.execute(poisoned.encode())
    before = scraped(runtime)
    runtime.handle([finished("T1")[0], command("StartWork", "T2")])
    found = grown(before, scraped(runtime))
    assert found[("aftersales_commands_total", "", "RegisterTicket", "", "accepted")] == 1
    assert found[("aftersales_commands_total", "failed", "StartWork", "", "failed")] == 1
    assert (found[("aftersales_batch_commands_count",)], found[("aftersales_batch_commands_sum",)]) == (1, 2)


# --- who is behind


def test_a_follower_that_is_level_lags_by_nothing(runtime: Runtime) -> None:
    runtime.ask(finished("T1"))
    found = scraped(runtime)
    assert found[("aftersales_events",)] == runtime.store.last_position() > 0
    assert found[("aftersales_follower_position", "live")] == runtime.store.last_position()
    for follower in ("live", "reactions"):
        assert found[("aftersales_follower_lag_events", follower)] == 0
        assert found[("aftersales_follower_lag_seconds", follower)] == 0
    assert (found[("aftersales_healthy",)], found[("aftersales_database_up",)]) == (1, 1)


def test_a_follower_lags_by_the_age_of_the_oldest_event_that_it_has_not_seen(runtime: Runtime) -> None:
    runtime.ask([finished("T1")[0]])
    seen = runtime.store.last_position()
    runtime.handle([finished("T1")[1]])
    unseen = runtime.store.last_position() - seen
    run(runtime, "SELECT pg_sleep(1.2)")
    runtime.handle([finished("T1")[2]])  # a younger one changes nothing about the oldest
    found = scraped(runtime)
    assert found[("aftersales_follower_lag_events", "live")] > unseen > 0
    assert 1.2 <= found[("aftersales_follower_lag_seconds", "live")] < 30


def test_what_is_parked_is_counted_for_every_projection_also_where_it_is_nothing(runtime: Runtime) -> None:
    run(runtime, PARK)
    found = scraped(runtime)
    assert {name: found[("aftersales_parked_streams", name)] for name in PROJECTIONS} == {
        name: float(name == "tickets") for name in PROJECTIONS
    }
    assert found[("aftersales_healthy",)] == 0


# --- a broker, and none


@pytest.mark.rabbit
async def test_the_depths_of_the_queues_are_told(database_url: str, amqp_url: str) -> None:
    runtime = Runtime(Settings(Path(), database_url, amqp_url=amqp_url), database_url)
    async with Messenger(amqp_url) as messenger:
        await messenger.publish([command("RegisterTicket", f"T{number}", **CALL) for number in range(3)])
        await raw(amqp_url, "workshop", b"x")
        found = await asyncio.to_thread(scraped, runtime)
    assert found[("aftersales_queue_messages", "reception", "waiting")] == 1  # one message of three commands
    assert found[("aftersales_queue_messages", "workshop", "waiting")] == 1
    assert found[("aftersales_queue_messages", "workshop", "parked")] == 0
    assert found[("aftersales_broker_up",)] == 1
    runtime.close()
    await _purge(amqp_url)


def test_a_broker_that_is_away_is_told_and_takes_no_metric_of_the_database_away(networked: Runtime) -> None:
    found = scraped(networked)
    assert (found[("aftersales_broker_up",)], found[("aftersales_database_up",)]) == (0, 1)
    assert found[("aftersales_follower_lag_events", "live")] == 0


def test_a_broker_that_says_nothing_is_away_after_three_seconds(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(Path(), database_url, amqp_url=f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}/")
        runtime, began = Runtime(settings, database_url), time.monotonic()
        assert scraped(runtime)[("aftersales_broker_up",)] == 0
        assert time.monotonic() - began < 8
        runtime.close()


# --- health


def test_behind_but_moving_is_ready_and_standing_still_is_not(networked: Runtime) -> None:
    networked.handle(finished("T1"))
    assert ready(networked).ready
    run(networked, STAND_STILL)
    found = ready(networked)
    behind = networked.store.last_position()
    assert not found.ready
    assert found.english == f"live is {behind} events behind and has not moved for 61 s"
    assert found.chinese == f"live 落后 {behind} 个事件,已停滞 61 秒"
    networked.projector.run_dry()
    assert ready(networked).model_dump() == {"ready": True, "english": "", "chinese": ""}


def test_an_embedded_follower_moves_when_it_is_asked_and_never_stands_still(runtime: Runtime) -> None:
    runtime.handle(finished("T1"))
    run(runtime, STAND_STILL)
    assert ready(runtime).ready


def test_a_database_that_goes_and_comes_back_is_told_and_found_again(runtime: Runtime, server: embedded.Server) -> None:
    assert ready(runtime).ready
    server.stop("immediate")
    try:
        began = time.monotonic()
        found, counts = ready(runtime), scraped(runtime)
        assert time.monotonic() - began < 5
        assert not found.ready
        assert found.english.startswith("the database does not answer: ")
        assert found.chinese.startswith("数据库无响应:")
        assert counts[("aftersales_database_up",)] == 0
        assert ("aftersales_events",) not in counts
        assert alive() == {"alive": True}
    finally:
        server.start()
    assert ready(runtime).ready
    assert 1 in [scraped(runtime)[("aftersales_database_up",)] for _ in range(5)]  # the store's broken connections
