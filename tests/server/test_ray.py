"""On a Ray cluster of this machine alone: one node, one processor, one replica; in a process of its own."""

import json
import os
import socket
import subprocess
import sys

import pytest

from onevec.errors import ConfigurationError

SERVED = """
import http.client, json, sys
import ray
from ray import serve
from onevec.server.ray import app

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=80 * 2**20)
try:
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(app({"config": sys.argv[2], "max_replicas": "2"}), route_prefix="/")
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
    for method, path, body in json.loads(sys.argv[3]):
        connection.request(method, path, json.dumps(body) if body else None, {"content-type": "application/json"})
        reply = connection.getresponse()
        headers = {name.lower(): value for name, value in reply.getheaders()}
        print("ANSWER", json.dumps([reply.status, headers, json.loads(reply.read())]))
finally:
    serve.shutdown()
    ray.shutdown()
"""

CONFIG = '[server]\nlog_level = "warning"\n[deployments.small]\nmodel = "local:all-minilm-l6-v2"\n'


@pytest.fixture(scope="module")
def answers(witness, tmp_path_factory, bundled):
    """What Ray's proxy answers, by (method, path, model)."""
    import importlib.util

    if importlib.util.find_spec("ray") is None:
        witness("ray")  # skips, or fails where it is required
    folder = tmp_path_factory.mktemp("ray")
    path = folder / "c.toml"
    path.write_text(CONFIG)
    asked = [
        ["POST", "/v1/embeddings", {"model": "small", "input": ["a", "b"]}],
        ["POST", "/v1/embeddings", {"model": "none", "input": "a"}],
        ["POST", "/embeddings?api-version=2024-05-01-preview", {"model": "small", "input": []}],
        ["GET", "/health/ready", None],
        ["GET", "/metrics", None],
    ]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-c", SERVED, str(port), str(path), json.dumps(asked)],
        env=os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"},
        cwd=folder, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    found = [json.loads(line.removeprefix("ANSWER ")) for line in done.stdout.splitlines() if line.startswith("ANSWER")]
    assert len(found) == len(asked), done.stderr[-3000:]
    return found


def test_vectors_are_those_of_onevec_serve(answers, bundled):
    status, headers, body = answers[0]
    assert status == 200
    own = bundled.post("/v1/embeddings", {"model": "all-minilm-l6-v2", "input": ["a", "b"]})
    assert headers["x-vector-space"] == own.headers["x-vector-space"]
    assert body["usage"] == own.json["usage"]
    for one, other in zip(body["data"], own.json["data"], strict=True):
        assert one["embedding"] == pytest.approx(other["embedding"], abs=1e-5)


def test_errors_and_headers_are_those_of_onevec_serve(answers, bundled):
    unknown, empty, ready, metrics = answers[1:]
    assert (unknown[0], unknown[2]["error"]["code"]) == (404, "model_not_found")
    own = bundled.post("/embeddings?api-version=2024-05-01-preview", {"model": "all-minilm-l6-v2", "input": []})
    assert (empty[0], empty[2]["code"]) == (own.status, own.json["code"])
    assert empty[1]["x-ms-error-code"] == own.headers["x-ms-error-code"]
    assert ready[0] == 200
    assert metrics[0] == 404  # one of several replicas would tell its own part


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"confg": "a"}, "confg"),
        ({"max_replicas": "many"}, "max_replicas"),
        ({"max_replicas": 0}, ">= 1"),
        ({"min_replicas": 3, "max_replicas": 2}, "below min_replicas"),
        ({"config": "a.toml", "model": "local:gist"}, "not both"),
        ({"config": "/no/such.toml"}, "cannot be read"),
        ({"model": "nobody:m"}, "nobody"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_starts(arguments, said):
    from onevec.server.ray import app

    with pytest.raises((ConfigurationError, ValueError), match=said):
        app(arguments)


def test_limits_of_several_replicas_need_a_place_to_count(tmp_path, monkeypatch):
    from onevec.server.ray import app

    path = tmp_path / "c.toml"
    path.write_text(CONFIG + "[limits]\nrequests_per_minute = 5\n")
    monkeypatch.setenv("ONEVEC_CONFIG", str(path))
    with pytest.raises(ConfigurationError, match=r"c\.toml:\d+: limits: each of 2"):
        app({"max_replicas": 2})
