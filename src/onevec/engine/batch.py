"""From token ids or pixels to the arrays that a graph takes, and from its output back to texts and images.

A batcher is the one place that knows both: which texts go together, what the graph's inputs look like, and which rows
of its output belong to which text. The scheduler sees only this seam, so another layout is another batcher.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onevec.batching import by_padded_tokens
from onevec.vectors import Vectors

Session: TypeAlias = Callable[[Mapping[str, NDArray[Any]]], Vectors]
"""Runs the arrays of one batch at a time through the graph, to its output (rows, d)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text as the model reads it.

    Attributes:
        ids: Token ids, special ones included.
        unpooled: So many at the beginning are not pooled.
        cuts: Where a further vector begins: each stands for the tokens from its cut to the next.
    """

    ids: Sequence[int]
    unpooled: int = 0
    cuts: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """One image as the model reads it: uint8 (height, width, 3), and how many patches it cuts it into."""

    array: NDArray[np.uint8]
    patches: int = 1

    def __len__(self) -> int:
        return self.patches


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One run of the graph: its input arrays by name, and which rows of its output are the texts' vectors."""

    arrays: Mapping[str, NDArray[Any]]
    rows: NDArray[np.intp]

    def vectors(self, output: Vectors) -> Vectors:
        """The texts' vectors, in the order in which they were given to the batcher."""
        return output[self.rows]


class Batcher(Protocol):
    """Decides which texts, or which images, share a batch, and lays them out."""

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Groups of indices, every index in exactly one."""

    def batch(self, texts: Sequence[Any]) -> Batch:
        """The arrays of one group."""


@dataclass(frozen=True, slots=True)
class FilledBatcher:
    """A row a text, all as long as the model reads: for models that read their padding, too.

    Attributes:
        width: The most tokens that the model reads.
        padding: The token that stands behind a text.
        budget: Tokens of a batch.
    """

    width: int
    padding: int
    budget: int = 1024

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Neighbours together."""
        return _neighbours(len(lengths), max(1, self.budget // self.width))

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """`ids` (texts, width), int32."""
        return Batch({"ids": _padded(texts, self.width, self.padding)}, np.arange(len(texts)))


@dataclass(frozen=True, slots=True)
class CausalBatcher:
    """A row a text, padded to the longest, for towers in which a token sees only those before it.

    Attributes:
        budget: Tokens of a batch, padding included.
    """

    budget: int = 1024

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Texts of like length together, longest first."""
        return by_padded_tokens(lengths, self.budget)

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """`ids` (texts, longest), int32."""
        return Batch({"ids": _padded(texts)}, np.arange(len(texts)))


@dataclass(frozen=True, slots=True)
class ImageBatcher:
    """Images of one size, in the order of their arrival.

    Attributes:
        most: Images of a batch. More than about 16 gain nothing, and the last of them wait longer.
    """

    most: int = 16

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Neighbours together."""
        return _neighbours(len(lengths), self.most)

    def batch(self, texts: Sequence[Pixels]) -> Batch:
        """`pixels` (images, height, width, 3), uint8."""
        return Batch({"pixels": np.stack([image.array for image in texts])}, np.arange(len(texts)))


def _neighbours(count: int, most: int) -> list[list[int]]:
    indices = range(count)
    return [list(indices[at : at + most]) for at in range(0, count, most)]


def _padded(texts: Sequence[Tokens], width: int = 1, padding: int = 0) -> NDArray[np.int32]:
    """Token ids (texts, longest), or wider."""
    ids = np.full((len(texts), max(width, *map(len, texts))), padding, np.int32)
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = text.ids
    return ids
