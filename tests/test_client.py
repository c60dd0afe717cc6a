import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec import AsyncClient, Client, aembedding, embedding
from onevec.errors import (
    ConfigurationError,
    InvalidRequestError,
    MissingApiKeyError,
    OnevecError,
    RateLimitError,
    UnsupportedParameterError,
    UnsupportedProviderError,
)
from onevec.testing import FakeProvider, error_reply

LOCAL = "local:all-minilm-l6-v2"
REMOTE = "openai:text-embedding-3-small"
TEXTS = ["First sentence", "Second sentence", "Third sentence"]


def remote(provider, **more):
    return {"api_key": "key-of-the-test", "client_args": {"transport": provider, **more}}


def test_a_local_and_a_remote_call_answer_alike():
    provider = FakeProvider()
    ours = embedding(LOCAL, TEXTS)
    theirs = embedding(REMOTE, TEXTS, **remote(provider))
    for response in (ours, theirs):
        assert response.object == "list"
        assert [item.index for item in response.data] == [0, 1, 2]
        assert response.vectors.dtype == np.float32
        np.testing.assert_array_equal([item.embedding for item in response.data], response.vectors)
        assert response.usage.total_tokens == response.usage.prompt_tokens > 0
    assert ours.model == "all-minilm-l6-v2"
    assert theirs.model == "text-embedding-3-small"
    assert ours.space != theirs.space


def test_the_three_ways_to_name_provider_and_model():
    provider = FakeProvider()
    expected = embedding(REMOTE, "a", **remote(provider)).vectors
    named = embedding("text-embedding-3-small", "a", provider="openai", **remote(provider))
    np.testing.assert_array_equal(named.vectors, expected)
    with pytest.warns(DeprecationWarning, match="openai:text-embedding-3-small") as caught:
        slashed = embedding("openai/text-embedding-3-small", "a", **remote(provider))
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(slashed.vectors, expected)


async def test_a_url_names_any_server_that_speaks_as_openai_does(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-strangers")
    fake = FakeProvider()
    args = {"client_args": {"transport": fake}}
    first = embedding("http://localhost:8000/v1:org/m", ["a"], **args)
    await aembedding("https://h/v1:org/m", ["a"], api_key="a-key", **args)
    embedding("org/m", ["a"], provider="openai-compatible", api_base="http://localhost:1/v1", **args)
    assert [sent.url for sent in fake.requests] == [
        "http://localhost:8000/v1/embeddings", "https://h/v1/embeddings", "http://localhost:1/v1/embeddings",
    ]  # fmt: skip
    assert [sent.headers.get("authorization") for sent in fake.requests] == [None, "Bearer a-key", None]
    assert first.model == "org/m"


def test_the_async_twin_warns_at_its_caller_too():
    async def main():
        with pytest.warns(DeprecationWarning, match="openai:m"):
            await aembedding("openai/m", "a", **remote(FakeProvider()))

    asyncio.run(main())


def test_a_sync_call_works_inside_a_running_loop():
    async def main():
        return embedding(LOCAL, "a").vectors, (await aembedding(LOCAL, "a")).vectors

    a, b = asyncio.run(main())
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_aembedding_works_in_one_loop_after_another():
    provider = FakeProvider()
    results = [asyncio.run(aembedding(model, TEXTS, **more)) for model, more in (
        (LOCAL, {}), (LOCAL, {}), (REMOTE, remote(provider)), (REMOTE, remote(provider)),
    )]  # fmt: skip
    np.testing.assert_allclose(results[0].vectors, results[1].vectors, atol=1e-6)
    np.testing.assert_array_equal(results[2].vectors, results[3].vectors)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=40), st.integers(1, 7), st.integers(1, 5))
