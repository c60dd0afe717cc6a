import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import ConfigurationError
from onevec.gateway import Config, DeploymentConfig, load, parse
from onevec.gateway.settings.config import (
    Auth,
    Cache,
    ContentFilter,
    Entra,
    LedgerConfig,
    Prompts,
    RateLimits,
    Redis,
    Server,
    TargetConfig,
)
from onevec.gateway.settings.loading import TABLES
from onevec.gateway.settings.source import line_of
from onevec.types import InputType, Overflow

WHOLE = """
# Everything that may be said.
[server]
host = "0.0.0.0"
port = 9000
deadline = 10
max_body = 1000
body_timeout = 1.5
max_waiting_requests = 5
max_waiting_tokens = 500
shutdown_timeout = 3
docs = false
playground = false
metrics = false
log_level = "warning"
workers = 1
engine = "shared"

[auth]
keys = "keys.json"

[auth.entra]
audience = "api://onevec"
tenant = "contoso.com"
roles = ["Embed"]

[limits]
requests_per_minute = 60
tokens_per_minute = 6000

[ledger]
url = "env:LEDGER_URL"
flush = 2

[cache]
memory = 1000000
disk = "cache.sqlite"
disk_bytes = 2000000
redis = true
precision = "float16"
ttl = 86400

[deployments.small]
model = "local:all-minilm-l6-v2"
aliases = ["text-embedding-3-small", "org/model:1"]
max_items = 16
dimensions = "any"
overflow = "truncate"
token_ids = "cl100k_base"
int8_scale = 0.2
client_args = { threads = 2 }
cache = false

[deployments.small.prompts]
query = "query: "
document = ""

[deployments.small.content_filter]
patterns = ["(?i)secret"]
entry_point = "package.module:function"

[deployments.pooled]
space = "text-embedding-3-small/1536/normalized"
attempt_timeout = 5
hedge = 0.5

[[deployments.pooled.targets]]
model = "openai:text-embedding-3-small"
weight = 3

[[deployments.pooled.targets]]
model = "azure:my-deployment"
api_base = "https://mine.openai.azure.com"
api_key = "env:AZURE_KEY"
client_args = { api_version = "2024-10-21" }
priority = 1
price = 0.03

[redis]
url = "env:REDIS_URL"
timeout = 0.1
prefix = "mine:"

[deployments.large]
provider = "openai"
model = "text-embedding-3-large"
api_base = "https://example.com/v1"
api_key = "env:LARGE_KEY"
client_args.headers = { "x-team" = "search", "x-api-key" = "env:TEAM_KEY" }
"""


def test_everything_that_may_be_said_is_read():
    config = parse(WHOLE)
    assert config.server == Server(
        "0.0.0.0", 9000, 10.0, 1000, 1.5, 5, 500, 3.0, False, False, False, "warning", engine="shared"
    )
    assert config.auth == Auth("keys.json", Entra("api://onevec", "contoso.com", roles=("Embed",)))
    assert config.limits == RateLimits(60, 6000)
    assert config.redis == Redis("env:REDIS_URL", 0.1, "mine:")
    small, pooled, large = config.deployments.values()
    assert pooled.all_targets() == {
        ("targets", 0): TargetConfig("openai:text-embedding-3-small", weight=3.0),
        ("targets", 1): TargetConfig(
            "azure:my-deployment",
            None,
            "https://mine.openai.azure.com",
            "env:AZURE_KEY",
            {"api_version": "2024-10-21"},
            priority=1,
            price=0.03,
        ),
    }
    assert (pooled.space, pooled.attempt_timeout, pooled.hedge) == ("text-embedding-3-small/1536/normalized", 5.0, 0.5)
    assert config.ledger == LedgerConfig("env:LEDGER_URL", 2.0)
    assert config.cache == Cache(1_000_000, "cache.sqlite", 2_000_000, True, "float16", 86_400)
    assert small == DeploymentConfig(
        model="local:all-minilm-l6-v2",
        aliases=("text-embedding-3-small", "org/model:1"),
        max_items=16,
        dimensions="any",
        overflow=Overflow.TRUNCATE,
        token_ids="cl100k_base",
        int8_scale=0.2,
        client_args={"threads": 2},
        cache=False,
        prompts=Prompts(query="query: ", document=""),
        content_filter=ContentFilter(("(?i)secret",), "package.module:function"),
    )
    assert small.prompts.by_type() == {InputType.QUERY: "query: ", InputType.DOCUMENT: ""}
    assert large.api_key == "env:LARGE_KEY"


