import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from onevec.gateway.cache.entries import HEADER, Entry, pack, read, unpack

KEY, OTHER = b"k" * 32, b"o" * 32

VECTORS = arrays.arrays(np.float32, st.integers(1, 9), elements=st.floats(-(2.0**99), 2.0**99, width=32))
ENTRIES = st.builds(
    Entry,
    VECTORS,
    st.sampled_from([None, False, True]),
    st.none() | st.integers(0, 2**31 - 1),
    st.integers(0, 2**32 - 1),
    st.none() | st.sampled_from(["mean", "concatenated"]),
)


def facts(entry):
    return entry.vector.tolist(), entry.normalized, entry.tokens, entry.made, entry.pairs


@given(ENTRIES)
def test_an_entry_comes_back_as_it_was(entry):
    raw = pack(KEY, entry)
    assert facts(unpack(KEY, raw)) == facts(read(raw)) == facts(entry)
    assert unpack(KEY, raw).vector.dtype == np.float32
    assert not unpack(KEY, raw).vector.flags.writeable


@given(ENTRIES, st.data())
def test_a_damaged_or_truncated_or_misplaced_entry_is_none(entry, data):
    raw = pack(KEY, entry, data.draw(st.sampled_from(["float32", "float16"])))
    assert unpack(OTHER, raw) is None
    assert unpack(KEY, raw[: data.draw(st.integers(0, len(raw) - 1))]) is None
    assert unpack(KEY, raw + b"\0") is None
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    damaged = bytearray(raw)
    damaged[bit // 8] ^= 1 << bit % 8
    assert unpack(KEY, bytes(damaged)) is None


def test_the_bytes_are_what_they_were():
    """Whoever changes them changes VERSION with them, so that an entry of before is a miss."""
    raw = pack(KEY, Entry(np.array([1.0, -2.5], np.float32), True, 7, 1_700_000_000, "mean"))
    assert raw.hex() == "01000204020000000700000000f153656d65616e0000803f000020c08d98debcc47b4ef9"


@pytest.mark.parametrize("raw", [b"", b"x", bytes(HEADER.size), bytes(HEADER.size + 8), bytes(100)])
def test_what_was_never_an_entry_is_none(raw):
    assert unpack(KEY, raw) is None


def test_an_entry_of_another_version_or_form_is_none():
    from onevec.gateway.cache.entries import _checksum

    for place, value in ((0, 2), (1, 2), (2, 3), (3, 1), (4, 3)):
        raw = bytearray(pack(KEY, Entry(np.ones(2, np.float32), None, None, 0))[:-8])
        raw[place] = value
        assert unpack(KEY, bytes(raw) + _checksum(KEY, bytes(raw))) is None


def test_half_precision_takes_half_the_room_and_keeps_three_digits():
    vector = np.random.default_rng(1).standard_normal(1536, dtype=np.float32)
    entry = Entry(vector / np.linalg.norm(vector), True, 7, 3)
    small, large = pack(KEY, entry, "float16"), pack(KEY, entry)
    assert len(large) - len(small) == 1536 * 2
    got = unpack(KEY, small)
    assert got.vector.dtype == np.float32
    np.testing.assert_allclose(got.vector, entry.vector, rtol=2**-10, atol=2**-24)


def test_what_half_precision_cannot_hold_is_kept_whole():
    entry = Entry(np.array([1.1, 70_000.0], np.float32), None, None, 0)
    assert unpack(KEY, pack(KEY, entry, "float16")).vector.tolist() == entry.vector.tolist()


def test_more_tokens_than_an_entry_can_say_are_the_most_that_it_can():
    assert unpack(KEY, pack(KEY, Entry(np.ones(1, np.float32), None, 2**40, 0))).tokens == 2**31 - 1
