"""A job: what one request wants of the model, and the future of its vectors."""

import threading
from collections.abc import Iterable, Iterator, Sequence, Sized
from concurrent.futures import CancelledError, Future, InvalidStateError
from dataclasses import dataclass
from itertools import accumulate
from typing import Self, TypeVar

import numpy as np

from onevec.errors import ModelError
from onevec.vectors import Vectors

T = TypeVar("T")


class Job:
    """Texts or images of one request, and the future of their vectors (n, d). Cancelling drops what is not yet run.

    Until it is queued `texts` may be put in the place of others, as many: images are decoded on other threads.

    Args:
        texts: Texts, or images.
        counts: How many vectors each has; one, unless told.
    """

    def __init__(self, texts: Sequence[Sized], counts: Sequence[int] | None = None) -> None:
        self.texts = texts
        self._firsts = None if counts is None else [0, *accumulate(counts)]
        self.future: Future[Vectors] = Future()
        self.queued = 0
        self._left = len(texts)
        self._rows: Vectors | None = None
        self._lock = threading.Lock()

    @property
    def gone(self) -> bool:
        """Nobody waits for it: cancelled, or failed already."""
        return self.future.done()

    def rows(self, places: Sequence[int]) -> Sequence[int]:
        """The rows of the result that are the vectors of these texts."""
        firsts = self._firsts
        return places if firsts is None else [row for i in places for row in range(firsts[i], firsts[i + 1])]

    def fill(self, places: Sequence[int], vectors: Vectors) -> None:
        """Take the vectors of some texts; the last ones fulfil the future."""
        with self._lock:
            if self._rows is None:
                count = len(self.texts) if self._firsts is None else self._firsts[-1]
                self._rows = np.empty((count, vectors.shape[1]), np.float32)
            self._rows[np.asarray(self.rows(places))] = vectors
            self._left -= len(places)
            rows = self._rows if self._left == 0 else None
        if rows is not None:
            self._settle(rows)

    def fail(self, error: BaseException) -> None:
        """Tell the caller that a batch of his texts failed."""
        self._settle(error)

    def _settle(self, outcome: Vectors | BaseException) -> None:
        try:
            if isinstance(outcome, BaseException):
                self.future.set_exception(outcome)
            else:
                self.future.set_result(outcome)
        except InvalidStateError:  # cancelled a moment ago
            return


class Errand:
    """The jobs of one request, which may be added on another thread than the one that gives them up.

    As a context it gives up, at its end, what is not finished by then.
    """

    def __init__(self) -> None:
        self._dropped = False
        self._jobs: list[Job] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.drop()

    def add(self, job: Job) -> Job:
        """One job more; it is given up at once if the request was."""
        self._jobs.append(job)
        if self._dropped:
            job.future.cancel()
        return job

    def wanted(self, things: Iterable[T]) -> Iterator[T]:
        """These, one after another; CancelledError as soon as nobody waits for the request."""
        for thing in things:
            if self._dropped:
                raise CancelledError
            yield thing

    def drop(self) -> None:
        """Nobody waits any more; what is finished stays."""
        self._dropped = True
        for job in self._jobs:
            job.future.cancel()


@dataclass(frozen=True, slots=True)
class Item:
    """One text of a job in the queue; `number` grows with arrival."""

    number: int
    job: Job
    place: int

    @property
    def tokens(self) -> Sized:
        """The text, or the image."""
        return self.job.texts[self.place]


def closed() -> ModelError:
    """What a model says that has been given back."""
    return ModelError("this model has been closed; load it again to go on", code="closed")
