"""Breaker: whether a target may be asked, by how it answered before; without a clock of its own."""

from dataclasses import dataclass

FAILURES = 3
"""So many in a row, and a target is left alone for a while."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds for which it is left alone: at first, and at most, as each probe that fails doubles them."""


@dataclass(slots=True)
class Breaker:
    """Closed while a target answers, open for a while once it has failed several times in a row.

    Then one request, the probe, may try whether it answers again. All times are those of one monotonic clock.

    Attributes:
        failures: In a row.
        probing: A probe is under way.
        tolerated: So many failures in a row, and it is left alone.
        longest: Seconds for which it is left alone at most.
    """

    failures: int = 0
    probing: bool = False
    tolerated: int = FAILURES
    longest: float = LONGEST_PAUSE
    _pause: float = FIRST_PAUSE
    _broken_until: float = 0.0
    _resting_until: float = 0.0

    @property
    def open(self) -> bool:
        """Whether it has failed too often, and no probe has succeeded since."""
        return self.failures >= self.tolerated

    def wait(self, now: float, *, last_hope: bool = False) -> float:
        """Seconds until it may be asked, 0 at once; while a probe is under way, a pause.

        Where nobody else can be asked either, it is tried again after the first pause, however often it has failed.
        """
        spared = self._pause - FIRST_PAUSE if last_hope else 0.0
        left = max(self._broken_until - spared, self._resting_until) - now
        return max(self._pause - spared if self.probing else 0.0, left)

    def started(self) -> None:
        """It is being asked."""
        self.probing = self.open

    def answered(self) -> None:
        """It answered, well or with a refusal that was right: it works."""
        self.failures, self.probing, self._pause = 0, False, FIRST_PAUSE
        self._broken_until = self._resting_until = 0.0

    def failed(self, now: float) -> None:
        """It did not answer, or with an error of its own."""
        self.failures += 1
        if self.failures < self.tolerated:
            return
        if self.probing:
            self._pause = min(self.longest, 2 * self._pause)
        self.probing = False
        self._broken_until = now + self._pause

    def rests(self, now: float, seconds: float) -> None:
        """It asked to be left alone for so long, which is no failure."""
        self.probing = False
        self._resting_until = max(self._resting_until, now + min(seconds, 10 * LONGEST_PAUSE))

    def dropped(self) -> None:
        """Nobody waited for its answer any more, which says nothing about it."""
        self.probing = False