def test_order_is_exact_under_any_split_and_concurrency(texts, max_items, concurrency):
    provider = FakeProvider()
    together = embedding(REMOTE, texts, **remote(FakeProvider()))
    split = embedding(REMOTE, texts, **remote(provider, max_items=max_items, concurrency=concurrency))
    np.testing.assert_array_equal(split.vectors, together.vectors)
    assert split.usage == together.usage
    assert len(provider.requests) == -(-len(texts) // max_items)


@pytest.mark.parametrize("encoding", ["float", "base64", "int8", "uint8", "binary", "ubinary"])
def test_the_encoding_changes_data_and_not_vectors(encoding):
    plain, coded = embedding(LOCAL, TEXTS), embedding(LOCAL, TEXTS, encoding_format=encoding)
    np.testing.assert_allclose(coded.vectors, plain.vectors, atol=1e-6)
    assert coded.encoding == encoding
    kinds = {"float": float, "base64": str}
    assert isinstance(coded.data[0].embedding[0], kinds.get(encoding, int))


BAD_CALLS = [
    ({"inputs": []}, InvalidRequestError),
    ({"inputs": ""}, InvalidRequestError),
    ({"inputs": ["a", ""]}, InvalidRequestError),
    ({"inputs": None}, InvalidRequestError),
    ({"inputs": b"a"}, InvalidRequestError),
    ({"inputs": [["a"]]}, InvalidRequestError),
    ({"dimensions": 0}, InvalidRequestError),
    ({"dimensions": -3}, InvalidRequestError),
    ({"dimensions": 10**9}, InvalidRequestError),
    ({"encoding_format": "flaot"}, InvalidRequestError),
    ({"encoding_format": "int8"}, UnsupportedParameterError),
    ({"input_type": "poem"}, InvalidRequestError),
    ({"input_type": "query"}, UnsupportedParameterError),
    ({"overflow": "shrug"}, InvalidRequestError),
    ({"overflow": "chunk"}, UnsupportedParameterError),
    ({"model": "opneai:m"}, UnsupportedProviderError),
    ({"model": "anthropic:m"}, UnsupportedProviderError),
    ({"model": "m"}, InvalidRequestError),
    ({"model": "openai:"}, InvalidRequestError),
    ({"model": ":m"}, InvalidRequestError),
    ({"model": ""}, InvalidRequestError),
    ({"api_base": "not a url"}, ConfigurationError),
    ({"api_base": "ftp://host"}, ConfigurationError),
    ({"api_base": "http://"}, ConfigurationError),
    ({"client_args": {"tiemout": 3}}, ConfigurationError),
    ({"client_args": {"timeout": -3}}, ConfigurationError),
    ({"client_args": {"headers": {"a": "b\r\nc: d"}}}, ConfigurationError),
    ({"api_key": "two\nlines"}, ConfigurationError),
]


@pytest.mark.parametrize(("change", "error"), BAD_CALLS, ids=[str(change)[:40] for change, _ in BAD_CALLS])
def test_bad_arguments_are_refused_before_any_network_call(change, error):
    provider = FakeProvider()
    call = {"model": REMOTE, "inputs": "a", "api_key": "key-of-the-test", **change}
    call["client_args"] = {"transport": provider, **change.get("client_args", {})}
    with pytest.raises(error) as caught:
        embedding(**call)
    assert isinstance(caught.value, ValueError)
    assert provider.requests == []
    with pytest.raises(error):
        asyncio.run(aembedding(**call))
    assert provider.requests == []


def test_a_missing_key_names_the_variable(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingApiKeyError, match="OPENAI_API_KEY"):
        embedding(REMOTE, "a")


def test_argument_over_client_over_environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://environment/v1")
    provider = FakeProvider()
    with Client(client_args={"transport": provider}) as client:
        client.embedding(REMOTE, "a")
    with Client(api_key="from-client", api_base="https://client/v1", client_args={"transport": provider}) as client:
        client.embedding(REMOTE, "a")
        client.embedding(REMOTE, "a", api_key="from-argument", api_base="https://argument/v1")
    sent = [(request.url.split("/")[2], request.headers["authorization"]) for request in provider.requests]
    assert sent == [
        ("environment", "Bearer from-environment"),
        ("client", "Bearer from-client"),
        ("argument", "Bearer from-argument"),
    ]


def test_a_call_lays_its_client_args_over_the_clients():
    provider = FakeProvider()
    with Client(provider="openai", api_key="k" * 8, client_args={"transport": provider, "max_items": 3}) as client:
        client.embedding("m", TEXTS)
        client.embedding("m", TEXTS, client_args={"max_items": 1})
    assert len(provider.requests) == 1 + 3


def test_errors_are_of_one_tree_sync_and_async():
    reply = error_reply(429, headers={"retry-after": "3600"})
    for call in (lambda **kw: embedding(**kw), lambda **kw: asyncio.run(aembedding(**kw))):
        with pytest.raises(RateLimitError) as caught:
            call(model=REMOTE, inputs="a", **remote(FakeProvider(faults=[reply])))
        assert (caught.value.provider, caught.value.status, caught.value.retry_after) == ("openai", 429, 3600.0)


def test_extra_words_reach_the_provider_and_are_refused_by_a_local_model():
    provider = FakeProvider()
    embedding(REMOTE, "a", user="someone", **remote(provider))
    assert b'"user":"someone"' in provider.requests[0].body
    with pytest.raises(UnsupportedParameterError, match="user"):
        embedding(LOCAL, "a", user="someone")


def test_secrets_are_in_no_repr_and_no_error():
    secret = "sk-the-secret-of-the-test"
    client = Client(
        provider="openai", api_key=secret, client_args={"transport": FakeProvider(faults=[error_reply(401)])}
    )
    assert secret not in repr(vars(client))
    with pytest.raises(OnevecError) as caught:
        client.embedding("m", "a")
    assert secret not in repr(caught.value) + str(vars(caught.value))


def test_a_model_is_loaded_once_for_all_threads():
    with Client() as client:
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(client._embedders.find(LOCAL, client._endpoint)[0]))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({id(embedder) for embedder in found}) == 1


