"""The catalog's rows: each well formed, and what a name brings to a model that is loaded."""

import re
from dataclasses import replace

import pytest

from onevec.engine import LocalOptions
from onevec.engine.catalog import CATALOG, nearest, on_the_hub, published_as
from onevec.engine.folder import read_folder
from onevec.engine.loader import load_texts
from onevec.engine.models import MODELS
from onevec.engine.revisions import REVISIONS
from onevec.engine.sources import HUB_NAME
from onevec.errors import UnsupportedParameterError
from onevec.types import EmbedRequest, InputType


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.name)
def test_a_row_is_well_formed(row):
    assert row.repository is None or HUB_NAME.fullmatch(row.repository)
    assert row.revision is None or re.fullmatch("[0-9a-f]{40}", row.revision)
    assert row.digest is None or re.fullmatch("[0-9a-f]{64}", row.digest)
    assert list(row.truncations) == sorted(set(row.truncations))
    assert all(n < row.dimensions for n in row.truncations)
    assert (row.query is None) == (row.document is None)
    assert row.description
    assert not row.description.endswith(".")


def test_every_commit_is_a_models():
    assert set(REVISIONS) == {row.repository for row in MODELS if row.revision}
    assert len(CATALOG) == len(MODELS)


def test_rows_are_found_by_repository_and_by_weights():
    row = on_the_hub("Sentence-Transformers/all-MiniLM-L6-v2")

    assert row is CATALOG["all-minilm-l6-v2"]
    assert row is published_as(row.digest)
    assert on_the_hub("somebody/else") is None
    assert published_as("0" * 64) is None


def test_a_near_name_has_its_owner():
    assert "local:intfloat/multilingual-e5-small" in nearest("multilingual-e5-smal")


@pytest.fixture
def known(golden):
    """A folder of three small layers, asked for by a name of the catalog."""

    def load(name: str, folder: str = "bert-mean"):
        return load_texts(read_folder(golden / "models" / folder), LocalOptions(precision="f32"), CATALOG[name])

    return load


def test_a_known_models_prompts_are_those_of_its_row_where_the_folder_has_none(known):
    embedder = known("intfloat/e5-small-v2")
    try:
        query = embedder.embed(EmbedRequest("m", ("red",), input_type=InputType.QUERY))
        spelt = embedder.embed(EmbedRequest("m", ("query: red",)))
        assert (query.vectors == spelt.vectors).all()
        assert query.usage == spelt.usage
    finally:
        embedder.close()


def test_a_folders_own_prompts_come_first(known):
    embedder = known("intfloat/e5-small-v2", "bert-cls-prompted")
    try:
        own = "Represent this sentence for searching relevant passages: red"
        query = embedder.embed(EmbedRequest("m", ("red",), input_type=InputType.QUERY))
        assert (query.vectors == embedder.embed(EmbedRequest("m", (own,))).vectors).all()
    finally:
        embedder.close()


def test_of_the_shorter_lengths_those_below_the_vectors_are_allowed(golden):
    row = replace(CATALOG["nomic-ai/nomic-embed-text-v1.5"], truncations=(8, 16, 32, 64))
    embedder = load_texts(read_folder(golden / "models" / "nomic-bert-mean"), LocalOptions(precision="f32"), row)
    try:
        assert embedder.capabilities.truncations == (8, 16)
        assert embedder.embed(EmbedRequest("m", ("red",), dimensions=8)).vectors.shape == (1, 8)
        with pytest.raises(UnsupportedParameterError, match="8, 16 or 32"):
            embedder.embed(EmbedRequest("m", ("red",), dimensions=12))
    finally:
        embedder.close()
