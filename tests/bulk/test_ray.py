"""Shards on a Ray of this machine, in a process of its own: real workers, the bundled model, real deaths."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from onevec.bulk.ray import check_cluster, cluster
from onevec.errors import ConfigurationError

PREAMBLE = """
import json, os, signal, sys
from pathlib import Path
from onevec.bulk.ray import check_cluster, cluster, run_on_ray

folder = Path(sys.argv[1])
os.environ["PYTHONPATH"] = sys.argv[2]

def model():
    from onevec.client import Client
    client = Client(client_args={"threads": 1})
    (folder / f"loaded-{os.getpid()}").touch()
    return lambda texts: client.embedding("local:all-minilm-l6-v2", texts).vectors.tobytes()

shards = [[f"text {shard} {row}" for row in range(3)] for shard in range(7)]

def run(shards, make, **options):
    done = []
    with cluster() as ray:
        run_on_ray(ray, shards, make, lambda work, made: done.append((work, made)), **options)
    return done
"""

SAME = """
one = run(shards, model, workers=1)
loaded = len([*folder.glob("loaded-*")])
two = run(shards, model, workers=2)
print("ANSWER", json.dumps({
    "same": one == two,
    "order": [work for work, _ in two] == shards,
    "loaded": [loaded, len([*folder.glob("loaded-*")]) - loaded],
}))
"""

DEATHS = """
import ray
from onevec.errors import WorkerLostError
from onevec.errors import ConfigurationError, InvalidRequestError

ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=80 * 2**20)

def dies_once():
    def embed(number):
        marker = folder / "died"
        if number == 3 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number
    return embed

def always_dies():
    def embed(number):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return number
    return embed

def refuses():
    def embed(number):
        if number == 2:
            raise InvalidRequestError("a text is too long", param="inputs")
        return number
    return embed

def unloadable():
    raise ConfigurationError("no such model")

def kept(make):
    done = []
    try:
        run_on_ray(ray, range(5), make, lambda work, made: done.append(work), workers=1)
    except Exception as exc:
        return [done, type(exc).__name__, getattr(exc, "code", None)]

survived = run(range(8), dies_once)
print("ANSWER", json.dumps({
    "survived": survived,
    "died": (folder / "died").exists(),
    "lost": kept(always_dies),
    "refused": kept(refuses),
    "unloadable": kept(unloadable),
    "still there": ray.is_initialized(),
    "found": check_cluster(ray.get_runtime_context().gcs_address, 20),
}))
"""


@pytest.fixture
def on_ray(witness, tmp_path):
    """Run a script beside a Ray: what it answers, as JSON."""
    import importlib.util

    import onevec

    if importlib.util.find_spec("ray") is None:
        witness("ray")  # skips, or fails where it is required
    source = str(Path(onevec.__file__).parent.parent)

    def on_ray(script):
        done = subprocess.run(
            [sys.executable, "-c", PREAMBLE + script, str(tmp_path), source],
            env=os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": source},
            cwd=tmp_path, capture_output=True, text=True, timeout=110,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        (said,) = (line for line in done.stdout.splitlines() if line.startswith("ANSWER "))
        return json.loads(said.removeprefix("ANSWER "))

    return on_ray


def test_two_workers_give_the_bytes_of_one_in_order(on_ray):
    assert on_ray(SAME) == {"same": True, "order": True, "loaded": [1, 2]}


def test_a_worker_that_is_killed_loses_nothing_and_one_that_always_dies_is_told(on_ray):
    found = on_ray(DEATHS)
    assert found["survived"] == [[number, number * number] for number in range(8)]
    assert found["died"]
    committed, *told = found["lost"]
    assert [0, 1][: len(committed)] == committed  # what its worker had not handed back when it died is lost with it
    assert told == ["WorkerLostError", "worker_lost"]
    assert found["refused"] == [[0, 1], "InvalidRequestError", "invalid_request"]
    assert found["unloadable"] == [[], "ConfigurationError", "configuration_error"]
    assert found["still there"]
    assert found["found"] is None


def test_no_cluster_at_an_address_is_told(on_ray):
    script = """
from onevec.errors import ConfigurationError
try:
    with cluster("nowhere"):
        pass
except ConfigurationError as exc:
    print("ANSWER", json.dumps(exc.message))
"""
    assert "nowhere" in on_ray(script)


def test_a_closed_port_is_told_at_once(witness):
    witness("ray")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
        told = rf"no Ray cluster at {address}: name its head with --address"
        with pytest.raises(ConfigurationError, match=told), cluster(address):
            pass


def test_a_server_that_is_no_ray_is_told_after_a_while(witness):
    witness("ray")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match=f"no Ray cluster at {address}"):
            check_cluster(address, 0.5)


@pytest.mark.parametrize("address", ["auto", "local"])
def test_an_address_that_ray_looks_up_is_left_to_it(address):
    check_cluster(address)
