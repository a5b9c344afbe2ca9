"""Other systems are called about events: in order, signed, at least once, and nobody waits for anybody else."""

import asyncio
import base64
import hashlib
import hmac
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from events.store import Store
from events.ticket import TicketClosed, TicketRegistered
from services import roles
from services.api.cloudevents import BATCH_CONTENT_TYPE
from services.runtime import Runtime
from services.settings import Settings
from services.webhooks import delivery
from services.webhooks.delivery import BATCH, JITTER, LONGEST_WAIT, TRIES, Courier, deliver, new_client, wait_after
from services.webhooks.signature import SecretError, key_of, new_secret
from services.webhooks.subscriptions import NoWebhook, Subscription, Subscriptions, WrongWebhook
from tests.appended import pending
from tests.network import Network

END_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Receiver:
    """Another system: a real HTTP server that keeps what it is sent and answers as it is told."""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status, self.location = 204, ""
        self.may_answer = threading.Event()
        self.may_answer.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
                receiver.may_answer.wait(30)
                try:
                    self.send_response(receiver.status)
                    self.send_header("Location", receiver.location)
                    self.end_headers()
                except OSError:
                    pass  # whoever called is gone

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        """What every call brought."""
        return [orjson.loads(body) for _, body in self.calls]

    @property
    def positions(self) -> list[int]:
        """The positions of all events, in the order in which they came."""
        return [int(event["id"]) for batch in self.batches for event in batch]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    receiver = Receiver(port)
    yield receiver
    receiver.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def subscriptions(store: Store) -> Iterator[Subscriptions]:
    """The subscriptions beside the empty store."""
    with Subscriptions(store.url) as subscriptions:
        yield subscriptions


@pytest.fixture
def runtime(store: Store) -> Iterator[Runtime]:
    runtime = Runtime(Settings(Path()), store.url)
    yield runtime
    runtime.close()


def notes(store: Store, count: int, ticket: str = "T1", site: str = "SH01") -> None:
    """So many more notes on a ticket."""
    stream, before = f"ticket/{ticket}", len(store.read(f"ticket/{ticket}"))
    store.append([], [pending(stream, before + n, site=site) for n in range(1, count + 1)])


def add(subscriptions: Subscriptions, url: str, *events: str, sites: tuple[str, ...] = ()) -> Subscription:
    """A subscription from the beginning of the log."""
    return subscriptions.add(url, events=events or ("*",), sites=sites, position=0)


def state_of(subscriptions: Subscriptions, webhook: Subscription) -> Subscription:
    return next(each for each in subscriptions.all() if each.id == webhook.id)


@asynccontextmanager
async def courier(store: Store, subscriptions: Subscriptions) -> AsyncIterator[Courier]:
    async with new_client() as client:
        yield Courier(store, subscriptions, client)


async def attempt(store: Store, subscriptions: Subscriptions, webhook: Subscription, now: datetime) -> Subscription:
    """One call at a time that we say; returns how the subscription stands then."""
    async with courier(store, subscriptions) as bringing:
        await bringing.attempt(state_of(subscriptions, webhook), now)
    return state_of(subscriptions, webhook)


@asynccontextmanager
async def delivering(runtime: Runtime) -> AsyncIterator[None]:
    """The role, in this process."""
    stopping = asyncio.Event()
    role = asyncio.create_task(deliver(runtime, stopping))
    yield
    stopping.set()
    await role


