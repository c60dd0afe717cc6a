"""Gathering: one request while its vectors come together from several places. It computes nothing and never waits."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np

from onevec.batching import add_usage
from onevec.gateway.cache.entries import Entry
from onevec.gateway.wrappers.queue import CHARACTERS_A_TOKEN, IMAGE_TOKENS
from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest, EmbedResult, Input, Modality, Usage, modality


class Gathering:
    """What is there of a request, and what is not.

    Args:
        request: What was asked.
        keys: Of its inputs, in order; equal inputs have equal keys.
        space: Of the model's full vectors.

    Attributes:
        entries: What is there, by key.
    """

    def __init__(self, request: EmbedRequest, keys: Sequence[bytes], space: VectorSpace) -> None:
        self.request = request
        self.entries: dict[bytes, Entry] = {}
        self._keys = keys
        self._space = space
        self._place = {key: place for place, key in reversed([*enumerate(keys)])}
        self._outcome: dict[bytes, str] = {}
        self._results: list[EmbedResult] = []
        self._foreign = False

    def missing(self) -> list[bytes]:
        """Keys without an entry, each once, in the order of their first inputs; none once the space has changed."""
        if self._foreign or len(self.entries) == len(self._place):
            return []
        return [key for key in dict.fromkeys(self._keys) if key not in self.entries]

    def take(self, entries: Mapping[bytes, Entry], outcome: str) -> None:
        """Take entries that are a ``hit``, ``shared`` by another request, or a ``miss`` that was computed."""
        self.entries |= entries
        self._outcome |= dict.fromkeys(entries, outcome)

    def part(self, keys: Iterable[bytes]) -> tuple[EmbedRequest, list[int]]:
        """The request for these inputs alone, and their places in the whole one."""
        places = [self._place[key] for key in keys]
        if len(places) == len(self._keys):
            return self.request, places
        return replace(self.request, inputs=tuple(self.request.inputs[place] for place in places)), places

    def computed(self, keys: Sequence[bytes], result: EmbedResult, now: int) -> dict[bytes, Entry]:
        """What the model answered, an entry for each key; none when that is in another space than its other vectors."""
        self._results.append(result)
        self._foreign = not self._belongs(result)
        if self._foreign:
            return {}
        inputs = [self.request.inputs[self._place[key]] for key in keys]
        tokens = shares(result.usage, inputs)
        return {
            key: Entry(
                row, result.space.normalized, count, now, result.pairs if modality(one) is Modality.PAIR else None
            )
            for key, row, count, one in zip(keys, result.vectors, tokens, inputs, strict=True)
        }

    def _belongs(self, result: EmbedResult) -> bool:
        """Whether vectors are in the space of the keys, or in the one that its shortened vectors have."""
        length, asked = result.vectors.shape[1], self.request.dimensions
        if asked is None and not self.request.extra:
            return result.space == self._space
        return asked in (None, length) and result.space == self._space_of(length, result.space.normalized)

    def _space_of(self, length: int, normalized: bool | None) -> VectorSpace:
        if (length, normalized) == (self._space.dimensions, self._space.normalized):
            return self._space
        return replace(self._space, dimensions=length, normalized=normalized)

    def result(self) -> EmbedResult | None:
        """The answer, or None when its parts are in different spaces, so that they are none together."""
        spaces = {(entry.vector.size, entry.normalized) for entry in self.entries.values()}
        if self._foreign or len(spaces) != 1:
            return None
        ((length, normalized),) = spaces
        found = [self.entries[key] for key in self._keys]
        vectors = np.empty((len(found), length), np.float32)
        for place, entry in enumerate(found):
            vectors[place] = entry.vector
        usage, cost = self._charged()
        cached = sum(
            entry.tokens or 0 for key, entry in zip(self._keys, found, strict=True) if self._outcome[key] != "miss"
        )
        return EmbedResult(
            vectors,
            self._results[-1].model if self._results else self.request.model,
            replace(usage, cached_tokens=usage.cached_tokens + cached) if cached else usage,
            self._space_of(length, normalized),
            next((entry.pairs for entry in found if entry.pairs), None),
            cost=cost,
            hits=sum(count for outcome, count in self.outcomes().items() if outcome != "miss"),
        )

    def outcomes(self) -> Counter[str]:
        """How many inputs were a hit, shared, a miss; one that stands there twice counts twice."""
        return Counter(map(self._outcome.__getitem__, self._keys))

    @property
    def whole(self) -> EmbedResult | None:
        """The model's last answer, where that was to the whole request."""
        last = self._results[-1] if self._results else None
        return last if last is not None and len(last.vectors) == len(self._keys) else None

    def charged(self, result: EmbedResult) -> EmbedResult:
        """The model's answer to the whole request, with the usage and the cost of all that was computed for it."""
        if result is not self.whole:
            self._results.append(result)
        usage, cost = self._charged()
        return replace(result, usage=usage, cost=cost)

    def _charged(self) -> tuple[Usage, float | None]:
        """What was computed for this request: its tokens, and US dollars; nothing when nothing was."""
        if len(self._results) == 1:
            return self._results[0].usage, self._results[0].cost
        costs = [result.cost for result in self._results]
        usage = add_usage(result.usage for result in self._results)
        return usage, None if None in costs else sum((cost for cost in costs if cost is not None), 0.0)


def shares(usage: Usage, inputs: Sequence[Input]) -> list[int | None]:
    """The tokens of each input: known of one alone, else its part of the sum by length; None where no sum is known.

    >>> shares(Usage(10, 10), ["aaaa", "bb", "c"]), shares(Usage(), ["a"])
    ([5, 3, 2], [None])
    """
    total = usage.prompt_tokens if usage.prompt_tokens is not None else usage.total_tokens
    if total is None:
        return [None] * len(inputs)
    ends = [0, *accumulate(map(_length, inputs))]
    # Each is rounded where it ends, and not by itself, so that together they are the total.
    return [total * end // ends[-1] - total * start // ends[-1] for start, end in pairwise(ends)]


def _length(one: Input) -> int:
    """In characters; at least one."""
    if isinstance(one, (ImageInput, LinkedImage)):
        return IMAGE_TOKENS * CHARACTERS_A_TOKEN + len(one.text or "")
    return max(1, len(one)) if isinstance(one, str) else max(1, len(one) * CHARACTERS_A_TOKEN)
