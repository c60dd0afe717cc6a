"""Counters: what counts requests, tokens and money; shared ones are asked only while they answer."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from onevec.errors import OnevecError
from onevec.gateway.pool.breaker import Breaker

log = logging.getLogger("onevec.gateway")

T = TypeVar("T")

LONGEST_PAUSE = 5.0
"""Seconds after which a Redis that does not answer is tried again at the latest; one request waits for that."""


class Counters(Protocol):
    """What is asked of a storage of the `limits` library; its own, in memory and in Redis, are such."""

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter that is kept for so many seconds; its new value."""

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count so much in a window of so many seconds, if that fits."""

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Counted in the window before, for how many seconds that still counts, in this one, and its end."""


class LastingCounters(Counters, Protocol):
    """Counters that can be given a value that they have lost."""

    async def restore(self, key: str, expiry: int, value: int) -> None:
        """Let a counter that is not there begin with a value; one that is there is left alone."""


class AwayError(OnevecError):
    """Redis does not answer, or not in time; whoever asked counts on his own."""

    default_status = 503
    default_code = "redis_unavailable"


class SharedCounters:
    """The counters in Redis, asked only while it answers.

    Every question is bounded in time. The first that fails begins an outage, which is logged once: from then on
    nobody waits, but for one probe after a pause that grows to some seconds. The probe's answer ends it.

    Args:
        counters: Those in Redis.
        timeout: Seconds for each answer.
        faults: What they raise when Redis is away.
        clock: Seconds, monotonic.

    Attributes:
        outages: How many have begun; after each, Redis may have forgotten what it held.
    """

    def __init__(
        self,
        counters: LastingCounters,
        timeout: float,
        faults: Sequence[type[Exception]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counters = counters
        self._timeout = timeout
        self._faults: tuple[type[Exception], ...] = (*faults, TimeoutError, OSError)
        self._clock = clock
        self._breaker = Breaker(tolerated=1, longest=LONGEST_PAUSE)
        self.outages = 0

    @property
    def up(self) -> bool:
        """Whether it answered when it was last asked."""
        return not self._breaker.open

    async def ask(self, question: Callable[[LastingCounters], Awaitable[T]]) -> T:
        """The answer to a question.

        Raises:
            AwayError: there is none in time, or there was none a moment ago.
        """
        if self._breaker.wait(self._clock()) > 0:
            raise AwayError("Redis does not answer")
        probe = self._breaker.open
        self._breaker.started()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await question(self._counters)
        except self._faults as exc:
            self._failed(exc, probe=probe)
            raise AwayError("Redis does not answer") from exc
        except BaseException:
            if probe:
                self._breaker.dropped()
            raise
        self._answered(probe=probe)
        return answer

    def _failed(self, exc: Exception, *, probe: bool) -> None:
        # One that was asked before the outage began tells nothing new.
        if self.up or probe:
            if self.up:
                self.outages += 1
                log.warning(
                    "Redis does not answer (%s): until it does, this replica counts limits and budgets by itself",
                    type(exc).__name__,
                )
            self._breaker.failed(self._clock())

    def _answered(self, *, probe: bool) -> None:
        if probe:
            log.info("Redis answers again: limits and budgets are shared again")
        if self.up or probe:
            self._breaker.answered()
