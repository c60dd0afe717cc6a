from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.gateway.cache.keys import KEY_BYTES, item_keys
from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest, Encoding, InputType, LateChunking, Overflow

SPACE = VectorSpace("m", 4, revision="r", normalized=True, pooling="mean")
GIF = ImageInput(b"GIF89a")


def key(one="a", space=SPACE, scope="", **more):
    (found,) = item_keys(EmbedRequest("m", (one,), **more), space, scope)
    return found


def test_the_digest_is_what_it_was():
    """Whoever changes what is digested changes VERSION with it, so that no entry of before is taken for one of now."""
    found = key(
        "a text",
        prompt="query: ",
        input_type=InputType.QUERY,
        dimensions=2,
        overflow=Overflow.TRUNCATE,
        encoding=Encoding.INT8,
        extra={"b": [1, None], "a": "é"},
        scope="small",
    )
    assert found.hex() == "b9aee1dd85f91b9746c2da6a544f9e1101486cc6eda4ed6e040353728e549aba"
    assert len(found) == KEY_BYTES


DIFFERENT = [
    key(),
    key("b"),
    key("A"),
    key("a "),
    key((97,)),
    key((9, 7)),
    key((97, 1)),
    key((971,)),
    key(GIF),
    key(ImageInput(b"GIF89a", "a")),
    key(ImageInput(b"GIF89aa")),
    key("GIF89a"),
    key(prompt=""),
    key(prompt="a"),
    key("", prompt="a"),
    key(input_type=InputType.TEXT),
    key(input_type=InputType.QUERY),
    key(dimensions=2),
    key(dimensions=4),
    key(overflow=Overflow.TRUNCATE),
    key(overflow=Overflow.CHUNK),
    *(key(encoding=one) for one in (Encoding.INT8, Encoding.UINT8, Encoding.BINARY, Encoding.UBINARY)),
    key(extra={"a": 1}),
    key(extra={"a": "1"}),
    key(extra={"a": 1.0}),
    key(extra={"a": None}),
    key(extra={"a": float("nan")}),
    key(extra={"a": 1}, scope="other"),
    key(space=replace(SPACE, model="n")),
    key(space=replace(SPACE, revision=None)),
    key(space=replace(SPACE, dimensions=5)),
    key(space=replace(SPACE, pooling="cls")),
    key(space=replace(SPACE, normalized=None)),
    key("\ud800"),
]


def test_whatever_may_change_a_vector_changes_the_key():
    assert len(set(DIFFERENT)) == len(DIFFERENT)


def test_what_changes_no_vector_changes_no_key():
    same = [
        key(encoding=Encoding.FLOAT),
        key(encoding=Encoding.BASE64),
        key(scope="other"),
        key(expect_space=SPACE),
        key(form={"inputs": "texts"}),
        key(space=replace(SPACE, weights="int8")),
        *item_keys(EmbedRequest("another name", ("a",)), SPACE),
        item_keys(EmbedRequest("m", ("b", "a")), SPACE)[1],
    ]
    assert {*same} == {key()}
    assert key(extra={"a": 1, "b": (2,)}) == key(extra={"b": [2], "a": 1})


def test_every_field_of_a_request_is_thought_of():
    """A new one has to be digested here, or named as one that changes no vector."""
    digested = {"inputs", "prompt", "input_type", "dimensions", "overflow", "encoding", "extra"}
    harmless = {"model", "expect_space", "form"}
    assert {field.name for field in fields(EmbedRequest)} == digested | harmless | {"chunking"}


@pytest.mark.parametrize(
    "more",
    [
        {"inputs": ("a", LinkedImage("https://example.com/a.png"))},
        {"inputs": ("a",), "chunking": LateChunking()},
        {"inputs": ("a",), "extra": {"a": object()}},
        {"inputs": ("a",), "extra": {"a": {1: 2, "b": 3}}},
    ],
)
def test_what_must_not_be_kept_has_no_key(more):
    assert item_keys(EmbedRequest("m", **more), SPACE) is None


TEXTS = st.text(st.sampled_from("ab\0\1t"), max_size=4)
INPUTS = st.one_of(
    TEXTS,
    st.lists(st.integers(0, 130), max_size=3).map(tuple),
    st.builds(lambda tail, text: ImageInput(b"GIF89a" + tail.encode(), text), TEXTS, TEXTS.filter(bool) | st.none()),
)
REQUESTS = st.tuples(INPUTS, st.none() | TEXTS, st.none() | st.integers(1, 3))


@given(REQUESTS, REQUESTS)
def test_two_keys_are_equal_exactly_when_the_requests_are(one, other):
    first, second = (key(item, prompt=prompt, dimensions=length) for item, prompt, length in (one, other))
    assert (first == second) == (one == other)
