"""The embedder: what it gives, what it refuses, and that a text's vector is its own whoever it is batched with."""

import asyncio
import shutil
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onevec.engine import LocalOptions, load
from onevec.errors import (
    ContextLengthExceededError,
    InvalidRequestError,
    ModelError,
    UnsupportedParameterError,
)
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest, InputType, Overflow
from onevec.vectors import normalize, truncate

WORDS = ["water", "stone", "数据", "embedding", "running", "Vögel", "42", "the", "of", "🚀", "unbelievable", ","]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=120).map(" ".join)
mates = st.lists(texts, min_size=1, max_size=12)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(text=texts, mates=mates, place=st.integers(0, 12))
def test_in_f32_a_text_has_its_vector_whatever_is_in_the_batch(text, mates, place, bundled, ask):
    alone = ask(bundled, text).vectors[0]
    place = min(place, len(mates))

    together = ask(bundled, *mates[:place], text, *mates[place:]).vectors[place]

    assert np.abs(alone - together).max() <= 1e-6


@few
@given(text=texts, neighbours=mates)
def test_neighbours_in_a_row_do_not_leak(text, neighbours, bundled, ask):
    """The same rows, with other neighbours of the same lengths: ids that nobody would write."""
    ids = bundled.tokenizer.encode([text, *neighbours])
    other = [[*range(1000 + i, 1000 + i + len(one))] for i, one in enumerate(ids[1:])]

    one = ask(bundled, *map(tuple, ids)).vectors[0]
    two = ask(bundled, tuple(ids[0]), *map(tuple, other)).vectors[0]

    assert np.abs(one - two).max() <= 1e-6


@few
@given(text=texts, mates=mates)
def test_in_the_native_precision_a_text_has_its_vector_whatever_is_in_the_batch(text, mates, bundled_auto, ask):
    alone = ask(bundled_auto, text).vectors
    together = ask(bundled_auto, *mates, text).vectors[-1:]

    assert (normalize(alone) * normalize(together)).sum() >= 0.99999


