"""The examples of README.md and docs/ are tests: Python blocks run, and so do `onevec` command lines.

What needs an extra is left out where the extra is not installed.
"""

import importlib.util
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from onevec.exchange import HttpRequest
from onevec.testing import FakeProvider

NEEDS_AZURE = ["src/onevec/azure/*", "tests/azure/*", "docs/azure.md"]
collect_ignore_glob = [] if importlib.util.find_spec("azure") else NEEDS_AZURE


@pytest.fixture(scope="module")
def provider_on_loopback() -> Iterator[None]:
    """OPENAI_API_KEY and OPENAI_BASE_URL, set for a fake provider on a real port."""
    fake = FakeProvider()

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
    thread = Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "key-of-the-docs")
        patch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        yield
    server.shutdown()
    server.server_close()
    thread.join()


def run_commands(example: Example) -> None:
    """Run each `onevec embed|providers|models` line of a bash block; other lines are not ours to run."""
    for line in example.parsed.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["onevec"] and words[1] in {"embed", "providers", "models"}:
            done = subprocess.run(
                [sys.executable, "-m", *words], capture_output=True, text=True, env=os.environ.copy(), check=False
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), CodeBlockParser(language="bash", evaluator=run_commands)],
    patterns=["README.md", "docs/*.md"],
    fixtures=["provider_on_loopback"],
).pytest()
