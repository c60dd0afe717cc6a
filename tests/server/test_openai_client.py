"""OpenAI's own client and LangChain's, unmodified, against our server."""

import asyncio
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from onevec.testing import FakeEmbedder

MODEL = "all-minilm-l6-v2"


@pytest.fixture
def openai(witness):
    return witness("openai")


@pytest.fixture
def client(openai, bundled):
    with openai.OpenAI(base_url=f"{bundled.url}/v1", api_key="any", max_retries=0) as made:
        yield made


def test_the_default_is_base64_and_comes_back_as_floats(client):
    response = client.embeddings.create(model=MODEL, input=["a cat", "a dog"])
    plain = client.embeddings.create(model=MODEL, input=["a cat", "a dog"], encoding_format="float")
    assert [item.index for item in response.data] == [0, 1]
    assert response.usage.prompt_tokens == response.usage.total_tokens == 8
    np.testing.assert_allclose(
        [item.embedding for item in response.data], [item.embedding for item in plain.data], atol=1e-6
    )


def test_one_text_tokens_user_and_headers(client):
    raw = client.embeddings.with_raw_response.create(model=MODEL, input="a cat", user="someone", dimensions=384)
    assert raw.headers["x-vector-space"].startswith("all-minilm-l6-v2@sha256:")
    assert raw.parse().data[0].index == 0
    assert len(client.embeddings.create(model=MODEL, input=[[1037, 4937], [1037]]).data) == 2
    assert len(client.embeddings.create(model=MODEL, input=[1037, 4937]).data) == 1


def test_models(client):
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).owned_by == "local"


def test_errors_are_the_clients_own_classes(client, openai, serve, failing):
    from onevec import errors

    with pytest.raises(openai.NotFoundError) as missing:
        client.embeddings.create(model="text-embedding-3-small", input="a")
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as bad:
        client.embeddings.create(model=MODEL, input=["a", ""])
    assert bad.value.param == "input"
    with pytest.raises(openai.UnprocessableEntityError) as wrong:
        client.embeddings.create(model=MODEL, input="a", dimensions=64)
    assert wrong.value.param == "dimensions"
    cases = [
        (errors.RateLimitError("slow"), openai.RateLimitError),
        (errors.OnevecError("x"), openai.InternalServerError),
        (errors.OnevecError("x", status=503, code="overloaded"), openai.InternalServerError),
    ]
    for error, kind in cases:
        with serve(fake=failing(error)) as server:
            one = openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0)
            with one, pytest.raises(kind) as found:
                one.embeddings.create(model="fake", input="a")
            assert found.value.request_id


def test_azure_openai(openai, bundled):
    with openai.AzureOpenAI(azure_endpoint=bundled.url, api_key="any", api_version="2024-10-21") as client:
        assert client.embeddings.create(model=MODEL, input="a cat").data
        assert [model.id for model in client.models.list()] == [MODEL]
        with pytest.raises(openai.NotFoundError):
            client.embeddings.create(model="other", input="a cat")
    deployment = openai.AzureOpenAI(
        azure_endpoint=bundled.url, azure_deployment=MODEL, api_key="any", api_version="2024-10-21"
    )
    with deployment:
        assert deployment.embeddings.create(model=MODEL, input="a cat").data
    with openai.OpenAI(base_url=f"{bundled.url}/openai/v1/", api_key="any") as client:
        assert client.embeddings.create(model=MODEL, input="a cat").data


def test_the_async_client(openai, bundled):
    async def main():
        async with openai.AsyncOpenAI(base_url=f"{bundled.url}/v1", api_key="any") as client:
            calls = (client.embeddings.create(model=MODEL, input=[f"text {i}", "b"]) for i in range(16))
            for reply in await asyncio.gather(*calls):
                assert [item.index for item in reply.data] == [0, 1]

    asyncio.run(main())


def test_langchain_with_texts(witness, bundled):
    langchain = witness("langchain_openai")
    embeddings = langchain.OpenAIEmbeddings(
        model=MODEL, base_url=f"{bundled.url}/v1", api_key="any", check_embedding_ctx_length=False
    )
    vectors = embeddings.embed_documents(["a cat", "a kitten", "a theorem"])
    query = embeddings.embed_query("a small cat")
    scores = np.array(vectors) @ np.array(query)
    assert scores.argmax() in (0, 1)
    assert scores.argmin() == 2


VOCABULARY = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"

CL100K = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
token_ids = "cl100k_base"
"""


def test_langchain_with_token_ids(witness, serve):
    langchain = witness("langchain_openai")
    folder = os.environ.get("TIKTOKEN_CACHE_DIR")
    name = hashlib.sha1(VOCABULARY.encode()).hexdigest()
    if not folder or not (Path(folder) / name).exists():
        pytest.skip("tiktoken's vocabulary cl100k_base is not in TIKTOKEN_CACHE_DIR, and tests fetch nothing")
    embedder = FakeEmbedder()
    with serve(CL100K, fake=embedder) as server:
        embeddings = langchain.OpenAIEmbeddings(model="fake", base_url=f"{server.url}/v1", api_key="any")
        vectors = embeddings.embed_documents(["a cat", "das Märchen 🐈"])
    expected = FakeEmbedder().embed(type(embedder.requests[0])("fake", ("a cat", "das Märchen 🐈"))).vectors
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    assert [text for request in embedder.requests for text in request.inputs] == ["a cat", "das Märchen 🐈"]
