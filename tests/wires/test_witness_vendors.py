"""Vendors' clients send what we send: Cohere, Voyage, Mistral, Ollama, Together, Hugging Face, Cloudflare, NVIDIA.

watsonx has no witness: ibm-watsonx-ai brings pandas and IBM's object storage, and asks for a token first.
Jina publishes no client of its embeddings.
"""

import base64
from contextlib import closing
from urllib.parse import unquote

import numpy as np
import pytest

from onevec.errors import RateLimitError
from onevec.providers import PROVIDERS, Credential
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.types import EmbedRequest, InputType, Overflow

pytestmark = [
    # Of their own making, and not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

KEY = "a-key-for-both"


def ours(provider, url, request):
    row = PROVIDERS[provider]
    embedder = RemoteEmbedder(
        row, request.model, url, Credential(KEY, row.auth), RemoteOptions(proxy="", max_retries=0)
    )
    try:
        return embedder.embed(request)
    finally:
        embedder.close()


def check(server, vectors, result):
    """Path, body and key are the same, and so is what comes back; a null says nothing."""
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert unquote(our_path) == unquote(their_path)
    assert our_body == {name: value for name, value in their_body.items() if value is not None}
    assert our_headers["authorization"] == their_headers["authorization"] == f"Bearer {KEY}"
    assert our_headers["content-type"] == their_headers["content-type"].partition(";")[0]
    np.testing.assert_allclose(result.vectors, np.asarray(vectors, dtype=np.float32), rtol=1e-6)


ASKED = EmbedRequest("m", ("a", "b"), 8, InputType.QUERY)


# --- Cohere


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        (ASKED, {"input_type": "search_query", "output_dimension": 8, "truncate": "NONE"}),
        (EmbedRequest("m", ("a", "b")), {"input_type": "search_document", "truncate": "NONE"}),
        (
            EmbedRequest("m", ("a", "b"), input_type=InputType.DOCUMENT, overflow=Overflow.TRUNCATE),
            {"input_type": "search_document", "truncate": "END"},
        ),
        (
            EmbedRequest("m", ("a", "b"), extra={"input_type": "classification", "priority": 3}),
            {"input_type": "classification", "truncate": "NONE", "priority": 3},
        ),
    ],
)
def test_we_send_what_coheres_client_sends(witness, record, request_, arguments):
    server = record("cohere")
    with witness("cohere").ClientV2(api_key=KEY, base_url=server.url) as client:
        packed = client.embed(model="m", texts=["a", "b"], embedding_types=["base64"], **arguments).embeddings.base64
    result = ours("cohere", server.url, request_)
    vectors = [np.frombuffer(base64.b64decode(text), "<f4") for text in packed]
    check(server, vectors, result)
    assert (result.usage.prompt_tokens, result.usage.total_tokens) == (2, 2)


def test_we_send_what_coheres_client_of_version_1_sends(witness, record):
    server = record("cohere_v1")
    with witness("cohere").Client(api_key=KEY, base_url=server.url) as client:
        theirs = client.embed(
            model="m", texts=["a", "b"], input_type="search_query", embedding_types=["float"], truncate="NONE"
        )
    check(
        server,
        theirs.embeddings.float_,
        ours("cohere_v1", server.url, EmbedRequest("m", ("a", "b"), None, InputType.QUERY)),
    )


# --- Voyage


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        (ASKED, {"input_type": "query", "output_dimension": 8, "truncation": False}),
        (EmbedRequest("m", ("a", "b")), {"truncation": False}),
        (
            EmbedRequest("m", ("a", "b"), input_type=InputType.DOCUMENT, overflow=Overflow.TRUNCATE),
            {"input_type": "document"},
        ),
    ],
)
def test_we_send_what_voyages_client_sends(witness, record, request_, arguments):
    server = record("voyage")
    client = witness("voyageai").Client(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
    theirs = client.embed(["a", "b"], model="m", **arguments)
    check(server, theirs.embeddings, ours("voyage", f"{server.url}/v1", request_))


# --- Mistral


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [(EmbedRequest("m", ("a", "b"), 8), {"output_dimension": 8}), (EmbedRequest("m", ("a", "b")), {})],
)
def test_we_send_what_mistrals_client_sends(witness, record, request_, arguments):
    server = record("mistral")
    with witness("mistralai.client").Mistral(api_key=KEY, server_url=server.url) as client:
        theirs = client.embeddings.create(model="m", inputs=["a", "b"], **arguments)
    result = ours("mistral", f"{server.url}/v1", request_)
    # Its client cannot read base64, which we ask for.
    assert server.calls[1][2].pop("encoding_format") == "base64"
    check(server, [item.embedding for item in theirs.data], result)


# --- Ollama


def test_we_send_what_ollamas_client_sends(witness, record):
    server = record("ollama")
    with closing(witness("ollama").Client(host=server.url, headers={"authorization": f"Bearer {KEY}"})) as client:
        theirs = client.embed(model="m", input=["a", "b"], truncate=False, dimensions=8, keep_alive="5m")
    request = EmbedRequest("m", ("a", "b"), 8, extra={"keep_alive": "5m"})
    result = ours("ollama", server.url, request)
    check(server, theirs.embeddings, result)
    assert result.usage.prompt_tokens == theirs.prompt_eval_count == 2


