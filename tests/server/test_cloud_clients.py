"""The clients of Google and Amazon, and litellm and any-llm, unmodified, against our server."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest

pytestmark = [
    # Of their own making, and not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

TEXTS = ["a cat", "a dog"]
KEY = "any"

TWO_NAMES = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
aliases = ["amazon.titan-embed-text-v2:0", "cohere.embed-english-v3", "@cf/baai/bge-base-en-v1.5"]
"""


def expected(dimensions=None, texts=TEXTS):
    return FakeEmbedder(1024).embed(EmbedRequest("fake", tuple(texts), dimensions)).vectors


def same(found, wanted):
    np.testing.assert_allclose(np.asarray(found, dtype=np.float32), wanted, rtol=1e-6, atol=1e-7)


@pytest.fixture(scope="module")
def clouds(serve):
    with serve(TWO_NAMES, fake=FakeEmbedder(1024)) as server:
        yield server


# --- Google


@pytest.fixture
def genai(witness, monkeypatch):
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)
    return witness("google.genai")


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_gemini(genai, clouds, version):
    options = genai.types.HttpOptions(base_url=clouds.url, api_version=version)
    with genai.Client(api_key=KEY, http_options=options) as client:
        reply = client.models.embed_content(
            model="fake", contents=TEXTS, config={"task_type": "RETRIEVAL_QUERY", "output_dimensionality": 8}
        )
        same([one.values for one in reply.embeddings], expected(8))
        with pytest.raises(genai.errors.ClientError) as caught:
            client.models.embed_content(model="nobody", contents="a")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_gemini_of_one_text(clouds):
    body = {"content": {"parts": [{"text": TEXTS[0]}]}}
    reply = clouds.post("/v1beta/models/fake:embedContent", body)
    same([reply.json["embedding"]["values"]], expected()[:1])
    assert reply.json["usageMetadata"] == {"promptTokenCount": 2, "totalTokenCount": 2}
    assert reply.headers["x-vector-space"]


def test_texts_that_are_to_be_embedded_in_different_ways_are_refused(clouds):
    asked = [{"content": {"parts": [{"text": "a"}]}, "taskType": kind} for kind in ("RETRIEVAL_QUERY", "CLUSTERING")]
    reply = clouds.post("/v1/models/fake:batchEmbedContents", {"requests": asked})
    assert reply.status == 400
    assert "$.requests[1] differs" in reply.json["error"]["message"]


def test_vertex(genai, witness, clouds):
    token = witness("google.oauth2.credentials").Credentials(token=KEY)
    options = genai.types.HttpOptions(base_url=clouds.url)
    with genai.Client(vertexai=True, project="p", location="l", credentials=token, http_options=options) as client:
        reply = client.models.embed_content(model="fake", contents=TEXTS, config={"output_dimensionality": 8})
        same([one.values for one in reply.embeddings], expected(8))
        single = client.models.embed_content(model="fake", contents=TEXTS[:1])
        assert single.embeddings[0].statistics.token_count == 2
        with pytest.raises(genai.errors.ClientError) as caught:
            client.models.embed_content(model="nobody", contents="a")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_vertex_of_gemini_models(clouds, version):
    path = f"/{version}/projects/p/locations/global/publishers/google/models/fake:embedContent"
    body = {"content": {"parts": [{"text": TEXTS[0]}]}, "embedContentConfig": {"outputDimensionality": 8}}
    reply = clouds.post(path, body)
    same([reply.json["embedding"]["values"]], expected(8)[:1])
    assert reply.json["usageMetadata"]["promptTokenCount"] == 2
    refused = clouds.post(path, {"content": {"parts": []}})
    assert (refused.status, refused.json["error"]["status"]) == (400, "INVALID_ARGUMENT")


# --- Amazon


@pytest.fixture
def amazon(witness, monkeypatch, clouds):
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    config = witness("botocore.config").Config(retries={"total_max_attempts": 1})
    clients = []

    def make(service):
        session = witness("boto3").session.Session("AKID", "secret")
        clients.append(session.client(service, endpoint_url=clouds.url, region_name="eu-west-3", config=config))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_bedrock(amazon):
    client = amazon("bedrock-runtime")
    body = json.dumps({"inputText": TEXTS[0], "dimensions": 256, "normalize": True, "embeddingTypes": ["float"]})
    reply = client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)
    answer = json.loads(reply["body"].read())
    same([answer["embedding"]], expected(256)[:1])
    same([answer["embeddingsByType"]["float"]], expected(256)[:1])
    assert answer["inputTextTokenCount"] == 2
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke_model(modelId="nobody", body=body)
    with pytest.raises(client.exceptions.ValidationException, match="inputText"):
        client.invoke_model(modelId="fake", body=b"{}")


