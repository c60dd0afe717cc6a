"""Deployments of several targets, from their settings."""

import pytest

from onevec.embedders import Embedders, Endpoint
from onevec.errors import ConfigurationError, InvalidResponseError
from onevec.exchange import HttpReply
from onevec.gateway import Gateway, parse
from onevec.gateway.pool.pool import Pool
from onevec.spaces import VectorSpace
from onevec.testing import FakeProvider
from onevec.types import EmbedRequest

TARGET = '[[deployments.m.targets]]\nmodel = "{}"\n'
KEYS = {"OPENAI_API_KEY": "sk-1"}


def made(text, finder=None):
    return Gateway.from_config(parse(text, "c.toml"), finder or Embedders(KEYS), KEYS).deployments["m"]


class Faked(Embedders):
    """Remote models whose provider is a fake."""

    def __init__(self, provider):
        super().__init__(KEYS)
        self.provider, self.endpoints = provider, []

    def find(self, model, endpoint):
        self.endpoints.append(endpoint)
        return super().find(model, Endpoint(client_args={"transport": self.provider}).over(endpoint))


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (
            ["openai:text-embedding-3-small", "openai:text-embedding-3-large"],
            ["targets[1]", "openai:text-embedding-3-small/1536/normalized", "openai:text-embedding-3-large/3072"],
        ),
        (
            ["local:all-minilm-l6-v2", "openai:text-embedding-3-small"],
            ["targets[1]", "all-minilm-l6-v2@sha256:53aa51172d14/384", "openai:text-embedding-3-small/1536"],
        ),
        (["openai:nobody-knows-it", "openai:nobody-knows-it"], ["targets[0]", "vouch for it", "space ="]),
        (["http://127.0.0.1:1/v1:m", "http://127.0.0.1:2/v1:m"], ["targets[0]", "vouch for it"]),
    ],
)
def test_targets_that_may_not_serve_one_deployment_are_refused_at_the_start(models, words):
    with pytest.raises(ConfigurationError) as caught:
        made("".join(map(TARGET.format, models)))
    assert caught.value.message.startswith("c.toml:")
    for word in words:
        assert word in caught.value.message


def test_one_model_at_two_addresses_is_one_pool_and_is_not_tried_twice_at_one():
    finder = Faked(FakeProvider())
    text = TARGET.format("openai:text-embedding-3-small") * 2
    deployment = made(text, finder)
    assert isinstance(deployment.pool, Pool)
    assert [target.name for target in deployment.pool.targets] == [
        "openai:text-embedding-3-small[0]",
        "openai:text-embedding-3-small[1]",
    ]
    assert [endpoint.client_args["max_retries"] for endpoint in finder.endpoints] == [0, 0]
    assert deployment.pool.targets[0].price == 0.02


def test_a_local_model_alone_needs_no_pool():
    assert made('[deployments.m]\nmodel = "local:gist"\n').pool is None


def test_a_space_that_a_local_model_does_not_have_is_refused():
    with pytest.raises(ConfigurationError, match=r"c\.toml:3: deployments\.m\.space: .*what `space` says"):
        made('[deployments.m]\nmodel = "local:all-minilm-l6-v2"\nspace = "other/384"\n')


class Telling(FakeProvider):
    """Says whose vectors it sends, as a onevec server does."""

    def __init__(self, told):
        super().__init__()
        self.told = told

    def send(self, request):
        reply = super().send(request)
        return HttpReply(reply.status, {**reply.headers, "x-vector-space": self.told}, reply.body)

    async def asend(self, request):
        return self.send(request)


VOUCHED = '[deployments.m]\nspace = "m@1/16/mean"\n' + TARGET.format("http://127.0.0.1:1/v1:m") * 2


async def test_servers_that_tell_the_space_that_is_vouched_for_are_believed():
    deployment = made(VOUCHED, Faked(Telling("m@1/16/mean")))
    result = await deployment.embedder.aembed(EmbedRequest("m", ("a", "b")))
    assert result.space == deployment.space == VectorSpace("m", 16, "1", pooling="mean")


async def test_servers_that_tell_no_space_are_taken_at_the_operator_s_word():
    deployment = made(VOUCHED, Faked(FakeProvider()))
    assert (await deployment.embedder.aembed(EmbedRequest("m", ("a",)))).space.id == "m@1/16/mean"


async def test_a_server_that_tells_another_space_is_not_believed():
    deployment = made(VOUCHED, Faked(Telling("m@2/16/mean")))
    with pytest.raises(Exception, match="none of the 2 targets") as caught:
        await deployment.embedder.aembed(EmbedRequest("m", ("a",)))
    assert isinstance(caught.value.__cause__, InvalidResponseError)
    assert caught.value.__cause__.code == "vector_space_mismatch"


async def test_a_single_server_s_own_word_is_its_space():
    deployment = made('[deployments.m]\nmodel = "http://127.0.0.1:1/v1:m"\n', Faked(Telling("m@1/16/mean")))
    assert deployment.space is None
    assert (await deployment.embedder.aembed(EmbedRequest("m", ("a",)))).space.id == "m@1/16/mean"
    assert deployment.space == VectorSpace("m", 16, "1", pooling="mean")
