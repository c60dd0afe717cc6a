import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec import vectors as vec
from onevec.errors import (
    ConfigurationError,
    ContentFilterError,
    InvalidRequestError,
    OnevecError,
    UnsupportedParameterError,
)
from onevec.gateway.wrappers.content_filter import Filtered, find_judge
from onevec.gateway.wrappers.intake import Intake
from onevec.gateway.wrappers.prompts import Prompted
from onevec.gateway.wrappers.shape import Shaped
from onevec.images import ImageInput
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Encoding, InputType, Overflow


def request(*inputs, **more):
    return EmbedRequest("m", inputs, **more)


async def seen(wrap, asked):
    """What the inner embedder was asked, blocking and async, which must be the same."""
    inner = FakeEmbedder()
    wrapped = wrap(inner)
    blocking = wrapped.embed(asked)
    result = await wrapped.aembed(asked)
    assert np.array_equal(blocking.vectors, result.vectors)
    first, second = inner.requests
    assert first == second
    return first


async def refused(wrap, asked, kind):
    inner = FakeEmbedder()
    wrapped = wrap(inner)
    with pytest.raises(kind):
        wrapped.embed(asked)
    with pytest.raises(kind) as caught:
        await wrapped.aembed(asked)
    assert inner.requests == []
    return caught.value


@given(st.integers(1, 5), st.integers(1, 8))
async def test_more_inputs_than_the_deployment_takes_are_refused(limit, count):
    asked = request(*("x" * count))
    if count <= limit:
        assert await seen(lambda inner: Intake(inner, limit), asked) == asked
    else:
        error = await refused(lambda inner: Intake(inner, limit), asked, InvalidRequestError)
        assert (error.status, error.param, error.loc) == (400, "inputs", ("inputs", limit))


GIF = ImageInput(b"GIF89a")


async def test_more_images_than_the_deployment_takes_are_refused():
    asked = request("a", GIF, "b", GIF)
    assert await seen(lambda inner: Intake(inner, 4, max_images=2), asked) == asked
    error = await refused(lambda inner: Intake(inner, 4, max_images=1), asked, InvalidRequestError)
    assert (error.status, error.loc, error.value) == (400, ("inputs", 3), "2 images")


async def test_a_filter_of_texts_takes_no_image():
    for one in (GIF, ImageInput(b"GIF89a", "fine")):
        error = await refused(lambda inner: Filtered(inner, ("x",)), request("fine", one), UnsupportedParameterError)
        assert error.loc == ("input", 1)


async def test_an_image_needs_no_prompt():
    got = await seen(
        lambda inner: Prompted(inner, {InputType.QUERY: "query: "}), request("a", GIF, input_type=InputType.QUERY)
    )
    assert (got.inputs, got.prompt, got.input_type) == (("a", GIF), "query: ", None)


@pytest.mark.parametrize("default", Overflow)
@pytest.mark.parametrize("asked", Overflow)
async def test_the_deployment_s_overflow_holds_where_the_caller_says_nothing(default, asked):
    got = await seen(lambda inner: Intake(inner, 10, default), request("x", overflow=asked))
    assert got.overflow is (default if asked is Overflow.ERROR else asked)


PROMPTS = {InputType.QUERY: "query: ", InputType.TEXT: ""}


@pytest.mark.parametrize(
    ("kind", "prompt", "kind_inside"),
    [
        (InputType.QUERY, "query: ", None),
        (InputType.DOCUMENT, None, InputType.DOCUMENT),
        (InputType.TEXT, "", None),
        (None, "", None),
    ],
)
async def test_a_prompt_goes_before_texts_of_its_type(kind, prompt, kind_inside):
    got = await seen(lambda inner: Prompted(inner, PROMPTS), request("a", "b", input_type=kind))
    assert (got.inputs, got.prompt, got.input_type) == (("a", "b"), prompt, kind_inside)


async def test_token_ids_carry_no_prompt():
    error = await refused(
        lambda inner: Prompted(inner, PROMPTS), request((1, 2), input_type=InputType.QUERY), UnsupportedParameterError
    )
    assert (error.status, error.loc) == (422, ("input", 0))
    assert (await seen(lambda inner: Prompted(inner, PROMPTS), request((1, 2)))).inputs == ((1, 2),)


def test_a_prompt_adds_its_input_type():
    class Plain(FakeEmbedder):
        @property
        def capabilities(self):
            from dataclasses import replace

            return replace(super().capabilities, input_types=frozenset({InputType.TEXT}))

    assert Prompted(Plain(), {InputType.QUERY: "q"}).capabilities.input_types == {InputType.TEXT, InputType.QUERY}


