"""LangChain's own interface and store over ours."""

import inspect

import numpy as np
import pytest

from onevec import embedding
from onevec.errors import VectorSpaceError
from onevec.testing import FakeEmbedder, FakeProvider


@pytest.fixture
def embeddings(witness):
    witness("langchain_core")
    from onevec.integrations.langchain import OnevecEmbeddings

    return OnevecEmbeddings


async def test_the_four_methods_agree_with_the_function(embeddings):
    model, expected = embeddings(), embedding("local:all-minilm-l6-v2", ["a cat", "a dog"]).vectors
    for found in (model.embed_documents(["a cat", "a dog"]), await model.aembed_documents(["a cat", "a dog"])):
        np.testing.assert_allclose(found, expected, atol=1e-3)
    for one in (model.embed_query("a cat"), await model.aembed_query("a cat")):
        np.testing.assert_allclose(one, expected[0], atol=1e-3)
    assert isinstance(one[0], float)
    assert model.embed_documents([]) == await model.aembed_documents([]) == []


async def test_documents_and_queries_are_told_apart(embeddings):
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    model = embeddings("cohere:embed-v4.0", api_key="key-of-the-test", client_args={"transport": provider})
    model.embed_documents(["a"])
    await model.aembed_query("a")
    assert [b"search_document" in provider.requests[0].body, b"search_query" in provider.requests[1].body] == [True] * 2
    assert "key-of-the-test" not in repr(model)


async def test_a_vector_store_of_langchain_finds_what_is_near(embeddings, witness):
    store = witness("langchain_core.vectorstores").InMemoryVectorStore(embeddings())
    store.add_texts(["otters sleep on their backs", "bread is made of flour", "submarines dive"])
    assert store.similarity_search("how do otters sleep", k=1)[0].page_content == "otters sleep on their backs"
    assert (await store.asimilarity_search("baking", k=1))[0].page_content == "bread is made of flour"


def test_a_query_for_vectors_of_another_space_is_refused(embeddings):
    stored = embeddings().space
    with pytest.raises(VectorSpaceError):
        embeddings("openai:text-embedding-3-small", api_key="k", expect_space=stored).embed_query("a")


def test_every_method_of_the_interface_is_ours(embeddings, witness):
    base = witness("langchain_core.embeddings").Embeddings
    for name, _ in inspect.getmembers(base, inspect.isfunction):
        assert getattr(embeddings, name) is not getattr(base, name), name
