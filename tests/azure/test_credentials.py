"""Keys and tokens over https, with a CA of our own; nothing secret where it can be read."""

import logging
import time

import pytest
from azure.core.credentials import AccessToken, AccessTokenInfo, AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from onevec.azure import EmbeddingsClient, ImageEmbeddingsClient, aio
from onevec.azure.endpoints import endpoint_of
from onevec.errors import ConfigurationError

from .recorder import Reply, embeddings

SECRET = "a-very-secret-key"


class Tokens:
    """Gives tokens that live as long as it is told."""

    def __init__(self, lives=3600):
        self.asked = []
        self._lives = lives

    def get_token(self, *scopes, **options):
        self.asked.append(scopes)
        return AccessToken(f"token-{len(self.asked)}", int(time.time()) + self._lives)


class AsyncTokens(Tokens):
    async def get_token(self, *scopes, **options):
        return super().get_token(*scopes, **options)

    async def close(self):
        pass


@pytest.fixture
def https(authority, secure_recorder):
    return {"connection_verify": authority[0]}, secure_recorder


async def test_a_key_over_https(https):
    verify, recorder = https
    with EmbeddingsClient(recorder.url, AzureKeyCredential(SECRET), **verify) as client:
        client.embed(input=["a"])
    async with aio.EmbeddingsClient(recorder.url, AzureKeyCredential(SECRET), **verify) as client:
        await client.embed(input=["a"])
    for request in recorder.requests:
        assert (request.headers["authorization"], request.headers["api-key"]) == (f"Bearer {SECRET}", SECRET)


async def test_a_token_over_https(https):
    verify, recorder = https
    blocking, later = Tokens(), AsyncTokens()
    with ImageEmbeddingsClient(recorder.url, blocking, **verify) as client:
        client.embed(input=[{"image": "data:image/png;base64,AA=="}])
        client.embed(input=[{"image": "data:image/png;base64,AA=="}])
    async with aio.EmbeddingsClient(recorder.url, later, **verify) as client:
        await client.embed(input=["a"])
    assert [request.headers["authorization"] for request in recorder.requests] == ["Bearer token-1"] * 3
    assert not any("api-key" in request.headers for request in recorder.requests)
    assert blocking.asked == later.asked == [("https://ml.azure.com/.default",)]


def test_a_token_that_has_run_out_is_asked_for_again(https):
    verify, recorder = https
    with EmbeddingsClient(recorder.url, Tokens(lives=-1), **verify) as client:
        client.embed(input=["a"])
        client.embed(input=["b"])
    assert [request.headers["authorization"] for request in recorder.requests] == ["Bearer token-1", "Bearer token-2"]


def test_a_certificate_of_nobody_is_refused(secure_recorder):
    with (
        EmbeddingsClient(secure_recorder.url, AzureKeyCredential(SECRET), retry_total=0) as client,
        pytest.raises(ServiceRequestError, match="certificate"),
    ):
        client.embed(input=["a"])
    assert secure_recorder.requests == []


async def test_tokens_go_over_https_only(recorder):
    with EmbeddingsClient(recorder.url, Tokens()) as client:
        with pytest.raises(ServiceRequestError, match="not permitted for non-TLS"):
            client.embed(input=["a"])
        assert recorder.requests == []
        client.embed(input=["a"], enforce_https=False)
    async with aio.EmbeddingsClient(recorder.url, AsyncTokens()) as client:
        with pytest.raises(ServiceRequestError, match="not permitted for non-TLS"):
            await client.embed(input=["a"])
    assert len(recorder.requests) == 1


async def test_azure_identity_works_as_it_is(https, witness):
    identity = witness("azure.identity")

    import azure.identity.aio as identity_aio

    verify, recorder = https
    # A chain with nothing in it that could reach the network: a credential that is told what to give.
    with EmbeddingsClient(recorder.url, identity.ChainedTokenCredential(Tokens()), **verify) as client:
        client.embed(input=["a"])
    chain = identity_aio.ChainedTokenCredential(AsyncTokens())
    async with aio.EmbeddingsClient(recorder.url, chain, **verify) as client:
        await client.embed(input=["a"])
    assert {request.headers["authorization"] for request in recorder.requests} == {"Bearer token-1"}


def test_the_newer_protocol_of_tokens(https):
    class Newer:
        def get_token_info(self, *scopes, options=None):
            return AccessTokenInfo("newer", int(time.time()) + 3600)

    verify, recorder = https
    with EmbeddingsClient(recorder.url, Newer(), **verify) as client:
        client.embed(input=["a"])
    assert recorder.requests[0].headers["authorization"] == "Bearer newer"


