"""A batch that is refused for one of its rows: the row is found, and the others are embedded all the same."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from onevec.errors import (
    InvalidRequestError,
    OnevecError,
    UnsupportedParameterError,
    UnsupportedProviderError,
    VectorSpaceError,
)
from onevec.types import EmbedResult, Input

OF_THE_CALL = (UnsupportedParameterError, UnsupportedProviderError, VectorSpaceError)
"""Refusals that every row would meet."""


@dataclass(slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        results: Of consecutive rows, with the number of the first.
        failed: Rows that were refused, and why.
    """

    results: list[tuple[int, EmbedResult]] = field(default_factory=list)
    failed: dict[int, OnevecError] = field(default_factory=dict)


async def embed_each(inputs: Sequence[Input], embed: Callable[[Sequence[Input]], Awaitable[EmbedResult]]) -> Outcome:
    """Embed inputs together; where one is refused, the rest without it.

    The refusal's own place is tried first, then halves, so that one culprit among n costs about log2(n) further calls.

    Raises:
        InvalidRequestError: every single input is refused and no refusal is about an input: so the call is wrong.
        OnevecError: any other failure.
    """
    outcome = Outcome()
    waiting = [(0, len(inputs))]
    while waiting:
        start, end = waiting.pop()
        try:
            outcome.results.append((start, await embed(inputs[start:end])))
        except OF_THE_CALL:
            raise
        except InvalidRequestError as exc:
            if end - start == 1:
                outcome.failed[start] = exc
            else:
                waiting.extend(reversed(_narrower(start, end, exc)))
    if len(inputs) > 1 and len(outcome.failed) == len(inputs):
        first = outcome.failed[0]
        if type(first) is InvalidRequestError:
            raise first
    outcome.results.sort(key=lambda one: one[0])
    return outcome


def _narrower(start: int, end: int, exc: InvalidRequestError) -> list[tuple[int, int]]:
    """Smaller ranges: what is before the culprit, itself, what is behind; halves where nobody says who it is."""
    told = exc.loc[1] if len(exc.loc) > 1 else None
    if isinstance(told, int) and 0 <= told < end - start:
        cuts = [start, start + told, start + told + 1, end]
    else:
        cuts = [start, (start + end) // 2, end]
    return [(a, b) for a, b in pairwise(cuts) if a < b]
