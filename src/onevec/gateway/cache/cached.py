"""Cached: a model whose vectors are remembered. What it answers is what the model would, or has, in the same space."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from onevec.errors import InvalidResponseError, OnevecError
from onevec.gateway.cache.flights import arrivals
from onevec.gateway.cache.gathering import Gathering
from onevec.gateway.cache.keys import item_keys
from onevec.gateway.cache.vector_cache import VectorCache
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.images import ImageInput
from onevec.spaces import VectorSpace
from onevec.types import Embedder, EmbedRequest, EmbedResult

ROUNDS = 2
"""How often a request waits for others that compute what it wants, before it computes it whoever else does."""

LARGE = 1 << 20
"""Bytes of images that take about a millisecond to digest: a thread does it."""


class Cached(Wrapper):
    """Asks the model only for inputs whose vectors are nowhere else: not in the cache, not under way for another.

    Each of them is asked for once. An input that another request is having computed is waited for; when that request
    fails or is cancelled, this one has it computed itself. The usage and the cost of a result are of what was computed
    for it; `hits` counts the other inputs, and `usage.cached_tokens` the tokens that these would have been.

    Nothing is remembered, and `hits` is None, where the model's space is not known yet, where a vector is not its
    input's alone (late chunks), and where a reply is in another space than the model's.

    Args:
        inner: The model.
        cache: What remembers, shared with others.
        deployment: Whose inputs are counted, and whose words an `extra` is in.
    """

    def __init__(self, inner: Embedder, cache: VectorCache, deployment: str) -> None:
        super().__init__(inner)
        self._cache = cache
        self._deployment = deployment

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed without the cache: it lives on one event loop, which a blocking caller on another thread has not."""
        return self.inner.embed(request)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed what is not remembered.

        Raises:
            InvalidResponseError: the model answered with another number of vectors, or some that are not finite.
            OnevecError: what the model raises for the inputs that it was asked for; `loc` is the place in `request`.
        """
        space = self.inner.space
        keys = await self._keys(request, space) if space is not None else None
        if space is None or keys is None:
            return await self.inner.aembed(request)
        gathering = Gathering(request, keys, space)
        gathering.take(self._cache.peek(gathering.missing()), "hit")
        if gathering.missing():
            await self._complete(gathering)
        result = gathering.result()
        if result is None:
            # The model's space has changed, and no answer may be of two: the whole request, from the model.
            return gathering.charged(gathering.whole or await self.inner.aembed(request))
        for outcome, count in gathering.outcomes().items():
            self._cache.items[self._deployment, outcome] += count
        return result

    async def _keys(self, request: EmbedRequest, space: VectorSpace) -> list[bytes] | None:
        pictures = sum(len(one.content) for one in request.inputs if isinstance(one, ImageInput))
        if pictures > LARGE:
            return await asyncio.to_thread(item_keys, request, space, self._deployment)
        return item_keys(request, space, self._deployment)

    async def _complete(self, gathering: Gathering) -> None:
        """Wait for what others compute and compute the rest, so that nothing is missing."""
        flights = self._cache.flights
        for _ in range(ROUNDS):
            # No await between the last look into memory and the claim: what lands between them would be missed.
            mine, others = flights.claim(gathering.missing())
            try:
                await self._own(gathering, mine)
            finally:
                flights.land(mine, gathering.entries)
            # Only now, so that of two requests that wait for each other both have done their part.
            gathering.take(await arrivals(others), "shared")
            if not gathering.missing():
                return
            gathering.take(self._cache.peek(gathering.missing()), "shared")
        await self._compute(gathering, gathering.missing())

    async def _own(self, gathering: Gathering, mine: Sequence[bytes]) -> None:
        """What this request has claimed: from the slower stores, or computed."""
        found = await self._cache.fetch(mine)
        gathering.take(found, "hit")
        self._cache.flights.land(found, gathering.entries)
        await self._compute(gathering, [key for key in mine if key not in found])

    async def _compute(self, gathering: Gathering, keys: Sequence[bytes]) -> None:
        if not keys:
            return
        part, places = gathering.part(keys)
        with _placed(places):
            result = await self.inner.aembed(part)
        _check(result, len(keys))
        gathering.take(await self._cache.keep(gathering.computed(keys, result, self._cache.now())), "miss")


def _check(result: EmbedResult, wanted: int) -> None:
    count = len(result.vectors)
    if count != wanted:
        raise InvalidResponseError(f"answered with {count} vectors for {wanted} inputs")
    if not np.isfinite(result.vectors).all():
        raise InvalidResponseError("answered with numbers that are not finite")


@contextmanager
def _placed(places: Sequence[int]) -> Iterator[None]:
    """Says of an error about an input which one of the whole request it was, not which of the part."""
    try:
        yield
    except OnevecError as exc:
        field, place = (*exc.loc, None, None)[:2]
        if field in ("input", "inputs") and isinstance(place, int) and place < len(places) and places[place] != place:
            exc.loc = (field, places[place], *exc.loc[2:])
            exc.message = exc.message.replace(f"[{place}]", f"[{places[place]}]", 1)
            exc.args = (exc.message + exc.remedy, *exc.args[1:])
        raise
