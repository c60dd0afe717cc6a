"""Blocking work that an interrupt can end.

Signals reach the main thread alone, and not while it is inside a library that waits on its own: so another thread does
the work, and the main thread waits for it where a signal can reach it.
"""

import atexit
import os
import threading
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")

Job = Callable[[], object]

PARTING = 60.0
"""Seconds that the end of a program waits for work that was interrupted: a thread that comes back out of a library when
the interpreter is gone aborts the process."""


class Worker:
    """A thread that works for the main thread, one job after another; it ends when nobody holds the worker any more."""

    def __init__(self) -> None:
        jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._jobs = jobs
        self._process = os.getpid()
        self._thread = threading.Thread(target=_run, args=(jobs,), name="onevec-worker", daemon=True)
        self._thread.start()
        weakref.finalize(self, jobs.put, None)

    @property
    def alive(self) -> bool:
        """False in a process that was forked from the worker's."""
        return self._process == os.getpid()

    def do(self, work: Callable[[], T], on_interrupt: Callable[[], object]) -> T:
        """Do the work and wait for it.

        Args:
            work: Its result is returned, its exception raised.
            on_interrupt: Called when an interrupt ends the wait; it should end the work, too.
        """
        done: SimpleQueue[Callable[[], T]] = SimpleQueue()
        try:
            self._jobs.put(lambda: done.put(_outcome(work)))
            outcome = wait_for(done)
        except BaseException:
            on_interrupt()
            raise
        return outcome()

    def dismiss(self) -> None:
        """Let it end after what it is at; the end of the program waits for that."""
        self._jobs.put(None)
        atexit.register(self._thread.join, PARTING)


class Aside:
    """Has a worker do what the main thread asks for; other threads, which no signal reaches, do theirs themselves.

    An interrupt in the midst of a condition's code leaves a lock held, or a wake-up lost: whoever shares it would wait
    for ever.
    """

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def do(self, work: Callable[[], T], on_interrupt: Callable[[], object]) -> T:
        """Do the work; see :meth:`Worker.do`. What is interrupted may come to its end later, and holds up nothing."""
        if threading.current_thread() is not threading.main_thread():
            return work()
        worker = self._worker
        if worker is None or not worker.alive:
            worker = self._worker = Worker()

        def leave() -> None:
            self.leave()
            worker.dismiss()
            on_interrupt()

        return worker.do(work, leave)

    def leave(self) -> None:
        """Let go of the worker, which ends when it has nothing to do; the next work has another."""
        self._worker = None


def to_its_end(work: Callable[[], T], stop: Callable[[], object]) -> T:
    """Do the work on a thread of its own. An interrupt asks it to stop, and is raised once it has.

    An interrupt comes between any two steps of the thread that it reaches. So it never reaches the work itself, which
    might lose what it is handing over, or leave a lock held. A second one is raised at once.

    Args:
        work: Its result is returned, its exception raised, also after an interrupt.
        stop: Called at an interrupt; the work should end soon afterwards.
    """
    worker, outcomes = Worker(), list[Callable[[], T]]()
    try:
        worker.do(lambda: outcomes.append(_outcome(work)), on_interrupt=stop)
    except BaseException:
        worker.do(lambda: None, on_interrupt=lambda: None)  # a worker does one job after another: the first is over
        for outcome in outcomes:
            outcome()
        raise
    return outcomes[0]()


def _run(jobs: "SimpleQueue[Job | None]") -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # else an idle thread keeps the last one's result alive


def _outcome(work: Callable[[], T]) -> Callable[[], T]:
    """What the work came to, to be returned or raised by another thread."""
    try:
        result = work()
    except BaseException as exc:  # whatever it is, it is the waiting thread's
        failure = exc

        def fail() -> T:
            raise failure

        return fail
    return lambda: result


def wait_for(done: "SimpleQueue[T]") -> T:
    """What is put into a queue; an interrupt ends the wait, and leaves no lock held."""
    while True:
        try:
            # A signal that comes just before the wait does not end it, nor does any on Windows: hence short ones.
            return done.get(timeout=0.5)
        except Empty:
            continue