def test_little_need_be_said():
    config = parse('[deployments.m]\nmodel = "local:all-minilm-l6-v2"\n')
    assert config == Config({"m": DeploymentConfig(model="local:all-minilm-l6-v2")})
    assert (config.server.host, config.server.port, config.auth.open) == ("127.0.0.1", 8080, True)


MODEL = '[deployments.m]\nmodel = "local:all-minilm-l6-v2"\n'

WRONG = {
    # settings, the place that the error names, a word of what it says
    "": ("c.toml: deployments", "there is none"),
    "[deployments]\n": ("c.toml:1: deployments", "there is none"),
    "a = 1\n": ("c.toml:1: a", "there are server, auth, limits, redis, cache, ledger, deployments"),
    "[servr]\n": ("c.toml:1: servr", "did you mean server?"),
    "server = 1\n" + MODEL: ("c.toml:1: server", "must be a table"),
    "deployments = 1\n": ("c.toml:1: deployments", "must be a table"),
    "[deployments]\nm = 1\n": ("c.toml:2: deployments.m", "must be a table"),
    MODEL + "[server]\nprot = 1\n": ("c.toml:4: server.prot", "did you mean port?"),
    MODEL + "[server]\nzzz = 1\n": ("c.toml:4: server.zzz", "there are host, port"),
    MODEL + "\n\n[server]\n# a comment\nport = '1'\n": ("c.toml:7: server.port", "expected `int`, got `str`"),
    MODEL + "server.port = true\n": ("c.toml:3: deployments.m.server", "there is no such setting"),
    "server.port = true\n" + MODEL: ("c.toml:1: server.port", "expected `int`, got `bool`"),
    MODEL + "[server]\nport = 70000\n": ("c.toml:4: server.port", "<= 65535"),
    MODEL + "[server]\ndeadline = 0\n": ("c.toml:4: server.deadline", "> 0"),
    MODEL + "[server]\ndeadline = nan\n": ("c.toml:4: server.deadline", "> 0"),
    MODEL + "[server]\ndeadline = inf\n": ("c.toml:4: server.deadline", "86400"),
    MODEL + "[server]\nlog_level = 'loud'\n": ("c.toml:4: server.log_level", "loud"),
    MODEL + "[server]\nworkers = 0\n": ("c.toml:4: server.workers", ">= 1"),
    MODEL + "[server]\nworkers = 1000\n": ("c.toml:4: server.workers", "<= 256"),
    MODEL + "[server]\nengine = 'both'\n": ("c.toml:4: server.engine", "each, shared"),
    MODEL + "[limits]\ntokens_per_minute = 9\n[server]\nworkers = 3\n": ("c.toml:3: limits", "each of 3 workers"),
    MODEL + "[limits]\nrequests_per_minute = 0\n": ("c.toml:4: limits.requests_per_minute", ">= 1"),
    MODEL + "[ledger]\nurl = 'mysql://db/usage'\n": ("c.toml:4: ledger.url", "sqlite:/// or postgresql://"),
    MODEL + "[ledger]\nflush = 0\n": ("c.toml:4: ledger.flush", "> 0"),
    MODEL + "[ledger]\nfile = 'u.db'\n": ("c.toml:4: ledger.file", "there are url, flush"),
    MODEL + "[cache]\nmemory = 0\n": ("c.toml:4: cache.memory", ">= 1"),
    MODEL + "[cache]\ndisk = ''\n": ("c.toml:4: cache.disk", "length >= 1"),
    MODEL + "[cache]\ndisk_bytes = 1000\n": ("c.toml:4: cache.disk_bytes", ">= 1048576"),
    MODEL + "[cache]\nprecision = 'int8'\n": ("c.toml:4: cache.precision", "one of float32, float16"),
    MODEL + "[cache]\nttl = 0\n": ("c.toml:4: cache.ttl", ">= 1"),
    MODEL + "[cache]\nredis = true\n": ("c.toml:4: cache.redis", "add the section"),
    MODEL + "[cache]\nsize = 1\n": ("c.toml:4: cache.size", "there are memory, disk"),
    MODEL + "cache = 'no'\n": ("c.toml:3: deployments.m.cache", "expected `bool`"),
    MODEL + "[auth]\nnone = true\nkeys = 'k'\n": ("c.toml:4: auth.none", "contradicts"),
    MODEL + "[auth.entra]\ntenant = 't'\n": ("c.toml:3: auth.entra.audience", "is missing"),
    MODEL + "[auth.entra]\naudience = 'a'\n": ("c.toml:3: auth.entra", "tenant is missing"),
    MODEL + "[auth.entra]\naudience = 'a'\nissuer = 'i'\n": ("c.toml:3: auth.entra", "tenant is missing"),
    MODEL + "[auth.entra]\naudience = 'a'\ntenant = 'common'\n": ("c.toml:5: auth.entra.tenant", "one directory"),
    MODEL + "[auth.entra]\naudience = 'a'\ntenant = 'a/../b'\n": ("c.toml:5: auth.entra.tenant", "id or domain"),
    MODEL + "[auth.entra]\naudience = 'a'\ntenant = 't'\njwks_url = 'http://h/k'\n": (
        "c.toml:6: auth.entra.jwks_url",
        "https://",
    ),
    MODEL + "[auth.entra]\nadience = 'a'\n": ("c.toml:4: auth.entra.adience", "did you mean audience?"),
    "[deployments.m]\n": ("c.toml:1: deployments.m.model", "is missing"),
    MODEL + "space = 'x'\n": ("c.toml:3: deployments.m.space", "MODEL/DIMENSIONS"),
    MODEL + "[redis]\nurl = 'http://h'\n": ("c.toml:4: redis.url", "redis://"),
    MODEL + "[redis]\nurl = 'redis://:secret@h'\n": ("c.toml:4: redis.url", "does not belong in this file"),
    MODEL + "[redis]\n": ("c.toml:3: redis.url", "is missing"),
    MODEL + "[[deployments.m.targets]]\nmodel = 'local:x'\n": ("c.toml:2: deployments.m.model", "one target"),
    "[[deployments.m.targets]]\nmodel = 'local:x'\nwieght = 1\n": (
        "c.toml:3: deployments.m.targets[0].wieght",
        "did you mean weight?",
    ),
    "[[deployments.m.targets]]\nmodel = 'local:x'\n[[deployments.m.targets]]\nmodel = 'local:x'\nweight = 0\n": (
        "c.toml:5: deployments.m.targets[1].weight",
        "> 0",
    ),
    "[[deployments.m.targets]]\nmodel = 'x'\n": ("c.toml:2: deployments.m.targets[0].model", "provider"),
    "[[deployments.m.targets]]\nmodel = 'openai:x'\napi_key = 'sk-1'\n": (
        "c.toml:3: deployments.m.targets[0].api_key",
        "does not belong",
    ),
    "[deployments.m]\nmodel = ''\n": ("c.toml:2: deployments.m.model", "length >= 1"),
    "[deployments.m]\nmodel = 'nobody'\n": ("c.toml:2: deployments.m.model", "does not name its provider"),
    "[deployments.m]\nmodel = 'opnai:x'\n": ("c.toml:2: deployments.m.model", "openai"),
    "[deployments.m]\nmodel = 'x'\nprovider = 'opnai'\n": ("c.toml:3: deployments.m.provider", "openai"),
    "[deployments.'a b']\nmodel = 'local:x'\n": ('c.toml:1: deployments."a b"', "a name is made of"),
    MODEL + "overflow = 'cut'\n": (
        "c.toml:3: deployments.m.overflow",
        "'cut': it must be one of error, truncate, chunk",
    ),
    MODEL + "dimensions = 12\n": ("c.toml:3: deployments.m.dimensions", "one of trained, any"),
    MODEL + "int8_scale = -1\n": ("c.toml:3: deployments.m.int8_scale", "> 0"),
    MODEL + "aliases = [\n'a',\n1]\n": ("c.toml:3: deployments.m.aliases[1]", "expected `str`"),
    MODEL + "aliases = ['a b']\n": ("c.toml:3: deployments.m.aliases", "printable ASCII"),
    MODEL + "aliases = ['n']\n[deployments.n]\nmodel = 'local:x'\n": ("c.toml:3: deployments.m.aliases", "already"),
    MODEL + "[deployments.n]\nmodel = 'local:x'\naliases = ['m']\n": ("c.toml:5: deployments.n.aliases", "already"),
    MODEL + "[deployments.m.prompts]\nqueri = ''\n": ("c.toml:4: deployments.m.prompts.queri", "did you mean query?"),
    MODEL + "prompts = { query = 1 }\n": ("c.toml:3: deployments.m.prompts.query", "expected `str | null`"),
    MODEL + "content_filter = {}\n": ("c.toml:3: deployments.m.content_filter", "filters nothing"),
    MODEL + "content_filter.patterns = ['(']\n": ("c.toml:3: deployments.m.content_filter.patterns", "no regular"),
    MODEL + "content_filter.entry_point = 'x'\n": ("c.toml:3: deployments.m.content_filter.entry_point", "module"),
    MODEL + "text = '''\n[server]\nport = 1\n'''\nmax_items = 0\n": ("c.toml:3: deployments.m.text", "no such setting"),
    MODEL + "client_args.a = '''\nmax_items = 0\n'''\nmax_items = 0\n": ("c.toml:6: deployments.m.max_items", ">= 1"),
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_the_first_fault_is_named_with_file_line_key_and_remedy(text):
    place, word = WRONG[text]
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "c.toml")
    assert caught.value.message.startswith(f"{place}: ")
    assert word in caught.value.message


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ('api_key = "sk-very-secret"', 3),
        ('client_args.headers = { Authorization = "Bearer sk-very-secret" }', 3),
        ('\n[deployments.m.client_args.headers]\n"x-api-key" = "sk-very-secret"', 5),
        ('api_key = "env:"', 3),
        ('[ledger]\nurl = "postgresql://onevec:sk-very-secret@db/usage"', 4),
        ('[ledger]\nurl = "postgresql://db/usage?user=a&password=sk-very-secret"', 4),
        ('[redis]\nurl = "redis://:sk-very-secret@cache"', 4),
        ('api_key = "env:sk-very-secret"', 3),
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(setting, line):
    with pytest.raises(ConfigurationError) as caught:
        parse(MODEL + setting + "\n", "c.toml")
    assert caught.value.message.startswith(f"c.toml:{line}: ")
    assert "env:VARIABLE" in caught.value.message
    assert "sk-very" not in caught.value.message + str(caught.value.value)


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "c.toml"
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load(path)
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(path)
    path.write_text("a = \n")
    with pytest.raises(ConfigurationError, match=r"is no TOML.*line 1"):
        load(path)
    path.write_text("\ufeff" + MODEL, encoding="utf-8")
    assert [*load(path).deployments] == ["m"]


