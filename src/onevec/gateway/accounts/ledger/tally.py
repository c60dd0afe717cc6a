"""Tally: sums of what has been used since they were taken last."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Self


class Outcome(StrEnum):
    """What became of a request that was let in."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    DROPPED = "dropped"


class TallyKey(NamedTuple):
    """What is summed up together. There are few: keys of callers, deployments, and days since the database answered.

    Attributes:
        day: On which the requests came, in UTC.
        kind: How we know the caller: ``key``, ``entra``, ``address``.
        caller: Name of the key, subject of the token; ``-`` for addresses, of which anybody may have many.
        deployment: Its name.
        model: The model behind it, as the configuration has it.
        outcome: What became of them.
    """

    day: date
    kind: str
    caller: str
    deployment: str
    model: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over requests.

    Attributes:
        requests: How many.
        inputs: Theirs.
        tokens: That were read and are charged; cached ones are not among them.
        estimated_tokens: Those of them that nobody counted exactly.
        cached_tokens: Of inputs whose vectors came from a cache.
        nanodollars: What the tokens cost, where a price is known.
    """

    requests: int = 0
    inputs: int = 0
    tokens: int = 0
    estimated_tokens: int = 0
    cached_tokens: int = 0
    nanodollars: int = 0

    def __add__(self, other: Self) -> "Sums":
        """Both together."""
        # Written out: a loop over the fields takes ten times as long, and every request is added.
        return Sums(
            self.requests + other.requests,
            self.inputs + other.inputs,
            self.tokens + other.tokens,
            self.estimated_tokens + other.estimated_tokens,
            self.cached_tokens + other.cached_tokens,
            self.nanodollars + other.nanodollars,
        )


class Tally:
    """Sums by key; any thread may add or take."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[TallyKey, Sums] = {}

    def __len__(self) -> int:
        return len(self._sums)

    def add(self, key: TallyKey, sums: Sums) -> None:
        """Add to the sums of a key."""
        with self._lock:
            before = self._sums.get(key)
            self._sums[key] = sums if before is None else before + sums

    def take(self) -> Mapping[TallyKey, Sums]:
        """All that has come together; it begins anew."""
        with self._lock:
            taken, self._sums = self._sums, {}
        return taken
