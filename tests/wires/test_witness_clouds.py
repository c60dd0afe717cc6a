"""Google's and Amazon's own clients as witnesses: that we send what they send, and that they read what we answer."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import unquote

import numpy as np
import pytest

from onevec.errors import AuthenticationError, InvalidRequestError, ModelNotFoundError, RateLimitError
from onevec.exchange import HttpRequest
from onevec.providers import PROVIDERS, Credential, resolve_base
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.signing import AwsKeys, sign
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, InputType
from onevec.wires import Outgoing
from onevec.wires.gemini import GEMINI_ONE

KEY = "a-key-for-both"
AWS = AwsKeys("AKIDEXAMPLE", "secret-of-the-test", "token-of-the-test", "eu-west-3")


def ours(provider, url, request, credential=None, **options):
    row = PROVIDERS[provider]
    credential = credential or Credential(KEY, row.auth)
    embedder = RemoteEmbedder(
        row, request.model, url, credential, RemoteOptions(proxy="", max_retries=0, **options), None
    )
    try:
        return embedder.embed(request).vectors
    finally:
        embedder.close()


def fake(request):
    return FakeEmbedder().embed(request).vectors


def ask(model, *texts, **fields):
    return EmbedRequest(model, texts, **fields)


# --- Google


@pytest.fixture
def genai(witness, monkeypatch):
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)
    return witness("google.genai")


@pytest.fixture
def gemini(genai, record):
    server = record("gemini", 3072)
    options = genai.types.HttpOptions(base_url=server.url)
    with genai.Client(api_key=KEY, http_options=options) as client:
        yield client, server


GEMINI_CALLS = [
    (ask("gemini-embedding-001", "a", "b"), {}),
    (ask("gemini-embedding-001", "a", dimensions=256), {"output_dimensionality": 256}),
    (ask("gemini-embedding-001", "a", input_type=InputType.QUERY), {"task_type": "RETRIEVAL_QUERY"}),
    (
        ask("gemini-embedding-001", "a", input_type=InputType.DOCUMENT, extra={"title": "T"}),
        {"task_type": "RETRIEVAL_DOCUMENT", "title": "T"},
    ),
    (ask("gemini-embedding-001", "a", extra={"taskType": "CLASSIFICATION"}), {"task_type": "CLASSIFICATION"}),
]


def without_roles(body):
    """Their client says that a text is the user's, which is what an embedded text is without a word."""
    for one in body.get("requests", [body]):
        one["content"].pop("role", None)
    return body


@pytest.mark.parametrize(("request_", "config"), GEMINI_CALLS)
def test_we_send_what_googles_client_sends(gemini, request_, config):
    client, server = gemini
    theirs = client.models.embed_content(model=request_.model, contents=list(request_.inputs), config=config)
    vectors = ours("gemini", server.url, request_)
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert (unquote(our_path), our_body) == (unquote(their_path), without_roles(their_body))
    for name in ("x-goog-api-key", "content-type"):
        assert our_headers[name] == their_headers[name]
    np.testing.assert_array_equal(vectors, np.asarray([one.values for one in theirs.embeddings], np.float32))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequestError("no such task", param="taskType"), "INVALID_ARGUMENT"),
        (AuthenticationError("who are you?"), "UNAUTHENTICATED"),
        (ModelNotFoundError("which?"), "NOT_FOUND"),
        (RateLimitError("slow down", retry_after=3), "RESOURCE_EXHAUSTED"),
    ],
)
def test_googles_client_reads_our_errors(genai, gemini, error, status):
    client, server = gemini
    server.error = error
    with pytest.raises(genai.errors.ClientError) as caught:
        client.models.embed_content(model="m", contents="a")
    assert (caught.value.code, caught.value.status, caught.value.message) == (error.status, status, error.message)


def test_the_route_of_one_text_answers_one(record):
    server = record(GEMINI_ONE)
    body = {"content": {"parts": [{"text": "a"}]}, "model": "models/m", "taskType": "RETRIEVAL_QUERY"}
    asked = GEMINI_ONE.decode_request(json.dumps(body).encode(), {}, "m")
    assert asked == ask("m", "a", input_type=InputType.QUERY)
    answer = json.loads(GEMINI_ONE.encode_reply(Outgoing(FakeEmbedder().embed(asked), asked)))
    assert answer["usageMetadata"] == {"promptTokenCount": 1, "totalTokenCount": 1}
    assert answer["embedding"]["values"] == pytest.approx(fake(asked)[0].tolist())
    assert server.calls == []


