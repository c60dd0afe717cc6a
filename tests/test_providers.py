import warnings
from enum import Enum
from urllib.parse import urlsplit

import pytest

from onevec.errors import (
    ConfigurationError,
    InvalidRequestError,
    MissingApiKeyError,
    UnsupportedProviderError,
)
from onevec.providers import (
    PROVIDERS,
    Credential,
    is_vendors,
    provider,
    resolve_base,
    resolve_key,
    split_model,
    split_url,
    target,
    wanted_key,
)
from onevec.signing import AwsKeys
from onevec.wires import WIRES

ROWS = list(PROVIDERS.values())
REMOTE = [row for row in ROWS if row.wire]

each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
each_remote = pytest.mark.parametrize("row", REMOTE, ids=lambda row: row.name)


@each
def test_a_row_is_well_formed(row):
    assert PROVIDERS[row.name] is row
    assert row.name == row.name.lower()
    assert row.name.replace("-", "_").isidentifier()
    assert row.doc_url.startswith("https://")
    assert row.wire is None or row.wire in WIRES
    assert row.embedding or not row.wire
    assert set(row.env_token) <= set(row.env_key)
    assert row.parameters <= {"dimensions", "input_type", "base64", "truncate", "extra"}
    assert row.max_items > 0


@each_remote
def test_a_remote_row_can_be_reached(row):
    assert row.env_key or row.signing
    assert row.api_base or row.env_api_base
    assert row.api_base is None or resolve_base(row, row.api_base, {}) == row.api_base
    assert row.api_base is None or not row.api_base.endswith("/")


def test_the_providers_that_were_promised_are_all_there():
    assert {row.name for row in ROWS if row.embedding} >= {
        "local", "openai", "azure", "azureopenai", "dashscope", "databricks", "deepinfra", "edenai", "github",
        "llamacpp", "lmstudio", "mistral", "mzai", "nebius", "neosantara", "openrouter", "otari", "qiniu", "requesty",
        "sambanova", "together", "vllm", "cohere", "cohere_v1", "fireworks", "huggingface", "infinity", "jina",
        "litellm", "mixedbread", "nvidia", "ollama", "ollama_old", "openai-compatible", "ovhcloud", "scaleway",
        "siliconflow", "tei", "volcengine", "voyage", "xinference", "gemini", "vertexai", "bedrock", "sagemaker",
        "watsonx", "cloudflare",
    }  # fmt: skip


# --- names


def test_a_provider_by_name_or_by_another_librarys_member():
    class LLMProvider(Enum):
        OPENAI = "openai"

    assert provider("openai") is provider(LLMProvider.OPENAI) is provider(" OpenAI ") is PROVIDERS["openai"]


@pytest.mark.parametrize(
    ("name", "nearest"), [("opnai", "openai"), ("azure-openai", "azureopenai"), ("mistrl", "mistral")]
)
def test_an_unknown_name_has_a_nearest_one(name, nearest):
    with pytest.raises(UnsupportedProviderError, match=f"did you mean '{nearest}'") as caught:
        provider(name)
    assert isinstance(caught.value, ValueError)
    assert caught.value.value == name


@pytest.mark.parametrize("name", [3, "", b"openai", [], "a" * 1000])
def test_what_is_no_name(name):
    with pytest.raises(UnsupportedProviderError):
        provider(name)


@pytest.mark.parametrize("name", ["anthropic", "groq", "deepseek", "xai", "cerebras"])
def test_who_has_no_embeddings_is_known_and_refused(name):
    assert PROVIDERS[name].embedding is False
    with pytest.raises(UnsupportedProviderError, match=f"{name} has no embeddings"):
        provider(name)


