"""A right server that asks for a key, behind what plants faults."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from onevec.gateway import Gateway, KeysFile, parse
from onevec.server.app import build
from onevec.server.processes.run import Server, bind
from onevec.testing import FakeEmbedder

from ..server.conftest import Fakes
from .broken import NONE, Broken

KEYED = """
[server]
port = 0
[auth]
keys = "{keys}"
[deployments.fake]
model = "local:fake"
"""


@dataclass
class Planted:
    """Where the server is, its key, and where faults are planted."""

    url: str
    key: str
    broken: Broken


@pytest.fixture(scope="session")
def _planted(tmp_path_factory) -> Iterator[Planted]:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    with KeysFile(path).changing() as change:
        change.keyring, key = change.keyring.with_new("alice", "2026-01-01T00:00:00+00:00")
    config = parse(KEYED.format(keys=path), "configuration")
    gateway = Gateway.from_config(config, Fakes({"fake": FakeEmbedder(100)}), {})
    broken = Broken(build(gateway, config), key)
    listener, started = bind("127.0.0.1", 0), threading.Event()
    server = Server(broken, shutdown_timeout=5, started=started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert started.wait(timeout=30)
    yield Planted(f"http://127.0.0.1:{listener.getsockname()[1]}", key, broken)
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture
def planted(_planted) -> Iterator[Planted]:
    _planted.broken.seen.clear()
    yield _planted
    _planted.broken.fault = NONE
