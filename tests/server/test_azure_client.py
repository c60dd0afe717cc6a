"""The vendor's own client, unmodified, against our server: every call of its how-to, and every error."""

import asyncio

import numpy as np
import pytest


@pytest.fixture
def sdk(witness):
    witness("azure.ai.inference")
    import azure.ai.inference as sdk

    return sdk


@pytest.fixture
def client(sdk, bundled):
    from azure.core.credentials import AzureKeyCredential

    def make(server=bundled, path="/models", key="any", **kwargs):
        return sdk.EmbeddingsClient(server.url + path, AzureKeyCredential(key), retry_total=0, **kwargs)

    return make


QUESTION = "The ultimate answer to the question of life"


@pytest.mark.parametrize("path", ["", "/", "/models", "/models/"])
def test_one_text(client, path):
    with client(path=path, model="all-minilm-l6-v2") as model:
        response = model.embed(input=[QUESTION])
    [item] = response.data
    assert np.asarray(item.embedding).shape == (384,)
    assert response.model == "all-minilm-l6-v2"
    assert response.usage.prompt_tokens == response.usage.total_tokens == 10
    assert response.id


def test_several_texts_in_order(client):
    texts = [QUESTION, "The largest planet in our solar system is Jupiter"]
    with client() as model:
        both = model.embed(input=texts)
        alone = [model.embed(input=[text]).data[0].embedding for text in texts]
    assert [item.index for item in both.data] == [0, 1]
    for item, vector in zip(both.data, alone, strict=True):
        assert np.dot(item.embedding, vector) > 0.9999


def test_dimensions_that_the_model_has_not(client):
    from azure.core.exceptions import HttpResponseError

    with client() as model, pytest.raises(HttpResponseError) as caught:
        model.embed(input=[QUESTION], dimensions=1024)
    assert caught.value.status_code == 422
    assert "384" in caught.value.response.text()


def test_dimensions_that_the_model_has(client, fake_server):
    with client(fake_server) as model:
        assert len(model.embed(input=[QUESTION], dimensions=1024).data[0].embedding) == 1024


def test_input_types(client, fake_server, sdk):
    from azure.ai.inference.models import EmbeddingInputType
    from azure.core.exceptions import HttpResponseError

    with client(fake_server) as model:
        for kind in EmbeddingInputType:
            assert model.embed(input=[QUESTION], input_type=kind).data
    with client() as model:
        assert model.embed(input=[QUESTION], input_type=EmbeddingInputType.TEXT).data
        for kind in (EmbeddingInputType.QUERY, EmbeddingInputType.DOCUMENT):
            with pytest.raises(HttpResponseError) as caught:
                model.embed(input=[QUESTION], input_type=kind)
            assert caught.value.status_code == 422


def test_encodings(client, sdk):
    from azure.ai.inference.models import EmbeddingEncodingFormat

    lengths = {"float": 384, "int8": 384, "uint8": 384, "binary": 48, "ubinary": 48, "base64": 2048}
    with client() as model:
        for encoding in EmbeddingEncodingFormat:
            response = model.embed(input=[QUESTION], encoding_format=encoding)
            assert len(response.data[0].embedding) == lengths[encoding.value]


def test_a_body_of_ones_own(client):
    import io

    with client() as model:
        assert model.embed(body={"input": [QUESTION]}).data
        assert model.embed(body=io.BytesIO(b'{"input": ["x"]}')).data


def test_model_info_and_load_client(client, sdk, bundled):
    from azure.core.credentials import AzureKeyCredential

    with client() as model:
        info = model.get_model_info()
        assert (info.model_name, info.model_type, info.model_provider_name) == (
            "all-minilm-l6-v2",
            "embedding",
            "local",
        )
    with sdk.load_client(bundled.url, AzureKeyCredential("any")) as found:
        assert isinstance(found, sdk.EmbeddingsClient)


