"""Gate: calls an embedder at the pace that it bears, and again what failed for a while."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from itertools import count

from onevec.bulk.pace import Pace
from onevec.errors import InvalidResponseError, OnevecError, ProviderConnectionError, ProviderError, RateLimitError
from onevec.types import EmbedResult

NONSENSE = 3
"""Answers in a row to one call that hold no vectors: each may have been paid for, so there are not many tries."""


class Gate:
    """Lets calls through by a :class:`~onevec.bulk.pace.Pace`. One event loop uses it.

    Args:
        pace: How many at a time.
        patience: Seconds without any answer after which a failure is final; one that asks to wait
            for longer is at once.
        clock: Seconds that only grow; not the time of day, which jumps.
    """

    def __init__(self, pace: Pace, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace, self._patience, self._clock = pace, patience, clock
        self._changed = asyncio.Event()
        self._heard = clock()

    async def call(self, embed: Callable[[], Awaitable[EmbedResult]]) -> EmbedResult:
        """The answer, from as many tries as it takes.

        Raises:
            OnevecError: a failure that no other try mends, or one that has lasted too long.
        """
        called = self._clock()
        for failures in count():
            await self._enter()
            began = self._clock()
            try:
                result = await embed()
            except (RateLimitError, ProviderError) as exc:
                if self._final(exc, failures, called):
                    raise
                # The usual cause is a kept-alive connection that the other side has closed: that says nothing of rates.
                if failures or not isinstance(exc, ProviderConnectionError):
                    self._pace.refused(began, self._clock(), exc.retry_after)
            else:
                self._heard = self._clock()
                self._pace.answered()
                return result
            finally:
                self._pace.end()
                self._changed.set()
        raise AssertionError("unreachable: the tries do not end")

    def _final(self, exc: OnevecError, failures: int, called: float) -> bool:
        nonsense = isinstance(exc, InvalidResponseError) and failures + 1 >= NONSENSE
        # Before the call nobody may have been asked for long, as when rows come slowly: that is no silence.
        silence = max(self._clock() - max(self._heard, called), exc.retry_after or 0.0)
        return nonsense or silence > self._patience

    async def _enter(self) -> None:
        while (pause := self._pace.wait(self._clock())) > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(None if pause == math.inf else pause):
                    await self._changed.wait()
            except TimeoutError:
                continue
        self._pace.begin()
