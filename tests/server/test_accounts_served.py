"""Keys with policies, budgets, the ledger and its figures over HTTP."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from onevec.errors import UpstreamProviderError
from onevec.gateway import Budget, Keyring, KeysFile, Policy
from onevec.gateway.access.policy import moment
from onevec.gateway.accounts.bookkeeping import store as ledger_of
from onevec.testing import FakeEmbedder

NOW = "2026-11-20T10:00:00+00:00"

TOML = """
[server]
port = 0
[auth]
keys = "keys.json"
[ledger]
flush = 0.05
[deployments.small]
model = "local:small"
[deployments.large]
model = "local:large"
price = 1000
"""

POLICIES = {
    "all": Policy(),
    "small": Policy(deployments=("small",)),
    "old": Policy(expires=moment("2026-01-01")),
    "poor": Policy(budgets=(Budget.parse("20 tokens/day"),)),
    "broke": Policy(budgets=(Budget.parse("0.01 USD/month"),)),
    "slow": Policy(requests_per_minute=1),
}


@pytest.fixture
def keys(tmp_path):
    """A header for each name."""
    made, ring = {}, Keyring()
    for name, policy in POLICIES.items():
        ring, key = ring.with_new(name, NOW, policy)
        made[name] = {"authorization": f"Bearer {key}"}
    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring = ring
    return made


@pytest.fixture
def server(serve, keys, tmp_path, witness):
    witness("sqlalchemy")
    with serve(TOML, name=str(tmp_path / "onevec.toml"), small=FakeEmbedder(), large=FakeEmbedder()) as running:
        yield running


def embed(server, headers, model="small", text="four small words here"):
    return server.post("/v1/embeddings", {"model": model, "input": text}, headers)


def test_a_key_opens_what_its_policy_says(server, keys):
    assert embed(server, keys["all"], "large").status == 200
    assert embed(server, keys["small"]).status == 200
    refused = embed(server, keys["small"], "large")
    assert (refused.status, refused.json["error"]["code"]) == (403, "deployment_not_allowed")
    assert [one["id"] for one in server.get("/v1/models", keys["small"]).json["data"]] == ["small"]
    assert len(server.get("/v1/models", keys["all"]).json["data"]) == 2
    assert server.get("/v1/models/large", keys["small"]).status == 403
    # Azure's client names no model: with two deployments that is too little, with one that may be used it is enough.
    azure = "/embeddings?api-version=2024-05-01-preview"
    assert server.post(azure, {"input": ["a"]}, keys["all"]).status == 400
    assert server.post(azure, {"input": ["a"]}, keys["small"]).json["model"] == "small"
    assert server.get("/info?api-version=2024-05-01-preview", keys["small"]).json["model_name"] == "small"


def test_a_key_that_has_expired(server, keys):
    answer = embed(server, keys["old"])
    assert (answer.status, answer.json["error"]["code"]) == (401, "expired_api_key")


def test_a_budget_that_is_used_up(server, keys):
    for _ in range(4):
        assert embed(server, keys["poor"]).status == 200
    answer = embed(server, keys["poor"])
    assert (answer.status, answer.json["error"]["code"]) == (402, "budget_exceeded")
    assert 0 < int(answer.headers["retry-after"]) <= 86_400
    assert "20 tokens/day" in answer.json["error"]["message"]
    assert embed(server, keys["broke"], "large").status == 200
    assert embed(server, keys["broke"], "large", "many words " * 20).status == 402
    assert embed(server, keys["broke"], "small", "many words " * 20).status == 200  # it has no price


def test_a_limit_of_its_own(server, keys):
    assert embed(server, keys["slow"]).headers["x-ratelimit-limit-requests"] == "1"
    answer = embed(server, keys["slow"])
    assert (answer.status, answer.headers["x-ratelimit-remaining-requests"]) == (429, "0")
    assert "x-ratelimit-limit-requests" not in embed(server, keys["all"]).headers


def test_a_request_that_fails_costs_nothing(serve, keys, tmp_path, failing, witness):
    witness("sqlalchemy")
    broken = failing(UpstreamProviderError("no"))
    with serve(TOML, name=str(tmp_path / "onevec.toml"), small=broken, large=FakeEmbedder()) as server:
        for _ in range(10):
            assert embed(server, keys["poor"]).status == 502
        assert embed(server, keys["poor"], "large").status == 200


def test_the_ledger_holds_what_was_asked_and_no_input_and_no_key(serve, keys, tmp_path, witness):
    witness("sqlalchemy")
    secret = "a text that nobody keeps"
    with serve(TOML, name=str(tmp_path / "onevec.toml"), small=FakeEmbedder(), large=FakeEmbedder()) as server:
        with ThreadPoolExecutor(16) as pool:
            names = ["all", "small"] * 100
            answers = [*pool.map(lambda name: embed(server, keys[name], text=secret).status, names)]
        embed(server, keys["poor"], text="word " * 100)
        page = server.get("/metrics", keys["all"]).body.decode()
        assert "onevec_ledger_up 1.0" in page
        assert "onevec_ledger_pending " in page
    assert answers == [200] * 200
    store = ledger_of(server.gateway.config)
    rows = {(row["caller"], row["outcome"]): row for row in store.sums(("caller", "outcome"))}
    assert {name: row["requests"] for name, row in rows.items()} == {
        ("all", "answered"): 100,
        ("small", "answered"): 100,
        ("poor", "refused"): 1,
    }
    assert rows["all", "answered"]["tokens"] == 500
    store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("onevec-usage.db*"))
    assert secret.encode() not in content
    assert not any(header["authorization"].removeprefix("Bearer ").encode() in content for header in keys.values())


def test_whether_redis_answers_is_a_figure(serve, keys, tmp_path, witness, redis_program):
    witness("redis")
    witness("sqlalchemy")
    toml = TOML + f'[redis]\nurl = "redis://127.0.0.1:{redis_program.port}"\n'
    name = str(tmp_path / "onevec.toml")
    replicas = [serve(toml, name=name, small=FakeEmbedder(), large=FakeEmbedder()) for _ in range(2)]
    with replicas[0] as one, replicas[1] as other:
        assert [embed(server, keys["slow"]).status for server in (one, other)] == [200, 429]
        assert 'onevec_redis_up{use="limits"} 1.0' in one.get("/metrics", keys["all"]).body.decode()
        redis_program.kill()
        assert [embed(server, keys["slow"]).status for server in (one, other)] == [200, 200]
        assert 'onevec_redis_up{use="limits"} 0.0' in one.get("/metrics", keys["all"]).body.decode()
        redis_program.start()
        end = time.monotonic() + 20
        for server in (one, other):
            while 'onevec_redis_up{use="limits"} 1.0' not in server.get("/metrics", keys["all"]).body.decode():
                assert time.monotonic() < end
                embed(server, keys["slow"])  # a request is what tries it
        assert [embed(server, keys["slow"]).status for server in (one, other)] == [429, 429]


def test_a_client_that_goes_away_costs_nothing(serve, keys, tmp_path, held, witness):
    witness("sqlalchemy")
    with serve(TOML, name=str(tmp_path / "onevec.toml"), small=held, large=FakeEmbedder()) as server:

        async def leave():
            _, writer = await asyncio.open_connection(server.host, server.port)
            body = b'{"model": "small", "input": "four small words here"}'
            head = f"POST /v1/embeddings HTTP/1.1\r\nhost: h\r\nauthorization: {keys['poor']['authorization']}\r\n"
            writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
            await asyncio.to_thread(held.arrived.acquire)
            writer.close()
            await writer.wait_closed()

        for _ in range(6):
            held.cancelled.clear()
            asyncio.run(leave())
            assert held.cancelled.wait(10)
        held.release()
        assert embed(server, keys["poor"]).status == 200