def test_we_send_what_ollamas_client_sent_to_old_servers(witness, record):
    server = record("ollama_old")
    with closing(witness("ollama").Client(host=server.url, headers={"authorization": f"Bearer {KEY}"})) as client:
        theirs = client.embeddings(model="m", prompt="a")
    check(server, [theirs.embedding], ours("ollama_old", server.url, EmbedRequest("m", ("a",))))


# --- Together


def test_we_send_what_togethers_client_sends(witness, record):
    server = record("openai")
    with witness("together").Together(api_key=KEY, base_url=server.url) as client:
        theirs = client.embeddings.create(model="m", input=["a", "b"])
    check(
        server,
        [item.embedding for item in theirs.data],
        ours("together", f"{server.url}/v1", EmbedRequest("m", ("a", "b"))),
    )


# --- Hugging Face


@pytest.fixture
def hub(witness):
    module = witness("huggingface_hub")
    yield module
    module.close_session()


@pytest.mark.parametrize(
    ("provider", "path"),
    [("tei", "/embed"), ("huggingface", "/hf-inference/models/m/pipeline/feature-extraction")],
)
def test_we_send_what_hugging_faces_client_sends(hub, record, provider, path):
    server = record(provider)
    with hub.InferenceClient(model=server.url + path, token=KEY) as client:
        vectors = client.feature_extraction(["a", "b"], truncate=True, prompt_name="query")
    request = EmbedRequest("m", ("a", "b"), input_type=InputType.QUERY, overflow=Overflow.TRUNCATE)
    result = ours(provider, server.url, request)
    check(server, vectors, result)
    assert result.usage.prompt_tokens == 2


def test_a_models_own_slash_stays_one_in_the_routers_path(record):
    server = record("huggingface")
    row = PROVIDERS["huggingface"]
    embedder = RemoteEmbedder(row, "org/name", server.url, Credential(KEY), RemoteOptions(proxy="", max_retries=0))
    with closing(embedder):
        assert embedder.embed(EmbedRequest("m", ("a",))).vectors.shape == (1, 16)
    assert server.calls[0][0] == "/hf-inference/models/org/name/pipeline/feature-extraction"


# --- errors


@pytest.mark.parametrize("provider", ["cohere", "voyage", "mistral", "jina", "nvidia", "tei", "huggingface", "ollama"])
def test_a_vendors_refusal_reaches_us_with_what_it_says(record, provider):
    server = record(PROVIDERS[provider].wire)
    server.error = RateLimitError("slow down", retry_after=3)
    with pytest.raises(RateLimitError, match="slow down") as caught:
        ours(provider, server.url, EmbedRequest("m", ("a",)))
    assert (caught.value.provider, caught.value.retry_after) == (provider, 3)


# --- Cloudflare


def test_we_send_what_cloudflares_client_sends(witness, record):
    server = record("cloudflare")
    request = EmbedRequest("@cf/baai/bge-m3", ("a", "b"), extra={"truncate_inputs": True})
    with witness("cloudflare").Cloudflare(api_token=KEY, base_url=server.url, max_retries=0) as client:
        theirs = client.ai.run(
            request.model, account_id="0a", text=list(request.inputs), extra_body={"truncate_inputs": True}
        )
    result = ours("cloudflare", f"{server.url}/accounts/0a", request)
    check(server, theirs["data"], result)


def test_cloudflares_client_reads_our_errors(witness, record):
    cloudflare, server = witness("cloudflare"), record("cloudflare")
    server.error = RateLimitError("slow down", retry_after=3)
    with (
        cloudflare.Cloudflare(api_token=KEY, base_url=server.url, max_retries=0) as client,
        pytest.raises(cloudflare.RateLimitError) as caught,
    ):
        client.ai.run("@cf/baai/bge-m3", account_id="0a", text="a")
    assert caught.value.errors[0].message == "slow down"


# --- NVIDIA


@pytest.mark.parametrize(("kind", "texts"), [(InputType.QUERY, ("a",)), (InputType.DOCUMENT, ("a", "b"))])
def test_we_send_what_nvidias_client_sends(witness, record, kind, texts):
    server = record("nvidia")
    make = witness("langchain_nvidia_ai_endpoints").NVIDIAEmbeddings
    client = make(model="m", base_url=f"{server.url}/v1", api_key=KEY, truncate="NONE", dimensions=8)
    theirs = [client.embed_query("a")] if kind is InputType.QUERY else client.embed_documents(list(texts))
    result = ours("nvidia", f"{server.url}/v1", EmbedRequest("m", texts, 8, kind))
    # They ask for floats, we for base64, which holds the same in less.
    assert [call[2].pop("encoding_format") for call in server.calls] == ["float", "base64"]
    check(server, theirs, result)
