"""The scheduler: owner of the queue and of the threads that run it through the model, one a stream."""

import logging
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from onevec.engine.batch import Batcher, Session
from onevec.engine.jobs import Item, Job
from onevec.engine.queue import Worker, WorkQueue
from onevec.types import BatchObserver

log = logging.getLogger("onevec.engine")

MAX_QUEUED_TOKENS = 1 << 20
"""About half a minute of work for one processor core; whoever comes when it is full waits before he is let in."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """What a thread runs batches in.

    Attributes:
        usual: As a rule. That of the express thread is as wide as the others': it runs beside them, and the operating
            system shares the processor between them; wider ones would wait for each other.
        alone: While nothing else runs: wider, because one text is done sooner by several threads.
    """

    usual: Session
    alone: Session


class Scheduler:
    """Runs jobs. A thread that is free takes the next batch of all that waits at that moment, so nothing is delayed.

    Args:
        sessions: One for each thread; called with the arrays of a batch, returns the graph's output.
        batcher: Plans and lays out batches.
        express: For one thread more, which keeps queries quick.
        max_queued_tokens: When so many wait, of short jobs or of bulk, further ones wait to be let in.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        batcher: Batcher,
        *,
        express: Sessions | None = None,
        max_queued_tokens: int = MAX_QUEUED_TOKENS,
    ) -> None:
        self._queue = WorkQueue(batcher, max_queued_tokens, len(sessions))
        self._observers: list[BatchObserver] = []
        shared = (self._queue, batcher, self._observers)
        workers = [(Sessions(session, session), Worker()) for session in sessions]
        workers += [(express, Worker(express=True))] if express else []
        self._threads = [
            threading.Thread(target=_work, args=(*shared, *worker), name=f"onevec-stream-{i}", daemon=True)
            for i, worker in enumerate(workers)
        ]
        for thread in self._threads:
            thread.start()
        # At exit, and when nobody holds the model any more: threads must be out of OpenVINO before Python goes down.
        self._finalizer = weakref.finalize(self, _stop, self._queue, self._threads, drop=True)

    def submit(self, job: Job, *, wait: bool = True) -> bool:
        """Queue a job, waiting until there is room; without `wait` say at once whether there was.

        Raises:
            ModelError: closed, or loaded in another process.
        """
        return self._queue.put(job, wait=wait)

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of every batch from now on, in the place of one that equals it."""
        if observer in self._observers:
            self._observers[self._observers.index(observer)] = observer
        else:
            self._observers.append(observer)

    def close(self) -> None:
        """Take no more jobs, finish those that wait, end the threads. Closing twice is harmless."""
        if self._finalizer.detach():
            _stop(self._queue, self._threads, drop=False)


def _stop(queue: WorkQueue, threads: Sequence[threading.Thread], *, drop: bool) -> None:
    queue.close(drop=drop)
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join()


def _work(
    queue: WorkQueue, batcher: Batcher, observers: Sequence[BatchObserver], sessions: Sessions, worker: Worker
) -> None:
    while (items := queue.take(worker)) is not None:
        _tell(observers, items)
        _run(items, batcher, sessions.alone if worker.alone else sessions.usual)
        del items  # else an idle thread keeps the last job, and through it its caller's future, alive


def _tell(observers: Sequence[BatchObserver], items: Sequence[Item]) -> None:
    """Tell observers of a batch. One that fails harms neither the callers of the batch nor the thread."""
    for observe in observers:
        try:
            observe(len(items), sum(len(item.tokens) for item in items))
        except Exception:
            log.exception("an observer of batches failed")


def _run(items: Sequence[Item], batcher: Batcher, session: Session) -> None:
    """Run one batch; when it fails, each job's part of it alone, so that only the culprit's caller hears of it."""
    parts = [list(part) for _, part in groupby(sorted(items, key=lambda item: item.number), key=lambda item: item.job)]
    try:
        batch = batcher.batch([item.tokens for part in parts for item in part])
        vectors = batch.vectors(session(batch.arrays))
    except Exception as exc:  # whatever it is, it belongs to the callers
        if len(parts) == 1:
            parts[0][0].job.fail(exc)
        else:
            for part in parts:
                _run(part, batcher, session)
        return
    start = 0
    for part in parts:
        job, places = part[0].job, [item.place for item in part]
        end = start + len(job.rows(places))
        job.fill(places, vectors[start:end])
        start = end
