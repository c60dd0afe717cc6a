"""LlamaIndex's own interface, index and serialisation over ours."""

import io

import numpy as np
import pytest
from PIL import Image

from onevec import embedding
from onevec.errors import InvalidRequestError, UnsupportedModalityError, VectorSpaceError
from onevec.testing import FakeEmbedder, FakeProvider


@pytest.fixture
def model(witness):
    witness("llama_index.core")
    from onevec.integrations.llama_index import OnevecEmbedding

    return OnevecEmbedding


async def test_every_way_to_embed_agrees_with_the_function(model):
    ours, expected = model(), embedding("local:all-minilm-l6-v2", ["a cat", "a dog"]).vectors
    batches = [
        ours.get_text_embedding_batch(["a cat", "a dog"]),
        await ours.aget_text_embedding_batch(["a cat", "a dog"]),
    ]
    singles = [
        ours.get_text_embedding("a cat"),
        await ours.aget_text_embedding("a cat"),
        ours.get_query_embedding("a cat"),
        await ours.aget_query_embedding("a cat"),
    ]
    for batch in batches:
        np.testing.assert_allclose(batch, expected, atol=1e-3)
    for single in singles:
        np.testing.assert_allclose(single, expected[0], atol=1e-3)


async def test_queries_and_texts_are_told_apart(model):
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    ours = model("cohere:embed-v4.0", api_key="key-of-the-test", client_args={"transport": provider})
    ours.get_text_embedding("a")
    await ours.aget_query_embedding("a")
    assert [b"search_document" in provider.requests[0].body, b"search_query" in provider.requests[1].body] == [True] * 2


def test_five_hundred_texts_are_one_call(model):
    provider = FakeProvider()
    ours = model("openai:ours", api_key="k", client_args={"transport": provider})
    assert len(ours.get_text_embedding_batch([f"text {i}" for i in range(500)])) == 500
    assert len(provider.requests) == 1


async def test_images_are_paths_or_files_in_memory(model, tmp_path):
    path, memory = tmp_path / "red.png", io.BytesIO()
    for place in (path, memory):
        Image.new("RGB", (8, 8), "red").save(place, "png")
    ours = model("local:gist")
    found = ours.get_image_embedding_batch([str(path), memory])
    np.testing.assert_allclose(found[0], found[1])
    np.testing.assert_allclose(await ours.aget_image_embedding(str(path)), found[0])
    with pytest.raises(UnsupportedModalityError):
        model().get_image_embedding(str(path))


def test_no_dump_and_no_repr_has_a_secret(model, monkeypatch):
    ours = model(
        "openai:text-embedding-3-small",
        api_key="secret-1",
        client_args={"headers": {"x-key": "secret-2"}},
    )
    shown = f"{ours!r} {ours} {ours.to_json()} {ours.to_payload()} {ours.model_dump()}"
    assert "text-embedding-3-small" in shown
    assert "secret" not in shown
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-test")
    assert model.from_json(ours.to_json()).space == ours.space


@pytest.mark.parametrize(
    "named", [("openai:ours", "https://h/v1?code=secret&a=1"), ("https://h/v1?code=secret&a=1:ours", None)]
)
def test_nor_has_it_what_a_url_has_in_its_query(model, named):
    ours = model(named[0], api_base=named[1])
    shown = f"{ours!r} {ours} {ours.to_json()} {ours.to_payload()} {ours.model_dump()} {ours.dict()}"
    assert "https://h/v1?a=1" in shown
    assert "secret" not in shown


def test_a_wrong_field_is_refused_at_once_and_not_shown(model):
    with pytest.raises(InvalidRequestError, match="dimensions"):
        model(dimensions=0)
    with pytest.raises(ValueError, match="apikey") as caught:
        model(apikey="secret")
    assert "secret" not in str(caught.value)


def test_a_space_or_its_id_is_expected_and_dumped_as_the_id(model):
    space = model().space
    for ours in (model(expect_space=space), model(expect_space=space.id)):
        assert model.from_json(ours.to_json()).expect_space == space.id
        assert len(ours.get_query_embedding("a")) == 384


def test_a_query_for_vectors_of_another_space_is_refused(model):
    with pytest.raises(VectorSpaceError):
        model(expect_space="another/384").get_query_embedding("a")


def test_an_index_of_llama_index_finds_what_is_near(model, witness):
    core = witness("llama_index.core")
    documents = [core.Document(text=text) for text in ("otters sleep on their backs", "bread is made of flour")]
    retriever = core.VectorStoreIndex.from_documents(documents, embed_model=model()).as_retriever(similarity_top_k=1)
    assert retriever.retrieve("how do otters sleep")[0].text == "otters sleep on their backs"
