"""Texts longer than the model: an error, the beginning of the text, or chunks whose vectors are merged to one.

Chunks end at sentences where they can, at words or characters where they must; `semantic-text-splitter` cuts them, by
the model's own token count, so that every chunk fits exactly as it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from semantic_text_splitter import TextSplitter

from onevec import vectors as vec
from onevec.errors import ContextLengthExceededError
from onevec.types import Overflow, TextInput, Tokenizer
from onevec.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Fitter:
    """Makes texts fit a model.

    Attributes:
        tokenizer: The model's.
        limit: The most tokens that the model reads, special ones included.
        overflow: What to do with a longer text.
        prompt: What the model wants before each text; every chunk begins with it.
    """

    tokenizer: Tokenizer
    limit: int
    overflow: Overflow
    prompt: str = ""

    def size(self, piece: str) -> int:
        """Tokens of a piece as it would be sent, prompt and special ones included."""
        return self.tokenizer.count([self.prompt + piece])[0]

    def fit(self, text: str, tokens: int, index: int) -> list[str]:
        """The pieces of a text that the model can read, prompt included: all of it, its beginning, or its chunks.

        Args:
            text: The text, without the prompt.
            tokens: Its length in tokens, prompt and special ones included.
            index: Where it stands in the request, for the error.

        Raises:
            ContextLengthExceededError: it is longer and `overflow` is ``error``; the message gives both figures.
        """
        if tokens <= self.limit:
            return [self.prompt + text]
        return _OVERFLOW[self.overflow](self, text, tokens, index)

    def pieces(self, one: TextInput, index: int) -> list[TextInput]:
        """As `fit`, for a text or for the token ids of one, which have no sentences and are cut where they must be.

        Raises:
            ContextLengthExceededError: as `fit`.
        """
        if isinstance(one, str):
            return list(self.fit(one, self.size(one), index))
        if len(one) <= self.limit:
            return [one]
        if self.overflow is Overflow.ERROR:
            raise ContextLengthExceededError(
                f"inputs[{index}] has {len(one)} tokens and the model reads {self.limit}: shorten it",
                remedy=", or pass overflow='truncate' or overflow='chunk'",
                loc=("inputs", index),
            )
        chunks: list[TextInput] = [one[at : at + self.limit] for at in range(0, len(one), self.limit)]
        return chunks[:1] if self.overflow is Overflow.TRUNCATE else chunks


def _refuse(fitter: Fitter, text: str, tokens: int, index: int) -> list[str]:
    raise ContextLengthExceededError(
        f"inputs[{index}] has {tokens} tokens and the model reads {fitter.limit}: shorten it",
        remedy=", or pass overflow='truncate' (its beginning) or overflow='chunk' (all of it, in parts whose vectors "
        "are averaged)",
        loc=("inputs", index),
        value=f"{text[:40]}…",
    )


def _truncate(fitter: Fitter, text: str, _tokens: int, _index: int) -> list[str]:
    return [fitter.tokenizer.truncate(fitter.prompt + text, fitter.limit)]


def _chunk(fitter: Fitter, text: str, tokens: int, index: int) -> list[str]:
    overhead = fitter.size("")
    if overhead >= fitter.limit:
        return _refuse(fitter, text, tokens, index)
    splitter = TextSplitter.from_callback(lambda piece: fitter.size(piece) - overhead, fitter.limit - overhead)
    pieces = [piece for chunk in splitter.chunks(text) for piece in _halved(fitter, chunk)]
    # Nothing is left of a text of white space alone: then its beginning stands for it.
    return [fitter.prompt + piece for piece in pieces] or _truncate(fitter, text, tokens, index)


def _halved(fitter: Fitter, piece: str) -> list[str]:
    """The piece, cut until it fits: the splitter takes a text of few characters for one of few tokens."""
    if len(piece) < 2 or fitter.size(piece) <= fitter.limit:
        return [piece]
    middle = len(piece) // 2
    return [half for part in (piece[:middle], piece[middle:]) if part.strip() for half in _halved(fitter, part)]


_OVERFLOW: Mapping[Overflow, Callable[[Fitter, str, int, int], list[str]]] = {
    Overflow.ERROR: _refuse,
    Overflow.TRUNCATE: _truncate,
    Overflow.CHUNK: _chunk,
}


def chunk_spans(text: str, size: Callable[[str], int], most: int) -> list[tuple[int, int]]:
    """Where a text is cut into chunks of at most `most` tokens: first character and the one behind the last of each.

    Args:
        text: The text.
        size: Tokens of a piece of it.
        most: Tokens of a chunk; a single character may have more.
    """
    chunks = TextSplitter.from_callback(size, most).chunk_indices(text)
    return [(start, start + len(chunk)) for start, chunk in chunks] or [(0, len(text))]


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