def test_every_table_within_a_section_is_checked_for_names():
    import msgspec

    for section in (Server, Auth, RateLimits, Redis, Cache, DeploymentConfig):
        for field in msgspec.structs.fields(section):
            inner = [t for t in getattr(field.type, "__args__", (field.type,)) if isinstance(t, type)]
            structs = [t for t in inner if issubclass(t, msgspec.Struct)]
            assert [TABLES.get(section, {}).get(field.name)] * len(structs) == structs


KEYS = st.lists(st.sampled_from(["a", "b", "c d", "é", "e-f"]), min_size=1, max_size=4, unique=True)
VALUES = st.sampled_from(["1", '"x"', "[\n1,\n2,\n]", "'''\nb = 1\n[a]\n'''", "{ x = 1 }", "2026-11-20", "nan"])


@given(st.lists(st.tuples(KEYS, st.lists(VALUES, min_size=4, max_size=4)), min_size=1, max_size=4), st.data())
def test_the_line_of_every_setting_is_found(tables, data):
    """Tables t0, t1, … with settings of every form, noise between them; each line is known as it is written."""
    lines, places = [], {}
    for number, (keys, values) in enumerate(tables):
        noise = data.draw(st.sampled_from(["", "# [t0]", "   "]))
        lines += [noise, f"[t{number}]"]
        places[f"t{number}",] = len(lines)
        for key, value in zip(keys, values, strict=False):
            places[f"t{number}", key] = len(lines) + 1
            lines += f'"{key}" = {value}'.split("\n")
    text = "\n".join(lines)
    assert {place: line_of(text, place) for place in places} == places
    assert line_of(text, ("t0", "missing")) == places["t0",]
    assert line_of(text, ("missing",)) is None


def test_a_model_alone_is_a_configuration():
    config = Config.of_model("openai:text-embedding-3-small", host="::1", port=0)
    assert config.deployments["text-embedding-3-small"].model == "openai:text-embedding-3-small"
    assert (config.server.host, config.server.port) == ("::1", 0)
    assert [*Config.of_model("local:/").deployments] == ["default"]
    assert [*Config.of_model("nonsense").deployments] == ["default"]


def test_several_workers_may_have_limits_that_they_count_together():
    together = '[redis]\nurl = "redis://127.0.0.1"\n[limits]\nrequests_per_minute = 5\n[server]\nworkers = 3\n'
    assert parse(MODEL + together).server.workers == 3
    assert parse(MODEL + "[limits]\n[server]\nworkers = 3\n").limits == RateLimits()
