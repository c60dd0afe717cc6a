"""Health, figures, logs, traces, and the pages that describe the routes."""

import io
import json
import logging
import re

import pytest

from onevec.server.observing.logs import JsonFormatter
from onevec.server.observing.metrics import known_codes
from onevec.server.routes import ROUTES
from onevec.testing import FakeEmbedder

VERSION = "?api-version=2024-05-01"


def test_live_and_ready(serve):
    with serve() as server:
        assert server.get("/health/live").json == {"status": "live"}
        assert server.get("/health/ready").json == {"status": "ready"}


@pytest.mark.parametrize("path", ["/health/ready", "/health", "/ping"])
def test_a_server_that_stops_is_not_ready_and_closes_connections(application, path):
    import asyncio

    app = application()
    assert asyncio.run(get(app, path))[0] == 200
    app.lifecycle.draining = True
    status, headers, body = asyncio.run(get(app, path))
    assert (status, json.loads(body)["code"]) == (503, "draining")
    assert headers["connection"] == "close"
    assert headers["retry-after"]


async def get(app, path):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "client": None}
    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


def sample(page, name, **labels):
    """The value of one line of the page."""
    for line in page.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return None


def test_figures(serve):
    with serve(fake=FakeEmbedder()) as server:
        for count in (1, 3):
            server.post(f"/embeddings{VERSION}", {"input": ["secret words"] * count}, {"api-key": "hidden-key"})
        server.post("/v1/embeddings", {"input": "secret", "model": "other"})
        server.get("/secret-path")
        answer = server.get("/metrics")
    page = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert sample(page, "onevec_requests_total", dialect="azure", route="/embeddings", status="200") == 2
    assert sample(page, "onevec_requests_total", dialect="openai", route="/v1/embeddings", status="404") == 1
    assert sample(page, "onevec_requests_total", dialect="onevec", route="unknown", status="404") == 1
    assert sample(page, "onevec_errors_total", dialect="openai", code="model_not_found") == 1
    assert sample(page, "onevec_tokens_total", deployment="fake") == 8
    assert sample(page, "onevec_request_inputs_sum", deployment="fake") == 4
    assert sample(page, "onevec_inference_seconds_count", deployment="fake") == 2
    assert sample(page, "onevec_request_seconds_count", dialect="azure", route="/embeddings") == 2
    assert sample(page, "onevec_queue_requests", deployment="fake") == 0
    assert sample(page, "onevec_queue_tokens", deployment="fake") == 0
    assert sample(page, "onevec_batch_texts_count", deployment="fake") is None
    assert "secret" not in page
    assert "hidden" not in page


def test_batches_of_a_local_model_are_counted(bundled):
    def batched():
        page = bundled.get("/metrics").body.decode()
        names = ("onevec_batch_texts_sum", "onevec_batch_texts_count", "onevec_batch_tokens_sum")
        return [sample(page, name, deployment="all-minilm-l6-v2") or 0 for name in names]

    before = batched()
    bundled.post(f"/embeddings{VERSION}", {"input": ["First sentence", "Second sentence"]})
    texts, batches, tokens = (now - then for now, then in zip(batched(), before, strict=True))
    assert (texts, tokens) == (2, 8)
    assert 1 <= batches <= 2


def test_a_code_of_a_provider_is_no_label_of_its_own(serve, failing):
    from onevec.errors import InvalidRequestError

    with serve(fake=failing(InvalidRequestError("bad", code="whatever-the-client-made-up"))) as server:
        server.post(f"/embeddings{VERSION}", {"input": ["a"]})
        page = server.get("/metrics").body.decode()
    assert sample(page, "onevec_errors_total", dialect="azure", code="other") == 1
    assert {"invalid_request", "overloaded", "timeout"} <= known_codes()


def test_pages_can_be_switched_off(serve):
    quiet = '[server]\nport = 0\ndocs = false\nmetrics = false\n[deployments.fake]\nmodel = "local:fake"\n'
    with serve(quiet) as server:
        for path in ("/docs", "/openapi.json", "/metrics"):
            assert server.get(path).status == 404
        assert server.get("/health/live").status == 200


def test_a_line_for_each_request_without_inputs(serve):
    with serve(fake=FakeEmbedder()) as server:
        server.post(f"/embeddings{VERSION}", {"input": ["secret words"]}, {"x-ms-client-request-id": "mine"})
        server.post("/v1/embeddings", {"input": "secret", "model": "other"})
        log = server.log
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["status"] for line in lines] == [200, 404]
    first = lines[0]
    assert first["request_id"] == "mine"
    assert (first["route"], first["dialect"], first["deployment"]) == ("/embeddings", "azure", "fake")
    assert (first["inputs"], first["tokens"], first["caller"]) == (1, 2, "127.0.0.1")
    assert first["ms"] >= first["inference_ms"] > 0
    assert lines[1]["code"] == "model_not_found"
    assert b"secret" not in log.getvalue()


def test_an_unexpected_failure_is_logged_by_its_place_and_not_its_words(serve, failing, caplog):
    with serve(fake=failing(RuntimeError("the secret text of a client"))) as server:
        answer = server.post(f"/embeddings{VERSION}", {"input": ["a"]}, {"x-ms-client-request-id": "find-me"})
    assert answer.status == 500
    [record] = [record for record in caplog.records if record.name == "onevec.server"]
    line = JsonFormatter().format(record)
    event = json.loads(line)
    assert (event["level"], event["request_id"]) == ("error", "find-me")
    assert event["exception"][0]["type"] == "RuntimeError"
    assert any("aembed" in place for place in event["exception"][0]["at"])
    assert "secret" not in line


