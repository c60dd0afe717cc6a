"""How many requests are under way at a time: more while they are answered, half when one is refused (AIMD).

Additive increase and multiplicative decrease is what lets TCP find the capacity of a line that it shares (Chiu and Jain
1989); a provider's limit is such a line.
"""

import math
from dataclasses import dataclass

START = 4
"""Requests under way at first."""

PAUSE, LONGEST = 1.0, 60.0
"""Seconds without a request after a first refusal that asks for no pause of its own, and at most."""


@dataclass(slots=True)
class Pace:
    """Counts requests; holds no clock: every moment is handed in, in seconds that only grow.

    Attributes:
        most: Never more than so many are under way.
        limit: So many are allowed now.
    """

    most: int
    limit: float = START
    _running: int = 0
    _paused_until: float = -math.inf
    _halved_at: float = -math.inf
    _in_row: int = 0

    def __post_init__(self) -> None:
        self.limit = min(self.limit, self.most)

    def wait(self, now: float) -> float:
        """Seconds to wait before another request may begin; infinite until one has ended."""
        if self._running >= int(self.limit):
            return math.inf
        return max(0.0, self._paused_until - now)

    def begin(self) -> None:
        """One more is under way."""
        self._running += 1

    def end(self) -> None:
        """One less is."""
        self._running -= 1

    def answered(self) -> None:
        """One was answered: after as many as are allowed at a time, one more is."""
        self._in_row = 0
        self.limit = min(float(self.most), self.limit + 1 / self.limit)

    def refused(self, began: float, now: float, asked: float | None = None) -> None:
        """One was refused, or failed; `began` is when it was sent, `asked` for how long its provider asks to wait.

        Those that were under way together are refused together: they count once.
        """
        if began >= self._halved_at:
            self._halved_at = now
            self.limit = max(1.0, self.limit / 2)
            self._in_row += 1
        pause = asked if asked is not None else min(LONGEST, PAUSE * 2.0 ** min(self._in_row - 1, 16))
        self._paused_until = max(self._paused_until, now + max(pause, 0.0))
