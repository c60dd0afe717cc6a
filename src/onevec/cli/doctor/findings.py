"""Findings, and checks that come to some: facts are gathered, then judged."""

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from onevec.errors import OnevecError
from onevec.legible import legible

Facts = TypeVar("Facts")


class Level(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What was looked at.
        level: ``ok``; ``note`` for what may be meant so; ``problem`` for what will not work.
        said: What was found; never a secret.
        remedy: What to do, where there is something to do.
    """

    subject: str
    level: Level
    said: str
    remedy: str | None = None


def ok(subject: str, said: str) -> Finding:
    """All is well."""
    return Finding(subject, Level.OK, said)


def note(subject: str, said: str, remedy: str | None = None) -> Finding:
    """It may be meant so."""
    return Finding(subject, Level.NOTE, said, remedy)


def problem(subject: str, said: str, remedy: str | None = None) -> Finding:
    """Something will not work."""
    return Finding(subject, Level.PROBLEM, said, remedy)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the examination is about.

    Attributes:
        environ: The environment.
        config: The configuration file that an option names.
        url: The server that an option names.
        network: Whether providers may be asked.
    """

    environ: Mapping[str, str]
    config: Path | None = None
    url: str | None = None
    network: bool = False


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts]):
    """A section of the report.

    Attributes:
        title: Its heading.
        gather: Looks at the machine.
        judge: From what was seen to findings; pure.
    """

    title: str
    gather: Callable[[Asked], Facts]
    judge: Callable[[Facts], Iterable[Finding]]

    def examine(self, asked: Asked) -> list[Finding]:
        """Its findings; where it fails itself, that is one."""
        try:
            return [_legible(one) for one in self.judge(self.gather(asked))]
        except OnevecError as exc:
            return [_legible(problem(self.title.lower(), exc.message))]
        except Exception as exc:  # the other checks go on
            return [problem(self.title.lower(), f"cannot be examined: {type(exc).__name__} in {_place(exc)}", REPORT)]


def _legible(one: Finding) -> Finding:
    """The finding without what a terminal obeys: names and words in it are a server's, or a variable's."""
    remedy = legible(one.remedy) if one.remedy else one.remedy
    return replace(one, subject=legible(one.subject), said=legible(one.said), remedy=remedy)


REPORT = "that is a fault in onevec: please report it"


def _place(exc: BaseException) -> str:
    """Where it was raised; its words are not shown, for they may hold what is secret."""
    last = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
