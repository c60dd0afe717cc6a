"""The order of work of one kind: planned into batches, whoever came first with the batch that goes first."""

from collections import deque
from collections.abc import Iterator
from itertools import chain

from onevec.engine.batch import Batcher
from onevec.engine.jobs import Item, Job

WINDOW = 1024
"""Texts that are planned together. More save little padding and cost the planner time."""


class Lane:
    """Items that wait for their turn; whoever has it keeps others out meanwhile.

    The batch with the oldest text goes first, so no text waits for ever; which texts share a batch is the batcher's
    plan of the oldest `WINDOW` texts.

    Attributes:
        tokens: Those that wait, without those of jobs that were given up.
    """

    def __init__(self, batcher: Batcher) -> None:
        self.tokens = 0
        self._batcher = batcher
        self._backlog: deque[Item] = deque()
        self._plan: deque[list[Item]] = deque()

    def __bool__(self) -> bool:
        return bool(self._plan or self._backlog)

    def __len__(self) -> int:
        """Items that wait, those of jobs that were given up among them."""
        return sum(map(len, self._plan)) + len(self._backlog)

    def __iter__(self) -> Iterator[Item]:
        return chain(chain.from_iterable(self._plan), self._backlog)

    def add(self, job: Job, number: int, size: int) -> None:
        """Queue a job of `size` tokens behind the others; `number` is how many items came before it."""
        self._backlog.extend(Item(number + place, job, place) for place in range(len(job.texts)))
        self.tokens += size
        job.queued = size

    def take(self) -> list[Item]:
        """The next batch, as far as somebody waits for it: perhaps nothing of it is left."""
        self._refill()
        items = [item for item in (self._plan.popleft() if self._plan else ()) if not item.job.gone]
        for item in items:
            self.forget(item.job, len(item.tokens))
        return items

    def forget(self, job: Job, size: int) -> None:
        """Up to so many tokens of a job wait no longer."""
        size = min(size, job.queued)
        job.queued -= size
        self.tokens -= size

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
