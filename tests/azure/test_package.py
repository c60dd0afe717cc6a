"""The package as a whole: its names, its signatures against the original's, what it costs those who do without."""

import importlib
import inspect
import subprocess
import sys

import pytest

import onevec.azure
from onevec.azure import aio

CLIENTS = ("EmbeddingsClient", "ImageEmbeddingsClient")


def parameters(function):
    return {name: one.kind for name, one in inspect.signature(function).parameters.items() if name != "self"}


def test_the_public_names():
    assert onevec.azure.__all__ == ["EmbeddingsClient", "ImageEmbeddingsClient", "load_client"]
    for name in onevec.azure.__all__:
        assert getattr(onevec.azure, name).__name__ == getattr(aio, name).__name__ == name


@pytest.mark.parametrize(
    "name", ["azure.ai.inference", "azure.identity", "libcst", "opentelemetry.sdk", "PIL", "trustme"]
)
def test_the_witnesses_are_here(witness, name):
    assert witness(name)


def test_importing_onevec_imports_no_azure():
    code = (
        "import sys, onevec.cli, onevec.client; print([name for name in sys.modules if 'azure' in name.split('.')[:2]])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("module", ["onevec.azure", "onevec.azure.models", "onevec.azure.aio"])
def test_without_azure_core_the_import_says_what_to_install(module):
    code = f"import sys; sys.modules['azure.core'] = None; import {module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "onevec.errors.ConfigurationError: onevec.azure needs azure-core: pip install 'onevec[azure]'"
    )


@pytest.mark.parametrize("name", CLIENTS)
def test_blocking_and_async_have_one_signature(name):
    blocking, later = getattr(onevec.azure, name), getattr(aio, name)
    for method in ("__init__", "embed", "get_model_info", "send_request", "close"):
        assert parameters(getattr(blocking, method)) == parameters(getattr(later, method)), method
    for method in ("embed", "get_model_info", "send_request", "close", "__aenter__", "__aexit__"):
        assert inspect.iscoroutinefunction(getattr(later, method)), method
        assert not inspect.iscoroutinefunction(getattr(blocking, method, None)), method


@pytest.mark.parametrize("module", ["", ".aio"])
@pytest.mark.parametrize("name", CLIENTS)
def test_every_argument_of_the_original_is_ours(witness, name, module):
    witness("azure.ai.inference")
    theirs = getattr(importlib.import_module(f"azure.ai.inference{module}"), name)
    ours = getattr(importlib.import_module(f"onevec.azure{module}"), name)
    for method in ("__init__", "embed", "get_model_info", "send_request", "close"):
        assert parameters(getattr(theirs, method)).items() <= parameters(getattr(ours, method)).items(), method
    public = {attribute for attribute in dir(theirs) if not attribute.startswith("_")}
    assert public <= set(dir(ours))
