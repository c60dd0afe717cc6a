"""The nearest of many vectors, found by looking at every one: exact, a block at a time."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from onevec.vectors import normalize

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Found(NamedTuple):
    """One of the nearest.

    Attributes:
        score: Cosine similarity.
        row: Its number among all rows, from 0.
    """

    score: float
    row: int


class Nearest:
    """Keeps the best of all that it is shown; of equals the one that came first.

    >>> nearest = Nearest(np.array([1, 0], np.float32), 2)
    >>> nearest.see(np.array([[0, 1], [1, 0]], np.float32))
    >>> nearest.see(np.array([[2, 0]], np.float32))
    >>> nearest.best
    [Found(score=1.0, row=1), Found(score=1.0, row=2)]

    Args:
        query: float32 of shape (d,).
        k: How many to keep.
    """

    def __init__(self, query: "NDArray[np.float32]", k: int) -> None:
        self._query = normalize(query[None, :])[0]
        self._k = k
        self._seen = 0
        self._best: list[Found] = []

    def see(self, vectors: "NDArray[np.float32]") -> None:
        """Compare a block of shape (n, d)."""
        # Not vectors.cosine(), which makes a copy of the block to normalise it.
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        scores = np.divide(vectors @ self._query, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        found = [Found(float(scores[row]), self._seen + int(row)) for row in _largest(scores, self._k)]
        self._best = sorted([*self._best, *found], key=lambda one: (-one.score, one.row))[: self._k]
        self._seen += len(vectors)

    @property
    def best(self) -> list[Found]:
        """The nearest so far, best first."""
        return [*self._best]


def _largest(scores: "NDArray[np.float32]", k: int) -> "NDArray[np.intp]":
    """Where the `k` largest are, in the order of the rows among equals.

    >>> _largest(np.array([0.5, 0.9, 0.5, 0.1], np.float32), 2).tolist()
    [1, 0]
    """
    rows = np.arange(len(scores))
    if k < len(scores):  # to sort a whole block would take longer than to compare it
        rows = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
    return rows[np.argsort(-scores[rows], kind="stable")][:k]
