import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import InvalidRequestError
from onevec.requests import embed_request
from onevec.types import Encoding, InputType, Overflow


def test_a_text_is_a_list_of_one():
    assert embed_request("m", "a").inputs == embed_request("m", ["a"]).inputs == ("a",)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_texts_arrive_as_they_are(texts):
    assert embed_request("m", iter(texts)).inputs == tuple(texts)


def test_words_become_members():
    request = embed_request("m", "a", input_type="query", encoding_format="int8", overflow="chunk", dimensions=7)
    assert (request.input_type, request.encoding) == (InputType.QUERY, Encoding.INT8)
    assert (request.overflow, request.dimensions) == (Overflow.CHUNK, 7)


@pytest.mark.parametrize(
    ("inputs", "loc", "words"),
    [
        ([], ("inputs",), "empty list"),
        ("", ("inputs",), "empty text"),
        (["a", ""], ("inputs", 1), r"inputs\[1\] is an empty text"),
        (None, ("inputs",), "not None"),
        (b"a", ("inputs",), "not bytes"),
        ({"a": 1}, ("inputs",), "not dict"),
        ({"a"}, ("inputs",), "not set"),
        (7, ("inputs",), "not int"),
        (["a", None], ("inputs", 1), r"inputs\[1\] must be a text or an ImageInput, not None"),
        (["a", b"b"], ("inputs", 1), "not bytes"),
        (["a", ["b"]], ("inputs", 1), "not list"),
        ([["a", "b"]], ("inputs", 0), "not list"),
        ([1, 2], ("inputs", 0), "not int"),
        (["a", "\ud800"], ("inputs", 1), "surrogate"),
    ],
)
def test_bad_inputs_are_refused_at_their_place(inputs, loc, words):
    with pytest.raises(InvalidRequestError, match=words) as caught:
        embed_request("m", inputs)
    assert caught.value.loc == loc
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("dimensions", [0, -1, 10**9, True, 1.5, "8"])
def test_bad_dimensions_are_refused(dimensions):
    with pytest.raises(InvalidRequestError, match="dimensions") as caught:
        embed_request("m", "a", dimensions=dimensions)
    assert caught.value.param == "dimensions"


@pytest.mark.parametrize("param", ["encoding_format", "input_type", "overflow"])
@pytest.mark.parametrize("value", ["flaot", "", "FLOAT16", 3])
def test_unknown_words_list_the_known_ones(param, value):
    with pytest.raises(InvalidRequestError, match=f"{param} must be one of") as caught:
        embed_request("m", "a", **{param: value})
    assert caught.value.param == param
