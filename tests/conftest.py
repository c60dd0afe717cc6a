"""What every test may ask for."""

import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

REQUIRED = frozenset(filter(None, os.environ.get("ONEVEC_TEST_REQUIRE", "").split(",")))
"""Extras and programs that this run must have: a test that lacks one of them fails instead of skipping."""

settings.register_profile("newcomer", max_examples=25)
if not REQUIRED:  # whoever tries the project waits three minutes at most; what lands has been tried in full
    settings.load_profile("newcomer")


@pytest.fixture(scope="session")
def golden() -> Path:
    """Figures made with the reference implementations."""
    return Path(__file__).parent / "golden"


def skip(need: str, reason: str) -> None:
    if need in REQUIRED:
        pytest.fail(f"ONEVEC_TEST_REQUIRE names {need}, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def witness() -> Callable[[str], ModuleType]:
    """Import a module of the extra `witness`, or skip the test."""

    def find(name: str) -> ModuleType:
        try:
            return importlib.import_module(name)
        except ImportError:
            skip("witness", f"{name} is not installed (pip install -e '.[witness]')")
            raise

    return find


@pytest.fixture(scope="session")
def rival() -> Callable[[str], None]:
    """Skip the test unless a library of the extra `rivals` is installed."""

    def need(name: str) -> None:
        if importlib.util.find_spec(name) is None:
            skip("rivals", f"{name} is not installed (pip install -e '.[rivals]')")

    return need
