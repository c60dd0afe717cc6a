"""Texts longer than the model: an error, the beginning of the text, or chunks whose vectors are merged to one.

Chunks end at sentences where they can, at words or characters where they must; `semantic-text-splitter` cuts them, by
the model's own token count, so that every chunk fits exactly as it is sent.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from semantic_text_splitter import TextSplitter

from onevec import vectors as vec
from onevec.errors import ContextLengthExceededError
from onevec.types import Overflow, Tokenizer
from onevec.vectors import Vectors


def fit(text: str, tokens: int, limit: int, overflow: Overflow, tokenizer: Tokenizer, *, index: int) -> list[str]:
    """The pieces of a text that the model can read: the text itself, its beginning, or its chunks.

    Args:
        text: The text as the model would see it, prompt included.
        tokens: Its length in tokens, special ones included.
        limit: The most that the model reads.
        overflow: What to do when it is longer.
        tokenizer: The model's.
        index: Where the text stands in the request, for the error.

    Raises:
        ContextLengthExceededError: it is longer and `overflow` is ``error``; the message gives both figures.
    """
    return [text] if tokens <= limit else _OVERFLOW[overflow](text, tokens, limit, tokenizer, index)


def _refuse(text: str, tokens: int, limit: int, _tokenizer: Tokenizer, index: int) -> list[str]:
    raise ContextLengthExceededError(
        f"inputs[{index}] has {tokens} tokens and the model reads {limit}: shorten it, or pass "
        "overflow='truncate' (its beginning) or overflow='chunk' (all of it, in parts whose vectors are averaged)",
        loc=("inputs", index),
        value=f"{text[:40]}…",
    )


def _truncate(text: str, _tokens: int, limit: int, tokenizer: Tokenizer, _index: int) -> list[str]:
    return [tokenizer.truncate(text, limit)]


def _chunk(text: str, _tokens: int, limit: int, tokenizer: Tokenizer, _index: int) -> list[str]:
    splitter = TextSplitter.from_callback(lambda piece: tokenizer.count([piece])[0], limit)
    return list(splitter.chunks(text))


_OVERFLOW: Mapping[Overflow, Callable[[str, int, int, Tokenizer, int], list[str]]] = {
    Overflow.ERROR: _refuse,
    Overflow.TRUNCATE: _truncate,
    Overflow.CHUNK: _chunk,
}


def merge_chunks(
    vectors: Vectors, starts: Sequence[int], tokens: Sequence[int], *, normalized: bool | None = True
) -> Vectors:
    """One vector a text from the vectors of its chunks: their mean weighted by tokens, at length one.

    Args:
        vectors: Shape (chunks, d).
        starts: For each text the index of its first chunk.
        tokens: Length of each chunk.
        normalized: False for a model whose own vectors are not of length one; theirs then stay as they are.
    """
    if len(starts) == len(vectors):
        return vectors
    weights = np.asarray(tokens, dtype=np.float32)
    sums = np.add.reduceat(vectors * weights[:, None], starts, axis=0)
    means: Vectors = np.divide(sums, np.add.reduceat(weights, starts)[:, None], dtype=np.float32)
    whole = np.diff([*starts, len(vectors)]) == 1
    merged = means if normalized is False else vec.normalize(means)
    merged[whole] = vectors[np.asarray(starts)[whole]]
    return merged