# --- model strings


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai:text-embedding-3-small", ("openai", "text-embedding-3-small")),
        ("openai:ft:model:org", ("openai", "ft:model:org")),
        ("openrouter:openai/text-embedding-3-small", ("openrouter", "openai/text-embedding-3-small")),
        ("local:/models/mine", ("local", "/models/mine")),
        ("local:org/name", ("local", "org/name")),
    ],
)
def test_a_model_is_split_once_at_the_first_mark(model, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row, name = split_model(model)
    assert (row.name, name) == expected


def test_a_slash_first_is_deprecated_and_blames_the_caller():
    with pytest.warns(DeprecationWarning, match="write 'together:BAAI/bge:v1'") as caught:
        row, name = split_model("together/BAAI/bge:v1")
    assert (row.name, name) == ("together", "BAAI/bge:v1")
    assert caught[0].filename == __file__


def test_with_a_provider_the_model_is_verbatim():
    assert split_model("org/name:tag", "vllm") == (PROVIDERS["vllm"], "org/name:tag")


@pytest.mark.parametrize("model", ["text-embedding-3-small", "", ":x", "openai:", "/x", "openai/", None, 3])
def test_a_model_without_a_provider(model):
    with pytest.raises(ValueError, match="model") as caught:
        split_model(model)
    assert isinstance(caught.value, InvalidRequestError)
    assert caught.value.param == "model"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("http://localhost:8000/v1:m", ("http://localhost:8000/v1", "m")),
        ("https://h/v1:org/name:tag", ("https://h/v1", "org/name:tag")),
        ("http://h:80:m", ("http://h:80", "m")),
        ("http://h:m", ("http://h", "m")),
        ("HTTP://[::1]:80/v1:m", ("HTTP://[::1]:80/v1", "m")),
        ("http://h:80:m@1", ("http://h:80", "m@1")),
        ("http://h:@cf/baai/bge-m3", ("http://h", "@cf/baai/bge-m3")),
        ("http://h/v1:m@1", ("http://h/v1", "m@1")),
    ],
)
def test_a_model_may_name_its_server(model, expected):
    assert split_url(model) == expected
    assert split_model(model) == (PROVIDERS["openai-compatible"], expected[1])
    assert split_model(model, "openai") == (PROVIDERS["openai"], model)


@pytest.mark.parametrize(
    "model", ["http://h", "http://h:80", "http://h:80/v1", "http://h/v1:", "https://", "http://:m"]
)
def test_a_server_without_a_model(model):
    with pytest.raises(InvalidRequestError, match="no model follows"):
        split_model(model)


@pytest.mark.parametrize("model", ["http://me:secret@h/v1:m", "https://me:s:ecret@h:80:m", "http://me:secret@h"])
def test_a_password_in_a_url_is_no_model_for_another_host(model):
    with pytest.raises(InvalidRequestError, match="without a user name or password") as caught:
        split_model(model)
    assert "ecret" not in str(caught.value)


# --- keys


@each_remote
def test_the_key_is_the_argument_then_the_environment(row):
    environ = {name: f"from-{name}" for name in row.env_key}
    assert resolve_key(row, "argument", environ).value == "argument"
    assert resolve_key(row, "argument", environ).auth == ("none" if row.iam_url else row.auth)
    for name in row.env_key[:1]:
        assert resolve_key(row, None, environ).value == f"from-{name}"
        assert resolve_key(row, "", {row.env_key[-1]: " padded\n"}).value == "padded"


@each_remote
def test_a_missing_key_names_its_variables(row):
    environ = dict.fromkeys(row.env_key, "")
    if not row.key_required:
        assert resolve_key(row, None, environ).value is None
        return
    if row.source in ("aws", "google"):
        assert resolve_key(row, None, environ) == Credential(None, "none", source=row.source)
        assert all(name in wanted_key(row) for name in row.env_key)
        return
    with pytest.raises(MissingApiKeyError) as caught:
        resolve_key(row, None, environ)
    assert all(name in caught.value.message for name in row.env_key)
    assert caught.value.provider == row.name
    assert isinstance(caught.value, ValueError)


def test_a_token_of_azure_is_a_bearer_and_a_key_is_not():
    row = PROVIDERS["azureopenai"]
    assert resolve_key(row, None, {"AZURE_OPENAI_AD_TOKEN": "token"}).auth == "bearer"
    assert resolve_key(row, None, {"AZURE_OPENAI_API_KEY": "a-key"}).auth == "api-key"
    assert resolve_key(row, "a-key", {"AZURE_OPENAI_AD_TOKEN": "token"}).auth == "api-key"


@pytest.mark.parametrize("key", ["one\r\nx-evil: 1", "clé", "   ", 7, b"key"])
def test_a_key_that_no_header_can_hold(key):
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        resolve_key(PROVIDERS["openai"], key, {})
    assert "evil" not in str(caught.value)


def test_a_key_is_never_shown():
    assert "sk-secret" not in repr(resolve_key(PROVIDERS["openai"], "sk-secret", {}))


# --- base URLs


@each_remote
def test_the_base_is_the_argument_then_the_environment_then_the_rows(row):
    environ = {row.env_api_base: "https://from.environment/v1"}
    assert resolve_base(row, "https://argument/v1", environ) == "https://argument/v1"
    assert resolve_base(row, None, environ) == "https://from.environment/v1"
    if row.api_base:
        assert resolve_base(row, None, {}) == row.api_base
    else:
        with pytest.raises(ConfigurationError, match=row.env_api_base):
            resolve_base(row, None, {})


