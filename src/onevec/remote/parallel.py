"""Several pieces of work at once, a bounded number at a time: results in order, or the first failure at once."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from queue import SimpleQueue
from typing import Generic, TypeVar

from onevec.interruptible import wait_for
from onevec.transport import Sleeping

T = TypeVar("T")


def run(works: Sequence[Callable[[Sleeping], T]], concurrency: int) -> list[T]:
    """Do them in threads. Each is handed a sleep that ends, with CancelledError, as soon as another has failed.

    The first failure is raised at once; what has begun by then ends by itself and is not waited for.
    """
    crew = _Crew(works)
    try:
        for number in range(min(concurrency, len(works))):
            # Daemons: a request that nobody waits for must not keep the program from ending.
            threading.Thread(target=crew.work, name=f"onevec-part-{number}", daemon=True).start()
        if works:
            wait_for(crew.over)
    finally:
        crew.stop.set()
    if crew.failure is not None:
        raise crew.failure
    return [crew.results[index] for index in range(len(works))]


class _Crew(Generic[T]):
    """Threads that share a list of works: each takes the next one until there is none or one has failed."""

    def __init__(self, works: Sequence[Callable[[Sleeping], T]]) -> None:
        self.results: dict[int, T] = {}
        self.failure: BaseException | None = None
        self.stop = threading.Event()
        self.over: SimpleQueue[None] = SimpleQueue()
        self._works = works
        self._next = iter(range(len(works)))
        self._lock = threading.Lock()

    def work(self) -> None:
        while not self.stop.is_set() and (index := self._take()) is not None:
            try:
                self._done(index, self._works[index](self._sleep))
            except BaseException as exc:  # handed to the waiting thread as it is
                self._fail(exc)

    def _take(self) -> int | None:
        with self._lock:
            return next(self._next, None)

    def _done(self, index: int, result: T) -> None:
        with self._lock:
            self.results[index] = result
            if len(self.results) == len(self._works):
                self.over.put(None)

    def _fail(self, exc: BaseException) -> None:
        with self._lock:
            if not self.stop.is_set():
                self.failure = exc
                self.stop.set()
                self.over.put(None)

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise CancelledError


async def arun(works: Sequence[Callable[[], Awaitable[T]]], concurrency: int) -> list[T]:
    """Do them in tasks. The first failure cancels the rest and is raised; so does cancelling this one.

    One alone is done where it stands: a task and a group for it cost more than most of what it does.
    """
    if len(works) == 1:
        return [await works[0]()]
    results: dict[int, T] = {}
    rest = iter(range(len(works)))

    async def work() -> None:
        for index in rest:
            results[index] = await works[index]()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(works))):
                group.create_task(work())
    except BaseExceptionGroup as failed:
        first = failed.exceptions[0]
        raise first from first.__cause__
    return [results[index] for index in range(len(works))]