@pytest.mark.parametrize("by_type", [True, False])
def test_cohere_at_amazons(amazon, by_type):
    client = amazon("bedrock-runtime")
    types = {"embedding_types": ["float"]} if by_type else {}
    body = {"texts": TEXTS, "input_type": "search_document", "truncate": "NONE"} | types
    reply = client.invoke_model(modelId="cohere.embed-english-v3", body=json.dumps(body))
    answer = json.loads(reply["body"].read())
    assert answer["response_type"] == ("embeddings_by_type" if by_type else "embeddings_floats")
    same(answer["embeddings"]["float"] if by_type else answer["embeddings"], expected())
    assert reply["ResponseMetadata"]["HTTPHeaders"]["x-amzn-bedrock-input-token-count"] == "4"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"texts": ["a"], "input_type": "x"}, "input_type"),
        ({"texts": ["a"], "embedding_types": ["int8"]}, "embedding_types"),
    ],
)
def test_what_is_not_had_is_refused(clouds, body, param):
    reply = clouds.post("/model/fake/invoke", body)
    assert (reply.status, reply.json["param"]) == (422, param)
    assert reply.headers["x-amzn-errortype"] == "ValidationException"


def test_an_endpoint(amazon):
    client = amazon("sagemaker-runtime")
    reply = client.invoke_endpoint(
        EndpointName="fake", Body=json.dumps({"inputs": TEXTS}).encode(), ContentType="application/json"
    )
    same(json.loads(reply["Body"].read()), expected())


# --- IBM and Cloudflare, whose clients are large or for another language


def test_watsonx(clouds):
    body = {
        "model_id": "fake",
        "inputs": TEXTS,
        "project_id": "p",
        "parameters": {"return_options": {"input_text": False}},
    }
    answer = clouds.post("/ml/v1/text/embeddings?version=2024-05-02", body).json
    same([one["embedding"] for one in answer["results"]], expected())
    assert (answer["model_id"], answer["input_token_count"]) == ("fake", 4)
    wrong = clouds.post("/ml/v1/text/embeddings?version=2024-05-02", {"model_id": "nobody", "inputs": TEXTS})
    assert (wrong.status, wrong.json["errors"][0]["code"]) == (404, "model_not_found")


def test_workers_ai(clouds):
    path = "/client/v4/accounts/0a/ai/run/@cf/baai/bge-base-en-v1.5"
    answer = clouds.post(path, {"text": TEXTS}).json
    same(answer["result"]["data"], expected())
    assert (answer["result"]["shape"], answer["success"]) == ([2, 1024], True)
    wrong = clouds.post(path, {"text": []})
    assert (wrong.status, wrong.json["success"], wrong.json["errors"][0]["code"]) == (400, False, 8002)


# --- other libraries of this kind, as clients of OpenAI's routes


PROGRAMS = {
    "litellm": """
import json, sys, litellm
call = dict(input=json.loads(sys.argv[2]), api_base=sys.argv[1] + "/v1", api_key="any", max_retries=0)
found = litellm.embedding(model="openai/fake", **call)
try:
    litellm.embedding(model="openai/nobody", **call)
except litellm.NotFoundError as exc:
    print(json.dumps([[one["embedding"] for one in found.data], found.usage.prompt_tokens, exc.status_code]))
""",
    "any_llm": """
import json, sys, any_llm, openai
call = dict(inputs=json.loads(sys.argv[2]), api_base=sys.argv[1] + "/v1", api_key="any")
found = any_llm.embedding("openai:fake", **call)
try:
    any_llm.embedding("openai:nobody", **call)
except openai.NotFoundError as exc:
    print(json.dumps([[one.embedding for one in found.data], found.usage.prompt_tokens, exc.status_code]))
""",
}
"""In processes of their own: both leave connections open, which would be warnings, and so errors, in ours."""


@pytest.mark.parametrize("library", PROGRAMS)
def test_another_library_of_this_kind_is_a_client_of_openais_routes(library, clouds, rival):
    rival(library)
    environ = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAMS[library], clouds.url, json.dumps(TEXTS)],
        capture_output=True, text=True, timeout=100, check=False, env=environ,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    vectors, tokens, status = json.loads(ran.stdout.strip().splitlines()[-1])
    same(vectors, expected())
    assert (tokens, status) == (4, 404)