def test_both_headers_follow_the_key(recorder):
    key = AzureKeyCredential("old")
    with EmbeddingsClient(recorder.url, key) as client:
        client.embed(input=["a"])
        key.update("new")
        client.embed(input=["a"])
    sent = [(request.headers["authorization"], request.headers["api-key"]) for request in recorder.requests]
    assert sent == [("Bearer old", "old"), ("Bearer new", "new")]


def test_headers_of_the_caller_are_not_changed(recorder):
    headers = {"x": "y"}
    EmbeddingsClient(recorder.url, AzureKeyCredential(SECRET), headers=headers).close()
    assert headers == {"x": "y"}


def test_another_host_never_sees_the_key(recorder):
    def elsewhere(request):
        port = request.headers["host"].partition(":")[2]
        return Reply(307, b"", {"location": f"http://localhost:{port}/x"})

    recorder.script(elsewhere, embeddings)
    with EmbeddingsClient(recorder.url, AzureKeyCredential(SECRET)) as client:
        client.embed(input=["a"])
    assert SECRET not in str(recorder.requests[1])


@pytest.mark.parametrize("status", [200, 401])
def test_nothing_secret_is_written(recorder, caplog, status):
    recorder.script(embeddings if status == 200 else Reply(status, {"message": "m"}))
    with (
        caplog.at_level(logging.DEBUG),
        EmbeddingsClient(recorder.url, AzureKeyCredential(SECRET), logging_enable=True) as client,
    ):
        if status == 200:
            client.embed(input=["a"])
        else:
            with pytest.raises(HttpResponseError) as caught:
                client.embed(input=["a"])
            assert SECRET not in repr(caught.value) + str(caught.value)
        assert SECRET not in repr(client) + str(client)
    assert "Request headers" in caplog.text
    assert SECRET not in caplog.text
    assert recorder.requests[0].headers["api-key"] == SECRET


@pytest.mark.parametrize("credential", [SECRET, 3, object()])
def test_what_is_no_credential(credential):
    with pytest.raises(TypeError, match="Unsupported credential") as caught:
        EmbeddingsClient("https://h", credential)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    [None, "", " ", "resource.services.ai.azure.com/models", "ftp://h/models", "https://", "https:///models",
     "https://h:port/models", "https://h h/", "http://[::1", 3, b"https://h"],
)  # fmt: skip
def test_an_endpoint_that_is_none_is_refused_at_once(endpoint):
    with pytest.raises(ConfigurationError) as caught:
        EmbeddingsClient(endpoint, AzureKeyCredential(SECRET))
    assert caught.value.param == "endpoint"
    assert isinstance(caught.value, ValueError)


def test_a_password_in_an_endpoint_is_not_shown():
    with pytest.raises(ConfigurationError) as caught:
        endpoint_of(f"htps://user:{SECRET}@h/")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "keywords", "address"),
    [
        ("https://r.services.ai.azure.com/models", {}, "https://r.services.ai.azure.com/models/embeddings?api-version=2024-05-01-preview"),
        ("https://m.eastus.models.ai.azure.com", {}, "https://m.eastus.models.ai.azure.com/embeddings?api-version=2024-05-01-preview"),
        ("https://m.eastus.inference.ml.azure.com/", {"api_version": "v"}, "https://m.eastus.inference.ml.azure.com/embeddings?api-version=v"),
        ("https://r.openai.azure.com/openai/v1", {}, "https://r.openai.azure.com/openai/v1/embeddings"),
        ("https://r.services.ai.azure.com/openai/v1/", {}, "https://r.services.ai.azure.com/openai/v1/embeddings"),
        ("https://r.openai.azure.com/openai/v1/", {"api_version": "preview"}, "https://r.openai.azure.com/openai/v1/embeddings?api-version=preview"),
        ("https://r.openai.azure.com/openai/deployments/d", {"api_version": "2024-10-21"}, "https://r.openai.azure.com/openai/deployments/d/embeddings?api-version=2024-10-21"),
        ("https://h/models", {"api_version": None}, "https://h/models/embeddings"),
        ("https://h/models?x=1", {"api_version": None}, "https://h/models/embeddings?x=1"),
    ],
)  # fmt: skip
def test_every_kind_of_endpoint(endpoint, keywords, address):
    assert endpoint_of(endpoint, **keywords).address("/embeddings", {}) == address


def test_the_successor_has_scopes_of_its_own():
    assert endpoint_of("https://r.services.ai.azure.com/openai/v1").scopes == ("https://ai.azure.com/.default",)
    assert endpoint_of("https://h/models", scopes="a").scopes == ("a",)
    assert endpoint_of("https://h/openai/v1", scopes=["a", "b"]).scopes == ("a", "b")
