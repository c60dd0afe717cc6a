"""The package as a whole: what it exports, what importing it costs, that sync and async agree."""

import importlib
import importlib.util
import inspect
import subprocess
import sys

import pytest

import onevec
from onevec import AsyncClient, Client, aembedding, embedding

HEAVY = ["numpy", "PIL", "openvino", "tokenizers", "pyreqwest", "orjson", "msgspec", "click", "rich", "huggingface_hub"]

NEEDS = {
    "onevec.azure": "azure",
    "onevec.bulk.": "pyarrow",
    "onevec.cli.migration": "libcst",
    "onevec.integrations.chroma": "chromadb",
    "onevec.integrations.haystack": "haystack",
    "onevec.integrations.lancedb": "lancedb",
    "onevec.integrations.langchain": "langchain_core",
    "onevec.integrations.llama_index": "llama_index",
    "onevec.integrations.mteb": "mteb",
}
"""Packages that need an extra, and what to look for."""


def test_the_public_names():
    assert onevec.__all__ == [
        "AsyncClient",
        "Client",
        "Embedding",
        "EmbeddingResponse",
        "Encoding",
        "ImageInput",
        "InputType",
        "OnevecError",
        "Overflow",
        "ProviderMetadata",
        "Usage",
        "VectorSpace",
        "aembedding",
        "embedding",
    ]
    for name in onevec.__all__:
        assert getattr(onevec, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'embeddings'"):
        _ = onevec.embeddings


def test_importing_onevec_imports_nothing_heavy():
    code = f"import sys, onevec; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_command_starts_without_the_engine():
    code = f"import sys, onevec.cli.leaving; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "['click']"


def _parameters(function):
    return [p for p in inspect.signature(function).parameters.values() if p.name != "self"]


def test_sync_async_function_and_client_have_one_signature():
    expected = _parameters(embedding)
    for function in (aembedding, Client.embedding, AsyncClient.aembedding):
        assert _parameters(function) == expected, function
    assert inspect.iscoroutinefunction(aembedding)
    assert _parameters(Client) == _parameters(AsyncClient)


def test_the_signature_is_the_documented_one():
    names = [p.name for p in _parameters(embedding)]
    assert names == [
        "model", "inputs", "provider", "api_key", "api_base", "client_args",
        "dimensions", "input_type", "encoding_format", "overflow", "chunking", "chunk_tokens",
            "expect_space", "kwargs",
    ]  # fmt: skip
    kinds = {p.kind for p in _parameters(embedding)[2:-1]}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


def test_every_module_has_a_docstring_and_imports_alone():
    import pkgutil

    left_out = {"onevec.__main__"} | {name for name, needs in NEEDS.items() if not importlib.util.find_spec(needs)}
    for module in pkgutil.walk_packages(onevec.__path__, "onevec.", onerror=lambda _: None):
        if not module.name.startswith(tuple(left_out)):
            assert importlib.import_module(module.name).__doc__, module.name
