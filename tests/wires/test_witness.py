"""The vendors' own clients, pointed at a recording server, are the witnesses that we send what they send."""

import numpy as np
import pytest

from onevec.encodings import encode
from onevec.errors import RateLimitError, UnsupportedParameterError
from onevec.providers import PROVIDERS, Credential
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Encoding, InputType

KEY = "a-key-for-both"


def ours(provider, url, request):
    embedder = RemoteEmbedder(
        PROVIDERS[provider], "m", url, Credential(KEY, PROVIDERS[provider].auth), RemoteOptions(proxy="", max_retries=0)
    )
    try:
        return embedder.embed(request).vectors
    finally:
        embedder.close()


# --- OpenAI


@pytest.fixture
def openai(witness):
    return witness("openai")


@pytest.fixture
def openai_client(openai, record):
    server = record("openai")
    with openai.OpenAI(api_key=KEY, base_url=server.url + "/v1", max_retries=0) as client:
        yield client, server


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        (EmbedRequest("m", ("a", "b")), {"input": ["a", "b"]}),
        (EmbedRequest("m", ("a",), dimensions=8), {"input": ["a"], "dimensions": 8}),
        (EmbedRequest("m", ((1, 2), (3,)), extra={"user": "me"}), {"input": [[1, 2], [3]], "user": "me"}),
    ],
)
def test_we_send_what_openais_client_sends(openai_client, request_, arguments):
    client, server = openai_client
    theirs = client.embeddings.create(model="m", **arguments)
    vectors = ours("openai", server.url + "/v1", request_)
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert (our_path, our_body) == (their_path, their_body)
    for name in ("authorization", "content-type", "accept"):
        assert our_headers[name] == their_headers[name]
    np.testing.assert_allclose(vectors, [item.embedding for item in theirs.data], rtol=0, atol=0)


def test_openais_client_reads_every_field_that_we_answer(openai_client):
    client, _ = openai_client
    answer = client.embeddings.create(model="m", input="two words", encoding_format="float")
    assert (answer.object, answer.model, answer.data[0].object, answer.data[0].index) == ("list", "m", "embedding", 0)
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (2, 2)


def test_openais_client_reads_our_errors(openai, openai_client):
    client, server = openai_client
    server.error = RateLimitError("slow down", retry_after=3, param="input")
    with pytest.raises(openai.RateLimitError) as caught:
        client.embeddings.create(model="m", input="a")
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.param == "input"
    assert caught.value.body["message"] == "slow down"
    assert caught.value.response.headers["retry-after"] == "3"


# --- Azure AI


@pytest.fixture
def azure(witness):
    return witness("azure.ai.inference")


@pytest.fixture
def azure_client(azure, witness, record):
    server = record("azure")
    credential = witness("azure.core.credentials").AzureKeyCredential(KEY)
    with azure.EmbeddingsClient(server.url + "/models/?team=a", credential, retry_total=0) as client:
        yield client, server


AZURE_CALLS = [
    (EmbedRequest("m", ("a", "b")), {"input": ["a", "b"]}),
    (EmbedRequest("m", ("a",), 8, InputType.QUERY), {"input": ["a"], "dimensions": 8, "input_type": "query"}),
    (EmbedRequest("m", ("a",), encoding=Encoding.BASE64), {"input": ["a"], "encoding_format": "base64"}),
    (EmbedRequest("m", ("a",), extra={"truncate": "END"}), {"input": ["a"], "model_extras": {"truncate": "END"}}),
]


@pytest.mark.parametrize(("request_", "arguments"), AZURE_CALLS)
def test_we_send_what_azures_client_sends(azure_client, request_, arguments):
    client, server = azure_client
    client.embed(model="m", **arguments)
    ours("azure", server.url + "/models/?team=a", request_)
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert sorted(our_path.partition("?")[2].split("&")) == sorted(their_path.partition("?")[2].split("&"))
    assert our_path.partition("?")[0] == their_path.partition("?")[0]
    assert list(our_body.items()) == list(their_body.items())
    for name in ("authorization", "api-key", "content-type", "accept", "extra-parameters"):
        assert our_headers.get(name) == their_headers.get(name)


@pytest.mark.parametrize("encoding", [Encoding.FLOAT, Encoding.INT8, Encoding.UINT8, Encoding.BINARY, Encoding.UBINARY])
def test_azures_client_reads_every_encoding_that_we_answer(azure_client, encoding):
    client, _ = azure_client
    answer = client.embed(input=["a", "b"], model="m", encoding_format=encoding.value)
    vectors = FakeEmbedder().embed(EmbedRequest("m", ("a", "b"))).vectors
    codes = np.asarray(encode(vectors, encoding, int8_scale=1.0))
    np.testing.assert_allclose([item.embedding for item in answer.data], codes, rtol=1e-6)
    assert len(answer.id) == 32
    assert (answer.usage.prompt_tokens, answer.model) == (2, "m")


def test_azures_client_reads_our_errors(azure_client, witness):
    client, server = azure_client
    server.error = UnsupportedParameterError("no such length", param="dimensions", value="7")
    with pytest.raises(witness("azure.core.exceptions").HttpResponseError) as caught:
        client.embed(input=["a"], model="m", dimensions=7)
    assert caught.value.status_code == 422
    assert "no such length" in str(caught.value)
    assert caught.value.response.headers["x-ms-error-code"] == "unsupported_parameter"
