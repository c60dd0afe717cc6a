"""`onevec config from-litellm`: what passes, what is left out, and that no key ever does."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from onevec.cli import main
from onevec.cli.litellm import PROVIDERS, SETTINGS, convert
from onevec.gateway import parse
from onevec.gateway.settings.config import DeploymentConfig, TargetConfig
from onevec.providers import split_model

PAGE = (Path(__file__).parents[2] / "docs" / "migrate" / "litellm.md").read_text(encoding="utf-8")


@pytest.fixture
def run(capsys, tmp_path, witness):
    witness("yaml")
    witness("tomli_w")

    def run(text):
        file = tmp_path / "config.yaml"
        file.write_text(text)
        with pytest.raises(SystemExit) as caught:
            main(["config", "from-litellm", str(file)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err.replace(f"{file}: ", "")

    return run


def test_the_file_that_the_page_shows(run):
    code, out, err = run(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
    assert code == 0
    config = parse(out)
    assert [*config.deployments] == ["embed"]
    embed = config.deployments["embed"]
    assert [(one.model, one.api_key, one.weight) for one in embed.targets] == [
        ("openai:text-embedding-3-small", "env:OPENAI_API_KEY", 3.0),
        ("azureopenai:small", "env:AZURE_API_KEY", 1.0),
    ]
    assert embed.targets[1].client_args == {"api_version": "2024-10-21"}
    assert embed.aliases == ("text-embedding-ada-002",)
    assert (config.server.deadline, config.ledger.url) == (20.0, "env:DATABASE_URL")
    assert config.cache is not None
    left = [line.split(":")[0] for line in err.splitlines()]
    assert left == [
        "left model_list[0].litellm_params.rpm",
        "left model_list[2]",
        "left router_settings.fallbacks",
        "left general_settings.master_key",
    ]


def test_the_renamed_providers_are_those_of_the_page_and_have_rows_here():
    shown = dict(re.findall(r"^\| `(\w+)/`(?:, `\w+/`)? \| `([\w-]+):` \|$", PAGE, re.MULTILINE))
    others = {found[1]: found[2] for found in re.finditer(r"`\w+/`, `(\w+)/` \| `([\w-]+):`", PAGE)}
    assert shown | others == PROVIDERS
    for name in PROVIDERS.values():
        assert split_model(f"{name}:any")[0].name == name


def entry(params, **more):
    return {"model_list": [{"model_name": "embed", "litellm_params": {"model": "embed-me"} | params} | more]}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"model": "azure_ai/x-embed"}, {"model": "azure:x-embed"}),
        ({"model": "text-embedding-3-small"}, {"model": "openai:text-embedding-3-small"}),
        ({"model": "m-embed", "custom_llm_provider": "hosted_vllm"}, {"model": "vllm:m-embed"}),
        ({"api_base": "http://host/v1"}, {"api_base": "http://host/v1"}),
        ({"timeout": 5, "max_retries": 2}, {"client_args": {"timeout": 5.0, "max_retries": 2}}),
        ({"weight": 2, "order": 1}, {}),
        ({"input_cost_per_token": 2e-8}, {"price": 0.02}),
        ({"api_version": None}, {}),
    ],
)
def test_what_passes(given, wanted):
    done = convert(entry(given))
    assert done.tree["deployments"]["embed"] == {"model": "openai:embed-me"} | wanted
    assert not done.left
    read = msgspec.convert(done.tree["deployments"]["embed"], DeploymentConfig)
    assert read.all_targets()[()].model == ({"model": "openai:embed-me"} | wanted)["model"]


def test_what_chooses_between_targets_passes_where_there_are_several():
    two = entry({"weight": 2, "order": 1})["model_list"] + entry({"order": 2})["model_list"]
    targets = convert({"model_list": two}).tree["deployments"]["embed"]["targets"]
    assert [(one.weight, one.priority) for one in msgspec.convert(targets, list[TargetConfig])] == [(2.0, 1), (1.0, 2)]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"tpm": 1}, "tpm"),
        ({"timeout": "soon"}, "timeout"),
        ({"api_base": "os.environ/BASE"}, "api_base"),
        ({"tags": ["a"]}, "tags"),
    ],
)
def test_what_is_left_out_is_named(given, place):
    done = convert(entry(given))
    assert done.tree["deployments"]["embed"] == {"model": "openai:embed-me"}
    assert [one.place for one in done.left] == [f"model_list[0].litellm_params.{place}"]


@pytest.mark.parametrize(
    ("model", "info", "passes"),
    [
        ("openai/gpt-4o", {}, False),
        ("openai/gpt-4o", {"mode": "embedding"}, True),
        ("openai/text-embedding-3-small", {}, True),
        ("openai/text-embedding-3-small", {"mode": "chat"}, False),
        ("cohere/embed-v4.0", {}, True),
        ("openai/*", {"mode": "embedding"}, False),
    ],
)
def test_only_models_of_embeddings_pass(model, info, passes):
    done = convert(entry({"model": model}, model_info=info))
    assert bool(done.tree["deployments"]) is passes
    assert bool(done.left) is not passes


def test_a_key_that_is_written_out_never_passes(run):
    code, out, err = run(
        "model_list:\n- {model_name: e, litellm_params: {model: openai/embed, api_key: sk-secret}}\n"
        "general_settings: {master_key: sk-secret, database_url: 'postgresql://u:sk-secret@h/d'}\n"
        "litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: sk-secret, ttl: 60, x: 1}}\n"
    )
    assert code == 0
    assert "sk-secret" not in out + err
    made = tomllib.loads(out)
    assert made["deployments"]["e"]["api_key"] == "env:LITELLM_0_LITELLM_PARAMS_API_KEY"
    assert made["ledger"]["url"] == "env:LITELLM_GENERAL_SETTINGS_DATABASE_URL"
    assert (made["cache"], made["redis"]) == ({"redis": True, "ttl": 60}, {"url": "env:REDIS_URL"})
    assert "left litellm_settings.cache_params.x" in err


def test_what_is_made_is_utf_8_whatever_the_locale(run, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("model_list: [{model_name: e, litellm_params: {model: openai/embed-é}}]", encoding="utf-8")
    command = [sys.executable, "-m", "onevec", "config", "from-litellm", str(file)]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=True)
    assert tomllib.loads(done.stdout.decode())["deployments"]["e"]["model"] == "openai:embed-é"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_list: [", "is no YAML"),
        ("- a", "is no configuration of LiteLLM"),
        ("model_list: []", "has no model of embeddings"),
        ("model_list: [a]", "has no model of embeddings"),
        ("model_list: [{model_name: e v, litellm_params: {model: openai/embed}}]", "a name is made of letters"),
    ],
)
def test_what_cannot_be_converted(run, text, message):
    code, out, err = run(text)
    assert (code, out) == (2, "")
    assert message in err


def test_everything_else_is_left_out_by_name():
    router = {"timeout": 7, "redis_host": "h", "model_group_alias": {"a": {"model": "embed"}}}
    done = convert(entry({}, model_info=None) | {"router_settings": router, "environment_variables": ["x"]})
    assert done.tree["deployments"]["embed"]["attempt_timeout"] == 7.0
    assert [one.place for one in done.left] == [
        "router_settings.redis_host",
        "router_settings.model_group_alias.a",
        "environment_variables",
    ]


def test_a_cache_that_is_off_stays_off():
    done = convert(entry({}) | {"litellm_settings": {"cache": False, "cache_params": {"type": "redis"}}})
    assert set(done.tree) == {"deployments"}
    assert not done.left


def test_every_setting_leads_to_one_of_a_target():
    assert {path[0] for path, _ in SETTINGS.values()} <= set(TargetConfig.__struct_fields__)
