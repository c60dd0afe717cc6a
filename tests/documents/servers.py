"""What the pages find running: a provider, a server of ours, and a folder to write into."""

import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from onevec.exchange import HttpRequest
from onevec.testing import FakeProvider


class Provider(BaseHTTPRequestHandler):
    """A fake provider on a real port."""

    fake = FakeProvider()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        reply = self.fake.send(HttpRequest("POST", self.path, dict(self.headers.items()), body))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    """The address of the fake provider."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def surroundings(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty working folder for each page, and OPENAI_API_KEY and OPENAI_BASE_URL of the fake provider."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("OPENAI_API_KEY", "key-of-the-docs")
        patch.setenv("OPENAI_BASE_URL", f"{provider}/v1")
        yield folder


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of `onevec serve` with the bundled models."""
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert address is not None
        yield address[0]
        process.kill()  # nobody waits for an answer any more
