"""The examples of README.md and docs/ are tests: Python blocks run, and so do `onevec` command lines.

What needs an extra is left out where the extra is not installed.
"""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

from onevec.exchange import HttpRequest
from onevec.testing import FakeProvider

NEEDS = {
    "azure": ["src/onevec/azure/*", "tests/azure/*", "docs/azure.md", "docs/migrate/azure.md"],
    "libcst": ["src/onevec/cli/migration.py"],
    "pyarrow": ["src/onevec/bulk", "tests/bulk", "tests/cli/test_run.py", "tests/cli/test_search.py", "docs/bulk.md"],
}
"""What is left out where a module of an extra is not installed."""

collect_ignore_glob = [path for name, paths in NEEDS.items() if not importlib.util.find_spec(name) for path in paths]


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


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of `onevec serve` with the bundled model."""
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert address is not None
        yield address[0]
        process.terminate()


def run_python(example: Example) -> None:
    """Run a Python block, against our server where it names the server's default address."""
    code = example.parsed.replace("http://127.0.0.1:8080", example.namespace["server"])
    try:
        exec(compile("\n" * example.line + code, example.path, "exec", dont_inherit=True), example.namespace)
    except ModuleNotFoundError as exc:
        if "witness" in os.environ.get("ONEVEC_TEST_REQUIRE", ""):
            raise
        pytest.skip(f"{exc.name} is not installed (pip install -e '.[witness]')")


def run_commands(example: Example) -> None:
    """Run each `onevec embed|providers|models|space` line of a bash block; other lines are not ours to run."""
    for line in example.parsed.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["onevec"] and words[1] in {"embed", "providers", "models", "space"}:
            done = subprocess.run(
                [sys.executable, "-m", *words], capture_output=True, text=True, env=os.environ.copy(), check=False
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser(language="python", evaluator=run_python),
        CodeBlockParser(language="bash", evaluator=run_commands),
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["provider_on_loopback", "server"],
).pytest()