def test_a_result_says_what_it_is(bundled, ask):
    result = ask(bundled, "First sentence", "Second sentence")

    assert result.vectors.shape == (2, 384)
    assert result.vectors.dtype == np.float32
    assert result.vectors.flags.c_contiguous
    assert np.linalg.norm(result.vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert (result.usage.prompt_tokens, result.usage.total_tokens, result.usage.estimated) == (8, 8, False)
    assert result.space == VectorSpace(
        "all-minilm-l6-v2", 384, revision="sha256:53aa51172d14", normalized=True, pooling="mean"
    )
    assert bundled.capabilities.max_input_tokens == 256
    assert bundled.capabilities.int8_scale == pytest.approx(0.204, abs=0.002)


def test_meaning_is_near(bundled, ask):
    otter, animal, tax = ask(bundled, "A cute baby sea otter", "a small furry animal", "corporate tax law").vectors

    assert otter @ animal > otter @ tax + 0.2


async def test_the_async_twin_gives_the_same(bundled, ask):
    request = EmbedRequest("m", ("a text", "another " * 80))

    assert np.array_equal((await bundled.aembed(request)).vectors, bundled.embed(request).vectors)


async def test_a_large_input_is_tokenised_off_the_loop(bundled, ask):
    """The loop turns while the request is prepared: a task that only yields gets ahead of it."""
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    spinning = asyncio.create_task(turn())
    result = await bundled.aembed(EmbedRequest("m", tuple(f"text number {i} of many" for i in range(500))))
    spinning.cancel()

    assert len(result.vectors) == 500
    assert turns > 10


async def test_many_tasks_and_threads_get_their_own_vectors(bundled, ask):
    inputs = [f"sentence {'very ' * (i % 40)} {i}" for i in range(64)]
    expected = ask(bundled, *inputs).vectors
    found: dict[int, np.ndarray] = {}

    def one(i: int) -> None:
        found[i] = ask(bundled, inputs[i]).vectors[0]

    threads = [threading.Thread(target=one, args=(i,)) for i in range(0, 64, 2)]
    for thread in threads:
        thread.start()
    results = await asyncio.gather(*(bundled.aembed(EmbedRequest("m", (inputs[i],))) for i in range(1, 64, 2)))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    found |= {2 * i + 1: result.vectors[0] for i, result in enumerate(results)}

    assert np.abs(np.stack([found[i] for i in range(64)]) - expected).max() <= 1e-6


def test_too_long_a_text_is_refused_with_both_figures(bundled, ask):
    with pytest.raises(
        ContextLengthExceededError, match=r"inputs\[1\] has 302 tokens and the model reads 256"
    ) as caught:
        ask(bundled, "short", "word " * 300)

    assert caught.value.loc == ("inputs", 1)


def test_chunks_are_averaged_by_their_tokens(bundled, ask):
    text = " ".join(f"Sentence number {i} talks about topic {i % 7}." for i in range(100))

    result = ask(bundled, "short", text, overflow=Overflow.CHUNK)

    whole, beginning = result.vectors[1], ask(bundled, text, overflow=Overflow.TRUNCATE).vectors[0]
    assert np.linalg.norm(whole) == pytest.approx(1, abs=1e-5)
    assert 0.5 < whole @ beginning < 0.999
    assert result.usage.prompt_tokens > len(text.split())


@pytest.mark.parametrize("input_type", [InputType.QUERY, InputType.DOCUMENT])
def test_an_input_type_that_the_model_does_not_know_is_refused(input_type, bundled, ask):
    with pytest.raises(UnsupportedParameterError, match="allows text") as caught:
        ask(bundled, "a", input_type=input_type)

    assert (caught.value.status, caught.value.param) == (422, "input_type")
    assert bundled.capabilities.input_types == {InputType.TEXT}


@pytest.mark.parametrize("dimensions", [1, 128, 383, 385, 4096])
def test_lengths_that_the_model_was_not_trained_for_are_refused(dimensions, bundled, ask):
    with pytest.raises(UnsupportedParameterError, match="only 384"):
        ask(bundled, "a", dimensions=dimensions)


def test_its_own_length_is_fine(bundled, ask):
    assert np.array_equal(ask(bundled, "a", dimensions=384).vectors, ask(bundled, "a").vectors)


def test_the_operator_may_vouch_for_shorter_vectors(tiny, golden, ask):
    options = LocalOptions(precision="f32", any_truncation=True)
    embedder = load(str(golden / "models" / "bert-cls-prompted"), options)
    try:
        short = ask(embedder, "a text", dimensions=8)
        with pytest.raises(UnsupportedParameterError, match="from 1 to 32"):
            ask(embedder, "a text", dimensions=33)
    finally:
        embedder.close()

    assert np.allclose(short.vectors, truncate(ask(tiny, "a text").vectors, 8), atol=1e-6)
    assert short.space.dimensions == 8
    assert short.space != embedder.space


def test_a_further_parameter_is_refused_by_name(bundled, ask):
    with pytest.raises(UnsupportedParameterError, match="'user'") as caught:
        ask(bundled, "a", extra={"user": "me"})

    assert caught.value.param == "user"


def test_token_ids_are_read_as_they_are(bundled, ask):
    [ids] = bundled.tokenizer.encode(["Hello, world!"])

    result = ask(bundled, tuple(ids), "Hello, world!")

    assert np.abs(result.vectors[0] - result.vectors[1]).max() <= 1e-6
    assert result.usage.prompt_tokens == 2 * len(ids)


@pytest.mark.parametrize("token", [-1, 30522])
def test_a_token_outside_the_vocabulary_is_refused_with_its_place(token, bundled, ask):
    with pytest.raises(InvalidRequestError, match=r"inputs\[1\]\[2\]") as caught:
        ask(bundled, "a", (101, 7592, token, 102))

    assert caught.value.loc == ("inputs", 1, 2)


def test_too_many_token_ids(bundled, ask):
    ids = tuple(range(1000, 1300))

    with pytest.raises(ContextLengthExceededError, match="300 tokens"):
        ask(bundled, ids)
    cut = ask(bundled, ids, overflow=Overflow.TRUNCATE)
    assert np.abs(cut.vectors - ask(bundled, ids[:256]).vectors).max() <= 1e-6
    assert ask(bundled, ids, overflow=Overflow.CHUNK).usage.prompt_tokens == 300


def test_token_ids_cannot_have_a_prompt(tiny, ask):
    with pytest.raises(InvalidRequestError, match="prompt"):
        ask(tiny, (2, 5, 3), input_type=InputType.QUERY)


async def test_a_closed_model_says_so(golden, ask):
    embedder = load(str(golden / "models" / "bert-mean"))
    embedder.close()
    embedder.close()

    with pytest.raises(ModelError, match="closed"):
        ask(embedder, "a")
    with pytest.raises(ModelError, match="closed"):
        await embedder.aembed(EmbedRequest("m", ("a",)))
    with pytest.raises(ModelError, match="closed"):
        await embedder.aembed(EmbedRequest("m", ("a " * 5000,), overflow=Overflow.TRUNCATE))


def test_a_copy_of_a_model_elsewhere_has_the_same_space(golden, tmp_path):
    original = golden / "models" / "bert-mean"
    copy = shutil.copytree(original, tmp_path / "another-name")
    spaces = []
    for folder in (original, copy):
        embedder = load(str(folder))
        spaces.append(embedder.space)
        embedder.close()

    assert spaces[0] == spaces[1]
    assert spaces[0].id == spaces[1].id
    assert spaces[0].model == "bert"


def test_a_request_s_own_prompt_wins_and_goes_before_every_chunk(bundled, ask):
    text = "One more sentence about the sea. " * 60

    prompted = ask(bundled, "otter", prompt="query: ")
    assert np.abs(prompted.vectors - ask(bundled, "query: otter").vectors).max() <= 1e-6
    chunked = ask(bundled, text, prompt="query: ", overflow=Overflow.CHUNK)
    plain = ask(bundled, text, overflow=Overflow.CHUNK)
    extra = bundled.tokenizer.count(["query: a"])[0] - bundled.tokenizer.count(["a"])[0]
    assert chunked.usage.prompt_tokens - plain.usage.prompt_tokens >= 2 * extra


def test_an_empty_prompt_switches_the_model_s_own_off(golden, ask):
    embedder = load(str(golden / "models" / "bert-cls-prompted"))
    own = ask(embedder, "a", input_type=InputType.QUERY)
    off = ask(embedder, "a", input_type=InputType.QUERY, prompt="")
    plain = ask(embedder, "a")
    embedder.close()

    assert np.abs(off.vectors - plain.vectors).max() <= 1e-6
    assert np.abs(own.vectors - plain.vectors).max() > 1e-3
