import numpy as np
import pytest

from onevec.responses import EmbeddingResponse
from onevec.spaces import VectorSpace
from onevec.types import Encoding, Usage

VECTORS = np.array([[0.5, -0.5], [1.0, 0.0], [-1.0, 0.25]], np.float32)


def response(**fields):
    return EmbeddingResponse(VECTORS, "m", Usage(3, 3), VectorSpace("m", 2), **fields)


def test_items_are_shaped_as_openais():
    item = response().data[1]
    assert (item.index, item.embedding, item.object) == (1, [1.0, 0.0], "embedding")
    assert [e.index for e in response().data] == [0, 1, 2]
    assert response().data[-1].index == 2
    assert [e.index for e in response().data[1:]] == [1, 2]
    with pytest.raises(IndexError):
        response().data[3]


def test_items_are_written_in_the_encoding_and_vectors_stay_floats():
    packed = response(encoding=Encoding.UBINARY)
    assert [e.embedding for e in packed.data] == [[128], [128], [64]]
    np.testing.assert_array_equal(packed.vectors, VECTORS)
    assert isinstance(response(encoding=Encoding.BASE64).data[0].embedding, str)
    assert response(encoding=Encoding.INT8, int8_scale=1.0).data[1].embedding == [127, 0]


def test_a_response_as_a_dictionary():
    assert response().as_dict() == {
        "object": "list",
        "data": [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(VECTORS.tolist())],
        "model": "m",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
        "space": "m/2",
    }


def test_its_repr_is_short():
    assert len(repr(response())) < 250
    assert repr(response().data) == "<3 embeddings>"
