"""DSPy's embedder and retriever over ours."""

import importlib

import numpy as np
import pytest

from onevec import embedding
from onevec.errors import InvalidRequestError
from onevec.integrations.dspy import OnevecEmbedder
from onevec.testing import FakeEmbedder, FakeProvider

TEXTS = ["otters sleep on their backs", "bread is made of flour"]


@pytest.fixture
def dspy(rival, tmp_path, monkeypatch):
    rival("dspy")
    monkeypatch.setenv("DSPY_CACHEDIR", str(tmp_path))
    module = importlib.import_module("dspy")
    module.configure_cache(enable_disk_cache=False, enable_memory_cache=True)
    return module


def ours(dimensions, model="openai:ours"):
    provider = FakeProvider(embedder=FakeEmbedder(dimensions, model))
    return OnevecEmbedder(model, api_key="key-of-the-test", client_args={"transport": provider})


def test_it_is_a_function_of_texts():
    embedder = OnevecEmbedder()
    np.testing.assert_allclose(embedder(TEXTS), embedding("local:all-minilm-l6-v2", TEXTS).vectors, atol=1e-3)
    assert embedder.space.id in embedder.__name__
    assert "key-of-the-test" not in repr(ours(16))
    with pytest.raises(InvalidRequestError, match="input_type"):
        embedder(TEXTS, input_type="question")


def test_documents_and_queries_are_told_apart():
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    embedder = OnevecEmbedder("cohere:embed-v4.0", api_key="key", client_args={"transport": provider})
    embedder(["a"], input_type="query")
    assert b"search_query" in provider.requests[0].body


def test_embedders_of_dspy_do_not_get_each_others_vectors_from_its_cache(dspy):
    first, second = dspy.Embedder(ours(16)), dspy.Embedder(ours(8))
    assert first(TEXTS).shape == first(TEXTS).shape == (2, 16)
    assert second(TEXTS).shape == (2, 8)


def test_a_retriever_of_dspy_finds_what_is_near(dspy):
    search = dspy.retrievers.Embeddings(TEXTS, dspy.Embedder(OnevecEmbedder()), k=1)
    assert search("how do otters sleep").passages == TEXTS[:1]
