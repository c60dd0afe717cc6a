import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from onevec import vectors as vec

floats = st.floats(-2, 2, width=32).filter(lambda x: x == 0 or abs(x) > 1e-20)
matrices = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=floats)


@given(matrices)
def test_normalized_rows_have_length_one_or_are_zero(m):
    lengths = np.linalg.norm(vec.normalize(m), axis=1)
    zero = ~m.any(axis=1)
    assert np.allclose(lengths[~zero], 1, atol=1e-5)
    assert not lengths[zero].any()


@given(matrices, st.data())
def test_truncation_keeps_the_direction_of_the_first_components(m, data):
    d = data.draw(st.integers(1, m.shape[1]))
    short = vec.truncate(m, d)
    assert short.shape == (len(m), d)
    assert short.dtype == np.float32
    assert short.flags["C_CONTIGUOUS"]
    np.testing.assert_allclose(short, vec.normalize(m[:, :d]), atol=1e-6)


@given(matrices)
def test_int8_codes_are_symmetric_and_within_half_a_step(m):
    scale = 2.0
    codes = vec.quantize_int8(m, scale)
    assert codes.dtype == np.int8
    assert codes.min() >= -127
    np.testing.assert_array_equal(vec.quantize_int8(-m, scale), -codes)
    assert np.abs(vec.dequantize_int8(codes, scale) - m).max() <= scale / 127 / 2 + 1e-6


def test_int8_clips_what_lies_beyond_the_scale():
    assert vec.quantize_int8(np.array([[9.0, -9.0]], np.float32), 0.2).tolist() == [[127, -127]]


@given(matrices)
def test_a_code_does_not_depend_on_the_other_rows(m):
    whole = vec.quantize_int8(m, 0.3)
    for i in range(len(m)):
        np.testing.assert_array_equal(vec.quantize_int8(m[i : i + 1], 0.3)[0], whole[i])


@given(matrices)
def test_bits_unpack_to_signs(m):
    signs = vec.unpack_bits(vec.pack_bits(m), m.shape[1])
    np.testing.assert_array_equal(signs, np.where(m > 0, 1, -1))


def test_calibration_is_four_standard_deviations():
    m = np.random.default_rng(7).normal(0, 0.05, (2000, 384)).astype(np.float32)
    assert abs(vec.calibrate_int8(m) - 0.2) < 0.002


def test_cosine_of_every_pair():
    a = np.array([[1, 0], [0, 2]], np.float32)
    np.testing.assert_allclose(vec.cosine(a, a), np.eye(2), atol=1e-7)
