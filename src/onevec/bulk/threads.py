"""The threads beside the one that runs a job: one reads ahead, one writes behind, one may count."""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeVar

from onevec.errors import OnevecError

T = TypeVar("T")

POLL = 0.2
"""Seconds of one wait for an item; between two of them it can be given up."""

GRACE = 1.0
"""Seconds that closing waits for the item at hand: a file system or a database may not answer for hours."""

_END = object()


def ahead(items: Iterable[T], most: int, stopped: Callable[[], bool] = lambda: False) -> Generator[T, None, None]:
    """The items, made on a thread of their own, at most so many before they are asked for.

    What making them raises is raised here, in its turn. Closing the iterator ends the thread after the item at hand.

    Args:
        items: Made one after the other.
        most: Items that may wait.
        stopped: Asked while an item lets one wait; once it says yes, there are no more.
    """
    made: queue.Queue[object] = queue.Queue(most)
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                made.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(_END)
        except BaseException as exc:  # raised again by whoever takes the items
            put(_Failure(exc))

    thread = threading.Thread(target=work, name="onevec-bulk-reader", daemon=True)
    thread.start()
    try:
        while (item := _next(made, stopped)) is not _END:
            if isinstance(item, _Failure):
                raise item.cause
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join(GRACE)


def _next(made: "queue.Queue[object]", stopped: Callable[[], bool]) -> object:
    while True:
        with contextlib.suppress(queue.Empty):
            return made.get(timeout=POLL)
        if stopped():
            return _END


class _Failure:
    def __init__(self, cause: BaseException) -> None:
        self.cause = cause


class Behind(Generic[T]):
    """Hands items to a function on a thread of its own, in order, at most so many waiting.

    Args:
        take: What is done with each.
        most: Items that may wait.
    """

    def __init__(self, take: Callable[[T], None], most: int) -> None:
        self._take = take
        self._items: queue.Queue[T | None] = queue.Queue(most)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="onevec-bulk-writer", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over one item; raises what an earlier one has raised."""
        self._items.put(item)
        self.check()

    def close(self) -> None:
        """Wait until all is done; raises what an item has raised. Closing twice is harmless."""
        if self._thread.is_alive():
            self._items.put(None)
            self._thread.join()
        self.check()

    def check(self) -> None:
        """Raises what an item has raised, as soon as it has."""
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (item := self._items.get()) is not None:
            if self._failure is None:
                try:
                    self._take(item)
                except BaseException as exc:  # raised again by whoever hands over items
                    self._failure = exc


class Later(Generic[T]):
    """What a function comes to, made on a thread of its own that nobody waits for; None until it is there, or for ever.

    Args:
        make: The function; what it raises is not told, for whoever needs it to work calls it himself.
    """

    def __init__(self, make: Callable[[], T | None]) -> None:
        self.value: T | None = None
        threading.Thread(target=self._work, args=(make,), name="onevec-bulk-counter", daemon=True).start()

    def _work(self, make: Callable[[], T | None]) -> None:
        with contextlib.suppress(OnevecError):
            self.value = make()
