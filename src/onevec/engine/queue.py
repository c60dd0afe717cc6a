"""The engine's queue: bounded by tokens, planned into batches, and rid of what nobody waits for any more."""

import os
import threading
import weakref
from collections import deque
from collections.abc import Sequence, Sized
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from itertools import chain

import numpy as np

from onevec.engine.batch import Batcher
from onevec.errors import ModelError
from onevec.vectors import Vectors

WINDOW = 1024
"""Texts that are planned together. More save little padding and cost the planner time."""


class Job:
    """Texts or images of one request, and the future of their vectors (n, d). Cancelling drops what is not yet run.

    Until it is queued `texts` may be put in the place of others, as many: images are decoded on other threads.
    """

    def __init__(self, texts: Sequence[Sized]) -> None:
        self.texts = texts
        self.future: Future[Vectors] = Future()
        self.queued = 0
        self._left = len(texts)
        self._rows: Vectors | None = None
        self._lock = threading.Lock()

    @property
    def gone(self) -> bool:
        """Nobody waits for it: cancelled, or failed already."""
        return self.future.done()

    def fill(self, places: Sequence[int], vectors: Vectors) -> None:
        """Take the vectors of some texts; the last ones fulfil the future."""
        with self._lock:
            if self._rows is None:
                self._rows = np.empty((len(self.texts), vectors.shape[1]), np.float32)
            self._rows[np.asarray(places)] = vectors
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


class WorkQueue:
    """Jobs in, batches of items out. Any thread may call any method.

    The batch with the oldest text goes first, so no text waits for ever; which texts share a batch is the batcher's
    plan of the oldest `WINDOW` texts. A queue belongs to the process that made it: threads do not survive a fork.
    """

    def __init__(self, batcher: Batcher, max_tokens: int) -> None:
        self._batcher = batcher
        self._max_tokens = max_tokens
        self._lock = threading.RLock()
        self._work = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self._backlog: deque[Item] = deque()
        self._plan: deque[list[Item]] = deque()
        self._tokens = 0
        self._arrived = 0
        self._closed = False
        self._process = os.getpid()

    @property
    def tokens(self) -> int:
        """Tokens that wait."""
        return self._tokens

    def put(self, job: Job, *, wait: bool = True) -> bool:
        """Queue a job, when there is room for it or nothing else waits; without `wait` say at once whether there was.

        Raises:
            ModelError: the queue is closed, or belongs to the process that this one was forked from.
        """
        size = sum(map(len, job.texts))
        waiting = weakref.ref(job)  # a future that held its job would keep its vectors until the collector comes
        job.future.add_done_callback(lambda _: self._forget(waiting()))
        with self._lock:
            self._check_usable()
            while self._tokens and self._tokens + size > self._max_tokens and not job.gone:
                if not wait:
                    return False
                self._room.wait()
                self._check_usable()
            if not job.gone:
                self._add(job, size)
            return True

    def take(self) -> list[Item] | None:
        """The next batch, waiting for one; None once the queue is closed and empty."""
        with self._lock:
            while True:
                self._refill()
                if self._plan:
                    if items := self._leave(self._plan.popleft()):
                        return items
                elif self._closed:
                    return None
                else:
                    self._work.wait()

    def close(self, *, drop: bool = False) -> None:
        """Take no more jobs; what waits is still given out, or with `drop` cancelled."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._closed = True
            items = [*chain.from_iterable(self._plan), *self._backlog] if drop else []
            self._work.notify_all()
            self._room.notify_all()
        for job in {item.job for item in items}:
            job.future.cancel()

    def _check_usable(self) -> None:
        if self._closed:
            raise closed()
        if os.getpid() != self._process:
            raise ModelError(
                "this model was loaded before the process forked, and its threads stayed behind: load it in the new "
                "process, or start processes with 'spawn'",
                code="forked",
            )

    def _add(self, job: Job, size: int) -> None:
        self._backlog.extend(Item(self._arrived + place, job, place) for place in range(len(job.texts)))
        self._arrived += len(job.texts)
        self._tokens += size
        job.queued = size
        self._work.notify_all()

    def _refill(self) -> None:
        """Plan anew when something has come and little is planned."""
        planned = sum(map(len, self._plan))
        if not self._backlog or planned > WINDOW // 2:
            return
        pool = list(chain.from_iterable(self._plan))
        while self._backlog and len(pool) < WINDOW:
            item = self._backlog.popleft()
            if not item.job.gone:
                pool.append(item)
        groups = self._batcher.plan([len(item.tokens) for item in pool])
        batches = [[pool[i] for i in group] for group in groups]
        self._plan = deque(sorted(batches, key=lambda batch: min(item.number for item in batch)))

    def _leave(self, batch: list[Item]) -> list[Item]:
        """The items of a batch that somebody still waits for, no longer counted as waiting."""
        items = [item for item in batch if not item.job.gone]
        for item in items:
            size = min(len(item.tokens), item.job.queued)
            item.job.queued -= size
            self._tokens -= size
        self._room.notify_all()
        return items

    def _forget(self, job: Job | None) -> None:
        if job is None:
            return
        with self._lock:
            self._tokens -= job.queued
            job.queued = 0
            self._room.notify_all()


def closed() -> ModelError:
    """What a model says that has been given back."""
    return ModelError("this model has been closed; load it again to go on", code="closed")
