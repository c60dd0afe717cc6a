"""What is handed over comes out as it went in."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec import errors
from onevec.handover import (
    KINDS,
    Found,
    pack_error,
    pack_request,
    pack_result,
    unpack_error,
    unpack_request,
    unpack_result,
)
from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace
from onevec.types import (
    Capabilities,
    Chunk,
    EmbedRequest,
    EmbedResult,
    Encoding,
    InputType,
    LateChunking,
    Modality,
    Overflow,
    Usage,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
SPACE = VectorSpace("m", 3, "sha256:1", normalized=True, pooling="mean", weights="int8")

inputs = st.one_of(
    st.text(),
    st.lists(st.integers(0, 2**31), max_size=5).map(tuple),
    st.builds(ImageInput, st.just(PNG), st.one_of(st.none(), st.text(min_size=1))),
    st.builds(LinkedImage, st.just("https://example.com/a.png"), st.none()),
)


@given(st.lists(inputs, max_size=4).map(tuple), st.sampled_from(Overflow), st.one_of(st.none(), st.text()))
def test_a_request(items, overflow, prompt):
    request = EmbedRequest("m", items, 2, InputType.QUERY, Encoding.INT8, overflow, prompt)
    assert unpack_request(pack_request(request)) == request


def test_the_rest_of_a_request():
    request = EmbedRequest(
        "m", ("a",), chunking=LateChunking(9), expect_space=SPACE, extra={"a": [1, {"b": None}]}, form={"x": 1}
    )
    again = unpack_request(pack_request(request))
    assert again == request
    assert again.form == {}  # nobody who embeds reads it


def test_a_result():
    vectors = np.array([[1, 2.5, -3e-38], [np.float32(0.1), 0, 7]], dtype=np.float32)
    result = EmbedResult(vectors, "m", Usage(3, 4, True, 1), SPACE, "mean", (Chunk(0, 0, 1), Chunk(0, 1, 2)), 0.5, 2)
    again, batches = unpack_result(pack_result(result, ((2, 30), (1, 4))))
    assert batches == ((2, 30), (1, 4))
    assert again.vectors.tobytes() == vectors.tobytes()
    assert (again.vectors.dtype, again.vectors.shape, again.vectors.flags.writeable) == (np.float32, (2, 3), True)
    for name in ("model", "usage", "space", "pairs", "chunks", "cost", "hits"):
        assert getattr(again, name) == getattr(result, name)
    assert again.space.weights == "int8"


def test_no_vectors():
    result = EmbedResult(np.zeros((0, 3), np.float32), "m", Usage(), SPACE)
    assert unpack_result(pack_result(result))[0].vectors.shape == (0, 3)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_error(kind):
    raised = kind(
        "m", status=418, code="c", provider="p", loc=("inputs", 3), value="v", retry_after=1.5, request_id="r"
    )
    again = unpack_error(pack_error(raised))
    assert type(again) is kind
    assert vars(again) == vars(raised)


def test_an_error_of_a_class_that_is_not_ours_is_its_nearest():
    class Own(errors.RateLimitError):
        pass

    assert type(unpack_error(pack_error(Own("m")))) is errors.RateLimitError


def test_capabilities():
    found = Found(
        3, SPACE, Capabilities(3, (1, 2), True, 9, frozenset({InputType.TEXT}), 0.5, False, frozenset(Modality))
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Found) == found


@pytest.mark.parametrize("body", [b"", b"\x00", msgspec.msgpack.encode({"model": "m"}), b"\xff" * 40])
def test_what_is_none_of_ours_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        unpack_request(body)
