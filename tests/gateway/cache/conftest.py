"""A Redis of the tests' own, and every store behind one contract."""

import os
import shutil
import socket
import subprocess
import time

import pytest

from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.redis import RedisStore


class RedisServer:
    """redis-server on a loopback port; it can be killed, stopped from answering, and started again."""

    def __init__(self, program, folder):
        self._program, self._folder = program, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder))
        self.process = subprocess.Popen([self._program, *options], stdout=subprocess.DEVNULL)
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(16).startswith(b"+PONG"):
                        return
            except ConnectionError:
                assert self.process.poll() is None
                time.sleep(0.01)  # it tells nobody when it listens

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory):
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        if "redis" in os.environ.get("ONEVEC_TEST_REQUIRE", "").split(","):
            pytest.fail("ONEVEC_TEST_REQUIRE names redis, but there is no redis-server")
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    server = RedisServer(program, tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def redis_server(witness, request):
    witness("redis")
    server = request.getfixturevalue("_redis_server")
    if server.process.poll() is not None:
        server.start()
    return server


@pytest.fixture(params=["memory", "disk", "redis"])
async def store(request, tmp_path):
    if request.param == "memory":
        made = MemoryStore(1 << 20)
    elif request.param == "disk":
        made = DiskStore(tmp_path / "cache.sqlite", 1 << 20)
    else:
        made = RedisStore(request.getfixturevalue("redis_server").url, 5.0, f"{tmp_path.name}:")
    yield made
    await made.close()
