"""A real browser: Debian's Chromium, driven by playwright, against real servers on real ports."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from onevec.embedders import Endpoint
from onevec.gateway import Gateway, parse
from onevec.server.app import build
from onevec.server.processes.run import Server, bind
from onevec.types import Embedder

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""It asks nobody anything but the server of the test."""

Open = Callable[..., Any]
"""Opens the playground of a server, at its address, in a fresh window of some settings."""


@pytest.fixture(scope="module")  # its event loop stands in the way of tests that have one
def browser(witness: Callable[[str], ModuleType], chromium: str) -> Iterator[Any]:
    """The browser, started once for the tests of a file."""
    with witness("playwright.sync_api").sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open pages, each once the server has told what it serves, or refused to.

    A fault in their scripts, or a request to another host, fails the test.
    """
    faults: list[str] = []
    contexts: list[Any] = []

    def open_at(address: str, **settings: Any) -> Any:
        own = (address, "data:")
        contexts.append(browser.new_context(base_url=address, **settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(own) else None)
        page.goto("/")
        page.locator("#deployment option, #faults p").first.wait_for(state="attached")
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(open_page: Open, server: str) -> Any:
    """The playground of the bundled models."""
    return open_page(server)


@pytest.fixture
def embed() -> Callable[..., None]:
    """Put texts into the list of a page and embed them."""

    def fill(page: Any, *texts: str) -> None:
        page.get_by_role("button", name="Clear").first.click()
        page.locator("#inputs textarea").last.focus()
        for i, text in enumerate(texts):
            if i:
                page.keyboard.press("Enter")
            page.keyboard.insert_text(text)
        page.get_by_role("button", name="Embed").click()
        page.locator("[data-fact=Vectors]", has_text=re.compile(f"^{len(texts)}$")).wait_for()

    return fill


@contextmanager
def started(*options: str) -> Iterator[str]:
    """`onevec serve`, a process of its own; its address."""
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert address is not None
        try:
            yield address[0]
        finally:
            process.terminate()


@pytest.fixture
def served(tmp_path: Path) -> Callable[[str], AbstractContextManager[str]]:
    """Start `onevec serve` with a configuration: `with served(toml) as address`."""

    def start(toml: str) -> AbstractContextManager[str]:
        path = tmp_path / "onevec.toml"
        path.write_text(toml)
        return started("--config", str(path))

    return start


class Named:
    """Finds embedders by the name of their model."""

    def __init__(self, embedders: Mapping[str, Embedder]) -> None:
        self._embedders = embedders

    def find(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        name = model.partition(":")[2]
        return self._embedders[name], name


@pytest.fixture
def serving() -> Callable[..., AbstractContextManager[str]]:
    """A server over embedders of the test: `with serving(small=FakeEmbedder(8)) as address`."""

    @contextmanager
    def start(toml: str = "", /, **embedders: Embedder) -> Iterator[str]:
        rows = "".join(f'[deployments.{name}]\nmodel = "local:{name}"\n' for name in embedders)
        config = parse(f"[server]\nport = 0\n{toml}\n{rows}", "configuration")
        ready = threading.Event()
        application = build(Gateway.from_config(config, Named(embedders), {}), config)
        server = Server(application, shutdown_timeout=5, started=ready.set)
        with bind("127.0.0.1", 0) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            assert ready.wait(30)
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join(30)

    return start
