"""A real browser: Debian's Chromium, driven by playwright, against `onevec serve` on a real port."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

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


@pytest.fixture(scope="module")  # its event loop stands in the way of tests that have one
def browser(witness: Callable[[str], ModuleType], chromium: str) -> Iterator[Any]:
    """The browser, started once for the tests of a file."""
    with witness("playwright.sync_api").sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    """The playground, in a fresh window. A fault in its scripts, or a request to another host, fails the test."""
    faults: list[str] = []
    own = (server, "blob:", "data:")
    context = browser.new_context(base_url=server)
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(own) else None)
    opened.goto("/")
    yield opened
    context.close()
    assert faults == []
