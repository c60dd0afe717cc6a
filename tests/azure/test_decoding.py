"""`result.vectors`: float32 from whatever encoding was asked for."""

import json

import numpy as np
import pytest
from azure.core.credentials import AzureKeyCredential
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onevec.azure import EmbeddingsClient
from onevec.azure.asked import Asked
from onevec.azure.models import EmbeddingsResult
from onevec.encodings import encode
from onevec.errors import InvalidRequestError, InvalidResponseError
from onevec.types import Encoding

from .recorder import Reply

SCALE = 0.2
VECTORS = np.array([[0.1, -0.2, 0.05, 0.0, 0.2, -0.1, 0.15, -0.05, 0.01], [0.0] * 8 + [1.0]], dtype=np.float32)


def items(vectors, encoding, scale=SCALE):
    codes = encode(vectors, encoding, int8_scale=scale)
    rows = codes if isinstance(codes, list) else codes.tolist()
    return [{"index": i, "embedding": row} for i, row in enumerate(rows)]


def expected(vectors, encoding, scale=SCALE):
    if encoding in (Encoding.FLOAT, Encoding.BASE64):
        return vectors
    if encoding in (Encoding.BINARY, Encoding.UBINARY):
        return np.where(vectors > 0, 1, -1).astype(np.float32)
    return np.clip(np.rint(vectors * 127 / scale), -127, 127) * np.float32(scale / 127)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_encoding_decodes(encoding, recorder):
    recorder.script(Reply(body={"data": items(VECTORS, encoding), "model": "m"}))
    with EmbeddingsClient(recorder.url, AzureKeyCredential("key"), int8_scale=SCALE) as client:
        result = client.embed(input=["a", "b"], encoding_format=encoding.value, dimensions=9)
        by_body = client.embed(body={"input": ["a", "b"], "encoding_format": encoding.value, "dimensions": 9})
        by_bytes = client.embed(body=json.dumps({"encoding_format": encoding.value, "dimensions": 9}).encode())
    for found in (result, by_body, by_bytes):
        assert found.vectors.dtype == np.float32
        np.testing.assert_allclose(found.vectors, expected(VECTORS, encoding), atol=1e-6)
    assert result.data[0].embedding == items(VECTORS, encoding)[0]["embedding"]


def test_a_copy_decodes_as_well():
    result = EmbeddingsResult({"data": items(VECTORS, Encoding.INT8)}).answering(Asked("int8", 9, SCALE))
    assert result.copy().vectors.tolist() == result.vectors.tolist()


@given(
    vectors=arrays(np.float32, (3, 4), elements=st.floats(-1, 1, width=32)), encoding=st.sampled_from(list(Encoding))
)
def test_what_was_encoded_is_decoded(vectors, encoding):
    result = EmbeddingsResult({"data": items(vectors, encoding)}).answering(Asked(encoding.value, 4, SCALE))
    np.testing.assert_allclose(result.vectors, expected(vectors, encoding), atol=1e-6)


def test_without_a_scale_cosines_are_right():
    result = EmbeddingsResult({"data": items(VECTORS[:1], Encoding.INT8)})
    vector = result.decode(encoding_format="int8")[0]
    cosine = vector @ VECTORS[0] / np.linalg.norm(vector) / np.linalg.norm(VECTORS[0])
    assert cosine > 0.999
    assert np.abs(vector).max() == 1


def test_rows_are_in_the_order_of_the_inputs():
    result = EmbeddingsResult({"data": [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1.0]}]})
    assert result.vectors.tolist() == [[1.0], [2.0]]
    assert [item.index for item in result.data] == [1, 0]


def test_a_result_of_a_file_says_how_it_is_written():
    result = EmbeddingsResult({"data": [{"index": 0, "embedding": [144]}]})
    assert result.decode(encoding_format="ubinary", dimensions=4).tolist() == [[1, -1, -1, 1]]
    assert result.vectors.tolist() == [[144]]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [{"index": 0, "embedding": "no base64!"}],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": "AACAPw=="}],
        [{"index": 2, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1e39]}],
    ],
)
def test_what_is_no_vectors_is_told(data):
    with pytest.raises(InvalidResponseError):
        _ = EmbeddingsResult({"data": data}).vectors


def test_no_such_encoding():
    with pytest.raises(InvalidRequestError, match="encoding_format must be one of"):
        EmbeddingsResult({"data": []}).decode(encoding_format="int4")
