"""docs/migrate: the programs before and after have the same vectors, and what the tables name is there.

A program before runs where its library is installed: azure's among the witnesses, any-llm and litellm as `rivals`.
"""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from onevec import errors
from onevec.gateway import parse
from onevec.testing import FakeProvider

FOLDER = Path(__file__).parents[1] / "docs" / "migrate"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
PROGRAM = re.compile(r'```py title="before: [^"]*"\n(.*?)```.*?```python\n(.*?)```', re.DOTALL)


def programs(page):
    """The first program before of a page, and the one after."""
    return PROGRAM.search(PAGES[page]).groups()


def vectors(program):
    """What a program has in `vectors`, in a process of its own: other libraries leave connections open."""
    told = f"{program}\nimport json\nprint(json.dumps([[float(x) for x in row] for row in vectors]))"
    environ = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, timeout=100, check=False, env=environ
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return np.array(json.loads(ran.stdout.splitlines()[-1]))


@pytest.fixture
def provider_on_loopback(served, monkeypatch):
    """OPENAI_API_KEY and OPENAI_BASE_URL, set for a fake provider on a real port."""
    with served(FakeProvider()) as base_url:
        monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-docs")
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        yield


@pytest.mark.parametrize("page", ["any-llm", "litellm"])
def test_another_librarys_program_has_the_same_vectors_before_and_after(page, rival, provider_on_loopback):
    rival(page.replace("-", "_"))
    before, after = map(vectors, programs(page))
    assert before.shape == (2, 16)
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-7)


def test_azures_program_has_the_same_vectors_before_and_after(witness, server):
    witness("azure.ai.inference")
    before, after = (vectors(one.replace("http://127.0.0.1:8080", server)) for one in programs("azure"))
    assert before.shape == (2, 384)
    np.testing.assert_array_equal(after, before)


FALLBACK = """
from litellm import Router
key = {"api_key": "any", "max_retries": 0}
router = Router(
    model_list=[
        {"model_name": "a", "litellm_params": {"model": "openai/a", "api_base": "http://127.0.0.1:1/v1"} | key},
        {"model_name": "b", "litellm_params": {"model": "openai/b"} | key},
    ],
    fallbacks=[{"a": ["b"]}], num_retries=0,
)
response = router.embedding(model="a", input=["x"])
assert response.model == "b"
vectors = [one["embedding"] for one in response.data]
"""


def test_litellms_router_answers_from_another_model_as_the_page_says(rival, provider_on_loopback):
    rival("litellm")
    assert vectors(FALLBACK).shape == (1, 16)


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if "```toml" in text])
def test_the_configurations_are_right(page):
    for block in re.findall(r"```toml\n(.*?)```", PAGES[page], re.DOTALL):
        assert parse(block, page).deployments


def rows(page, heading):
    """The rows of the first table below a heading."""
    _, _, below = PAGES[page].partition(f"# {heading}\n")
    lines = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


ERRORS = [
    (theirs, ours)
    for left, right in rows("litellm", "Errors")
    for theirs, ours in zip(re.findall(r"`(\w+)`", left), re.findall(r"`(\w+)`", right) * 3, strict=False)
]


@pytest.mark.parametrize(("theirs", "ours"), ERRORS)
def test_errors_that_the_page_names_are_there(theirs, ours, rival):
    assert issubclass(getattr(errors, ours), errors.OnevecError)
    rival("litellm")
    assert issubclass(importlib.import_module("litellm.exceptions").__dict__[theirs], Exception)


def test_errors_have_the_names_of_any_llms(rival):
    rival("any_llm")
    theirs = importlib.import_module("any_llm.exceptions")
    names = {name for name in vars(theirs) if name.endswith("Error") and not name.startswith("_")}
    chat = {"AnyLLMError", "LengthFinishReasonError", "ContentFilterFinishReasonError", "BatchNotCompleteError"}
    assert names - set(vars(errors)) <= chat | {"ProviderFileNotFoundError"}


def test_renamed_providers_of_litellm_are_there(rival):
    from onevec.cli.litellm import PROVIDERS

    rival("litellm")
    theirs = {one.value for one in importlib.import_module("litellm.types.utils").LlmProviders}
    assert set(PROVIDERS) <= theirs
