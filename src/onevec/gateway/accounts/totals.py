"""Totals: this process' own counters of budgets."""

import threading
from collections.abc import Callable


class Totals:
    """Counters by key, each until its time has come; any thread may add.

    Beside counters that are shared it holds what those answered last, and what they are owed: what has been added while
    they were away.

    Args:
        now: Seconds since 1970.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._values: dict[str, int] = {}
        self._owed: dict[str, int] = {}
        self._ends: dict[str, float] = {}
        self._epochs: dict[str, int] = {}

    def add(self, key: str, amount: int, end: float) -> int:
        """Add, and say how much there is."""
        with self._lock:
            self._keep(key, end)
            self._values[key] += amount
            return self._values[key]

    def unconfirmed(self, key: str, epoch: int) -> int:
        """What the shared counter held, when it has not been asked in this epoch and may have forgotten; else 0."""
        with self._lock:
            if self._epochs.get(key) == epoch:
                return 0
            return max(0, self._values.get(key, 0) - self._owed.get(key, 0))

    def learn(self, key: str, value: int, end: float, epoch: int) -> None:
        """The shared counter's value in an epoch, to go on from when it is away."""
        with self._lock:
            self._keep(key, end)
            self._epochs[key] = epoch
            self._values[key] = value + self._owed.get(key, 0)

    def take_owed(self, key: str) -> int:
        """What the shared counter lacks; whoever takes it pays it in, or gives it back with `owe`."""
        with self._lock:
            return self._owed.pop(key, 0)

    def owe(self, key: str, taken: int, amount: int, end: float) -> int:
        """Add what the shared counter could not be told, nor what was taken for it before; how much there is."""
        with self._lock:
            self._keep(key, end)
            self._owed[key] = self._owed.get(key, 0) + taken + amount
            self._values[key] += amount
            return self._values[key]

    def _keep(self, key: str, end: float) -> None:
        if key in self._values:
            return
        now = self._now()
        for old in [one for one, at in self._ends.items() if at <= now]:
            del self._values[old], self._ends[old]
            self._owed.pop(old, None)
            self._epochs.pop(old, None)
        self._values[key], self._ends[key] = 0, end
