"""W3C trace context and OpenTelemetry: the trace of a command goes on in its events and in what follows from them.

A command brings its `traceparent`, its events keep one, and reactions and the clock hand it to the next command; that
costs nothing. Spans are made only where the process has a tracer provider: `AFTERSALES_TRACES=console` prints them,
`configure` takes any other exporter, and a provider that somebody else set, as OpenTelemetry's own launcher does, is
used as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.command import Command
from services.refusal import Rejected

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE = "aftersales"
WRITTEN = TraceContextTextMapPropagator()

Deciding = Callable[[Command], AbstractContextManager[Command]]


def configure(exporter: "SpanExporter") -> None:
    """From now on this process makes spans; the exporter gets them from a thread of its own, the last ones at exit.

    Any exporter will do: `configure(OTLPSpanExporter())` of the package opentelemetry-exporter-otlp sends them to a
    collector, to the place that OTEL_EXPORTER_OTLP_ENDPOINT names. OpenTelemetry allows one provider per process: the
    first call counts.
    """
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # not before: few trace, and it takes long to load
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def deciding() -> Deciding:
    """How a batch traces its decisions: `with it(command) as traced`, and what `traced` decides carries the trace on.

    Without a tracer provider the command comes back as it is.
    """
    provider = trace.get_tracer_provider()
    return nullcontext if isinstance(provider, trace.ProxyTracerProvider) else partial(_span, _tracer(provider))


@contextmanager
def _span(tracer: trace.Tracer, command: Command) -> Iterator[Command]:
    """A span around a decision: a child of the command's trace, or else of the span that is open here, if one is."""
    name = f"decide {type(command).__name__}"
    parent = WRITTEN.extract({"traceparent": command.traceparent}) if command.traceparent else None
    span = tracer.start_span(name, parent, attributes=_facts(command))
    # A refusal is an answer and no error, so the span is told of exceptions by us.
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield _carrying(span, command)
        except Rejected as rejected:
            span.set_attribute(f"{SERVICE}.refusal", rejected.refusal.code)
            raise
        except Exception as error:
            span.record_exception(error)
            span.set_status(trace.StatusCode.ERROR, str(error))
            raise


def _facts(command: Command) -> dict[str, str]:
    facts = {"command_id": command.command_id, "stream": command.streams[0], "site": command.site, "role": command.role}
    return {f"{SERVICE}.{name}": value for name, value in facts.items()}


def _carrying(span: trace.Span, command: Command) -> Command:
    """The command with the span as its parent; as it is if nobody records the span."""
    if not span.is_recording():
        return command
    written: dict[str, str] = {}
    WRITTEN.inject(written, trace.set_span_in_context(span))
    return command.model_copy(update=written)


@lru_cache(maxsize=1)
def _tracer(provider: trace.TracerProvider) -> trace.Tracer:
    return provider.get_tracer(SERVICE)