@given(st.integers(1, 16))
async def test_any_length_is_cut_here_and_normalised(dimensions):
    inner = FakeEmbedder()
    shaped = Shaped(inner, any_dimensions=True)
    full = inner.embed(request("a", "b")).vectors
    result = await shaped.aembed(request("a", "b", dimensions=dimensions))
    assert inner.requests[-1].dimensions is None
    np.testing.assert_allclose(result.vectors, vec.truncate(full, dimensions), atol=1e-6)
    assert result.space.dimensions == result.vectors.shape[1] == dimensions
    assert np.array_equal(shaped.embed(request("a", "b", dimensions=dimensions)).vectors, result.vectors)
    assert shaped.capabilities.any_truncation


async def test_more_dimensions_than_there_are_cannot_be_had():
    error = await refused(
        lambda inner: Shaped(inner, any_dimensions=True), request("a", dimensions=17), UnsupportedParameterError
    )
    assert (error.status, error.param, error.value) == (422, "dimensions", "17")


async def test_the_trained_lengths_are_the_model_s_affair():
    got = await seen(lambda inner: Shaped(inner, int8_scale=0.5), request("a", dimensions=4))
    assert got.dimensions == 4


@pytest.mark.parametrize(
    ("encoding", "inside"), [(Encoding.INT8, None), (Encoding.UINT8, None), (Encoding.BINARY, Encoding.BINARY)]
)
async def test_a_scale_of_the_operator_s_makes_codes_possible(encoding, inside):
    got = await seen(lambda inner: Shaped(inner, int8_scale=0.5), request("a", encoding=encoding))
    assert got.encoding is inside
    assert Shaped(FakeEmbedder(), int8_scale=0.5).capabilities.int8_scale == 0.5


async def test_codes_without_any_scale_are_refused():
    asked = request("a", encoding=Encoding.INT8)
    wrap = lambda _: Shaped(FakeEmbedder(int8_scale=None), any_dimensions=True)  # noqa: E731
    assert (await refused(wrap, asked, UnsupportedParameterError)).param == "encoding_format"


async def test_a_pattern_refuses_a_text():
    wrap = lambda inner: Filtered(inner, ["(?i)secret", "^x$"])  # noqa: E731
    assert (await seen(wrap, request("plain", "xx"))).inputs == ("plain", "xx")
    error = await refused(wrap, request("plain", "a SECRET one"), ContentFilterError)
    assert (error.status, error.code, error.param, error.loc) == (400, "content_filter", "input", ("input", 1))
    assert "SECRET" not in error.message
    assert error.value is None
    await refused(wrap, request("x"), ContentFilterError)


async def test_token_ids_cannot_be_read_so_they_are_refused():
    error = await refused(lambda inner: Filtered(inner, ["a"]), request("b", (1, 2)), UnsupportedParameterError)
    assert error.loc == ("input", 1)


async def test_a_judge_refuses_a_text_and_does_not_hold_up_the_event_loop():
    threads = set()

    def judge(text):
        threads.add(threading.current_thread() is threading.main_thread())
        return text == "bad"

    inner = FakeEmbedder()
    filtered = Filtered(inner, judge=judge)
    await filtered.aembed(request("good"))
    with pytest.raises(ContentFilterError) as caught:
        await filtered.aembed(request("good", "bad"))
    assert caught.value.loc == ("input", 1)
    assert threads == {False}
    assert len(inner.requests) == 1


async def test_a_judge_that_fails_lets_nothing_through():
    def judge(text):
        raise RuntimeError(f"cannot judge {text}")

    error = await refused(lambda inner: Filtered(inner, judge=judge), request("private"), OnevecError)
    assert (error.status, error.code) == (500, "content_filter_failed")
    assert "private" not in error.message


@pytest.mark.parametrize(
    ("entry_point", "message"),
    [
        ("no_such_module:f", "cannot be imported"),
        ("os.path:no_such", "has no no_such"),
        ("os.path:sep", "plain function"),
        ("asyncio:sleep", "plain function"),
    ],
)
def test_a_judge_that_is_not_there_is_found_out_at_the_start(entry_point, message):
    with pytest.raises(ConfigurationError, match=message):
        find_judge(entry_point)


def test_a_judge_is_found():
    import keyword

    assert find_judge("keyword:iskeyword") is keyword.iskeyword