@pytest.mark.parametrize(
    "base",
    [
        "api.openai.com/v1",
        "localhost:8000",
        "ftp://h/v1",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://a b/v1",
        "https://h/v1\r\nx: y",
        "https://h:port/v1",
        "https://h:99999/v1",
        "https://[::1/v1",
        "https://user:hunter2@h/v1",
        "https://h/v1#part",
        "https://\u200bh/v1",
        7,
    ],
)
@pytest.mark.parametrize("source", ["api_base", "OPENAI_BASE_URL"])
def test_a_malformed_base_is_found_before_any_call(base, source):
    argument, environ = (base, {}) if source == "api_base" else (None, {source: str(base)})
    with pytest.raises(ConfigurationError, match=source) as caught:
        resolve_base(PROVIDERS["openai"], argument, environ)
    assert caught.value.param == "api_base"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080/v1", "https://[::1]:8443", "HTTPS://Example.com/v1?code=x"])
def test_a_base_that_is_fine(base):
    assert resolve_base(PROVIDERS["openai"], base, {}) == base


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("0.0.0.0", "http://0.0.0.0:11434"), ("mine:8080", "http://mine:8080"), ("https://mine", "https://mine"),
        ("[::1]:80", "http://[::1]:80"),
    ],
)  # fmt: skip
def test_a_host_is_enough_where_the_vendors_own_tools_take_one(host, base):
    assert resolve_base(PROVIDERS["ollama"], None, {"OLLAMA_HOST": host}) == base
    assert resolve_base(PROVIDERS["ollama"], host, {}) == base


@pytest.mark.parametrize(
    ("name", "environ", "base"),
    [
        ("bedrock", {"AWS_DEFAULT_REGION": "eu-west-3"}, "https://bedrock-runtime.eu-west-3.amazonaws.com"),
        ("bedrock", {"AWS_REGION": "a-b-1", "AWS_DEFAULT_REGION": "eu-west-3"}, "https://bedrock-runtime.a-b-1.amazonaws.com"),
        ("cloudflare", {"CLOUDFLARE_ACCOUNT_ID": "0a"}, "https://api.cloudflare.com/client/v4/accounts/0a"),
        ("vertexai", {"GOOGLE_CLOUD_LOCATION": "europe-west4", "GOOGLE_CLOUD_PROJECT": "mine"},
         "https://europe-west4-aiplatform.googleapis.com/v1/projects/mine/locations/europe-west4"),
        ("vertexai", {"GOOGLE_CLOUD_LOCATION": "global", "GOOGLE_CLOUD_PROJECT": "mine"},
         "https://aiplatform.googleapis.com/v1/projects/mine/locations/global"),
        ("vertexai", {"GOOGLE_CLOUD_LOCATION": "eu", "GOOGLE_CLOUD_PROJECT": "mine"},
         "https://aiplatform.eu.rep.googleapis.com/v1/projects/mine/locations/eu"),
    ],
)  # fmt: skip
def test_an_address_is_filled_in_from_the_environment(name, environ, base):
    assert resolve_base(PROVIDERS[name], None, environ) == base
    assert is_vendors(PROVIDERS[name], base)


def test_what_the_environment_leaves_out_the_vendors_own_configuration_may_say():
    row = PROVIDERS["bedrock"]
    told = {"AWS_REGION": "eu-west-3"}
    assert resolve_base(row, None, {}, lambda: told) == "https://bedrock-runtime.eu-west-3.amazonaws.com"
    resolve_base(row, None, told, pytest.fail)
    resolve_base(row, "https://h", {}, pytest.fail)


@pytest.mark.parametrize(("value", "words"), [("", "which is not set"), ("a/../b", "which is no such word")])
def test_an_address_that_lacks_a_part_names_the_variable(value, words):
    with pytest.raises(ConfigurationError, match=f"CLOUDFLARE_ACCOUNT_ID, {words}: set it, or api_base"):
        resolve_base(PROVIDERS["cloudflare"], None, {"CLOUDFLARE_ACCOUNT_ID": value})


# --- Amazon's keys, and whose the account is

AWS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret-1"}


def test_requests_are_signed_where_there_is_no_key_but_amazons_own():
    row = PROVIDERS["bedrock"]
    found = resolve_key(row, None, AWS | {"AWS_SESSION_TOKEN": "token-2", "AWS_REGION": "eu-west-3"})
    assert (found.value, found.auth, found.aws) == (None, "none", AwsKeys("AKID", "secret-1", "token-2", "eu-west-3"))
    assert resolve_key(row, None, AWS | {"AWS_BEARER_TOKEN_BEDROCK": "bearer"}).aws is None
    assert resolve_key(row, "argument", AWS).value == "argument"
    assert "secret-1" not in repr(found)


@pytest.mark.parametrize("missing", sorted(AWS))
def test_half_a_key_of_amazons_is_none(missing):
    found = resolve_key(PROVIDERS["sagemaker"], None, AWS | {missing: ""})
    assert (found.aws, found.source) == (None, "aws")