VERTEX_CALLS = [
    (ask("text-embedding-005", "a", "b"), {}),
    (ask("text-embedding-005", "a", dimensions=12), {"output_dimensionality": 12}),
    (
        ask("text-embedding-005", "a", input_type=InputType.DOCUMENT, extra={"title": "T"}),
        {"task_type": "RETRIEVAL_DOCUMENT", "title": "T"},
    ),
]


@pytest.mark.parametrize(("request_", "config"), VERTEX_CALLS)
def test_we_send_what_googles_client_sends_to_vertex(genai, witness, record, request_, config):
    server = record("vertexai")
    token = witness("google.oauth2.credentials").Credentials(token=KEY)
    with genai.Client(
        vertexai=True, project="p", location="europe-west4", credentials=token,
        http_options=genai.types.HttpOptions(base_url=server.url),
    ) as client:  # fmt: skip
        config = {**config, "auto_truncate": False}
        theirs = client.models.embed_content(model=request_.model, contents=list(request_.inputs), config=config)
    base = re.sub("/publishers/.*", "", server.calls[0][0]).replace("v1beta1", "v1")
    vectors = ours("vertexai", server.url + base, request_)
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert (our_path, our_body) == (their_path.replace("v1beta1", "v1"), their_body)
    assert our_headers["authorization"] == their_headers["authorization"] == f"Bearer {KEY}"
    np.testing.assert_array_equal(vectors, np.asarray([one.values for one in theirs.embeddings], np.float32))


VERTEX_GEMINI_CALLS = [
    (ask("gemini-embedding-001", "a"), {}),
    (ask("gemini-embedding-2", "a", dimensions=256), {"output_dimensionality": 256}),
    (
        ask("gemini-embedding-001", "a", input_type=InputType.DOCUMENT, extra={"title": "T"}),
        {"task_type": "RETRIEVAL_DOCUMENT", "title": "T"},
    ),
]


@pytest.mark.parametrize(("request_", "config"), VERTEX_GEMINI_CALLS)
def test_we_send_what_googles_client_sends_to_vertex_for_gemini(genai, witness, record, request_, config):
    server = record("vertexai_gemini", 3072)
    token = witness("google.oauth2.credentials").Credentials(token=KEY)
    with genai.Client(
        vertexai=True, project="p", location="global", credentials=token,
        http_options=genai.types.HttpOptions(base_url=server.url),
    ) as client:  # fmt: skip
        config = {**config, "auto_truncate": False}
        theirs = client.models.embed_content(model=request_.model, contents=list(request_.inputs), config=config)
    base = re.sub("/publishers/.*", "", server.calls[0][0]).replace("v1beta1", "v1")
    vectors = ours("vertexai", server.url + base, request_)
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert (our_path, our_body) == (their_path.replace("v1beta1", "v1"), without_roles(their_body))
    assert our_headers["authorization"] == their_headers["authorization"] == f"Bearer {KEY}"
    np.testing.assert_array_equal(vectors, np.asarray([one.values for one in theirs.embeddings], np.float32))
    assert theirs.embeddings[0].statistics.token_count == 1


def test_googles_client_goes_where_our_rows_go(genai, witness):
    token = witness("google.oauth2.credentials").Credentials(token=KEY)
    for location in ("global", "us", "eu", "europe-west4"):
        with genai.Client(vertexai=True, project="p", location=location, credentials=token) as client:
            theirs = client._api_client._http_options.base_url
        environ = {"GOOGLE_CLOUD_LOCATION": location, "GOOGLE_CLOUD_PROJECT": "p"}
        assert resolve_base(PROVIDERS["vertexai"], None, environ).startswith(f"{theirs}v1/projects/p/")


# --- Amazon


@pytest.fixture
def boto3(witness, monkeypatch):
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return witness("boto3")


@pytest.fixture
def amazon(boto3, witness):
    """A client of a service, without tries beyond the first."""
    clients = []

    def make(service, url):
        config = witness("botocore.config").Config(retries={"total_max_attempts": 1})
        clients.append(
            boto3.session.Session().client(
                service, endpoint_url=url, region_name=AWS.region, aws_access_key_id=AWS.access_key,
                aws_secret_access_key=AWS.secret_key, aws_session_token=AWS.session_token, config=config,
            )
        )  # fmt: skip
        return clients[-1]

    yield make
    for client in clients:
        client.close()


