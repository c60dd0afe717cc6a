"""LanceDB's own tables over ours, in a folder that is opened again."""

import copy

import numpy as np
import pytest

from onevec import embedding
from onevec.errors import InvalidRequestError, MissingApiKeyError, VectorSpaceError
from onevec.testing import FakeEmbedder, FakeProvider

OTTERS, BREAD = "otters sleep on their backs", "bread is made of flour"


@pytest.fixture
def create(witness):
    """Makes a function as users do: by its name in LanceDB's registry."""
    registry = witness("lancedb.embeddings").get_registry()
    from onevec.integrations.lancedb import OnevecFunction

    assert registry.get("onevec") is OnevecFunction
    return OnevecFunction.create


@pytest.fixture
def database(witness, tmp_path):
    """Opens the same folder again and again."""
    return lambda: witness("lancedb").connect(tmp_path)


@pytest.fixture
def schema(witness):
    """The class of a table's rows."""
    pydantic = witness("lancedb.pydantic")

    def made(function):
        return type(
            "Row",
            (pydantic.LanceModel,),
            {
                "__annotations__": {"text": str | None, "vector": pydantic.Vector(function.ndims(), nullable=True)},
                "text": function.SourceField(default=None),
                "vector": function.VectorField(default=None),
            },
        )

    return made


def filled(database, row):
    table = database().create_table("notes", schema=row)
    table.add([{"text": OTTERS}, {"text": BREAD}])
    return table


def near(table):
    return [row["text"] for row in table.search("how do otters sleep").limit(1).to_list()]


@pytest.mark.parametrize("told", [{}, {"client_args": {"threads": 1}}])
def test_a_table_embeds_what_is_added_and_what_is_looked_for_and_does_so_again(create, database, schema, told):
    function = create(**told)
    row = schema(function)
    table = filled(database, row)
    kept = table.to_arrow().column("vector").to_pylist()
    np.testing.assert_allclose(kept, embedding("local:all-minilm-l6-v2", [OTTERS, BREAD]).vectors, atol=1e-3)
    assert near(table) == near(database().open_table("notes")) == [OTTERS]
    assert table.search("baking").limit(1).to_pydantic(row)[0].text == BREAD
    assert function.space.dimensions == 384


def test_a_null_has_no_vector(create):
    first, second = create().compute_source_embeddings_with_retry([None, OTTERS])
    assert first is None
    assert second.shape == (384,)


def test_documents_and_queries_are_told_apart(create, served, monkeypatch):
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    monkeypatch.setenv("COHERE_API_KEY", "key-of-the-test")
    with served(provider) as base_url:
        function = create(model="cohere:embed-v4.0", api_base=base_url.removesuffix("/v1"))
        function.compute_source_embeddings(["a"])
        function.compute_query_embeddings("a")
    assert [b"search_document" in provider.requests[0].body, b"search_query" in provider.requests[1].body] == [True] * 2


def test_a_model_that_is_in_another_space_by_now_is_refused_at_once(create, database, schema, served, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-test")
    provider = FakeProvider()
    with served(provider) as base_url:
        filled(database, schema(create(model="openai:m", api_base=base_url)))
        provider.embedder = FakeEmbedder(dimensions=8)
        asked = len(provider.requests)
        with pytest.raises(VectorSpaceError, match="dimensions 8 and not 16"):
            near(database().open_table("notes"))
        assert len(provider.requests) == asked + 1  # LanceDB's own retries would have waited for minutes


def test_a_space_or_its_id_is_expected(create):
    space = create().space
    for function in (create(expect_space=space), create(expect_space=space.id)):
        assert function.safe_model_dump()["expect_space"] == space.id
        assert function.compute_query_embeddings("a")[0].shape == (384,)


def test_a_table_keeps_no_secret_and_opens_without_one(create, database, schema, monkeypatch):
    told = {"timeout": 5, "headers": {"x-key": "secret-2"}}
    monkeypatch.setenv("OPENAI_API_KEY", "secret-1")
    database().create_table("notes", schema=schema(create(model="openai:text-embedding-3-small", client_args=told)))
    monkeypatch.delenv("OPENAI_API_KEY")
    table = database().open_table("notes")
    written = table.schema.metadata[b"embedding_functions"]
    assert b"openai:text-embedding-3-small/1536/normalized" in written
    assert b"timeout" in written
    assert b"secret" not in written
    with pytest.raises(MissingApiKeyError, match="OPENAI_API_KEY"):
        near(table)


def test_a_key_is_a_variable_of_lancedb(create, witness):
    with pytest.raises(ValueError, match="cannot be set to a hardcoded value"):
        create(api_key="secret")
    witness("lancedb.embeddings").get_registry().set_var("key_of_the_test", "secret")
    function = create(model="openai:text-embedding-3-small", api_key="$var:key_of_the_test")
    assert function.api_key == "secret"
    assert function.safe_model_dump()["api_key"] == "$var:key_of_the_test"
    assert copy.copy(function).safe_model_dump() == function.safe_model_dump()
    assert "secret" not in repr(function)
    assert "secret" not in repr(create(model="openai:ours", api_base="https://h/v1?code=secret"))


def test_a_wrong_field_is_refused_at_once_and_not_shown(create):
    with pytest.raises(InvalidRequestError, match="dimensions"):
        create(dimensions=0)
    with pytest.raises(ValueError, match="apikey") as caught:
        create(apikey="secret")
    assert "secret" not in str(caught.value)
