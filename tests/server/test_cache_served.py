"""The cache over HTTP: headers, usage, figures; on disk over a restart; in a Redis that two servers share."""

import re

import pytest

from onevec.errors import ConfigurationError
from onevec.gateway import Gateway, load, parse
from onevec.gateway.cache import VectorCache
from onevec.gateway.succession import heritage, successor
from onevec.testing import FakeEmbedder

CACHED = """
[server]
port = 0
[cache]
memory = 1000000
[deployments.fake]
model = "local:fake"
dimensions = "any"
[deployments.other]
model = "local:other"
cache = false
"""

ROUTE = "/v1/embeddings"


def told(answer):
    names = ("x-cache-hits", "x-cache-misses", "x-cached-tokens")
    return tuple(int(answer.headers[name]) if name in answer.headers else None for name in names)


def test_what_a_client_is_told(serve):
    fake, other = FakeEmbedder(), FakeEmbedder(model="other")
    with serve(CACHED, fake=fake, other=other) as server:
        first = server.post(ROUTE, {"model": "fake", "input": ["a b", "c"]})
        again = server.post(ROUTE, {"model": "fake", "input": ["c", "d", "a b"]})
        assert told(first) == (0, 2, None)
        assert told(again) == (2, 1, 3)
        assert (first.json["usage"]["prompt_tokens"], again.json["usage"]["prompt_tokens"]) == (3, 1)
        assert again.json["data"][2]["embedding"] == first.json["data"][0]["embedding"]
        assert told(server.post(ROUTE, {"model": "other", "input": "a b"})) == (None, None, None)
        assert len(fake.requests) == 2


def test_one_full_vector_serves_every_length_and_encoding(serve):
    fake = FakeEmbedder()
    with serve(CACHED, fake=fake, other=FakeEmbedder()) as server:
        for more in ({}, {"dimensions": 8}, {"dimensions": 3}, {"encoding_format": "base64"}):
            assert server.post(ROUTE, {"model": "fake", "input": "a", **more}).status == 200
    assert len(fake.requests) == 1


def test_figures(serve):
    with serve(CACHED, fake=FakeEmbedder(), other=FakeEmbedder()) as server:
        for _ in range(2):
            server.post(ROUTE, {"model": "fake", "input": ["a", "b"]})
        page = server.get("/metrics").body.decode()
    for line in (
        'onevec_cache_lookups_total{outcome="hit",store="memory"} 2.0',
        'onevec_cache_lookups_total{outcome="miss",store="memory"} 2.0',
        'onevec_cache_items_total{deployment="fake",outcome="hit"} 2.0',
        'onevec_cache_items_total{deployment="fake",outcome="miss"} 2.0',
    ):
        assert line in page.splitlines()
    assert float(re.search(r"^onevec_cache_memory_bytes (\S+)$", page, re.MULTILINE)[1]) > 2 * 16 * 4


def test_without_a_section_there_is_no_cache(serve):
    with serve() as server:
        assert server.gateway.cache is None
        assert told(server.post(ROUTE, {"model": "fake", "input": "a"})) == (None, None, None)
        assert "onevec_cache" not in server.get("/metrics").body.decode()


def test_vectors_outlive_the_server_beside_its_configuration(serve, tmp_path):
    toml = '[server]\nport = 0\n[cache]\ndisk = "cache.sqlite"\n[deployments.fake]\nmodel = "local:fake"\n'
    for hits in (0, 2):
        fake = FakeEmbedder()
        with serve(toml, name=str(tmp_path / "onevec.toml"), fake=fake) as server:
            answer = server.post(ROUTE, {"model": "fake", "input": ["a", "b"]})
        assert told(answer)[0] == hits
        assert len(fake.requests) == (hits == 0)
    assert (tmp_path / "cache.sqlite").exists()


def test_two_servers_share_a_redis(serve, witness, redis_program):
    witness("redis")
    toml = f"""
        [server]
        port = 0
        [redis]
        url = "redis://127.0.0.1:{redis_program.port}"
        timeout = 5
        [cache]
        redis = true
        [deployments.fake]
        model = "local:fake"
    """
    with serve(toml, fake=FakeEmbedder()) as one:
        assert told(one.post(ROUTE, {"model": "fake", "input": ["a", "b"]}))[0] == 0
    with serve(toml, fake=FakeEmbedder()) as other:
        assert told(other.post(ROUTE, {"model": "fake", "input": ["b", "c"]}))[:2] == (1, 1)


def test_a_cache_that_cannot_be_is_told_at_the_start(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[deployments.m]\nmodel = "local:fake"\n[cache]\ndisk = "no folder/cache.sqlite"\n')
    with pytest.raises(ConfigurationError, match=r"c\.toml:4: cache\.disk: .*cannot be opened"):
        Gateway.from_config(load(path), Finder(), {})
    path.write_text('[deployments.m]\nmodel = "local:fake"\n[redis]\nurl = "env:REDIS_URL"\n[cache]\nredis = true\n')
    with pytest.raises(ConfigurationError, match=r"c\.toml:4: redis\.url: the environment variable REDIS_URL"):
        Gateway.from_config(load(path), Finder(), {})


class Finder:
    """Finds a fake."""

    def find(self, model, endpoint):
        return FakeEmbedder(), "fake"


async def test_a_cache_is_handed_over_where_the_settings_are_the_same():
    config = parse('[cache]\n[deployments.fake]\nmodel = "local:fake"\n')
    old = Gateway.from_config(config, Finder(), {})
    new = successor(old, config, Finder(), {})
    cache = old.cache
    assert isinstance(cache, VectorCache)
    assert new.cache is cache
    cache.memory.keep(b"k" * 32, b"x")
    await old.aclose()
    assert cache.memory.size > 0
    for other in ("[cache]\nmemory = 1000\n", ""):
        changed = parse(other + '[deployments.fake]\nmodel = "local:fake"\n')
        assert heritage(new, changed).cache is None
        after = successor(new, changed, Finder(), {})
        assert after.cache is not cache
        assert (after.cache is None) == (not other)
        await after.aclose()
    await new.aclose()
    assert cache.memory.size == 0
