"""An object like a SentenceTransformer: shapes, purposes, what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from onevec import ImageInput, embedding
from onevec.errors import ConfigurationError, UnsupportedParameterError
from onevec.integrations.sentence_transformers import OnevecEncoder
from onevec.testing import FakeEmbedder, FakeProvider

TEXTS = ["a cat", "a dog", "a submarine"]


def test_one_sentence_is_a_row_and_several_are_a_matrix():
    encoder, expected = OnevecEncoder(), embedding("local:all-minilm-l6-v2", TEXTS).vectors
    np.testing.assert_allclose(encoder.encode(TEXTS, batch_size=8, show_progress_bar=False), expected, atol=1e-3)
    np.testing.assert_allclose(encoder.encode(TEXTS[0]), expected[0], atol=1e-3)
    assert encoder.encode([]).shape == (0, 0)
    assert encoder.get_sentence_embedding_dimension() == encoder.space.dimensions == 384
    assert encoder.max_seq_length == 256


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda encoder: encoder.encode(["a"], prompt_name="passage"), b"search_document"),
        (lambda encoder: encoder.encode_document(["a"]), b"search_document"),
        (lambda encoder: encoder.encode_query("a"), b"search_query"),
    ],
)
def test_prompt_names_are_purposes(call, word):
    provider = FakeProvider("cohere", FakeEmbedder(1536))
    call(OnevecEncoder("cohere:embed-v4.0", api_key="key", client_args={"transport": provider}))
    assert word in provider.requests[0].body


class Doubled(FakeEmbedder):
    """Its vectors have the length two."""

    def embed(self, request):
        result = super().embed(request)
        return replace(result, vectors=2 * result.vectors)


def test_vectors_get_length_one_where_asked_for():
    provider = FakeProvider(embedder=Doubled(4))
    encoder = OnevecEncoder("openai:ours", api_key="key", client_args={"transport": provider})
    assert np.linalg.norm(encoder.encode("a")) == pytest.approx(2, rel=1e-5)
    assert np.linalg.norm(encoder.encode("a", normalize_embeddings=True)) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    "told", [{"prompt_name": "question"}, {"prompt": "query: "}, {"precision": "int8"}, {"output_value": None, "x": 1}]
)
def test_what_would_change_vectors_is_not_swallowed(told):
    with pytest.raises(UnsupportedParameterError) as caught:
        OnevecEncoder().encode("a", **told)
    assert caught.value.param in told


def test_similarity_is_the_cosine_whatever_the_lengths():
    encoder, rows = OnevecEncoder(), np.array([[3.0, 0.0], [0.0, 2.0]], np.float32)
    np.testing.assert_allclose(encoder.similarity(rows, rows[0]), [[1], [0]])
    np.testing.assert_allclose(encoder.similarity_pairwise(rows, rows), [1, 1])
    near = encoder.similarity(encoder.encode_query("a kitten"), encoder.encode_document(TEXTS))
    assert near.shape == (1, 3)
    assert int(near.argmax()) == 0


def test_images_are_encoded_too():
    red = ImageInput(np.full((8, 8, 3), (255, 0, 0), np.uint8))
    assert OnevecEncoder("local:gist").encode(red).ndim == 1


def test_a_tensor_is_torchs_or_the_extra_is_named():
    try:
        import torch
    except ImportError:
        with pytest.raises(ConfigurationError, match=r"onevec\[torch\]"):
            OnevecEncoder().encode("a", convert_to_tensor=True)
    else:
        assert isinstance(OnevecEncoder().encode("a", convert_to_tensor=True), torch.Tensor)
