"""Tier: a store that others wait for, behind what bounds the harm it can do: a timeout, a breaker, a checksum."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from onevec.gateway.cache.entries import Entry, unpack
from onevec.gateway.cache.store import Store
from onevec.gateway.pool.breaker import FIRST_PAUSE, Breaker

log = logging.getLogger("onevec.gateway")

T = TypeVar("T")

WRITE_TIMEOUT = 10.0
"""Seconds for a write, for which nobody waits."""

SLICE = 128
"""Entries that are checked in about a millisecond, after which the event loop may do something else."""

Lookups = Counter[tuple[str, str]]
"""How often a store was asked for a key, by store and outcome: hit, miss, error or damaged."""


class Tier:
    """Asks one store. Whatever goes wrong there is a miss: logged once an outage, counted, and then left alone.

    Reading and writing fail by themselves: a full disk can still be read.

    Args:
        name: What the store is called in logs and figures.
        store: What is asked.
        timeout: Seconds that a request waits for it.
        lookups: Where its outcomes are counted.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, name: str, store: Store, timeout: float, lookups: Lookups, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self.store = store
        self._timeout = timeout
        self._lookups = lookups
        self._reading = _Guard(f"the cache's {name} cannot be read", clock)
        self._writing = _Guard(f"the cache's {name} cannot be written", clock)

    async def find(self, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, Entry]]:
        """The sound entries among those of the keys, with their bytes."""
        if not self._reading.allows():
            return {}
        answer = await self._reading.attempt(self.store.get(keys), self._timeout)
        if answer is None:
            self._lookups[self.name, "error"] += len(keys)
            return {}
        found: dict[bytes, tuple[bytes, Entry]] = {}
        # Should a store answer with too few or in another order, the checksums tell.
        for place, (key, raw) in enumerate(zip(keys, answer, strict=False)):
            entry = unpack(key, raw) if isinstance(raw, bytes) else None
            if raw is not None and entry is not None:
                found[key] = raw, entry
            self._lookups[self.name, "hit" if entry else "miss" if raw is None else "damaged"] += 1
            if place % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        return found

    async def keep(self, items: Mapping[bytes, bytes]) -> None:
        """Write entries, if that can be done."""
        if self._writing.allows():
            await self._writing.attempt(self.store.put(items), WRITE_TIMEOUT)

    async def close(self) -> None:
        """Close the store; one that cannot even do that keeps no other from being closed."""
        try:
            await self.store.close()
        except Exception as exc:
            log.warning("the cache's %s could not be closed: %s: %s", self.name, type(exc).__name__, exc)


class _Guard:
    """One way of using a store: whether it works, and who is told when it no longer does."""

    def __init__(self, fault: str, clock: Callable[[], float]) -> None:
        self._fault = fault
        self._clock = clock
        self._breaker = Breaker()
        self._out = False

    def allows(self) -> bool:
        return self._breaker.wait(self._clock()) == 0

    async def attempt(self, work: Awaitable[T], seconds: float) -> T | None:
        """What comes of it, or None when it fails or takes too long."""
        self._breaker.started()
        try:
            async with asyncio.timeout(seconds):
                answer = await work
        except asyncio.CancelledError:
            self._breaker.dropped()
            raise
        except Exception as exc:
            self._failed(exc)
            return None
        self._breaker.answered()
        if self._out:
            log.info("%s: that is over", self._fault)
            self._out = False
        return answer

    def _failed(self, exc: Exception) -> None:
        now = self._clock()
        self._breaker.failed(now)
        # One failure is enough for a pause: without a cache nothing is lost but time, and each try would cost some.
        self._breaker.rests(now, FIRST_PAUSE)
        if not self._out:
            log.warning("%s, and is left alone until it answers again: %s: %s", self._fault, type(exc).__name__, exc)
            self._out = True
