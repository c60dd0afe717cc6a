"""What a check is: a row of a table with requests to send and a judgement, pure, over the replies."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import TypeAlias

from onevec.conformance.asks import Ask
from onevec.errors import OnevecError
from onevec.exchange import HttpReply
from onevec.legible import legible


class Level(StrEnum):
    """How much a check weighs.

    `must`: the contract says it, or a client cannot read the reply without it. `should`: its client expects it, HTTP
    says it, or whoever compares vectors relies on it.
    """

    MUST = "must"
    SHOULD = "should"


class Status(StrEnum):
    """What came out of a check.

    `skipped`: it does not apply, such as an encoding that the model does not have. `unknown`: it could not be judged,
    because what it looks at is not there.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a reply is not as the contract has it.

    Attributes:
        place: In the reply: ``status``, ``header content-type``, or in its body as JSONPath writes it:
            ``$.data[1].index``.
        expected: What the contract has there.
        found: What came.
        ask: The request that was answered so.
    """

    place: str
    expected: str
    found: str
    ask: str = ""

    def __str__(self) -> str:
        """In one line, for people."""
        return f"{self.place}: expected {self.expected}, found {self.found}"


class FaultError(Exception):
    """Ends a judgement with a finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class SkippedError(Exception):
    """Ends a judgement that does not apply; says why."""


class UnknownError(Exception):
    """Ends a judgement that has nothing to look at; says what is missing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An ask and what came of it: a reply, or the error of a transport that got none."""

    ask: Ask
    reply: HttpReply | OnevecError

    def finding(self, place: str, expected: str, found: object) -> Finding:
        """A finding about this reply."""
        return Finding(place, expected, found if isinstance(found, str) else repr(found), str(self.ask))

    def fault(self, place: str, expected: str, found: object) -> FaultError:
        """The same, to be raised."""
        return FaultError(self.finding(place, expected, found))


Judgement: TypeAlias = Callable[[Sequence[Heard]], Iterable[Finding]]
"""From what was heard, in the order of a check's asks, to what is wrong with it.

It may raise :class:`FaultError`, :class:`SkippedError` or :class:`UnknownError` on the way.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One row.

    Attributes:
        name: ``group.what``.
        level: How much it weighs.
        says: What has to hold.
        source: The part of the contract, or the standard, that says so.
        asks: The requests to send.
        judge: Tells what is wrong with their replies.
        needs_key: Whether it applies only where the caller gives a key.
    """

    name: str
    level: Level
    says: str
    source: str
    asks: tuple[Ask, ...] = field(repr=False)
    judge: Judgement = field(repr=False)
    needs_key: bool = False


def each(judge: Callable[[Heard], Iterable[Finding] | None]) -> Judgement:
    """The judgement that judges every reply alone; None is nothing wrong."""

    def over_all(heard: Sequence[Heard]) -> Iterator[Finding]:
        for one in heard:
            yield from judge(one) or ()

    return over_all


def must(name: str, says: str, source: str, asks: Ask | tuple[Ask, ...], judge: Judgement) -> Check:
    """A row of level must."""
    return Check(name, Level.MUST, says, source, asks if isinstance(asks, tuple) else (asks,), judge)


def should(name: str, says: str, source: str, asks: Ask | tuple[Ask, ...], judge: Judgement) -> Check:
    """A row of level should."""
    return replace(must(name, says, source, asks, judge), level=Level.SHOULD)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of one check.

    Attributes:
        check: Its row.
        status: How it came out.
        findings: What is wrong; in a report the first few.
        further: How many more there are, as far as they were looked for.
        reason: Why it was skipped or stayed unknown.
    """

    check: Check
    status: Status
    findings: tuple[Finding, ...] = ()
    further: int = 0
    reason: str = ""

    def __str__(self) -> str:
        """In a few lines, for people: an assertion over `findings` shows it."""
        told = [str(one) for one in self.findings] or [self.reason]
        told += [f"and {self.further} more"] if self.further else []
        return f"{self.check.name} ({self.check.level}) {self.status}: {self.check.says}\n  " + "\n  ".join(told)


FOUND = 1000
"""Findings after which a check has seen enough: a reply may have a fault in each of a million places."""


def judged(check: Check, heard: Sequence[Heard]) -> Outcome:
    """The outcome of a check, from what was heard: no socket and no clock."""
    findings: list[Finding] = []
    try:
        for one in islice(check.judge(heard), FOUND):
            findings.append(one)  # noqa: PERF402 - those before a fault are kept
    except FaultError as exc:
        findings.append(exc.finding)
    except SkippedError as exc:
        return Outcome(check, Status.SKIPPED, reason=str(exc))
    except UnknownError as exc:
        if not findings:
            return Outcome(check, Status.UNKNOWN, reason=str(exc))
    return Outcome(check, Status.FAILED if findings else Status.PASSED, tuple(findings))


SHOWN, MOST = 200, 5
"""Characters of a reply that a finding repeats, and findings of one check that a report has."""


def reported(outcome: Outcome, redact: Callable[[str], str]) -> Outcome:
    """The outcome as a report has it: what it repeats of replies is short, legible, and nothing secret."""

    def shown(text: str) -> str:
        line = legible(redact(text))  # struck out before the cut, so that no secret is left in part
        return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"

    findings = tuple(replace(one, place=shown(one.place), found=shown(one.found)) for one in outcome.findings)
    further = max(0, len(findings) - MOST)
    return replace(outcome, findings=findings[:MOST], further=further, reason=shown(outcome.reason))
