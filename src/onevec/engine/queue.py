"""The engine's queue: bounded by tokens, short work ahead of long, rid of what nobody waits for any more."""

import os
import threading
import weakref
from dataclasses import dataclass
from itertools import chain

from onevec.engine.batch import Batcher
from onevec.engine.jobs import Item, Job, closed
from onevec.engine.lanes import Lane
from onevec.errors import ModelError

SHORT = 1024
"""Jobs of at most so many tokens, about a batch, are short: somebody waits for them. Longer ones are bulk."""

AHEAD = 4096
"""Tokens of short jobs that a thread lets go ahead of waiting bulk before it runs a batch of that."""

FEW = 256
"""A job of at most so many tokens needs no more than one thread."""


@dataclass(slots=True)
class Worker:
    """A thread that takes batches.

    Attributes:
        express: It runs short jobs only: those that come while all other threads are busy with bulk, and a text that is
            alone.
        running: It runs a batch.
        bulk: Of bulk.
        alone: Of one text, while nothing else ran when it took it.
    """

    express: bool = False
    running: bool = False
    bulk: bool = False
    alone: bool = False


class WorkQueue:
    """Jobs in, batches of items out. Any thread may call any method.

    There are two lanes, for short jobs and for bulk, each bounded by tokens. A queue belongs to the process that made
    it: threads do not survive a fork.

    Args:
        batcher: Plans batches.
        max_tokens: When so many wait in a lane, further jobs wait to be let in.
        workers: Threads that take batches, express ones not counted.
    """

    def __init__(self, batcher: Batcher, max_tokens: int, workers: int = 1) -> None:
        self._max_tokens = max_tokens
        self._workers = workers
        self._lock = threading.RLock()
        self._work, self._express, self._room = (threading.Condition(self._lock) for _ in range(3))
        self._short, self._bulk = Lane(batcher), Lane(batcher)
        self._ahead = 0
        self._busy = self._running = 0
        self._express_waits = False
        self._arrived = 0
        self._closed = False
        self._process = os.getpid()

    @property
    def tokens(self) -> int:
        """Tokens that wait."""
        return self._short.tokens + self._bulk.tokens

    def put(self, job: Job, *, wait: bool = True) -> bool:
        """Queue a job, when there is room for it or nothing else waits; without `wait` say at once whether there was.

        Raises:
            ModelError: the queue is closed, or belongs to the process that this one was forked from.
        """
        self._check_usable()  # before the lock, which in a forked process nobody gives back
        size = sum(map(len, job.texts))
        lane = self._short if size <= SHORT else self._bulk
        waiting = weakref.ref(job)  # a future that held its job would keep its vectors until the collector comes
        job.future.add_done_callback(lambda _: self._forget(waiting(), lane))
        with self._lock:
            self._check_usable()
            while lane.tokens and lane.tokens + size > self._max_tokens and not job.gone:
                if not wait:
                    return False
                self._room.wait()
                self._check_usable()
            if not job.gone:
                self._add(job, lane, size)
            return True

    def take(self, worker: Worker) -> list[Item] | None:
        """The next batch, waiting for one; None once the queue is closed and empty."""
        with self._lock:
            self._busy -= worker.bulk
            self._running -= worker.running
            worker.bulk = worker.running = False
            while True:
                worker.alone = self._alone()
                lane = self._turn(worker)
                if lane is not None:
                    if items := self._taken(lane, worker):
                        worker.running = True
                        self._running += 1
                        return items
                elif self._closed:
                    return None
                else:
                    self._wait(worker)

    def close(self, *, drop: bool = False) -> None:
        """Take no more jobs; what waits is still given out, or with `drop` cancelled."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._closed = True
            items = list(chain(self._short, self._bulk)) if drop else []
            for condition in (self._work, self._express, self._room):
                condition.notify_all()
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

    def _add(self, job: Job, lane: Lane, size: int) -> None:
        lane.add(job, self._arrived, size)
        self._arrived += len(job.texts)
        if self._express_waits and self._alone():
            self._express.notify()
            return
        if size > FEW:
            self._work.notify_all()
        else:
            self._work.notify()
        self._call_express()

    def _turn(self, worker: Worker) -> Lane | None:
        """The lane whose turn it is for a thread."""
        if worker.express:
            return self._short if self._short and (self._busy >= self._workers or self._alone()) else None
        if self._short and not (self._bulk and self._ahead >= AHEAD):
            return self._short
        return self._bulk if self._bulk else None

    def _alone(self) -> bool:
        """Whether one text waits and nothing runs: then the express stream, which is wider, is the quicker one."""
        return not self._running and not self._bulk and len(self._short) == 1

    def _wait(self, worker: Worker) -> None:
        self._express_waits |= worker.express
        (self._express if worker.express else self._work).wait()
        if worker.express:
            self._express_waits = False

    def _taken(self, lane: Lane, worker: Worker) -> list[Item]:
        before = lane.tokens
        items = lane.take()
        if lane is self._bulk:
            self._ahead = 0
            worker.bulk = bool(items)
            self._busy += worker.bulk
            self._call_express()
        elif self._bulk and not worker.express:
            self._ahead += before - lane.tokens
        self._room.notify_all()
        return items

    def _call_express(self) -> None:
        if self._short and self._busy >= self._workers:
            self._express.notify()

    def _forget(self, job: Job | None, lane: Lane) -> None:
        if job is None:
            return
        with self._lock:
            lane.forget(job, job.queued)
            self._room.notify_all()
