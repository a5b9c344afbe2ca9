"""A trace goes on from a command to its events and to what follows from them; an older log learns to keep it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aio_pika
import orjson
import psycopg
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from opentelemetry.util._once import Once
from psycopg.conninfo import conninfo_to_dict

from events import schema
from events.store import Store
from services import embedded, tracing
from services.amqp import topology
from services.amqp.messenger import Messenger
from services.callback import ScheduleCallback
from services.command import Malformed
from services.runtime import Runtime
from services.settings import Settings, SettingsError, from_environment
from tests import test_clock as clock
from tests.appended import pending
from tests.network import Network
from tests.test_rabbit import _purge, until
from tests.test_reactions import CALL, DECISIONS, command, finished

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
SIGNED, SCHEDULED = "work.completion_signed", "callback.scheduled"


def traces(store: Store, stream: str = "ticket/T1") -> dict[str, str]:
    """Event name → the trace context that its events carry."""
    return {each.event.name: each.context.traceparent for each in store.read(stream)}


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """The embedded mode over an empty store."""
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


@pytest.fixture
def network(database_url: str, amqp_url: str) -> Iterator[Network]:
    network = Network(database_url, amqp_url)
    yield network
    network.end()
    asyncio.run(_purge(amqp_url))


watched = clock.runtime

# --- without spans


def test_a_reactions_event_carries_the_trace_of_the_command_that_led_to_it(runtime: Runtime) -> None:
    runtime.ask([*finished("T1"), command("SignCompletion", "T1", signer="Wang", **TRACED)])
    found = traces(runtime.store)
    assert found[SIGNED] == found[SCHEDULED] == TRACED["traceparent"]
    assert found["work.completed"] == ""


def test_the_clock_carries_the_trace_of_the_event_that_set_the_deadline(watched: Runtime) -> None:
    clock.register(watched, "T2")
    clock.tell(watched, "RegisterTicket", 0, ticket="T1", **CALL | {"profile": "watched"}, grade="1", **TRACED)
    clock.tell(watched, "AddNote", 1, ticket="T1", text="another story")
    clock.pass_until(watched, 95)
    found = traces(watched.store)
    assert {found[f"deadline.{step}"] for step in ("warned", "missed", "escalated")} == {TRACED["traceparent"]}
    assert set(traces(watched.store, "ticket/T2").values()) == {""}


@pytest.mark.parametrize("said", [f"00-{TRACE}-{PARENT}", f"01-{TRACE}-{PARENT}-01", "x", f"00-{TRACE}-{PARENT}-0G"])
def test_what_is_no_trace_context_is_malformed(said: str) -> None:
    with pytest.raises(Malformed, match="field `traceparent`"):
        command("StartWork", "T1", traceparent=said)


@pytest.mark.rabbit
async def test_a_trace_goes_over_rabbitmq_to_the_reactions_event_and_out_to_other_systems(
    network: Network, store: Store, amqp_url: str
) -> None:
    network.environment["AFTERSALES_TRACES"] = "console"
    network.start("work reception workshop callback", "react", "relay")
    async with Messenger(amqp_url) as messenger, await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        heard = await channel.declare_queue(exclusive=True)
        for noun in ("work", "callback"):
            await heard.bind(topology.EVENTS.name, f"SH01.{noun}.#")
        await messenger.ask(finished("T1"))
        await messenger.ask([command("SignCompletion", "T1", signer="Wang", **TRACED)])
        await until(lambda: SCHEDULED in store.counts())
        told = [await next_message(heard) for _ in ("started", "completed", "signed", "scheduled")]
    found = traces(store)
    signed, scheduled = trace_and_parent(found[SIGNED]), trace_and_parent(found[SCHEDULED])
    assert signed[0] == scheduled[0] == TRACE
    assert len({PARENT, signed[1], scheduled[1]}) == 3
    assert [message.headers.get("traceparent", "") for message in told] == [found[message.type] for message in told]
    assert [orjson.loads(message.body)["traceparent"] for message in told] == [found[message.type] for message in told]
    assert network.stop() == [0] * 3


async def next_message(queue: aio_pika.abc.AbstractQueue) -> Any:
    async with asyncio.timeout(20):
        while not (message := await queue.get(no_ack=True, fail=False)):
            await asyncio.sleep(0.02)
    return message


# --- with spans


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """This process makes spans, and keeps them; afterwards it makes none again, which only tests can want."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())
    tracing.configure(exporter)
    yield exporter
    _provider().shutdown()


def _provider() -> TracerProvider:
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    return provider