TITAN = "amazon.titan-embed-text-v2:0"
BEDROCK_CALLS = [
    (ask(TITAN, "a"), {"inputText": "a"}),
    (ask(TITAN, "a", dimensions=256), {"inputText": "a", "dimensions": 256}),
    (
        ask("cohere.embed-english-v3", "a", "b", input_type=InputType.QUERY),
        {"texts": ["a", "b"], "input_type": "search_query", "embedding_types": ["float"]},
    ),
    (
        ask("eu.cohere.embed-v4:0", "a", dimensions=512),
        {"texts": ["a"], "input_type": "search_document", "embedding_types": ["float"], "output_dimension": 512},
    ),
]


def assert_signed_alike(ours, theirs, service):
    """Their signature covers more headers than ours, and another second."""
    for headers in (ours, theirs):
        assert headers["x-amz-security-token"] == AWS.session_token
        assert headers["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={AWS.access_key}/")
        assert f"/{AWS.region}/{service}/aws4_request" in headers["authorization"]


@pytest.mark.parametrize(("request_", "body"), BEDROCK_CALLS)
def test_we_send_what_amazons_client_sends(amazon, record, request_, body):
    server = record("bedrock", 1024)
    client = amazon("bedrock-runtime", server.url)
    theirs = client.invoke_model(
        modelId=request_.model, body=json.dumps(body), contentType="application/json", accept="application/json"
    )
    vectors = ours("bedrock", server.url, request_, Credential(None, "none", AWS))
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert (our_path, our_body) == (their_path, their_body)
    for name in ("content-type", "accept"):
        assert our_headers[name] == their_headers[name]
    assert_signed_alike(our_headers, their_headers, "bedrock")
    answer = json.loads(theirs["body"].read())
    rows = [answer["embedding"]] if "embedding" in answer else answer["embeddings"]["float"]
    np.testing.assert_array_equal(vectors, np.asarray(rows, np.float32))
    assert theirs["ResponseMetadata"]["HTTPHeaders"]["x-amzn-bedrock-input-token-count"] == str(len(request_.inputs))


def test_our_signature_is_right_for_what_arrives(record):
    server = record("bedrock")
    ours("bedrock", server.url, ask(TITAN, "ä"), Credential(None, "none", AWS))
    ((path, headers, body),) = server.calls
    when = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    covered = {"content-type": headers["content-type"]}
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    again = sign(HttpRequest("POST", server.url + path, covered, written), AWS, "bedrock", when)
    assert again.headers["authorization"] == headers["authorization"]


def test_several_texts_are_several_requests_of_titan_in_order(record):
    server = record("bedrock")
    texts = [f"text {i}" for i in range(20)]
    vectors = ours("bedrock", server.url, ask(TITAN, *texts), Credential("bearer"), concurrency=4)
    assert sorted(body["inputText"] for _, _, body in server.calls) == sorted(texts)
    assert {headers["authorization"] for _, headers, _ in server.calls} == {"Bearer bearer"}
    np.testing.assert_array_equal(vectors, fake(ask(TITAN, *texts)))


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (InvalidRequestError("too long"), "ValidationException"),
        (AuthenticationError("no", status=403), "AccessDeniedException"),
        (ModelNotFoundError("which?"), "ResourceNotFoundException"),
        (RateLimitError("slow down"), "ThrottlingException"),
    ],
)
def test_amazons_client_reads_our_errors(amazon, record, error, name):
    server = record("bedrock")
    server.error = error
    client = amazon("bedrock-runtime", server.url)
    with pytest.raises(getattr(client.exceptions, name), match=error.message.rstrip("?")) as caught:
        client.invoke_model(modelId=TITAN, body=b'{"inputText": "a"}')
    assert caught.value.response["Error"]["Code"] == name
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == error.status


def test_we_send_what_amazons_client_sends_to_an_endpoint(amazon, record):
    server = record("sagemaker")
    client = amazon("sagemaker-runtime", server.url)
    theirs = client.invoke_endpoint(
        EndpointName="mine", Body=b'{"inputs": ["a", "b"]}', ContentType="application/json", Accept="application/json"
    )
    vectors = ours("sagemaker", server.url, ask("mine", "a", "b"), Credential(None, "none", AWS))
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert (our_path, our_body) == (their_path, their_body)
    assert_signed_alike(our_headers, their_headers, "sagemaker")
    np.testing.assert_array_equal(vectors, np.asarray(json.loads(theirs["Body"].read()), np.float32))
