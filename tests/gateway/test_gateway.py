import sys

import pytest

from onevec.embedders import Embedders, Endpoint
from onevec.errors import (
    AuthenticationError,
    ConfigurationError,
    ContentFilterError,
    InvalidRequestError,
    RateLimitError,
    UnsupportedParameterError,
)
from onevec.gateway import Gateway, KeysFile, load, parse, preflight
from onevec.testing import FakeEmbedder, FakeProvider
from onevec.types import EmbedRequest, InputType


class FakeFinder:
    """Finds a fake for every model; `endpoints` says what it was asked with."""

    def __init__(self):
        self.endpoints = []
        self.embedder = FakeEmbedder()

    def find(self, model, endpoint):
        self.endpoints.append(endpoint)
        return self.embedder, model.partition(":")[2]


WHOLE = """
[limits]
requests_per_minute = 2

[deployments.small]
model = "local:fake"
aliases = ["mini"]
max_items = 2
dimensions = "any"
[deployments.small.prompts]
query = "query: "
[deployments.small.content_filter]
patterns = ["^query"]

[deployments.other]
model = "openai:fake"
api_key = "env:SOME_KEY"
client_args = { headers = { "x-api-key" = "env:OTHER_KEY", "x-team" = "search" }, timeout = 3 }
"""

ENVIRONMENT = {"SOME_KEY": "sk-some", "OTHER_KEY": " sk-other\n"}


async def test_a_request_goes_through_all_of_it():
    finder = FakeFinder()
    gateway = Gateway.from_config(parse(WHOLE), finder, ENVIRONMENT)
    caller = await gateway.authenticate({}, "127.0.0.1")
    deployment = gateway.deployments.route("mini")
    asked = EmbedRequest("mini", ("a text",), dimensions=4, input_type=InputType.QUERY)
    async with gateway.charge(caller, deployment, asked) as charge:
        result = await deployment.embedder.aembed(asked)
        charge.used(result)
    assert charge.headers["x-ratelimit-remaining-requests"] == "1"
    assert result.vectors.shape == (1, 4)
    [inside] = finder.embedder.requests
    assert (inside.prompt, inside.inputs) == ("query: ", ("a text",))
    async with gateway.charge(caller, deployment, asked):
        pass
    with pytest.raises(RateLimitError):
        async with gateway.charge(caller, deployment, asked):
            pytest.fail("it was let in")
    await gateway.aclose()


async def test_what_a_deployment_refuses_never_reaches_the_model():
    finder = FakeFinder()
    gateway = Gateway.from_config(parse(WHOLE), finder, ENVIRONMENT)
    embedder = gateway.deployments["small"].embedder
    for inputs, kind in (
        (("a", "b", "c"), InvalidRequestError),
        (("query me",), ContentFilterError),
        (((1, 2),), UnsupportedParameterError),
    ):
        with pytest.raises(kind):
            await embedder.aembed(EmbedRequest("small", inputs))
    assert finder.embedder.requests == []
    assert gateway.deployments["small"].queue.requests == 0


def test_keys_are_read_from_the_environment_and_shown_nowhere():
    finder = FakeFinder()
    gateway = Gateway.from_config(parse(WHOLE), finder, ENVIRONMENT)
    assert finder.endpoints[1] == Endpoint(
        None, "sk-some", None, {"headers": {"x-api-key": "sk-other", "x-team": "search"}, "timeout": 3}
    )
    shown = repr((gateway.config, gateway.deployments["other"], finder.endpoints))
    assert "sk-some" not in shown
    assert "sk-other" not in shown


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"OTHER_KEY": "x"}, "c.toml:17: deployments.other.api_key: the environment variable SOME_KEY"),
        ({"SOME_KEY": "x", "OTHER_KEY": " "}, "c.toml:18: deployments.other.client_args.headers.x-api-key: the"),
    ],
)
def test_a_variable_that_is_not_set_is_found_at_the_start(environment, place):
    config = parse(WHOLE, "c.toml")
    for check in (
        lambda: Gateway.from_config(config, FakeFinder(), environment),
        lambda: preflight(config, environment),
    ):
        with pytest.raises(ConfigurationError) as caught:
            check()
        assert caught.value.message.startswith(place)


