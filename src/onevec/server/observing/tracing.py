"""OpenTelemetry spans by the GenAI semantic conventions, where `opentelemetry-api` is installed; else nothing.

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ and .../http/http-spans/
"""

import time
from typing import TYPE_CHECKING, Any

from onevec.server.calls import Call
from onevec.server.door import GONE, Observer

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class Tracing:
    """Makes a span of every request for embeddings; a `traceparent` of the client is its parent."""

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer

    def observe(self, call: Call) -> None:
        """Make the span of a request that is over; where and whether it is sent is the SDK's business."""
        if call.route.kind != "embeddings":
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        end = time.time_ns()
        carrier = {"traceparent": call.traceparent} if call.traceparent else {}
        span = self._tracer.start_span(
            f"embeddings {call.deployment}" if call.deployment else "embeddings",
            TraceContextTextMapPropagator().extract(carrier),
            SpanKind.SERVER,
            attributes=attributes(call),
            start_time=end - int(call.seconds * 1e9),
        )
        if call.status >= 500 or call.status == GONE:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)


def attributes(call: Call) -> dict[str, Any]:
    """What a span tells: no input, no key."""
    found = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "onevec",
        "gen_ai.request.model": call.model or None,
        "gen_ai.response.model": call.deployment,
        "gen_ai.usage.input_tokens": call.tokens,
        "gen_ai.embeddings.dimension.count": call.dimensions,
        "gen_ai.request.encoding_formats": [call.encoding] if call.encoding else None,
        "http.request.method": call.route.method,
        "http.route": call.route.path,
        "http.response.status_code": call.status,
        "error.type": call.code,
        "onevec.request.id": call.request_id,
    }
    return {name: value for name, value in found.items() if value is not None}


def tracing() -> list[Observer]:
    """The observer, when OpenTelemetry is there and somebody has told it where spans go."""
    try:
        from opentelemetry import trace
    except ImportError:
        return []
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return []
    return [Tracing(trace.get_tracer("onevec.server"))]
