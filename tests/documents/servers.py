"""What a page finds: a provider, a server of ours, models, and a folder to write into."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from onevec.exchange import HttpRequest
from onevec.testing import FakeEmbedder, FakeProvider

from .blocks import ROOT
from .files import write_files

ADDRESS = "http://127.0.0.1:8080"
"""Where `onevec serve` listens unless it is told, and where the pages find it."""

MODELS = ROOT / "tests" / "golden" / "models"

STAND_INS: Mapping[str, str] = {
    "local:laion/CLIP-ViT-B-32-laion2B-s34B-b79K": f"local:{MODELS / 'clip'}",
    "local:BAAI/bge-small-en-v1.5": f"local:{MODELS / 'bert-cls-prompted'}",
}
"""Models that would be fetched, and what runs in their place: the same architectures with small random weights."""

ENVIRONMENT: Mapping[str, str] = {
    "AZURE_INFERENCE_CREDENTIAL": "key-of-the-docs",
    "OPENAI_API_KEY": "key-of-the-docs",
}


@contextmanager
def serving(fake: FakeProvider) -> Iterator[str]:
    """The base URL of a provider, on a real port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            reply = fake.send(HttpRequest("POST", self.path, dict(self.headers.items()), body))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Serving:
    """`onevec serve` in a process of its own, on a free port."""

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "onevec", "serve", *arguments, "--port", "0"]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open until it has stopped, of any length
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self._process.stdout is not None
        found = re.search(r"http://[\d.:]+", self._process.stdout.readline())
        if found is None:
            self._log.seek(0)
            said = self._log.read()
            self.stop()
            pytest.fail(f"onevec serve {' '.join(arguments)} did not start: {said}")
        self.address = found[0]

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        self._process.kill()
        self._process.communicate()
        self._log.close()


class Page:
    """The surroundings of one page: the server that all pages share, or its own once it has started one.

    Attributes:
        address: Where that server listens.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._own: Serving | None = None

    def serve(self, arguments: Sequence[str]) -> None:
        """Start a server as the page says, for the rest of it."""
        self.stop()
        self._own = Serving(arguments)
        self.address = self._own.address

    def stop(self) -> None:
        """Stop the page's own server."""
        if self._own is not None:
            self._own.stop()

    def here(self, text: str) -> str:
        """What the page says, with the server's address and the models that are here."""
        for said, stands_in in {ADDRESS: self.address, **STAND_INS}.items():
            text = text.replace(said, stands_in)
        return text

    def there(self, text: str) -> str:
        """What was printed here, as the page says it."""
        for said, stands_in in {ADDRESS: self.address, **STAND_INS}.items():
            text = text.replace(stands_in, said)
        return text


@pytest.fixture(scope="session")
def served() -> Callable[[FakeProvider], AbstractContextManager[str]]:
    """Serve a provider on a real port: `with served(fake) as base_url`."""
    return serving


@pytest.fixture(scope="session")
def provider_of_the_docs() -> Iterator[str]:
    """The address of a fake provider, with the lengths of text-embedding-3-small."""
    with serving(FakeProvider(embedder=FakeEmbedder(1536))) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of `onevec serve` with the bundled models."""
    started = Serving()
    yield started.address
    started.stop()


@pytest.fixture(scope="module")
def page_of_the_docs(
    server: str, provider_of_the_docs: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The surroundings of a page; its blocks run in a folder of its own."""
    folder = tmp_path_factory.mktemp("page")
    write_files(folder)
    page = Page(server)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in {**ENVIRONMENT, "OPENAI_BASE_URL": provider_of_the_docs}.items():
            patch.setenv(name, value)
        yield page
    page.stop()
