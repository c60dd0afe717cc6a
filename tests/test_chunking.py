import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.chunking import Fitter, merge_chunks
from onevec.errors import ContextLengthExceededError
from onevec.types import Overflow


class Words:
    """A tokenizer: a token a word, and two special ones."""

    def count(self, texts):
        return [len(text.split()) + 2 for text in texts]

    def truncate(self, text, limit):
        return " ".join(text.split()[: limit - 2])


words = Words()
texts = st.lists(st.text("abc.", min_size=1, max_size=6), min_size=1, max_size=60).map(" ".join)


@given(texts, st.sampled_from(list(Overflow)))
def test_a_text_that_fits_stays_whole(text, overflow):
    tokens = words.count([text])[0]
    assert Fitter(words, tokens, overflow).fit(text, tokens, 0) == [text]


@given(texts, st.integers(5, 20))
def test_chunks_fit_and_lose_no_word(text, limit):
    fitter = Fitter(words, limit, Overflow.CHUNK, prompt="query: ")
    chunks = fitter.fit(text, words.count(["query: " + text])[0], 0)
    assert all(n <= limit for n in words.count(chunks))
    assert all(chunk.startswith("query: ") for chunk in chunks)
    assert " ".join(chunk.removeprefix("query: ") for chunk in chunks).split() == text.split()


def test_chunks_end_at_sentences():
    text = "One two three. Four five six. Seven eight nine."
    assert Fitter(words, 6, Overflow.CHUNK).fit(text, 11, 0) == [
        "One two three.",
        "Four five six.",
        "Seven eight nine.",
    ]


def test_truncation_keeps_the_beginning():
    assert Fitter(words, 4, Overflow.TRUNCATE, prompt="q: ").fit("a b c d", 7, 0) == ["q: a"]


@given(st.text("🚀数 a", min_size=1, max_size=30), st.integers(6, 20))
def test_characters_of_many_tokens_are_cut_until_they_fit(text, limit):
    class Bytes(Words):
        def count(self, texts):
            return [len(text.encode()) + 2 for text in texts]

        def truncate(self, text, limit):
            return text.encode()[: limit - 2].decode(errors="ignore")

    chunks = Fitter(Bytes(), limit, Overflow.CHUNK).fit(text, len(text.encode()) + 2, 0)
    assert all(len(chunk.encode()) + 2 <= limit for chunk in chunks)
    if text.strip():
        assert "".join("".join(chunks).split()) == "".join(text.split())


def test_a_prompt_longer_than_the_model_is_refused():
    with pytest.raises(ContextLengthExceededError):
        Fitter(words, 4, Overflow.CHUNK, prompt="one two three ").fit("a", 6, 0)


def test_the_error_gives_both_figures_and_the_place():
    with pytest.raises(ContextLengthExceededError, match=r"inputs\[3\] has 12 tokens and the model reads 8") as caught:
        Fitter(words, 8, Overflow.ERROR).fit("a " * 10, 12, 3)
    assert caught.value.loc == ("inputs", 3)


def test_white_space_alone_is_not_chunked_to_nothing():
    class Characters(Words):
        def count(self, texts):
            return [len(text) for text in texts]

        def truncate(self, text, limit):
            return text[:limit]

    assert Fitter(Characters(), 3, Overflow.CHUNK).fit("     ", 5, 0) == ["   "]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 2**31))
def test_merging_is_the_token_weighted_mean(counts, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(sum(counts), 5)).astype(np.float32)
    tokens = rng.integers(1, 50, sum(counts))
    starts = [0, *np.cumsum(counts)[:-1].tolist()]
    merged = merge_chunks(vectors, starts, tokens.tolist())
    assert merged.shape == (len(counts), 5)
    for i, (start, count) in enumerate(zip(starts, counts, strict=True)):
        own = slice(start, start + count)
        if count == 1:
            np.testing.assert_array_equal(merged[i], vectors[start])
        else:
            mean = np.average(vectors[own], axis=0, weights=tokens[own])
            np.testing.assert_allclose(merged[i], mean / np.linalg.norm(mean), atol=1e-5)


def test_a_model_without_normalisation_keeps_its_lengths():
    vectors = np.array([[2, 0], [4, 0]], np.float32)
    assert merge_chunks(vectors, [0], [1, 1], normalized=False).tolist() == [[3, 0]]