def test_causes_are_told_too():
    try:
        try:
            raise KeyError("x")
        except KeyError as exc:
            raise ValueError("y") from exc
    except ValueError as exc:
        record = logging.LogRecord(
            "a", logging.ERROR, "f", 1, "went %s", ("wrong",), (type(exc), exc, exc.__traceback__)
        )
    event = json.loads(JsonFormatter().format(record))
    assert event["event"] == "went wrong"
    assert [one["type"] for one in event["exception"]] == ["ValueError", "KeyError"]


def test_events_go_to_the_stream_that_was_named():
    from onevec.server.observing.logs import configure

    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        configure(stream, "warning")
        logging.getLogger("some.where").info("unheard")
        logging.getLogger("some.where").warning("heard")
    finally:
        root.handlers[:], root.level = before[0], before[1]
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["heard"]


def test_a_span_for_each_request(witness, serve):
    witness("opentelemetry.sdk.trace")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from onevec.server.calls import Call
    from onevec.server.dialects import AZURE
    from onevec.server.observing.tracing import Tracing
    from onevec.server.routes import Route

    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracing = Tracing(provider.get_tracer("test"))
    route = Route("POST", "/embeddings", AZURE, "embeddings")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    call = Call(route, "id-1", 0.0, deployment="small", model="tiny", tokens=7, status=200, seconds=0.5,
                dimensions=384, encoding="float", traceparent=parent)  # fmt: skip
    tracing.observe(call)
    tracing.observe(Call(route, "id-2", 0.0, status=503, code="overloaded", seconds=0.1))
    tracing.observe(Call(Route("GET", "/info", AZURE, "info"), "id-3", 0.0, status=200))
    first, second = spans.get_finished_spans()
    assert first.name == "embeddings small"
    assert first.end_time - first.start_time == 500_000_000
    assert f"{first.parent.span_id:016x}" == "b7ad6b7169203331"
    assert dict(first.attributes) == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "onevec",
        "gen_ai.request.model": "tiny",
        "gen_ai.response.model": "small",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.embeddings.dimension.count": 384,
        "gen_ai.request.encoding_formats": ("float",),
        "http.request.method": "POST",
        "http.route": "/embeddings",
        "http.response.status_code": 200,
        "onevec.request.id": "id-1",
    }
    assert not second.status.is_ok
    assert second.attributes["error.type"] == "overloaded"


def test_the_description_has_every_route(fake_server):
    document = fake_server.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    api = [route for route in ROUTES if route.kind != "playground"]
    assert described == {(route.method, route.path.replace(":path", "")) for route in api}
    identifiers = [row["operationId"] for methods in document["paths"].values() for row in methods.values()]
    assert len(set(identifiers)) == len(identifiers)
    assert "security" not in document["paths"]["/embeddings"]["post"]


def test_the_description_of_requests_has_the_fields_that_are_read():
    from onevec.server.describing import schemas, vendor_schemas
    from onevec.wires import azure_images, body, cohere, ollama, tei

    fields = set(body.Body.__struct_fields__)
    assert set(schemas.AzureRequest.__struct_fields__) == fields
    for kind in (schemas.OpenAIRequest, schemas.DeploymentRequest):
        assert set(kind.__struct_fields__) == fields | {"user"}
    assert set(vendor_schemas.CohereRequest.__struct_fields__) == set(cohere.Body.__struct_fields__)
    assert set(schemas.AzureImagesRequest.__struct_fields__) == set(azure_images.Body.__struct_fields__)
    dropped = {"options", "keep_alive"}
    assert set(vendor_schemas.OllamaRequest.__struct_fields__) == set(ollama.Body.__struct_fields__) | dropped
    assert set(vendor_schemas.OldOllamaRequest.__struct_fields__) == set(ollama.OldBody.__struct_fields__) | dropped
    refused = {"normalize", "truncation_direction"}
    assert set(vendor_schemas.TeiRequest.__struct_fields__) == set(tei.Body.__struct_fields__) - refused


def test_the_page_needs_nothing_from_elsewhere(fake_server):
    answer = fake_server.get("/docs")
    page = answer.body.decode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|https?://|@import|url\(", page)
    assert all(route.path.replace(":path", "") in page for route in ROUTES if route.kind != "playground")
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_a_description_with_keys_says_so(application):
    from onevec.server.describing.openapi import document

    described = document(ROUTES, auth=True)
    assert described["paths"]["/embeddings"]["post"]["security"]
    assert "401" in described["paths"]["/v1/embeddings"]["post"]["responses"]
    assert "security" not in described["paths"]["/health/live"]["get"]


@pytest.mark.parametrize("path", ["/metrics", "/v1/models", f"/info{VERSION}"])
def test_keys_guard_what_they_should(serve, tmp_path, path):
    from onevec.gateway import KeysFile

    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring, key = change.keyring.with_new("alice", "2026-11-20T00:00:00+00:00")
    guarded = f'[server]\nport = 0\n[auth]\nkeys = "{tmp_path}/keys.json"\n[deployments.fake]\nmodel = "local:fake"\n'
    with serve(guarded) as server:
        refused = server.get(path)
        assert refused.status == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        for headers in ({"authorization": f"Bearer {key}"}, {"api-key": key}, {"x-api-key": key}):
            assert server.get(path, headers).status == 200
        assert server.get(path, {"api-key": key, "authorization": "Bearer other"}).status == 401
        for open_path in ("/health/live", "/health/ready", "/health", "/ping", "/docs", "/openapi.json"):
            assert server.get(open_path).status == 200
        assert key not in server.log.getvalue().decode()
