"""Spans of embedding calls, through OpenTelemetry's own SDK; and the instrumentor that programs expect."""

import contextlib
import importlib
import subprocess
import sys

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from onevec.azure import EmbeddingsClient, ImageEmbeddingsClient, aio
from onevec.azure.tracing import CONTENT_RECORDING, AIInferenceInstrumentor

from .recorder import Reply, embeddings

KEY = AzureKeyCredential("the-key")
GENERATIVE = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.provider.name": "azure.ai.inference",
    "gen_ai.system": "az.ai.inference",
    "gen_ai.request.model": "m",
    "gen_ai.request.encoding_formats": ("float",),
    "gen_ai.embeddings.dimension.count": 3,
    "gen_ai.response.id": "result-1",
    "gen_ai.response.model": "a-model",
    "gen_ai.usage.input_tokens": 2,
    "server.address": "127.0.0.1",
}


@pytest.fixture(scope="module")
def exporter(witness):
    trace = witness("opentelemetry.sdk.trace")
    from opentelemetry import trace as api
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = api.get_tracer_provider()
    if not isinstance(provider, trace.TracerProvider):
        provider = trace.TracerProvider()
        api.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def spans(exporter, monkeypatch):
    """Azure-core's tracing is on; what was recorded, by name."""
    from azure.core.settings import settings

    exporter.clear()
    settings.tracing_enabled = True
    yield lambda: {span.name: span for span in exporter.get_finished_spans()}
    settings.tracing_enabled = False


def generative(span):
    kept = ("gen_ai.", "server.address", "error.type")
    return {name: value for name, value in span.attributes.items() if name.startswith(kept)}


def asked(**more):
    return {"input": ["a secret text"], "model": "m", "encoding_format": "float", "dimensions": 3} | more


def test_an_embedding_has_its_attributes(recorder, spans):
    with EmbeddingsClient(recorder.url, KEY) as client:
        client.embed(**asked())
    span = spans()["EmbeddingsClient.embed"]
    assert generative(span) == GENERATIVE
    assert span.attributes["server.port"] == recorder.port
    assert "secret" not in str(span.to_json())
    network = spans()["POST"]
    assert network.parent.span_id == span.context.span_id
    assert not any(name.startswith("gen_ai.") for name in network.attributes)
    assert recorder.requests[0].headers["traceparent"].split("-")[1] == format(span.context.trace_id, "032x")


async def test_an_async_embedding_has_them_too(recorder, spans):
    async with aio.ImageEmbeddingsClient(recorder.url, KEY, model="m", dimensions=3) as client:
        await client.embed(input=[{"image": "data:image/png;base64,AA=="}], encoding_format="float")
    assert generative(spans()["ImageEmbeddingsClient.embed"]) == GENERATIVE


def test_a_body_of_ones_own_tells_what_it_asks(recorder, spans):
    with EmbeddingsClient(recorder.url, KEY) as client:
        client.embed(body=asked())
    assert generative(spans()["EmbeddingsClient.embed"]) == GENERATIVE


def test_parts_are_one_span(recorder, spans):
    with EmbeddingsClient(recorder.url, KEY, max_batch_size=1) as client:
        client.embed(input=["a", "b"])
    span = spans()["EmbeddingsClient.embed"]
    assert span.attributes["gen_ai.usage.input_tokens"] == 4
    assert spans().keys() == {"EmbeddingsClient.embed", "POST"}


def test_an_error_is_named(recorder, spans):
    recorder.script(Reply(404, {"code": "c", "message": "m"}))
    with EmbeddingsClient(recorder.url, KEY) as client, pytest.raises(HttpResponseError):
        client.embed(input=["a"])
    span = spans()["EmbeddingsClient.embed"]
    assert span.attributes["error.type"] == "azure.core.exceptions.ResourceNotFoundError"
    assert span.attributes["gen_ai.operation.name"] == "embeddings"


def test_the_callers_own_span_stays_as_it_is(recorder, exporter):
    from opentelemetry import trace

    exporter.clear()
    with trace.get_tracer("mine").start_as_current_span("mine"), EmbeddingsClient(recorder.url, KEY) as client:
        client.embed(input=["a"])
    (span,) = exporter.get_finished_spans()
    assert (span.name, dict(span.attributes)) == ("mine", {})


def test_one_call_may_be_traced_or_not(recorder, exporter, spans):
    with EmbeddingsClient(recorder.url, KEY) as client:
        client.embed(input=["a"], tracing_options={"enabled": False})
        assert spans() == {}
        client.embed(input=["a"], tracing_options={"attributes": {"mine": 1}})
    assert spans()["EmbeddingsClient.embed"].attributes["mine"] == 1


def test_info_is_a_span_without_them(recorder, spans):
    recorder.script(Reply(body={"model_name": "n", "model_type": "embeddings"}), embeddings)
    with ImageEmbeddingsClient(recorder.url, KEY) as client:
        client.get_model_info()
    assert generative(spans()["ImageEmbeddingsClient.get_model_info"]) == {}


@pytest.fixture
def instrumentors():
    """Ours, and the original's where it is there; both are put back."""
    found = [AIInferenceInstrumentor]
    with contextlib.suppress(ImportError):
        found.append(importlib.import_module("azure.ai.inference.tracing").AIInferenceInstrumentor)
    yield found
    for kind in found:
        kind().uninstrument()


@pytest.mark.parametrize("word", [None, "true", "False"])
def test_the_instrumentor_answers_as_the_original(instrumentors, monkeypatch, word):
    if word is None:
        monkeypatch.delenv(CONTENT_RECORDING, raising=False)
    else:
        monkeypatch.setenv(CONTENT_RECORDING, word)

    def told(kind):
        seen = []
        for step in (
            "",
            "instrument",
            "instrument True",
            "instrument",
            "instrument False",
            "uninstrument",
            "uninstrument",
        ):
            name, _, flag = step.partition(" ")
            if name:
                getattr(kind(), name)(*([flag == "True"] if flag else []))
            seen.append((kind().is_instrumented(), kind().is_content_recording_enabled()))
        return seen

    answers = [told(kind) for kind in instrumentors]
    assert answers[0][1] == (True, word == "true")
    assert all(answer == answers[0] for answer in answers)


def test_without_opentelemetry_a_call_is_just_a_call(recorder):
    code = (
        "import sys; sys.modules['opentelemetry'] = None; sys.modules['opentelemetry.trace'] = None\n"
        "from azure.core.credentials import AzureKeyCredential\n"
        "from onevec.azure import EmbeddingsClient\n"
        f"with EmbeddingsClient('{recorder.url}', AzureKeyCredential('k')) as client:\n"
        "    print(client.embed(input=['a']).vectors.shape)\n"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "(1, 3)"
