"""Progress: how far a run is, how fast, and when it will be done; by a clock that only grows."""

from dataclasses import dataclass, replace

from onevec.bulk.manifest import Done


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run.

    Attributes:
        before: What was done when it began.
        done: What is done now, `before` included.
        seconds: Since it began.
        total: Rows of the input; None while nobody knows.
    """

    before: Done
    done: Done
    seconds: float
    total: int | None = None

    @property
    def rows_a_second(self) -> float:
        """Over this run."""
        return (self.done.rows - self.before.rows) / self.seconds if self.seconds > 0 else 0.0

    @property
    def tokens_a_second(self) -> float:
        """Over this run."""
        return (self.done.tokens - self.before.tokens) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the same speed; None where that is not known.

        >>> Progress(Done(rows=100), Done(rows=150), seconds=10.0, total=200).seconds_left
        10.0
        """
        speed = self.rows_a_second
        return max(0, self.total - self.done.rows) / speed if self.total is not None and speed else None

    @property
    def cost_in_all(self) -> float | None:
        """US dollars when all is done, if rows go on to cost what they did; None where no price is known."""
        if self.total is None or not self.done.rows or self.done.cost is None:
            return self.done.cost
        return self.done.cost * self.total / self.done.rows

    def at(self, done: Done, seconds: float, total: int | None) -> "Progress":
        """A later moment."""
        return replace(self, done=done, seconds=seconds, total=total)
