"""A server on a real loopback port, and the application without one."""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest

from onevec.embedders import Embedders, Endpoint
from onevec.gateway import Config, Gateway, parse
from onevec.server.app import Application, build
from onevec.server.processes.run import Server, bind
from onevec.testing import FakeEmbedder
from onevec.types import Embedder, EmbedRequest, EmbedResult


class Fakes:
    """Finds embedders by the name of their model instead of loading one."""

    def __init__(self, embedders: Mapping[str, Embedder]) -> None:
        self._embedders = embedders

    def find(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        name = model.partition(":")[2]
        return self._embedders[name], name


class Failing(FakeEmbedder):
    """Raises what it was given."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        raise self.error


class Held(FakeEmbedder):
    """Embeds nothing until it is let go; tells when a request is there, and when one was cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = threading.Semaphore(0)
        self.cancelled = threading.Event()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._open = False

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        event = asyncio.Event()
        self._waiting.append((asyncio.get_running_loop(), event))
        self.arrived.release()
        try:
            if not self._open:
                await event.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return self.embed(request)

    def release(self) -> None:
        """Answer what waits and all that comes."""
        self._open = True
        for loop, event in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)


@dataclass
class Answer:
    """A reply, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    """A server in a thread of its own."""

    host: str
    port: int
    server: Server
    log: BytesIO
    gateway: Gateway

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, timeout: float = 20
    ) -> Answer:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json"} if payload is not None else {}
        try:
            connection.request(method, path, payload, {**sent, **(headers or {})})
            reply = connection.getresponse()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("POST", path, body, headers)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)


@contextmanager
def running(config: Config, finder: Any, **environ: str) -> Iterator[Running]:
    gateway = Gateway.from_config(config, finder, environ)
    log = BytesIO()
    listener = bind(config.server.host, config.server.port)
    started = threading.Event()
    server = Server(build(gateway, config, log), shutdown_timeout=config.server.shutdown_timeout, started=started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert started.wait(timeout=30)
    host, port = listener.getsockname()[:2]
    try:
        yield Running(host, port, server, log, gateway)
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive()


ONE = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
"""

Serve = Callable[..., AbstractContextManager[Running]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Start a server: `with serve(toml, fake=FakeEmbedder()) as server`."""

    def start(toml: str = ONE, /, *, name: str = "configuration", **embedders: Embedder) -> Any:
        return running(parse(toml, name), Fakes(embedders or {"fake": FakeEmbedder()}))

    return start


@pytest.fixture(scope="session")
def bundled() -> Iterator[Running]:
    """The bundled model, as `onevec serve` has it without any option."""
    embedders = Embedders()
    try:
        with running(Config.of_model("local:all-minilm-l6-v2", port=0), embedders) as server:
            yield server
    finally:
        embedders.close()


@pytest.fixture(scope="session")
def fake_server(serve: Serve) -> Iterator[Running]:
    """One deployment of 1024 dimensions that takes every parameter."""
    with serve(fake=FakeEmbedder(1024)) as server:
        yield server


@pytest.fixture(scope="session")
def application() -> Callable[..., Application]:
    """The application alone, for what needs no socket."""

    def make(toml: str = ONE, /, **embedders: Embedder) -> Application:
        config = parse(toml)
        return build(Gateway.from_config(config, Fakes(embedders or {"fake": FakeEmbedder()}), {}), config)

    return make


@pytest.fixture(scope="session")
def failing() -> type[Failing]:
    return Failing


@pytest.fixture
def held() -> Iterator[Held]:
    embedder = Held()
    yield embedder
    embedder.release()
