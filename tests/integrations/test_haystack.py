"""Haystack's own pipelines, YAML and store over ours."""

import numpy as np
import pytest

from onevec import embedding
from onevec.errors import ConfigurationError, InvalidRequestError, MissingApiKeyError, VectorSpaceError
from onevec.testing import FakeEmbedder, FakeProvider

OTTERS, BREAD = "otters sleep on their backs", "bread is made of flour"


@pytest.fixture
def haystack(witness):
    return witness("haystack")


@pytest.fixture
def components(haystack):
    from onevec.integrations import haystack as ours

    return ours


async def test_run_and_its_twin_agree_with_the_function(haystack, components):
    expected = embedding("local:all-minilm-l6-v2", [OTTERS, BREAD])
    text, documents = components.OnevecTextEmbedder(), components.OnevecDocumentEmbedder()
    given = [haystack.Document(content=OTTERS), haystack.Document(content=BREAD)]
    for answer in (documents.run(given), await documents.run_async(given)):
        np.testing.assert_allclose([one.embedding for one in answer["documents"]], expected.vectors, atol=1e-3)
        assert [one.id for one in answer["documents"]] == [one.id for one in given]
        assert answer["meta"]["usage"]["total_tokens"] == expected.usage.total_tokens
        assert answer["meta"]["space"] == expected.space.id == text.space.id
    for answer in (text.run(OTTERS), await text.run_async(OTTERS)):
        np.testing.assert_allclose(answer["embedding"], expected.vectors[0], atol=1e-3)
        assert answer["meta"]["model"] == "all-minilm-l6-v2"
    assert given[0].embedding is None
    assert documents.run([]) == await documents.run_async([]) == {"documents": [], "meta": {}}


def test_runs_are_not_reported_to_anybody(haystack, witness):
    assert witness("haystack.telemetry._telemetry").telemetry is None


def test_fields_of_meta_go_before_the_content(haystack, components):
    provider = FakeProvider()
    ours = components.OnevecDocumentEmbedder(
        "openai:ours",
        api_key=haystack.utils.Secret.from_token("key-of-the-test"),
        client_args={"transport": provider},
        meta_fields_to_embed=["title", "missing"],
        embedding_separator=" | ",
    )
    ours.run([haystack.Document(content="text", meta={"title": "Title"})])
    assert b'"Title | text"' in provider.requests[0].body


def test_documents_and_queries_are_told_apart(haystack, components):
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    told = {
        "model": "cohere:embed-v4.0",
        "api_key": haystack.utils.Secret.from_token("key-of-the-test"),
        "client_args": {"transport": provider},
    }
    components.OnevecDocumentEmbedder(**told).run([haystack.Document(content="a")])
    components.OnevecTextEmbedder(**told).run("a")
    assert [b"search_document" in provider.requests[0].body, b"search_query" in provider.requests[1].body] == [True] * 2


def test_a_document_without_text_is_refused_by_its_place(haystack, components):
    with pytest.raises(InvalidRequestError, match=r"documents\[1\] has no text") as caught:
        components.OnevecDocumentEmbedder().run([haystack.Document(content="a"), haystack.Document(content=None)])
    assert caught.value.loc == ("documents", 1)


def test_a_pipeline_becomes_yaml_and_back_without_its_key(haystack, components, monkeypatch):
    pipeline = haystack.Pipeline()
    told = {
        "model": "openai:text-embedding-3-small",
        "api_key": haystack.utils.Secret.from_env_var("KEY_OF_THE_TEST"),
        "client_args": {"timeout": 5},
        "dimensions": 256,
        "expect_space": "openai:text-embedding-3-small/256/normalized",
    }
    pipeline.add_component("query", components.OnevecTextEmbedder(**told))
    pipeline.add_component("documents", components.OnevecDocumentEmbedder(**told, meta_fields_to_embed=["title"]))
    monkeypatch.setenv("KEY_OF_THE_TEST", "secret")
    written = pipeline.dumps()
    assert "KEY_OF_THE_TEST" in written
    assert "secret" not in written + repr(pipeline)
    again = haystack.Pipeline.loads(written, allowed_modules=["onevec.*"])
    assert again.dumps() == written
    monkeypatch.delenv("KEY_OF_THE_TEST")
    with pytest.raises(ValueError, match="KEY_OF_THE_TEST"):
        again.get_component("query").run("a")


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"model": "openai:ours", "api_base": "https://h/v1?code=secret"}, "api_base"),
        ({"model": "https://h/v1?code=secret:ours"}, "model"),
    ],
)
def test_nor_is_a_url_with_one(components, told, named):
    with pytest.raises(ConfigurationError, match=f"{named} is a URL") as caught:
        components.OnevecTextEmbedder(**told).to_dict()
    assert "secret" not in caught.value.message.replace("may hold a secret", "")


@pytest.mark.parametrize(
    ("named", "value"),
    [("headers", {"x-key": "secret"}), ("proxy", "http://me:secret@h"), ("transport", FakeProvider())],
)
def test_what_may_be_a_secret_is_not_written_down(components, named, value):
    ours = components.OnevecTextEmbedder("openai:ours", client_args={named: value})
    with pytest.raises(ConfigurationError, match=named) as caught:
        ours.to_dict()
    assert "secret" not in caught.value.message.replace("may hold a secret", "")


def test_a_token_is_not_written_down(haystack, components):
    ours = components.OnevecTextEmbedder(api_key=haystack.utils.Secret.from_token("secret"))
    with pytest.raises(ValueError, match="Cannot serialize token"):
        ours.to_dict()


def test_a_bare_key_and_a_wrong_argument_are_refused_at_once(components):
    with pytest.raises(ConfigurationError, match="must be a Secret"):
        components.OnevecTextEmbedder(api_key="sk-bare")
    with pytest.raises(InvalidRequestError, match="dimensions"):
        components.OnevecDocumentEmbedder(dimensions=0)


def test_without_a_secret_the_providers_own_variable_is_read(components, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingApiKeyError, match="OPENAI_API_KEY"):
        components.OnevecTextEmbedder("openai:text-embedding-3-small").run("a")


def test_a_query_for_vectors_of_another_space_is_refused(haystack, components):
    indexed = components.OnevecDocumentEmbedder().run([haystack.Document(content=OTTERS)])
    asking = components.OnevecTextEmbedder(
        "openai:text-embedding-3-small",
        api_key=haystack.utils.Secret.from_token("key"),
        expect_space=indexed["meta"]["space"],
    )
    with pytest.raises(VectorSpaceError):
        asking.run("how do otters sleep")


async def test_pipelines_of_haystack_find_what_is_near(haystack, components, witness):
    store = witness("haystack.document_stores.in_memory").InMemoryDocumentStore()
    retriever = witness("haystack.components.retrievers.in_memory").InMemoryEmbeddingRetriever(store, top_k=1)
    writer = witness("haystack.components.writers").DocumentWriter(store)
    indexing, asking = haystack.Pipeline(), haystack.Pipeline()
    indexing.add_component("embedder", components.OnevecDocumentEmbedder())
    indexing.add_component("writer", writer)
    indexing.connect("embedder.documents", "writer.documents")
    indexing.run({"embedder": {"documents": [haystack.Document(content=text) for text in (OTTERS, BREAD)]}})
    asking.add_component("embedder", components.OnevecTextEmbedder())
    asking.add_component("retriever", retriever)
    asking.connect("embedder.embedding", "retriever.query_embedding")
    found = await asking.run_async({"embedder": {"text": "how do otters sleep"}})
    assert found["retriever"]["documents"][0].content == OTTERS
