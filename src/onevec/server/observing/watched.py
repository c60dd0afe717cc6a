"""Figures that somebody else keeps, and that are read when somebody asks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge

Sources: TypeAlias = Mapping[str, Callable[[], float]]
"""Where each value of a gauge is read, by its label."""

Counts: TypeAlias = Mapping[tuple[str, str], float]
"""A figure for each pair of labels, which only grows."""

Mode: TypeAlias = Literal["livesum", "livemin", "livemax"]
"""What a gauge of several processes tells: the sum over those that live, the least, the most."""


@dataclass(slots=True)
class _Counted:
    """A counter, what it is made to follow, and how far it has."""

    counter: Counter
    counts: Counts
    told: dict[tuple[str, str], float] = field(default_factory=dict)

    def follow(self) -> None:
        for labels, count in [*self.counts.items()]:
            self.counter.labels(*labels).inc(max(0.0, count - self.told.get(labels, 0.0)))
            self.told[labels] = count


class Watched:
    """Gauges and counters that follow what others keep.

    Watched again after a reload, a figure has the new sources, and no value of what is gone.

    Args:
        registry: Where they are shown.
        several: Whether several processes are one server. There the library keeps every label that there ever was.
    """

    def __init__(self, registry: CollectorRegistry, *, several: bool) -> None:
        self._registry = registry
        self._several = several
        self._gauges: dict[str, tuple[Gauge, Sources]] = {}
        self._counted: dict[str, _Counted] = {}

    def gauge(self, name: str, text: str, sources: Sources, label: str = "deployment", mode: Mode = "livesum") -> None:
        """A gauge with a value for each label."""
        known = self._gauges.get(name)
        gauge, before = known or (Gauge(name, text, (label,), registry=self._registry, multiprocess_mode=mode), {})
        for gone in before.keys() - sources.keys():
            gauge.labels(gone).set(0)
            if not self._several:
                gauge.remove(gone)
        self._gauges[name] = gauge, sources

    def one(self, name: str, text: str, read: Callable[[], float], mode: Mode = "livesum") -> None:
        """A gauge without labels."""
        known = self._gauges.get(name)
        gauge = known[0] if known else Gauge(name, text, registry=self._registry, multiprocess_mode=mode)
        self._gauges[name] = gauge, {"": read}

    def counts(self, name: str, text: str, labels: tuple[str, ...], counts: Counts) -> None:
        """A counter that somebody else counts."""
        known = self._counted.get(name)
        if known is None:
            self._counted[name] = _Counted(Counter(name, text, labels, registry=self._registry), counts)
        elif known.counts is not counts:
            self._counted[name] = _Counted(known.counter, counts)

    def refresh(self) -> None:
        """Read everything; several processes do it now and then, since each reads only its own."""
        for gauge, sources in self._gauges.values():
            for label, read in sources.items():
                (gauge.labels(label) if label else gauge).set(read())
        for counted in self._counted.values():
            counted.follow()
