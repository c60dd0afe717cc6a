"""How many threads compute."""

import os
from dataclasses import dataclass
from pathlib import Path

CGROUPS, OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
"""Where Linux keeps the limits of control groups, and which groups this process is in."""


WIDEST = 4
"""Threads that share one text: more would wait for each other longer than they save."""


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

    def wide(self) -> "Plan":
        """One stream for a text that is alone: two threads are done with it sooner than one.

        >>> Plan(2, 2).wide(), Plan(16, 8).wide()
        (Plan(threads=2, streams=1), Plan(threads=4, streams=1))
        """
        return Plan(min(self.threads, WIDEST), 1)


def thread_plan(threads: int | None) -> Plan:
    """One thread a stream gives most throughput; from five threads on, streams of two keep a long text quick.

    >>> thread_plan(2), thread_plan(16)
    (Plan(threads=2, streams=2), Plan(threads=16, streams=8))
    """
    total = threads or usable_processors()
    return Plan(total, total if total <= 4 else total // 2)


def share(processes: int) -> int:
    """Threads for each of several processes that compute side by side."""
    return max(1, usable_processors() // processes)


def usable_processors() -> int:
    """Those that this process may run on, and no more than its container's share of time comes to."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min([processors, *quotas(CGROUPS, OWN)])


def quotas(root: Path, own: Path) -> list[int]:
    """Processors' worth of time that each control group of this process allows, rounded up; only those with a limit.

    Args:
        root: Where the groups' files are; inside a container its own group is usually the root.
        own: The list of the groups, a line ``ID:CONTROLLERS:PATH`` each; version 2 names no controllers.
    """
    found = []
    for line in own.read_text().splitlines() if own.is_file() else ():
        _, controllers, path = line.split(":", 2)
        if "cpu" in (controllers or "cpu").split(","):
            base = root / "cpu" if controllers else root
            group = base / path.lstrip("/")
            found += [_quota(folder) for folder in (group, *group.parents) if folder.is_relative_to(base)]
    return [quota for quota in found if quota]


def _quota(folder: Path) -> int | None:
    """Version 2 has ``cpu.max`` with both figures, version 1 a file for each; both in microseconds."""
    one, two = [folder / "cpu.max"], [folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us"]
    files = one if one[0].is_file() else two
    if not all(file.is_file() for file in files):
        return None
    quota, period = " ".join(file.read_text() for file in files).split()
    return None if quota in ("max", "-1") else max(1, -(-int(quota) // int(period)))