def test_a_closed_client_starts_anew():
    client = Client()
    client.embedding(LOCAL, "a")
    client.close()
    client.close()
    assert len(client.embedding(LOCAL, "a").data) == 1
    client.close()


async def test_an_async_client_closes():
    async with AsyncClient(provider="local") as client:
        response = await client.aembedding("all-minilm-l6-v2", TEXTS)
    assert len(response.data) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_loads_its_own_model():
    code = """
        import os, sys
        from onevec import embedding
        embedding("local:all-minilm-l6-v2", "before")
        child = os.fork()
        if child == 0:
            os._exit(0 if len(embedding("local:all-minilm-l6-v2", "after").data) == 1 else 1)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)], check=True, timeout=60)


# --- what it costs


def paid(reply_usage=True, model="openai:text-embedding-3-small", **more):
    def silent(reply):
        return replace(reply, body=orjson.dumps({**orjson.loads(reply.body), "usage": None}))

    provider = FakeProvider(faults=[None if reply_usage else silent])
    return embedding(model, ["one two", "three"], api_key="k", client_args={"transport": provider, **more})


def test_the_cost_is_the_tokens_that_were_told_at_the_list_price():
    response = paid()
    assert response.usage.total_tokens == 3
    assert response.cost == pytest.approx(3 * 0.02 / 1e6)


def test_what_is_not_known_costs_nobody_knows_what():
    words = SimpleNamespace(count=lambda texts: [len(text.split()) for text in texts], truncate=lambda text, _: text)
    assert paid(reply_usage=False).cost is None
    estimated = paid(reply_usage=False, tokenizer=words)
    assert (estimated.usage.total_tokens, estimated.usage.estimated, estimated.cost) == (3, True, None)
    assert paid(model="openai:of-tomorrow").cost is None
    assert embedding("local:all-minilm-l6-v2", "a").cost is None


def test_another_server_has_another_price():
    client_args = {"transport": FakeProvider()}
    response = embedding(REMOTE, "a", api_key="k", api_base="http://gateway/v1", client_args=client_args)
    assert response.cost is None
