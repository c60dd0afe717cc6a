"""From token ids to the arrays that a graph takes, and from its output back to texts.

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
    """One text as the model reads it: token ids, special ones included; the first `unpooled` are not pooled."""

    ids: Sequence[int]
    unpooled: int = 0

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One run of the graph: its input arrays by name, and for each text the row of the output that is its vector."""

    arrays: Mapping[str, NDArray[Any]]
    rows: NDArray[np.intp]

    def vectors(self, output: Vectors) -> Vectors:
        """The texts' vectors, in the order in which they were given to the batcher."""
        return output[self.rows]


class Batcher(Protocol):
    """Decides which texts share a batch, and lays them out."""

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Groups of indices, every index in exactly one."""

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """The arrays of one group."""


@dataclass(frozen=True, slots=True)
class PaddedBatcher:
    """A row a text, padded to the longest: for :func:`onevec.engine.graphs.padded_inputs`.

    Attributes:
        budget: Tokens of a batch, padding included. About a thousand keep a batch in the processor's cache.
    """

    budget: int = 1024

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Texts of like length together, longest first."""
        return by_padded_tokens(lengths, self.budget)

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """`ids` (texts, longest), `lengths` (texts,) and `unpooled` (texts,), all int32."""
        lengths = np.fromiter((len(text) for text in texts), np.int32, len(texts))
        ids = np.zeros((len(texts), max(1, int(lengths.max()))), np.int32)
        for row, text in zip(ids, texts, strict=True):
            row[: len(text)] = text.ids
        unpooled = np.fromiter((text.unpooled for text in texts), np.int32, len(texts))
        return Batch({"ids": ids, "lengths": lengths, "unpooled": unpooled}, np.arange(len(texts)))
