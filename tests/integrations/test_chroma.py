"""Chroma's own collections over ours, in a folder that is opened again."""

import json

import numpy as np
import pytest

from onevec import embedding
from onevec.errors import ConfigurationError, MissingApiKeyError, VectorSpaceError
from onevec.testing import FakeEmbedder, FakeProvider

OTTERS, BREAD = "otters sleep on their backs", "bread is made of flour"


@pytest.fixture
def function(witness):
    witness("chromadb")
    from onevec.integrations.chroma import OnevecEmbeddingFunction

    return OnevecEmbeddingFunction


@pytest.fixture
def folder(witness, tmp_path):
    """Opens the same folder again and again."""
    chroma = witness("chromadb")
    settings = chroma.config.Settings(anonymized_telemetry=False)
    return lambda: chroma.PersistentClient(str(tmp_path), settings)


@pytest.fixture
def notes(function, folder):
    collection = folder().create_collection("notes", embedding_function=function())
    collection.add(ids=["otters", "bread"], documents=[OTTERS, BREAD])
    return collection


def near(collection):
    return collection.query(query_texts=["how do otters sleep"], n_results=1)["ids"]


def test_vectors_are_the_functions(notes):
    kept = notes.get(["otters"], include=["embeddings"])["embeddings"]
    np.testing.assert_allclose(kept, embedding("local:all-minilm-l6-v2", OTTERS).vectors, atol=1e-3)
    assert notes.configuration_json["hnsw"]["space"] == "cosine"


def test_a_collection_is_opened_again_without_naming_the_function(notes, folder):
    assert near(notes) == near(folder().get_collection("notes")) == [["otters"]]


def test_documents_and_queries_are_told_apart(function):
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    ours = function("cohere:embed-v4.0", api_key="key", client_args={"transport": provider})
    ours(["a"])
    ours.embed_query(["a"])
    assert [b"search_document" in provider.requests[0].body, b"search_query" in provider.requests[1].body] == [True] * 2


def test_images_are_arrays(function):
    red, blue = (np.full((8, 8, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))
    found = function("local:gist")([red, blue, red])
    np.testing.assert_array_equal(found[0], found[2])
    assert not np.allclose(found[0], found[1])


def test_a_model_that_is_in_another_space_by_now_is_refused(function, folder, served, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-test")
    provider = FakeProvider()
    with served(provider) as base_url:
        collection = folder().create_collection("notes", embedding_function=function("openai:m", api_base=base_url))
        collection.add(ids=["otters"], documents=[OTTERS])
        provider.embedder = FakeEmbedder(dimensions=8)
        with pytest.raises(VectorSpaceError, match="dimensions 8 and not 16"):
            near(folder().get_collection("notes"))


def test_another_function_for_a_collection_that_is_there_is_refused(notes, function, folder):
    ours, other = function(), function("openai:text-embedding-3-small", api_key="key")
    again = folder().get_or_create_collection("notes", embedding_function=other)
    with pytest.raises(VectorSpaceError, match="all-minilm-l6-v2"):
        other.checked(again)
    with pytest.raises(VectorSpaceError, match="all-minilm-l6-v2"):
        again.modify(configuration={"embedding_function": other})
    assert ours.checked(notes) is notes


def test_a_collection_of_another_function_is_in_no_known_space(function, folder):
    bare = folder().create_collection("bare", embedding_function=None)
    with pytest.raises(ConfigurationError, match="is not known"):
        function().checked(bare)


def test_a_collection_keeps_no_secret_and_opens_without_one(function, folder, monkeypatch):
    told = {"api_key": "secret-1", "client_args": {"timeout": 5, "headers": {"x-key": "secret-2"}}}
    folder().create_collection("notes", embedding_function=function("openai:text-embedding-3-small", **told))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    again = folder().get_collection("notes")
    assert "secret" not in json.dumps(again.configuration_json)
    assert again.configuration_json["embedding_function"]["config"]["client_args"] == {"timeout": 5}
    with pytest.raises(MissingApiKeyError, match="OPENAI_API_KEY"):
        near(again)


def test_a_function_whose_space_nobody_tells_is_refused_at_once(function):
    with pytest.raises(MissingApiKeyError):
        function("openai:text-embedding-3-small", api_base="http://127.0.0.1:9/v1")
