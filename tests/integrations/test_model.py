"""What every integration is made of: early refusals, one space, purposes, nothing secret written down."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from onevec.errors import ConfigurationError, InvalidRequestError, MissingApiKeyError, VectorSpaceError
from onevec.exchange import HttpReply
from onevec.integrations.model import BUNDLED, Model, writable
from onevec.spaces import VectorSpace
from onevec.testing import FakeEmbedder, FakeProvider
from onevec.types import InputType

REMOTE = "openai:text-embedding-3-small"


def remote(provider, model="openai:a-model-of-ours", **more):
    return Model(model, api_key="key-of-the-test", client_args={"transport": provider}, **more)


@pytest.mark.parametrize(
    ("told", "param"),
    [
        ({"model": "nobody:m"}, "provider"),
        ({"model": "without-provider"}, "model"),
        ({"dimensions": 0}, "dimensions"),
        ({"overflow": "ignore"}, "overflow"),
        ({"expect_space": "no space"}, "expect_space"),
        ({"client_args": {"thread": 1}}, "client_args"),
        ({"model": REMOTE, "client_args": {"timeout": -1}}, "client_args"),
    ],
)
def test_what_no_call_could_have_is_refused_at_once(told, param):
    with pytest.raises((InvalidRequestError, ConfigurationError)) as caught:
        Model(**told)
    assert caught.value.param in (param, None)


def test_a_key_is_looked_for_at_the_first_call(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = Model(REMOTE)
    assert model.model == REMOTE
    with pytest.raises(MissingApiKeyError):
        model.embed("a")


async def test_sync_and_async_are_one_model_inside_a_running_loop():
    model = Model()
    ours = model.vectors(["a", "b"])
    np.testing.assert_allclose(await model.avectors(["a", "b"]), ours, atol=1e-6)
    assert model.vectors([]).shape == (await model.avectors([])).shape == (0, 0)


@pytest.mark.parametrize(
    ("model", "words"),
    [("cohere:embed-v4.0", {"search_query", "search_document"}), ("openai:a-model-of-ours", {None})],
)
def test_a_purpose_is_told_where_the_provider_knows_it(model, words):
    provider = FakeProvider(model.partition(":")[0], FakeEmbedder(1536))
    bound = remote(provider, model)
    bound.embed("a", InputType.QUERY)
    bound.embed("a", InputType.DOCUMENT)
    assert {json.loads(sent.body).get("input_type") for sent in provider.requests} == words


def test_all_of_a_process_share_a_loaded_model():
    assert Model().capabilities is Model(overflow="chunk").capabilities


def test_a_local_models_space_is_known_without_a_call():
    assert Model().space == Model().embed("a").space == Model(dimensions=384).space


def test_a_vendors_model_is_known_without_a_call():
    provider = FakeProvider()
    assert remote(provider, REMOTE).space == VectorSpace(REMOTE, 1536, normalized=True)
    assert provider.requests == []


@pytest.mark.parametrize("told", [{}, {"dimensions": 8}])
def test_where_only_an_answer_tells_the_space_one_word_is_embedded_once(told):
    provider = FakeProvider()
    model = remote(provider, **told)
    assert model.space.dimensions == told.get("dimensions", 16)
    assert model.space is model.space
    assert len(provider.requests) == 1


async def test_the_first_answers_space_is_expected_of_every_later_one():
    provider = FakeProvider()
    model = remote(provider)
    model.embed("a")
    provider.embedder = FakeEmbedder(dimensions=8)
    with pytest.raises(VectorSpaceError, match="dimensions 8 and not 16"):
        model.embed("a")
    with pytest.raises(VectorSpaceError):
        await model.aembed("a")


def test_a_server_that_says_another_space_is_refused():
    def another(reply):
        return HttpReply(reply.status, {**reply.headers, "x-vector-space": "another@2/16"}, reply.body)

    model = remote(FakeProvider(faults=[None, another]), api_base="http://127.0.0.1:9/v1")
    model.embed("a")
    with pytest.raises(VectorSpaceError, match="model another"):
        model.embed("a")


def test_a_gateway_over_the_same_weights_is_in_the_same_space(server):
    gateway = Model(f"{server}/v1:all-minilm-l6-v2", expect_space=Model().space)
    np.testing.assert_allclose(gateway.vectors(["a cat"]), Model().vectors(["a cat"]), atol=1e-3)
    assert Model(f"{server}/v1:all-minilm-l6-v2").space == Model().space


def test_an_expected_space_is_refused_before_anything_is_sent():
    provider = FakeProvider()
    model = remote(provider, REMOTE, expect_space="all-minilm-l6-v2/384")
    with pytest.raises(VectorSpaceError):
        model.embed("a")
    assert provider.requests == []


def test_nothing_secret_is_shown_or_written_down():
    secrets = {"headers": {"x-key": "secret-1"}, "proxy": "http://me:secret-2@host"}
    model = Model(REMOTE, api_key="secret-3", client_args={"timeout": 5, **secrets})
    written = model.settings()
    assert "secret" not in repr(model) + json.dumps(written)
    assert written["client_args"] == {"timeout": 5}
    assert Model(**written).space == model.space


def test_nor_is_what_a_url_has_in_its_query():
    model = Model(REMOTE, api_base="https://h/v1?code=secret&api-version=1", expect_space="m/4")
    assert "secret" not in repr(model)
    assert model.settings()["api_base"] == "https://h/v1?api-version=1"
    model = Model("https://h/v1?api-key=secret:m", expect_space="m/4")
    assert repr(model) == "Model('https://h/v1:m')"
    assert (model.settings()["model"], model.model) == ("https://h/v1:m", "https://h/v1?api-key=secret:m")


def test_what_json_has_no_word_for_is_written_as_text_or_not_at_all():
    told = {"ca_file": Path("ca.pem"), "space": VectorSpace("m", 4), "transport": FakeProvider(), "verify": True}
    assert writable(told) == {"ca_file": "ca.pem", "space": "m/4", "verify": True}


def test_an_unknown_argument_is_a_type_error():
    with pytest.raises(TypeError, match="base_url"):
        Model(BUNDLED, base_url="http://h")


FRAMEWORKS = {
    "chroma": "chromadb",
    "haystack": "haystack",
    "lancedb": "lancedb",
    "langchain": "langchain_core",
    "llama_index": "llama_index",
    "mteb": "mteb",
}


def test_a_missing_framework_is_named_with_its_extra():
    code = f"""
import importlib, sys
from onevec.errors import ConfigurationError
for name, package in {FRAMEWORKS!r}.items():
    sys.modules[package] = None  # as if it were not installed
    try:
        importlib.import_module("onevec.integrations." + name)
    except ConfigurationError as error:
        print(name, error.message)
"""
    said = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    assert [line.split()[0] for line in said] == list(FRAMEWORKS)
    extras = {"llama_index": "llama-index", "lancedb": "lance"}
    for line, name in zip(said, FRAMEWORKS, strict=True):
        assert f"pip install 'onevec[{extras.get(name, name)}]'" in line