async def until(holds: Any, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, by the words of the Standard Webhooks scheme."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return headers["webhook-signature"] == f"v1,{expected}"


# --- what is sent


async def test_a_receiver_gets_the_whole_log_in_order_signed_and_in_batches(lived: Runtime, receiver: Receiver) -> None:
    with Subscriptions(lived.url) as subscriptions:
        webhook = add(subscriptions, receiver.url)
        async with delivering(lived):
            await until(lambda: state_of(subscriptions, webhook).position == lived.store.last_position())
        assert state_of(subscriptions, webhook).state == "active"
    assert receiver.positions == list(range(1, lived.store.last_position() + 1))
    assert max(map(len, receiver.batches)) == BATCH
    assert all(is_signed(webhook.secret, headers, body) for headers, body in receiver.calls)
    assert not is_signed(new_secret(), *receiver.calls[0])
    assert {headers["content-type"] for headers, _ in receiver.calls} == {BATCH_CONTENT_TYPE}
    sent = int(receiver.calls[-1][0]["webhook-timestamp"])
    assert abs(datetime.now(UTC).timestamp() - sent) < 60


async def test_news_comes_at_once_to_who_subscribed_to_what_is_new(
    runtime: Runtime, store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    notes(store, 3)
    subscriptions.add(receiver.url, events=["*"], sites=[], position=store.last_position())
    async with delivering(runtime):
        await asyncio.sleep(0.2)
        assert receiver.calls == []
        notes(store, 2)
        await until(lambda: receiver.positions == [4, 5])


async def test_a_receiver_gets_the_sites_and_the_events_it_asked_for_and_is_up_to_date_all_the_same(
    store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    notes(store, 2, "T1", "SH01")
    notes(store, 2, "T2", "BJ01")
    store.append([], [pending("ticket/T1", 3, TicketClosed(solution="换芯"))])
    here = add(subscriptions, receiver.url, "*.closed", "work.*", sites=("SH01",))
    assert (await attempt(store, subscriptions, here, NOW)).position == 5
    assert [event["type"] for event in receiver.batches[0]] == ["aftersales.ticket.closed"]
    nothing = add(subscriptions, receiver.url, "work.*")
    assert (await attempt(store, subscriptions, nothing, NOW)).position == 5
    there = add(subscriptions, receiver.url, sites=("BJ01", "GZ01"))
    assert (await attempt(store, subscriptions, there, NOW)).position == 5
    assert receiver.positions == [5, 3, 4]


@pytest.mark.rule("R-026")
async def test_who_the_customer_is_does_not_leave_the_house(lived: Runtime, receiver: Receiver) -> None:
    with Subscriptions(lived.url) as subscriptions:
        webhook = add(subscriptions, receiver.url, "ticket.registered")
        while (await attempt(lived.store, subscriptions, webhook, NOW)).position < lived.store.last_position():
            pass
    registered = [each.event for each in lived.store.follow(0, 100_000, ["ticket.registered"])]
    sent = [event["data"]["customer"] for batch in receiver.batches for event in batch]
    assert len(sent) == len(registered) > 50
    for event, shown in zip(registered, sent, strict=True):
        assert isinstance(event, TicketRegistered)
        assert shown["name"] == event.customer.name[0] + "*" * (len(event.customer.name) - 1)
        assert shown["address"] == event.customer.address[:6] + "…"


# --- who does not answer


async def test_what_a_receiver_missed_while_it_was_down_comes_in_order_when_it_is_up_again(
    store: Store, subscriptions: Subscriptions
) -> None:
    with receiving() as gone:
        port = gone.server.server_port
    webhook = add(subscriptions, gone.url)
    notes(store, 150)
    for failures in range(1, 4):
        notes(store, 1)
        failed = await attempt(store, subscriptions, webhook, NOW)
        assert (failed.state, failed.failures, failed.position) == ("failing", failures, 0)
        assert failed.last_error
    with receiving(port) as back:
        for _ in range(2):
            webhook = await attempt(store, subscriptions, webhook, NOW)
        assert back.positions == list(range(1, 154))
    assert (webhook.state, webhook.failures, webhook.next_try_at, webhook.last_error) == ("active", 0, None, "")


async def test_a_failing_receiver_is_left_alone_until_its_next_try(
    store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    notes(store, 1)
    receiver.status = 500
    failed = await attempt(store, subscriptions, add(subscriptions, receiver.url), NOW)
    assert failed.last_error == "answered 500"
    assert failed.next_try_at is not None
    assert subscriptions.due(failed.next_try_at - timedelta(seconds=1)) == []
    assert subscriptions.due(failed.next_try_at) == [failed]


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (5, 80), (11, 3600), (TRIES, 3600)])
def test_the_wait_doubles_up_to_an_hour_with_jitter(failures: int, seconds: int) -> None:
    waits = [wait_after(failures).total_seconds() for _ in range(50)]
    assert seconds <= min(waits) < max(waits) <= seconds * (1 + JITTER)
    assert max(waits) <= LONGEST_WAIT.total_seconds() * (1 + JITTER)


async def test_after_too_many_tries_a_receiver_is_dead_until_somebody_revives_it_and_nothing_is_lost(
    store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    notes(store, 2)
    webhook = add(subscriptions, receiver.url)
    webhook = await attempt(store, subscriptions, webhook, NOW)
    receiver.status = 503
    notes(store, 2)
    for _ in range(TRIES):
        webhook = await attempt(store, subscriptions, webhook, NOW)
    assert (webhook.state, webhook.failures, webhook.last_error) == ("dead", TRIES, "answered 503")
    assert subscriptions.due(NOW + timedelta(days=365)) == []
    assert subscriptions.all() == [webhook]
    receiver.status = 200
    receiver.calls.clear()
    revived = subscriptions.retry(webhook.id)
    assert subscriptions.due(NOW) == [revived]
    await attempt(store, subscriptions, revived, NOW)
    assert receiver.positions == [3, 4]


async def test_gone_ends_a_subscription_at_once(store: Store, subscriptions: Subscriptions, receiver: Receiver) -> None:
    notes(store, 1)
    receiver.status = 410
    ended = await attempt(store, subscriptions, add(subscriptions, receiver.url), NOW)
    assert (ended.state, ended.failures, ended.last_error) == ("dead", 1, "answered 410")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(
    store: Store, subscriptions: Subscriptions, receiver: Receiver, other: Receiver, status: int
) -> None:
    notes(store, 1)
    receiver.status, receiver.location = status, other.url
    failed = await attempt(store, subscriptions, add(subscriptions, receiver.url), NOW)
    assert (failed.state, failed.last_error) == ("failing", f"answered {status}")
    assert (len(receiver.calls), other.calls) == (1, [])


async def test_who_answers_too_late_has_not_answered(
    store: Store, subscriptions: Subscriptions, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LIMIT_SECONDS", 0.3)
    notes(store, 1)
    receiver.may_answer.clear()
    failed = await attempt(store, subscriptions, add(subscriptions, receiver.url), NOW)
    assert (failed.state, failed.last_error) == ("failing", "no answer within 0.3 s")


async def test_who_answers_byte_by_byte_has_no_more_time_than_others(
    store: Store, subscriptions: Subscriptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 204":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.1)
        writer.close()
        with suppress(OSError):  # the caller hung up first
            await writer.wait_closed()
        finished.set()

    finished = asyncio.Event()
    monkeypatch.setattr(delivery, "LIMIT_SECONDS", 0.5)
    notes(store, 1)
    async with await asyncio.start_server(trickle, "127.0.0.1") as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        failed = await attempt(store, subscriptions, add(subscriptions, url), NOW)
        await finished.wait()
    assert (failed.state, failed.last_error) == ("failing", "no answer within 0.5 s")


async def test_a_slow_receiver_does_not_hold_up_another(
    runtime: Runtime, store: Store, subscriptions: Subscriptions, receiver: Receiver, other: Receiver
) -> None:
    receiver.may_answer.clear()
    slow, fast = add(subscriptions, receiver.url), add(subscriptions, other.url)
    async with delivering(runtime):
        for round_ in range(1, 4):
            notes(store, 120)
            await until(lambda: len(other.positions) == 120 * round_)  # noqa: B023 - awaited within the round
        assert len(receiver.calls) == 1
        assert state_of(subscriptions, slow).position == 0
        receiver.may_answer.set()
        await until(lambda: state_of(subscriptions, slow).position == state_of(subscriptions, fast).position == 360)
    assert receiver.positions == other.positions == list(range(1, 361))


async def test_everything_in_one_process_calls_the_subscribers_as_well(
    runtime: Runtime, store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    add(subscriptions, receiver.url)
    stopping = asyncio.Event()
    everything = asyncio.create_task(roles.up(runtime, stopping, []))
    notes(store, 2)
    await until(lambda: receiver.positions == [1, 2])
    stopping.set()
    await everything


# --- who dies, and who stands by


async def test_a_kill_between_delivery_and_checkpoint_makes_duplicates_and_nothing_else(
    runtime: Runtime, store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    webhook = add(subscriptions, receiver.url)
    notes(store, 130)
    receiver.may_answer.clear()
    network = Network(store.url, "")
    network.start("deliver")
    await until(lambda: receiver.calls)
    network.kill("deliver")
    receiver.may_answer.set()
    assert state_of(subscriptions, webhook).position == 0
    network.start("deliver")
    await until(lambda: state_of(subscriptions, webhook).position == 130)
    assert network.stop()[-1] == 0
    assert receiver.positions == [*range(1, 101), *range(1, 131)]
    first, again, _ = (headers["webhook-id"] for headers, _ in receiver.calls)
    assert first == again


async def test_a_database_that_went_away_holds_deliveries_up_only_as_long_as_it_is_away(
    runtime: Runtime, store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    add(subscriptions, receiver.url)
    notes(store, 1)
    async with delivering(runtime):
        await until(lambda: receiver.positions == [1])
        with psycopg.connect(store.url, autocommit=True) as connection:
            connection.execute(END_ALL_OTHERS)
        later = Store(store.url)
        notes(later, 1)
        later.close()
        await until(lambda: receiver.positions[-1] == 2)
    assert sorted(set(receiver.positions)) == [1, 2]


async def test_of_two_processes_one_delivers_and_the_other_takes_over_when_it_ends(
    store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    add(subscriptions, receiver.url)
    notes(store, 1)
    with Subscriptions(store.url) as second:
        async with courier(store, second) as bringing:
            assert subscriptions.take_turn()
            await bringing.start_due(NOW)
            await bringing.finish()
            assert receiver.calls == []
        with Subscriptions(store.url) as third:
            assert not third.take_turn()
    subscriptions.__exit__()
    with Subscriptions(store.url) as next_one:
        assert next_one.take_turn()


async def test_who_unsubscribes_during_a_call_is_not_called_again(
    runtime: Runtime, store: Store, subscriptions: Subscriptions, receiver: Receiver
) -> None:
    webhook = add(subscriptions, receiver.url)
    notes(store, 250)
    receiver.may_answer.clear()
    async with delivering(runtime):
        await until(lambda: receiver.calls)
        subscriptions.remove(webhook.id)
        receiver.may_answer.set()
    assert len(receiver.calls) == 1
    assert subscriptions.all() == []


# --- subscribing


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "file:///etc/passwd", "host/x", "http://", "https://li:pw@host/", "javascript:alert(1)"]
)
def test_only_http_and_https_without_a_password_are_called(subscriptions: Subscriptions, url: str) -> None:
    with pytest.raises(WrongWebhook, match="expected http:// or https://"):
        add(subscriptions, url)


def test_a_pattern_that_no_event_has_is_a_mistake(subscriptions: Subscriptions) -> None:
    with pytest.raises(WrongWebhook, match=r"no event has a name like 'wrok\.\*'"):
        add(subscriptions, "http://host/", "work.*", "wrok.*")


@pytest.mark.parametrize("secret", ["secret", "whsec_", "whsec_c2hvcnQ=", "whsec_***", "whsec_" + "QUFB" * 30])
def test_a_weak_secret_is_refused_and_not_repeated(subscriptions: Subscriptions, secret: str) -> None:
    with pytest.raises(SecretError, match="expected whsec_ and 24 to 64 bytes") as error:
        subscriptions.add("http://host/", events=["*"], sites=[], position=0, secret=secret)
    assert len(secret) < 8 or secret not in str(error.value)


def test_a_secret_is_made_if_none_is_given_and_never_shown_again(subscriptions: Subscriptions) -> None:
    first, second = (add(subscriptions, "http://host/") for _ in range(2))
    assert len(key_of(first.secret)) == 32
    assert first.secret != second.secret
    assert all(each.secret not in f"{each} {each.document()}" for each in (first, second))


def test_who_is_not_subscribed_can_be_neither_revived_nor_removed(subscriptions: Subscriptions) -> None:
    for act in (subscriptions.retry, subscriptions.remove):
        with pytest.raises(NoWebhook, match="no webhook has the id 'wh_1'"):
            act("wh_1")


def test_an_operator_adds_lists_revives_and_removes_from_the_command_line(store: Store) -> None:
    network = Network(store.url, "")
    notes(store, 2)
    chosen = ("--event", "work.*", "--site", "SH01", "--secret", "whsec_" + "QUFB" * 10)
    added = orjson.loads(network.call("webhook", "add", "http://127.0.0.1:9/", *chosen, "--json").stdout)
    assert (added["events"], added["sites"], added["position"]) == (["work.*"], ["SH01"], 2)
    assert added["secret"] == "whsec_" + "QUFB" * 10
    (listed,) = orjson.loads(network.call("webhook", "list", "--json").stdout)
    assert listed == {name: value for name, value in added.items() if name != "secret"}
    assert added["id"] in network.call("webhook", "list").stdout
    assert orjson.loads(network.call("webhook", "retry", added["id"], "--json").stdout)["state"] == "active"
    assert network.call("webhook", "remove", added["id"]).returncode == 0
    missing, wrong = network.call("webhook", "retry", added["id"]), network.call("webhook", "add", "ftp://host/")
    assert (missing.returncode, wrong.returncode) == (1, 2)
    assert "no webhook has the id" in missing.stderr
