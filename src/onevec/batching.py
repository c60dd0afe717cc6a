"""Cut a list into parts that a provider or an engine takes, and put the parts' results back in order."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from typing import TypeVar

import numpy as np

from onevec.errors import InvalidResponseError
from onevec.types import EmbedResult, Usage

T = TypeVar("T")


def split(sizes: Sequence[int], max_items: int, max_size: int | None = None) -> list[slice]:
    """Consecutive slices of at most `max_items` items whose sizes add up to at most `max_size`.

    An item that is larger than `max_size` alone has a slice of its own.

    >>> split([1, 1, 5, 1, 9], max_items=2, max_size=6)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    cuts, start, total = [0], 0, 0
    for i, size in enumerate(sizes):
        if i > start and (i - start >= max_items or (max_size is not None and total + size > max_size)):
            cuts.append(i)
            start, total = i, 0
        total += size
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(sizes)], strict=True) if b > a]


def by_padded_tokens(lengths: Sequence[int], budget: int, max_rows: int = 1024) -> list[list[int]]:
    """Batches of indices, longest first, whose rows padded to the longest hold at most `budget` tokens.

    A text that is longer than the budget alone has a batch of its own. Every index is in exactly one batch.

    >>> by_padded_tokens([3, 100, 4, 90], budget=200)
    [[1, 3], [2, 0]]
    """
    batches: list[list[int]] = []
    width = 0
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and (len(batches[-1]) + 1) * width <= budget and len(batches[-1]) < max_rows:
            batches[-1].append(i)
        else:
            batches.append([i])
            width = lengths[i]
    return batches


def merge(parts: Sequence[EmbedResult]) -> EmbedResult:
    """One result of consecutive parts: rows in order, usage added up.

    Raises:
        InvalidResponseError: parts are in different spaces: the model was changed between them.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    if strange := next((part.space for part in parts if part.space != first.space), None):
        raise InvalidResponseError(
            f"answered parts of one request with vectors of two spaces, {first.space} and {strange}: try again",
            code="vector_space_mismatch",
        )
    vectors = np.concatenate([part.vectors for part in parts])
    pairs = next((part.pairs for part in parts if part.pairs), None)
    return EmbedResult(vectors, first.model, add_usage(part.usage for part in parts), first.space, pairs)


def add_usage(usages: Iterable[Usage]) -> Usage:
    """The sum; None as soon as one part does not know, because a sum of some is not the usage."""
    listed = list(usages)

    def total(values: Iterable[int | None]) -> int | None:
        known = list(values)
        return None if None in known else sum(value for value in known if value is not None)

    return Usage(
        total(u.prompt_tokens for u in listed),
        total(u.total_tokens for u in listed),
        any(u.estimated for u in listed),
        sum(u.cached_tokens for u in listed),
    )


def flatten(nested: Sequence[Sequence[T]]) -> tuple[list[T], list[int]]:
    """All pieces in one list, and for each owner the index of its first piece (for `np.add.reduceat`).

    >>> flatten([["a"], ["b1", "b2"], ["c"]])
    (['a', 'b1', 'b2', 'c'], [0, 1, 3])
    """
    starts = [0, *accumulate(len(pieces) for pieces in nested)][:-1]
    return list(chain.from_iterable(nested)), starts
