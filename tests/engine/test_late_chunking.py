"""One pass over a text, a vector for each chunk of it."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onevec import embedding
from onevec.errors import ContextLengthExceededError, InvalidRequestError, UnsupportedParameterError
from onevec.types import Chunk, LateChunking, Overflow
from onevec.vectors import normalize

TEXT = " ".join(f"Sentence number {i} is about the {word}." for i, word in enumerate(["sea", "moon", "tax law"] * 6))
SMALL = LateChunking(24)


def test_chunks_end_at_sentences_and_say_where_they_are(bundled, ask):
    result = ask(bundled, "short one", TEXT, chunking=SMALL)

    first, *rest = result.chunks
    assert first == Chunk(0, 0, 9)
    assert len(rest) > 3
    assert len(result.vectors) == len(result.chunks)
    parts = [TEXT[chunk.start : chunk.end] for chunk in rest]
    assert {chunk.input for chunk in rest} == {1}
    assert " ".join(parts) == TEXT
    assert all(part.startswith("Sentence") and part.endswith(".") for part in parts)
    assert np.linalg.norm(result.vectors, axis=1) == pytest.approx(np.ones(len(result.vectors)), abs=1e-5)


def test_a_text_of_one_chunk_has_its_plain_vector(bundled, ask):
    late, plain = ask(bundled, "otters at sea", TEXT, chunking=LateChunking(250)), ask(bundled, "otters at sea", TEXT)

    assert np.abs(late.vectors - plain.vectors).max() <= 1e-6
    assert late.usage == plain.usage


def test_a_chunk_knows_its_neighbours(bundled, ask):
    """The same words have another vector in another text: that is what late chunking is for."""
    sentence = "It is very large."
    sea, tax = (f"The {subject} is here. {sentence}" for subject in ("whale in the sea", "corporate tax"))

    alone, in_sea, in_tax = (ask(bundled, text, chunking=LateChunking(8)).vectors[-1] for text in (sentence, sea, tax))
    whale = ask(bundled, "a whale").vectors[0]

    assert in_sea @ whale > in_tax @ whale + 0.1
    assert in_sea @ whale > alone @ whale + 0.1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text("ab .,!数🚀\n\té", min_size=1, max_size=80), min_size=1, max_size=5), most=st.integers(1, 40)
)
def test_every_chunk_has_a_vector_whatever_the_text(texts, most, bundled, ask):
    result = ask(bundled, *texts, chunking=LateChunking(most), overflow=Overflow.TRUNCATE)

    assert len(result.vectors) == len(result.chunks)
    assert normalize(result.vectors) == pytest.approx(result.vectors, abs=1e-5)
    assert [chunk.input for chunk in result.chunks] == sorted(chunk.input for chunk in result.chunks)
    assert {chunk.input for chunk in result.chunks} == set(range(len(texts)))
    for before, after in zip(result.chunks, result.chunks[1:], strict=False):
        assert before.input != after.input or before.end <= after.start
    for chunk in result.chunks:
        assert 0 <= chunk.start < chunk.end <= len(texts[chunk.input])


def test_prompts_shift_no_offsets(bundled, ask):
    plain, prompted = (ask(bundled, TEXT, chunking=SMALL, prompt=prompt) for prompt in (None, "passage: "))

    assert plain.chunks == prompted.chunks


def test_chunks_of_many_texts_are_the_chunks_of_each(bundled, ask):
    texts = [TEXT[: 60 * n] for n in range(1, 12)]
    together = ask(bundled, *texts, chunking=SMALL)
    alone = [ask(bundled, text, chunking=SMALL) for text in texts]

    assert np.abs(together.vectors - np.concatenate([one.vectors for one in alone])).max() <= 1e-6
    assert [(c.start, c.end) for c in together.chunks] == [(c.start, c.end) for one in alone for c in one.chunks]


def test_texts_too_long_for_one_pass(bundled, ask):
    with pytest.raises(ContextLengthExceededError, match=r"inputs\[0\]"):
        ask(bundled, TEXT * 9, chunking=SMALL)
    with pytest.raises(InvalidRequestError, match="one pass"):
        ask(bundled, TEXT * 9, chunking=SMALL, overflow=Overflow.CHUNK)
    cut = ask(bundled, TEXT * 9, chunking=SMALL, overflow=Overflow.TRUNCATE)
    assert cut.usage.prompt_tokens == 256
    assert cut.chunks[-1].end < len(TEXT * 9)


def test_who_has_none_says_so(tiny, bundled, ask):
    assert not tiny.capabilities.late_chunking
    with pytest.raises(UnsupportedParameterError, match="mean pooling") as caught:
        ask(tiny, "a text", chunking=SMALL)
    assert caught.value.param == "chunking"
    with pytest.raises(UnsupportedParameterError, match="openai:"):
        embedding("openai:text-embedding-3-small", "a", chunking="late", api_key="k")
    with pytest.raises(InvalidRequestError, match="token ids"):
        ask(bundled, (101, 102), chunking=SMALL)


def test_the_function_has_it():
    response = embedding("local:all-minilm-l6-v2", TEXT, chunking="late", chunk_tokens=24)

    assert len(response.vectors) == len(response.chunks) == len(response.data)
    assert embedding("local:all-minilm-l6-v2", "a").chunks is None


@pytest.mark.parametrize(
    "wrong",
    [{"chunking": "early"}, {"chunk_tokens": 9}, {"chunking": "late", "chunk_tokens": 0}, {"chunking": True}],
)
def test_wrong_arguments_are_named(wrong):
    with pytest.raises(InvalidRequestError, match="chunk"):
        embedding("local:all-minilm-l6-v2", "a", **wrong)
