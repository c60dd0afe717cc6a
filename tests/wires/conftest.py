"""What the witnesses of wires need."""

import pytest

from .recorder import Recorder


@pytest.fixture
def record():
    servers = []

    def start(wire):
        servers.append(Recorder(wire))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