def test_extras(client):
    from azure.core.exceptions import HttpResponseError

    with client() as model, pytest.raises(HttpResponseError) as caught:
        model.embed(input=[QUESTION], model_extras={"safe_mode": True})
    assert caught.value.status_code == 422  # sent with extra-parameters: pass-through, and the model has no such thing
    with client() as model:
        assert model.embed(body={"input": [QUESTION], "x": 1}, headers={"extra-parameters": "drop"}).data


def test_images(sdk, bundled):
    from azure.ai.inference.models import ImageEmbeddingInput
    from azure.core.credentials import AzureKeyCredential
    from azure.core.exceptions import ResourceNotFoundError

    with (
        sdk.ImageEmbeddingsClient(bundled.url, AzureKeyCredential("any")) as model,
        pytest.raises(ResourceNotFoundError),
    ):
        model.embed(input=[ImageEmbeddingInput(image="data:image/png;base64,AAAA")])


def test_the_id_of_the_client_comes_back(client):
    seen = []
    with client() as model:
        model.embed(input=[QUESTION], raw_response_hook=lambda reply: seen.append(reply.http_response.headers))
    assert seen[0]["x-request-id"] == seen[0]["apim-request-id"]


def test_every_error_is_the_clients_own_class(client, serve, failing, tmp_path):
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

    from onevec import errors

    def caught(server, kind=HttpResponseError, key="any", **kwargs):
        with client(server, key=key) as model, pytest.raises(kind) as found:
            model.embed(input=["a"], **kwargs)
        return found.value

    cases = [
        (errors.InvalidRequestError("bad"), HttpResponseError, 400),
        (errors.ContentFilterError("bad", param="input"), HttpResponseError, 400),
        (errors.ModelNotFoundError("bad"), ResourceNotFoundError, 404),
        (errors.UnsupportedParameterError("bad", param="dimensions"), HttpResponseError, 422),
        (errors.RateLimitError("bad"), HttpResponseError, 429),
        (errors.OnevecError("bad"), HttpResponseError, 500),
        (errors.OnevecError("bad", status=503, code="overloaded"), HttpResponseError, 503),
    ]
    embedder = failing(errors.OnevecError("none yet"))
    with serve(fake=embedder) as server:
        for error, kind, status in cases:
            embedder.error = error
            found = caught(server, kind)
            assert found.status_code == status
            assert found.response.headers["x-ms-error-code"] == error.code
    with serve(KEYS.format(path=keys_file(tmp_path)[0])) as server:
        found = caught(server, ClientAuthenticationError, key="wrong")
        assert found.status_code == 401
        assert "key" in str(found)


KEYS = """
[server]
port = 0
[auth]
keys = "{path}"
[deployments.fake]
model = "local:fake"
"""


def keys_file(folder):
    from onevec.gateway import KeysFile

    path = folder / "keys.json"
    with KeysFile(path).changing() as change:
        change.keyring, key = change.keyring.with_new("alice", "2026-11-20T00:00:00+00:00")
    return path, key


def test_a_key_is_taken_as_the_client_sends_it(client, serve, tmp_path):
    path, key = keys_file(tmp_path)
    with serve(KEYS.format(path=path)) as server, client(server, key=key) as model:
        assert model.embed(input=["a"]).data
        assert model.get_model_info().model_name == "fake"


def test_the_async_client(sdk, bundled):
    from azure.core.credentials import AzureKeyCredential
    from azure.core.exceptions import HttpResponseError

    aio = pytest.importorskip("azure.ai.inference.aio")

    async def main():
        async with aio.EmbeddingsClient(bundled.url, AzureKeyCredential("any"), retry_total=0) as model:
            replies = await asyncio.gather(*(model.embed(input=[f"text {i}"] * 3) for i in range(8)))
            assert all([item.index for item in reply.data] == [0, 1, 2] for reply in replies)
            assert (await model.get_model_info()).model_type == "embedding"
            with pytest.raises(HttpResponseError) as caught:
                await model.embed(input=["a"], dimensions=7)
            assert caught.value.status_code == 422
        loaded = await aio.load_client(bundled.url, AzureKeyCredential("any"))
        async with loaded:
            assert (await loaded.embed(input=["a"])).data

    asyncio.run(main())
