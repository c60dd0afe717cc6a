"""Report: what came out of all checks of one server."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from onevec.conformance.rows import Level, Outcome, Status

OPEN_ENDS = frozenset({Status.FAILED, Status.UNKNOWN})
"""What leaves it open, at best, whether the contract is kept."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        contract: The name of the contract.
        url: Who was asked, without the query of the URL.
        outcomes: One for each check, in the order of the contract's table.
        requests: How many were sent.
        seconds: How long it took.
    """

    contract: str
    url: str
    outcomes: tuple[Outcome, ...]
    requests: int
    seconds: float

    def __getitem__(self, name: str) -> Outcome:
        """The outcome of the check of that name; KeyError where it was not among those that were run."""
        for outcome in self:
            if outcome.check.name == name:
                return outcome
        raise KeyError(name)

    def __iter__(self) -> Iterator[Outcome]:
        """The outcomes, in order."""
        return iter(self.outcomes)

    def __str__(self) -> str:
        """What is in the way, and how many checks came out how."""
        open_ends = [str(one) for one in self if one.status in OPEN_ENDS]
        counts = ", ".join(f"{number} {name}" for name, number in self.counts().items() if number)
        return "\n".join([*open_ends, f"{self.url} and {self.contract}'s contract: {counts}"])

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those that found something."""
        return tuple(one for one in self if one.status is Status.FAILED)

    def holds(self, *, strict: bool = False) -> bool:
        """Whether every `must` holds, and is known to; with `strict` every `should` too."""
        weighed = (Level.MUST, Level.SHOULD) if strict else (Level.MUST,)
        return not any(one.check.level in weighed and one.status in OPEN_ENDS for one in self)

    def counts(self) -> dict[str, int]:
        """How many checks came out how; failures by their level."""
        told = Counter(f"{one.check.level} failed" if one.status is Status.FAILED else one.status.value for one in self)
        return {name: told[name] for name in ("passed", "must failed", "should failed", "unknown", "skipped")}

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "contract": self.contract,
            "url": self.url,
            "holds": self.holds(),
            "counts": self.counts(),
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "checks": [_row(one) for one in self],
        }


def _row(outcome: Outcome) -> dict[str, Any]:
    check = outcome.check
    return {
        "name": check.name,
        "level": check.level.value,
        "status": outcome.status.value,
        "says": check.says,
        "source": check.source,
        "findings": [asdict(one) for one in outcome.findings],
        "further": outcome.further,
        "reason": outcome.reason or None,
    }
