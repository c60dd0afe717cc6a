import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec import embedding
from onevec.errors import InvalidRequestError, VectorSpaceError
from onevec.requests import check_space
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest

words = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, categories=["L", "N", "P"]), min_size=1)
plain = words.filter(lambda word: not set(word) & set("/@%"))
spaces = st.builds(
    VectorSpace,
    words.filter(lambda word: not set("%@") & set(word) and not word.startswith("/")),
    st.integers(1, 65_536),
    st.none() | plain.filter(lambda word: not word.isdigit()),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["mean", "cls", "max", "lasttoken"]),
)


@given(spaces)
def test_an_id_and_a_header_name_their_space(space):
    assert VectorSpace.parse(space.id).id == space.id
    assert VectorSpace.parse(space.header).id == space.id


@given(spaces, spaces)
def test_differences_are_empty_exactly_when_the_ids_are_equal(one, other):
    assert (not one.differences(other)) == (one.id == other.id) == (one == other)


@pytest.mark.parametrize("text", ["", "m", "/384", "m/", "m/0384567", "a\nb/3", "384", "normalized"])
def test_what_is_no_id(text):
    with pytest.raises(InvalidRequestError) as caught:
        VectorSpace.parse(text)
    assert caught.value.param == "space"


def test_a_shorter_length_is_held_against_the_expected_one():
    full = VectorSpace("m", 1536, normalized=True)
    check_space(EmbedRequest("m", (), dimensions=256, expect_space=VectorSpace("m", 256, normalized=True)), full)
    with pytest.raises(VectorSpaceError, match="dimensions 256 and not 1536"):
        check_space(EmbedRequest("m", (), dimensions=256, expect_space=full), full)


def test_a_call_that_expects_its_space_gets_it_and_any_other_is_refused():
    first = embedding("local:all-minilm-l6-v2", "a cat")
    again = embedding("local:all-minilm-l6-v2", "a cat", expect_space=first.space)
    assert (again.vectors == first.vectors).all()
    with pytest.raises(VectorSpaceError) as caught:
        embedding("local:all-minilm-l6-v2", "a cat", expect_space="other-model/384/mean/normalized")
    assert (caught.value.status, caught.value.code) == (412, "vector_space_mismatch")
    with pytest.raises(InvalidRequestError) as wrong:
        embedding("local:all-minilm-l6-v2", "a cat", expect_space="no space")
    assert wrong.value.param == "expect_space"
