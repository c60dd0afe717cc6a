"""What a test or a block needs and may be missing: then it is skipped, unless this run must have it."""

import os
import shutil

import pytest

REQUIRED = frozenset(filter(None, os.environ.get("ONEVEC_TEST_REQUIRE", "").split(",")))
"""Extras and programs that this run must have: a test that lacks one of them fails instead of skipping."""


def skip(need: str, reason: str) -> None:
    """Skip, or fail where ONEVEC_TEST_REQUIRE names what is missing."""
    if need in REQUIRED:
        pytest.fail(f"ONEVEC_TEST_REQUIRE names {need}, but {reason}")
    pytest.skip(reason)


def program(name: str) -> str:
    """Where a program is."""
    found = shutil.which(name)
    if found is None:
        skip(name, f"{name} is not installed")
    return str(found)
