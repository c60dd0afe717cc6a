"""What the witnesses of wires need."""

import pytest

from .recorder import Recorder


@pytest.fixture
def record():
    servers = []

    def start(wire, dimensions=16):
        servers.append(Recorder(wire, dimensions))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
