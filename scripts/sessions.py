"""A session at a terminal as a page shows it: commands behind `$`, and what each printed."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A command line, and what the page shows below it; None where it shows nothing."""

    command: str
    shown: str | None = None


def session(text: str) -> Iterator[Step]:
    """The commands of a block of `console`, each behind `$`, and their outputs."""
    command, shown = "", list[str]()
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(shown).strip("\n") or None)
            command, shown = line[2:], []
        elif command and not complete(command):
            command += "\n" + line
        else:
            shown.append(line)
    if command:
        yield Step(command, "\n".join(shown).strip("\n") or None)


def steps(text: str) -> Iterator[Step]:
    """The commands of a block of `bash`: a line each, unless a quote or a backslash keeps it open.

    Raises:
        ValueError: the last one does not end.
    """
    held: list[str] = []
    for line in text.splitlines():
        if held or line.strip():
            held.append(line)
        if held and complete("\n".join(held)):
            yield Step("\n".join(held))
            held = []
    if held:
        raise ValueError(f"this command does not end: {held}")


def complete(command: str) -> bool:
    """Whether a shell would run it now, and not wait for another line."""
    here = re.search(r"<<'?(\w+)'?$", command, re.MULTILINE)
    if here is not None:
        return command.rstrip().endswith(f"\n{here[1]}")
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return not command.endswith("\\")
