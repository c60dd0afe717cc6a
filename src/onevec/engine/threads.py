"""How many threads compute."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How many streams of how many threads: streams run batches side by side."""

    threads: int
    streams: int

    def express(self) -> "Plan":
        """One stream beside these, as wide as one of them.

        >>> Plan(16, 8).express()
        Plan(threads=2, streams=1)
        """
        return Plan(self.threads // self.streams, 1)


def thread_plan(threads: int | None) -> Plan:
    """One thread a stream gives most throughput; from five threads on, streams of two keep a long text quick.

    >>> thread_plan(2), thread_plan(16)
    (Plan(threads=2, streams=2), Plan(threads=16, streams=8))
    """
    total = threads or _usable_processors()
    return Plan(total, total if total <= 4 else total // 2)


def _usable_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1
