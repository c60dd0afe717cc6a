import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from onevec.encodings import ENCODINGS, decode, encode
from onevec.errors import InvalidResponseError, UnsupportedParameterError
from onevec.types import Encoding

SCALE = 1.0
matrices = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.floats(-1, 1, width=32))


def as_python(codes):
    return codes if isinstance(codes, list) else codes.tolist()


def test_every_encoding_has_a_row():
    assert set(ENCODINGS) == set(Encoding)


@pytest.mark.parametrize("name", ["float", "base64", "binary", "ubinary"])
def test_formats_equal_the_golden_figures(golden, name):
    figures = json.loads((golden / "formats.json").read_text())
    for floats, expected in zip(figures["float"], figures[name], strict=True):
        vectors = np.array([floats], np.float32)
        assert as_python(encode(vectors, Encoding(name)))[0] == expected


def test_bits_agree_with_voyage(golden):
    example = json.loads((golden / "formats.json").read_text())["voyage_example"]
    vectors = np.array([[1.0 if bit == "1" else -1.0 for bit in example["bits"]]], np.float32)
    assert encode(vectors, Encoding.UBINARY).tolist() == [[example["ubinary"]]]
    assert encode(vectors, Encoding.BINARY).tolist() == [[example["binary"]]]


@pytest.mark.parametrize("encoding", [Encoding.FLOAT, Encoding.BASE64])
@given(vectors=matrices)
def test_lossless_encodings_come_back_to_the_bit(encoding, vectors):
    back = decode(as_python(encode(vectors, encoding)), encoding, vectors.shape[1])
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, vectors)


@pytest.mark.parametrize("encoding", [e for e in Encoding if e not in (Encoding.FLOAT, Encoding.BASE64)])
@given(vectors=matrices)
def test_codes_survive_a_round_trip(encoding, vectors):
    codes = as_python(encode(vectors, encoding, int8_scale=SCALE))
    again = decode(codes, encoding, vectors.shape[1], int8_scale=SCALE)
    assert again.shape == vectors.shape
    assert as_python(encode(again, encoding, int8_scale=SCALE)) == codes


@given(vectors=matrices)
def test_the_offsets_between_signed_and_unsigned(vectors):
    int8, uint8, binary, ubinary = (
        np.asarray(encode(vectors, e, int8_scale=SCALE)).astype(int)
        for e in (Encoding.INT8, Encoding.UINT8, Encoding.BINARY, Encoding.UBINARY)
    )
    np.testing.assert_array_equal(uint8, int8 + 128)
    np.testing.assert_array_equal(binary, ubinary - 128)
    assert ubinary.shape[1] == -(-vectors.shape[1] // 8)


@pytest.mark.parametrize("encoding", [Encoding.INT8, Encoding.UINT8])
def test_int8_without_a_scale_says_how_to_get_one(encoding):
    with pytest.raises(UnsupportedParameterError, match="onevec models calibrate") as caught:
        encode(np.zeros((1, 2), np.float32), encoding)
    assert (caught.value.param, caught.value.status) == ("encoding_format", 422)


@pytest.mark.parametrize(
    ("codes", "encoding"),
    [
        (["not base64!"], Encoding.BASE64),
        (["AAAA"], Encoding.BASE64),  # three bytes are no float32
        ([""], Encoding.BASE64),
        (["AAAAAA==", "AAAAAAAAAAA="], Encoding.BASE64),  # lengths differ
        ([[]], Encoding.FLOAT),
        ([[1.0], [1.0, 2.0]], Encoding.FLOAT),
        ([["a"]], Encoding.FLOAT),
        ([1.0], Encoding.FLOAT),
        ([[300]], Encoding.UBINARY),
        ([[300]], Encoding.INT8),
    ],
)
def test_codes_that_are_no_vectors_are_refused(codes, encoding):
    with pytest.raises(InvalidResponseError):
        decode(codes, encoding, 8, int8_scale=SCALE)