TOKEN = "eyJraWQi.eyJpYW0i.c2ln-_0"


@pytest.mark.parametrize(
    ("argument", "environ", "value", "source"),
    [
        ("an-api-key", {}, "an-api-key", "ibm"),
        (TOKEN, {"WATSONX_API_KEY": "other"}, TOKEN, None),
        (None, {"WATSONX_API_KEY": "an-api-key"}, "an-api-key", "ibm"),
        (None, {"WATSONX_APIKEY": "an-api-key"}, "an-api-key", "ibm"),
        (None, {"WATSONX_TOKEN": "any-token", "WATSONX_API_KEY": "other"}, "any-token", None),
    ],
)
def test_an_api_key_of_ibms_goes_to_iam_and_a_token_to_the_service(argument, environ, value, source):
    row = PROVIDERS["watsonx"]
    found = resolve_key(row, argument, environ)
    made = target(row, "https://h", found)
    assert (found.value, found.source) == (value, source)
    assert made.key == (None if source else value)
    assert made.redact(f"what is {value}?") == "what is [redacted]?"
    assert value not in repr(found) + repr(made)


def test_where_tokens_are_given_out_may_be_said():
    row = PROVIDERS["watsonx"]
    assert resolve_key(row, "k", {}).iam_url == "https://iam.cloud.ibm.com/identity/token"
    assert resolve_key(row, "k", {"WATSONX_IAM_URL": "https://mine/token"}).iam_url == "https://mine/token"
    with pytest.raises(ConfigurationError, match="WATSONX_IAM_URL"):
        resolve_key(row, "k", {"WATSONX_IAM_URL": "mine"})


def test_what_amazon_repeats_of_a_secret_is_struck_out():
    made = target(PROVIDERS["bedrock"], "https://h", resolve_key(PROVIDERS["bedrock"], None, AWS))
    assert made.redact("the secret-1 did not fit") == "the [redacted] did not fit"


def test_the_account_comes_from_the_environment():
    found = resolve_key(PROVIDERS["watsonx"], "a-key", {"WATSONX_PROJECT_ID": "p-1"})
    made = target(PROVIDERS["watsonx"], "https://h", found)
    assert made.account == {"project_id": "p-1"}
    assert made.url("/x", "m") == "https://h/x?version=2024-05-02"


# --- targets


@pytest.mark.parametrize(
    ("name", "base", "version", "url"),
    [
        ("openai", "https://api.openai.com/v1/", None, "https://api.openai.com/v1/embeddings"),
        ("openai", "https://gw/v1?team=a", None, "https://gw/v1/embeddings?team=a"),
        ("azure", "https://x.services.ai.azure.com/models/", None,
         "https://x.services.ai.azure.com/models/embeddings?api-version=2024-05-01-preview"),
        ("azure", "https://h/models?api-version=2030-01-01&k=", None, "https://h/models/embeddings?api-version=2030-01-01&k="),
        ("azure", "https://h", "2025-01-01", "https://h/embeddings?api-version=2025-01-01"),
        ("azureopenai", "https://x.openai.azure.com/", None, "https://x.openai.azure.com/openai/v1/embeddings"),
        ("azureopenai", "https://x.openai.azure.com", "v1", "https://x.openai.azure.com/openai/v1/embeddings"),
        ("azureopenai", "https://x.openai.azure.com/openai/v1/", None, "https://x.openai.azure.com/openai/v1/embeddings"),
        ("azureopenai", "https://x.openai.azure.com", "2024-10-21",
         "https://x.openai.azure.com/openai/deployments/my%20one/embeddings?api-version=2024-10-21"),
        ("azureopenai", "https://gw/openai-proxy", None, "https://gw/openai-proxy/openai/v1/embeddings"),
        ("gemini", "https://h", None, "https://h/v1/embeddings"),
        ("gemini", "https://h/v1beta", None, "https://h/v1beta/embeddings"),
        ("databricks", "https://adb.net", None, "https://adb.net/serving-endpoints/embeddings"),
        ("databricks", "https://adb.net/serving-endpoints", None, "https://adb.net/serving-endpoints/embeddings"),
    ],
)  # fmt: skip
def test_where_a_call_goes(name, base, version, url):
    assert target(PROVIDERS[name], base, Credential("k"), api_version=version).url("/embeddings", "my one") == url


@each_remote
def test_every_target_is_on_the_host_of_its_base(row):
    base = row.api_base or "https://mine.example"
    made = target(row, base, Credential("a-key", row.auth))
    assert urlsplit(made.url("/embeddings", "m")).hostname == urlsplit(base).hostname == made.host
    assert made.provider == row.name