def made(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """Name → span, of all that have ended."""
    _provider().force_flush()
    return {span.name: span for span in spans.get_finished_spans()}


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def ids(span: ReadableSpan) -> tuple[str, str, str]:
    """Trace, span and parent span, as they are written."""
    assert span.context is not None
    parent = trace.format_span_id(span.parent.span_id) if span.parent else ""
    return trace.format_trace_id(span.context.trace_id), trace.format_span_id(span.context.span_id), parent


def test_the_span_of_a_reaction_lies_under_the_span_that_led_to_it(
    runtime: Runtime, spans: InMemorySpanExporter
) -> None:
    runtime.ask([*finished("T1"), command("SignCompletion", "T1", signer="Wang", **TRACED)])
    signing, scheduling = (made(spans)[f"decide {name}"] for name in ("SignCompletion", "ScheduleCallback"))
    assert ids(signing)[0] == ids(scheduling)[0] == TRACE
    assert (ids(signing)[2], ids(scheduling)[2]) == (PARENT, ids(signing)[1])
    assert facts(signing)["aftersales.stream"] == "ticket/T1"
    found = traces(runtime.store)
    assert trace_and_parent(found[SIGNED]) == ids(signing)[:2]
    assert trace_and_parent(found[SCHEDULED]) == ids(scheduling)[:2]


def test_a_command_without_a_trace_joins_the_span_that_is_open_around_it(
    runtime: Runtime, spans: InMemorySpanExporter
) -> None:
    with trace.get_tracer("door").start_as_current_span("door") as door:
        runtime.handle(finished("T1")[:1])
    runtime.handle(finished("T2")[:1])
    found = trace_and_parent(traces(runtime.store)["ticket.registered"])[0]
    assert found == trace.format_trace_id(door.get_span_context().trace_id)
    assert trace_and_parent(traces(runtime.store, "ticket/T2")["ticket.registered"])[0] not in ("", found)


def test_a_trace_that_its_sender_does_not_record_makes_no_span_and_still_goes_on(
    runtime: Runtime, spans: InMemorySpanExporter
) -> None:
    unrecorded = f"00-{TRACE}-{PARENT}-00"
    runtime.handle([command("RegisterTicket", "T1", **CALL, traceparent=unrecorded)])
    assert made(spans) == {}
    assert traces(runtime.store)["ticket.registered"] == unrecorded


def test_a_refusal_is_no_error_of_its_span_and_a_fault_of_ours_is(
    runtime: Runtime, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> Any:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setitem(DECISIONS, ScheduleCallback, broken)
    runtime.ask(finished("T1", profile="software"))
    runtime.handle([command("StartWork", "T9")])
    found = made(spans)
    started, scheduled = found["decide StartWork"], found["decide ScheduleCallback"]
    assert (started.status.status_code, facts(started)["aftersales.refusal"]) == (StatusCode.UNSET, "unknown_ticket")
    assert (scheduled.status.status_code, scheduled.status.description) == (StatusCode.ERROR, "a fault of ours")
    assert [event.name for event in scheduled.events] == ["exception"]


def test_the_environment_turns_spans_on_and_the_console_shows_them(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(database_url, "")
    fields = orjson.dumps({"ticket": "T1", "site": "SH01", **CALL, **TRACED}).decode()
    network.environment["AFTERSALES_TRACES"] = "console"
    sent = network.call("send", "RegisterTicket", fields, "--json")
    assert orjson.loads(sent.stdout)["status"] == "accepted"
    assert '"name": "decide RegisterTicket"' in sent.stderr
    assert f'"trace_id": "0x{TRACE}"' in sent.stderr
    monkeypatch.setenv("AFTERSALES_TRACES", "everywhere")
    with pytest.raises(SettingsError, match="AFTERSALES_TRACES is 'everywhere'; expected console"):
        from_environment()


# --- a log that an older release began

OLDER = """
DROP VIEW aftersales.log;
ALTER TABLE aftersales.events DROP COLUMN traceparent;
DROP FUNCTION aftersales.append;
CREATE FUNCTION aftersales.append(
    inbox_ids text[], inbox_commands text[], inbox_streams text[], inbox_versions bigint[], inbox_refusals text[],
    streams text[], versions bigint[], topics text[], states bytea[],
    occurred timestamptz[], offsets smallint[], sites text[], actors text[], roles text[],
    commands text[], correlations text[], causations text[]
) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
"""
APPENDS = "SELECT pronargs FROM pg_proc WHERE proname = 'append'"
VIEWED = "SELECT position, traceparent FROM aftersales.log ORDER BY position"


def test_an_older_log_upgrades_by_itself_keeps_its_events_and_learns_of_traces(
    server: embedded.Server, store: Store, database_url: str
) -> None:
    database = str(conninfo_to_dict(database_url)["dbname"])
    store.append([], [pending("ticket/T1", 1), pending("ticket/T1", 2, actor="王", causation_id="ticket/T0@1")])
    before = store.follow(0, 10)
    with psycopg.connect(server.url(embedded.OWNER, database), autocommit=True) as connection:
        connection.execute(OLDER)
        assert not schema.is_installed(database_url)
        server.prepare(database)
        assert schema.is_installed(database_url)
        assert store.follow(0, 10) == before
        store.append([], [pending("ticket/T1", 3, traceparent=TRACED["traceparent"])])
        assert connection.execute(APPENDS).fetchall() == [(18,)]
        with pytest.raises(psycopg.errors.RestrictViolation, match="events are immutable"):
            connection.execute("UPDATE aftersales.events SET traceparent = ''")
        assert connection.execute(VIEWED).fetchall() == [(1, ""), (2, ""), (3, TRACED["traceparent"])]
    (last,) = store.follow(2, 10)
    assert (last.context.traceparent, last.version) == (TRACED["traceparent"], 3)


def trace_and_parent(traceparent: str) -> tuple[str, str]:
    """The two ids in a written trace context; empty if there is none."""
    return (traceparent.split("-")[1], traceparent.split("-")[2]) if traceparent else ("", "")