REAL = {
    # settings of a deployment, the place in the error, a word of it
    'model = "local:all-minilm-l6-v2"\nclient_args = { thread = 2 }': (
        "3: deployments.m.client_args.thread",
        "threads",
    ),
    'model = "openai:x"\napi_key = "env:KEY"\napi_base = "ftp://x"': ("4: deployments.m.api_base", "http"),
    'model = "openai:x"': ("1: deployments.m.api_key", "needs a key"),
    'model = "openai:x"\napi_key = "env:KEY"\nclient_args = { timeot = 1 }': ("4: deployments.m.client_args", "timeot"),
    'model = "openai:x"\napi_key = "env:KEY"\ncontent_filter = { entry_point = "no_such_module:f" }': (
        "4: deployments.m.content_filter.entry_point",
        "cannot be imported",
    ),
}


@pytest.mark.parametrize("settings", REAL)
def test_what_only_the_parts_know_is_named_with_its_line_too(settings, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    place, word = REAL[settings]
    embedders = Embedders()
    with pytest.raises(ConfigurationError) as caught:
        Gateway.from_config(parse(f"[deployments.m]\n{settings}\n", "c.toml"), embedders, {"KEY": "sk-x"})
    embedders.close()
    assert caught.value.message.startswith(f"c.toml:{place}"), caught.value.message
    assert word in caught.value.message


async def test_keys_of_a_file_beside_the_configuration(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[auth]\nkeys = "keys.json"\n[deployments.m]\nmodel = "local:fake"\n')
    with pytest.raises(ConfigurationError, match=r"c\.toml:2: auth\.keys: the keys file .*onevec keys add NAME -f"):
        Gateway.from_config(load(path), FakeFinder())
    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring, key = change.keyring.with_new("alice", "now")
    gateway = Gateway.from_config(load(path), FakeFinder())
    assert (await gateway.authenticate({"api-key": key}, "h")).name == "alice"
    with pytest.raises(AuthenticationError):
        await gateway.authenticate({}, "h")
    await gateway.aclose()


async def test_tokens_of_an_issuer(issuer):
    config = parse(
        f'[auth.entra]\naudience = "api://onevec"\nissuer = "{issuer.issuer}"\njwks_url = "{issuer.jwks_url}"\n'
        '[deployments.m]\nmodel = "local:fake"\n'
    )
    gateway = Gateway.from_config(config, FakeFinder())
    caller = await gateway.authenticate({"authorization": f"Bearer {issuer.token()}"}, "h")
    assert caller.id == "entra:someone"
    with pytest.raises(AuthenticationError):
        await gateway.authenticate({"authorization": f"Bearer {issuer.token(aud='other')}"}, "h")
    await gateway.aclose()


async def test_a_remote_provider_behind_a_deployment():
    provider = FakeProvider()
    config = parse('[deployments.m]\nmodel = "openai:text-embedding-3-small"\napi_key = "env:KEY"\n')

    class Remote(Embedders):
        def find(self, model, endpoint):
            over = Endpoint(client_args={"transport": provider}).over(endpoint)
            return super().find(model, over)

    embedders = Remote()
    gateway = Gateway.from_config(config, embedders, {"KEY": "sk-real"})
    deployment = gateway.deployments.route("text-embedding-3-small")
    result = await deployment.embedder.aembed(EmbedRequest("m", ("a", "b")))
    assert result.vectors.shape == (2, 16)
    assert provider.requests[0].headers["authorization"] == "Bearer sk-real"
    assert deployment.space == result.space
    await gateway.aclose()
    embedders.close()


def test_a_deployment_of_the_other_vocabulary(monkeypatch):
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    config = parse('[deployments.m]\nmodel = "local:fake"\ntoken_ids = "cl100k_base"\n', "c.toml")
    with pytest.raises(ConfigurationError, match=r"c\.toml:3: deployments\.m\.token_ids: .*onevec\[tiktoken\]"):
        Gateway.from_config(config, FakeFinder())
